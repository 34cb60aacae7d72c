"""Finds a real Chromium for the journeys, or installs one: in PATH, else by Playwright, else by apt as root, else says what to do.

`python -m tests.browser` is what `make test` runs first.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

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


def in_path() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def of_playwright() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.path.exists(path) else None


def find() -> str | None:
    """The path of a Chromium that is here now."""
    return in_path() or of_playwright()


def ensure() -> str:
    """The path of a Chromium, installed if need be; SystemExit with the remedy where that fails."""
    if path := find():
        return path
    _try([sys.executable, "-m", "playwright", "install", "chromium"])
    if path := find():
        return path
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _try(["apt-get", "-o", "DPkg::Lock::Timeout=120", "update"])
        _try(["apt-get", "-o", "DPkg::Lock::Timeout=120", "install", "-y", "--no-install-recommends", "chromium"])
    if path := find():
        return path
    raise SystemExit(
        "No Chromium was found, and neither Playwright nor apt could install one. Install the package `chromium` of "
        "your system (or Google Chrome) so that it is in PATH, then run `make test` again."
    )


def _try(command: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(
        command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=900, env=environment
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser."""
    path = ensure()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


if __name__ == "__main__":
    ensure()
