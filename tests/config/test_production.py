"""The production settings started for real, by the commands of docker-compose.yml: migrate, web, worker and beat."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.config.probes import NAME
from tests.config.production import COMPOSE, ROOT, SECRETS, Production, a_broker, a_cluster, free_port, wait_until

pytestmark = pytest.mark.worker
STATIC = ROOT / "staticfiles"
PROXIED = {"Host": "careledger.example.org", "X_Forwarded_Proto": "https", "X_Forwarded_For": "203.0.113.9"}
MEASURED = {"Authorization": f"Bearer {SECRETS['METRICS_TOKEN']}"}


@pytest.fixture(scope="module")
def production(tmp_path_factory) -> Iterator[Production]:
    """Migrated, and running as web, worker and beat."""
    folder, collected_before = tmp_path_factory.mktemp("production"), STATIC.exists()
    with a_cluster() as (sockets, log), a_broker() as broker:
        here = Production(folder, sockets, broker, free_port(), "tests.config.probed", {"db": log})
        collected = here.run("manage.py", "collectstatic", "--no-input", DJANGO_SETTINGS_MODULE="config.settings.build")
        assert collected.returncode == 0, collected.stderr
        migrated = here.run("manage.py", "migrate", "-v", "0")
        assert (migrated.returncode, migrated.stdout) == (0, ""), migrated.stderr
        with here.started("web") as web, here.started("worker") as worker, here.started("beat") as beat:
            wait_until(lambda: here.answers() or web.poll() is not None, "the web process", 60)
            wait_until(lambda: "ready." in here.logs["worker"].read_text(), "the worker", 60)
            yield here
            assert [web.poll(), worker.poll(), beat.poll()] == [None, None, None]
    if not collected_before:
        shutil.rmtree(STATIC)


def test_a_load_balancer_asks_by_address_without_tls_and_is_answered(production):
    for path, body in (("/livez", {"alive": True}), ("/readyz", {"ready": True, "red": []})):
        status, text, headers = production.ask(path)
        assert (status, json.loads(text)) == (200, body)
        assert headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in headers


def test_what_is_no_probe_goes_to_https_and_to_the_names_that_are_served(production):
    status, _, headers = production.ask("/accounts/login/", Host="careledger.example.org")
    assert (status, headers["Location"]) == (301, "https://careledger.example.org/accounts/login/")
    assert production.ask("/accounts/login/", **PROXIED | {"Host": "elsewhere.example"})[0] == 400


def test_the_sign_in_page_comes_through_the_proxy_with_every_lock_on(production):
    status, page, headers = production.ask("/accounts/login/", **PROXIED)
    assert status == 200
    assert 'name="password"' in page
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "Secure" in headers["Set-Cookie"]
    [style] = {part.split('"')[0] for part in page.split('href="') if "bootstrap.min" in part.split('"')[0]}
    status, _, headers = production.ask(style, **PROXIED)
    assert (status, headers["Cache-Control"]) == (200, "max-age=315360000, public, immutable")


def test_measurements_of_all_web_processes_are_for_who_knows_the_token(production):
    for _ in range(6):
        production.ask("/accounts/login/", **PROXIED)
    refused = [production.ask("/metrics"), production.ask("/metrics", Authorization="Bearer guess")]
    assert [(status, body) for status, body, _ in refused] == [(404, "")] * 2
    status, text, _ = production.ask("/metrics", **MEASURED)
    assert status == 200
    wanted = 'careledger_request_seconds_count{method="GET",route="account_login",status="200"} '
    [count] = [float(line.removeprefix(wanted)) for line in text.splitlines() if line.startswith(wanted)]
    assert count >= 6  # of two processes
    labels = {line.split("{")[1].split("}")[0] for line in text.splitlines() if "{" in line and "#" not in line}
    names = {part.split("=")[0] for label in labels for part in label.split(",")}
    assert names - {"task", "outcome"} == {"method", "route", "status", "le"}
    assert "careledger_broker_up 1.0" in text.splitlines()


def test_each_process_knows_the_passwords_of_its_own_roles_alone(production):
    def signs_in(role: str, password: str | None) -> bool:
        try:
            psycopg.connect(host=production.sockets, dbname="careledger", user=role, password=password).close()
        except psycopg.OperationalError:
            return False
        return True

    for role in ("OWNER", "APP", "SYSTEM", "BACKUP"):
        name = f"careledger_{role.lower()}"
        assert (signs_in(name, SECRETS[f"{role}_PASSWORD"]), signs_in(name, "guess"), signs_in(name, None)) == (
            True,
            False,
            False,
        )
    for service in ("web", "worker", "beat"):
        told = str(production.environment(service))
        assert [SECRETS[f"{role}_PASSWORD"] in told for role in ("APP", "SYSTEM", "OWNER", "BACKUP", "POSTGRES")] == [
            True,
            True,
            False,
            False,
            False,
        ]


@pytest.mark.parametrize("service", ["web", "worker"])
def test_the_health_checks_of_the_containers_pass_and_fail_with_what_they_check(service, production):
    def healthy(host: str, port: int) -> bool:
        kind, *check = COMPOSE["services"][service]["healthcheck"]["test"]
        command = ["sh", "-c", check[0].replace("$$", "$")] if kind == "CMD-SHELL" else check
        told = production.environment(service) | {"HOSTNAME": host}
        told["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), *os.get_exec_path()])
        here = [part.replace(":8000/", f":{port}/") for part in command]
        return subprocess.run(here, cwd=ROOT, env=told, capture_output=True, check=False).returncode == 0

    assert healthy(socket.gethostname(), production.port)
    assert not healthy("nobody-is-called-so", free_port())


@pytest.fixture(scope="module")
def written(production) -> dict[str, str]:
    """Everything that went wrong, with a patient's name in every text that can hold one; and what each process wrote of it."""
    before = {name: len(log.read_text()) for name, log in production.logs.items()}
    for probe, status in (("fail", 500), ("twin", 500), ("later", 200)):
        assert production.ask(f"/probe/{probe}/{NAME}/?q={NAME}", **PROXIED)[0] == status
    assert production.ask(f"/a/riverbend/patients/{NAME}/?q={NAME}", **PROXIED)[0] == 302
    assert production.ask(f"/nothing/{NAME}/?q={NAME}", **PROXIED)[0] == 404
    assert production.ask(f"/nothing/{NAME}", method=NAME.upper(), **PROXIED)[0] == 404
    assert production.ask("/", **PROXIED | {"Host": f"{NAME}.example.org"})[0] == 400
    sent = f"login={NAME}@example.org&password={NAME}".encode()
    assert production.ask("/accounts/login/", "POST", sent, **PROXIED)[0] == 403  # without the form's token
    wait_until(lambda: "task_failed" in production.logs["worker"].read_text(), "the task's failure")
    refused = production.run("manage.py", "shell", "-v", "0", "-c", f"raise ValueError('{NAME}')", service="worker")
    assert refused.returncode == 1
    return {name: log.read_text()[before[name] :] for name, log in production.logs.items()} | {
        "command": refused.stderr
    }


def test_no_log_holds_a_patient_s_name(written):
    assert {name: NAME.lower() in text.lower() for name, text in written.items()} == dict.fromkeys(
        ("db", "web", "worker", "beat", "command"), False
    )


def test_every_line_is_one_json_document_and_says_what_happened(written):
    lines = {name: [json.loads(line) for line in written[name].splitlines()] for name in ("web", "worker", "command")}
    assert [(line["request"], line["code"]) for line in lines["web"] if "request" in line] == [
        ("GET probe_fail", 500),
        ("GET probe_twin", 500),
        ("GET probe_later", 200),
        ("GET none", 302),
        ("GET none", 404),
        ("OTHER none", 404),
        ("GET none", 400),
        ("POST account_login", 403),
    ]
    failed, twin = (line["fault"] for line in lines["web"] if line["event"] == "request_failed")
    assert failed["types"] == ["builtins.ValueError"]
    assert failed["at"][-1].startswith("tests/config/probes.py:")
    assert failed["at"][-1].endswith(" fail")
    assert twin["types"] == [
        "django.db.utils.IntegrityError",
        "psycopg.errors.UniqueViolation 23505 tenancy_user_email_key",
    ]
    asked = next(line["request_id"] for line in lines["web"] if line.get("request") == "GET probe_later")
    of_task = [line for line in lines["worker"] if line.get("request_id") == asked]
    assert [line["event"] for line in of_task] == ["task_started", "task_failed"]
    assert of_task[-1]["fault"]["types"] == ["builtins.ValueError"]
    [uncaught] = lines["command"]
    assert (uncaught["event"], uncaught["fault"]["types"]) == ("uncaught", ["builtins.ValueError"])


def test_without_broker_and_cache_a_process_lives_and_is_not_ready(production, tmp_path):
    alone = Production(tmp_path, production.sockets, "redis+socket:///nowhere/valkey.sock", free_port())
    with alone.started("web") as web:
        wait_until(lambda: alone.answers() or web.poll() is not None, "the web process", 60)
        assert json.loads(alone.ask("/livez")[1]) == {"alive": True}
        status, text, _ = alone.ask("/readyz")
        assert (status, json.loads(text)) == (503, {"ready": False, "red": ["sessions_and_cache", "broker"]})
    told = [json.loads(line) for line in alone.logs["web"].read_text().splitlines()]
    assert [line["red"] for line in told if line["event"] == "not ready"] == ["sessions_and_cache", "broker"]
