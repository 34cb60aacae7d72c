"""Finds a real Chromium for the journeys, or installs one: in PATH, else by Playwright, else by apt as root, else says what to do.

`python -m tests.browser` is what `make test` runs first.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SECONDS_TO_LAUNCH = 30
SECONDS_TO_INSTALL = 600
REMEDY = (
    "No Chromium that starts was found, and neither Playwright nor apt could install one. Install the package `chromium` "
    "of your system (or Google Chrome) so that it is in PATH, then run `make test` again."
)


def find() -> str | None:
    """The path of a Chromium that is here now and starts."""
    with sync_playwright() as playwright:
        candidates = [path for name in NAMES if (path := shutil.which(name))]
        candidates.append(playwright.chromium.executable_path)
        return next((path for path in candidates if os.path.exists(path) and _starts(playwright, path)), None)


def _starts(playwright: Playwright, path: str) -> bool:
    try:
        _launch(playwright, path).close()
    except Error:
        return False
    return True


def _launch(playwright: Playwright, path: str) -> Browser:
    return playwright.chromium.launch(executable_path=path, args=ARGUMENTS, timeout=SECONDS_TO_LAUNCH * 1000)


@cache
def ensure() -> str:
    """The path of a Chromium that starts, installed if need be; SystemExit with the remedy where that fails."""
    if path := find():
        return path
    print("no Chromium in PATH: installing one, which may take minutes ...", flush=True)  # noqa: T201
    playwright = [sys.executable, "-m", "playwright", "install", "chromium"]
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=120"]
    ways = [[playwright]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        ways.append([[*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", "chromium"]])
    for commands in ways:
        for command in commands:
            _try(command)
        if path := find():
            return path
    raise SystemExit(REMEDY)


def _try(command: list[str]) -> None:
    """Run an installer; whether it worked is seen by what can be started afterwards."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS_TO_INSTALL,
            env=environment,
        )
    except (OSError, subprocess.TimeoutExpired):
        return


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser."""
    path = ensure()
    with sync_playwright() as playwright:
        browser = _launch(playwright, path)
        try:
            yield browser
        finally:
            browser.close()


if __name__ == "__main__":
    ensure()
