"""The product as a person meets it: its own database, migrated and seeded by its own commands, served by its own web server."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from config import demo, devstack
from tests.browser import chromium

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "test_careledger_journey"
AFTER_THE_DOOR = re.compile(r"https?://[^/]+/a/[^/]+/")


@dataclass
class Product:
    """A running product. `manage` is its command line; `complaints` what the browser's console said on any page."""

    url: str
    environment: dict[str, str]
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def visitor(self, *, width: int = 1280, theme: str = "light") -> Page:
        """A page of a browser that nobody has used before."""
        context: BrowserContext = self.browser.new_context(
            viewport={"width": width, "height": 860}, color_scheme=theme, base_url=self.url, locale="en-US"
        )
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def signed_in(self, email: str, **as_visitor) -> Page:
        page = self.visitor(**as_visitor)
        page.goto("/")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(demo.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(AFTER_THE_DOOR)
        page.goto(AFTER_THE_DOOR.match(page.url)[0] + "patients/")
        return page

    def _listen(self, message: ConsoleMessage) -> None:
        # The browser reports every refused address as an error; those are asserted by their page.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture(scope="package")
def product() -> Iterator[Product]:
    urls = {name: url.rsplit("/", 1)[0] + f"/{DATABASE}" for name, url in devstack.database_urls().items()}
    _recreate()
    with TemporaryDirectory(prefix="cl") as folder, chromium() as browser:
        broker = Path(folder) / "valkey.sock"
        environment = {
            **os.environ,
            **urls,
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "CACHE_URL": f"unix://{broker}",
            "CELERY_BROKER_URL": devstack.broker_url(broker),
        }
        port = _free_port()
        site = Product(f"http://127.0.0.1:{port}", environment, browser)
        site.manage("migrate", "-v", "0")
        site.manage("seed_demo")
        valkey = devstack.start_valkey(broker)
        web = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gunicorn",
                "config.wsgi",
                "--bind",
                f"127.0.0.1:{port}",
                "--worker-class",
                "gthread",
                "--threads",
                "4",
                "--log-level",
                "error",
                "--no-control-socket",
            ],
            cwd=ROOT,
            env=environment,
        )
        try:
            _wait_for(site.url, web)
            yield site
        finally:
            for process in (web, valkey):
                process.terminate()
                process.wait(20)
    _recreate(make=False)


@pytest.fixture(autouse=True)
def pages_are_closed(product) -> Iterator[None]:
    """What a test leaves open goes on ticking and asking the server beside the tests after it."""
    yield
    for context in product.browser.contexts:
        context.close()


def _recreate(*, make: bool = True) -> None:
    owner = devstack.database_urls()["OWNER_DATABASE_URL"]
    with psycopg.connect(
        owner.replace("postgres://careledger_owner@/", "postgresql://careledger_owner@/?host=", 1).rsplit("/", 1)[0]
        + "&dbname=postgres",
        autocommit=True,
    ) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{DATABASE}" WITH (FORCE)')
        if make:
            connection.execute(f'CREATE DATABASE "{DATABASE}"')


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(url: str, web: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert web.poll() is None, "the web process ended"
        try:
            urllib.request.urlopen(url, timeout=2)
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer")
