"""Where the embedded stack lives, and which databases development settings refuse."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from config import devstack

ROOT = Path(__file__).resolve().parents[2]


def test_an_ordinary_checkout_keeps_everything(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert devstack.place(Path("/home/ana/care-ledger_2.0/.dev")) == Path("/home/ana/care-ledger_2.0/.dev")


@pytest.mark.parametrize("checkout", ["/home/ana/my code", "/home/añа/code", "/home/" + "long/" * 20, "/home/a$b"])
def test_a_path_that_servers_cannot_take_is_left(monkeypatch, checkout):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    place = devstack.place(Path(checkout) / ".dev")
    assert re.fullmatch(r"(/private)?/var/tmp/careledger-[0-9a-f]{12}", str(place))
    assert place != devstack.place(Path(checkout + "x") / ".dev")


def test_root_opens_no_closed_folder_to_everybody(monkeypatch, tmp_path):
    closed = tmp_path / "root"
    checkout = closed / "careledger"
    checkout.mkdir(parents=True)
    closed.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert devstack.place(checkout / ".dev").parent.name == "tmp"


@pytest.mark.parametrize("host", ["db.example", "10.0.0.7", "localhost,db.example"])
def test_development_settings_refuse_a_database_of_another_machine(host):
    told = _start({"OWNER_DATABASE_URL": f"postgres://careledger_owner@{host}/careledger"})
    assert "OWNER_DATABASE_URL names the host" in told
    assert "config.settings.prod" in told


@pytest.mark.parametrize(
    "url", ["postgres://a@localhost/b", "postgres://a@127.0.0.1:5433/b", "postgres://a@//run/pg/b"]
)
def test_development_settings_take_a_database_of_this_machine(url):
    assert _start({"OWNER_DATABASE_URL": url}) == ""


def _start(variables):
    environment = {name: value for name, value in os.environ.items() if name not in devstack.ROLES} | variables
    done = subprocess.run(
        [sys.executable, "-c", "import config.settings.dev"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    return done.stderr


def test_the_development_lock_holds_the_other():
    def pins(name):
        return set(re.findall(r"^([a-z0-9._-]+==\S+)", (ROOT / name).read_text(), flags=re.M | re.I))

    assert pins("requirements.lock") - pins("requirements-dev.lock") == set()
    assert len(pins("requirements.lock")) > 20
