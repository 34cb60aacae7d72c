"""However the product is ended, nothing of it stays behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.processes import Processes

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import os, sys
from config.processes import Processes
processes = Processes()
for name in ("one", "two"):
    processes.add(name, ["sh", "-c", f"echo $$ > '{sys.argv[1]}/{name}'; exec sleep 600"], os.environ)
sys.exit(processes.run())
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


def wait_until(what, seconds=15):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
@pytest.mark.parametrize(
    ("by", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGHUP, 0), (signal.SIGKILL, -9)]
)
def test_children_end_with_the_product(tmp_path, by, code):
    product = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    files = [tmp_path / "one", tmp_path / "two"]
    try:
        assert wait_until(lambda: all(file.exists() and file.read_text().strip() for file in files))
        pids = [int(file.read_text()) for file in files]
        assert all(map(is_running, pids))
        os.kill(product.pid, by)
        assert product.wait(15) == code
        assert wait_until(lambda: not any(map(is_running, pids)))
    finally:
        product.kill()
    assert b"Traceback" not in product.stderr.read()


def test_a_closed_terminal_is_no_fault_and_leaves_nothing(tmp_path):
    """The printer fails before the signal comes: the pipe it prints to has no reader."""
    reading, writing = os.pipe()
    os.close(reading)
    product = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, timeout=30
    )
    os.close(writing)
    assert (product.returncode, b"Traceback" in product.stderr) == (0, False)


def test_a_process_that_fails_ends_the_others_and_its_code_is_told(tmp_path):
    processes = Processes()
    processes.add("sound", ["sleep", "600"], os.environ)
    processes.add("broken", ["sh", "-c", "sleep 0.3; exit 7"], os.environ)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        assert processes.run() == 7
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
