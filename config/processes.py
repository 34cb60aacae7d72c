"""Processes that live together and die together: honcho, tied to the life of the process that runs it.

Honcho ends its processes on Ctrl-C and SIGTERM. Here they also end when the terminal is closed and when it is killed.
"""

import ctypes
import os
import shlex
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from honcho import manager, printer, process

PR_SET_PDEATHSIG = 1  # linux/prctl.h


class _Popen(process.Popen):
    def __init__(self, command: str, **options: Any) -> None:
        super().__init__(command, preexec_fn=_end_with_parent, **options)


class _Process(process.Process):
    """Honcho runs each command below a process of its own; so both are tied to the one above."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._child_ctor = _Popen

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        _end_with_parent(signal.SIGKILL)
        super().run(events, ignore_signals)


class _Printer(printer.Printer):
    """Prints until nobody reads any more; then `unheard` is told, once."""

    def __init__(self, unheard: Callable[[], None]) -> None:
        super().__init__(sys.stdout)
        self._unheard = unheard

    def write(self, message: printer.Message) -> None:
        try:
            super().write(message)
        except OSError:
            _fall_silent()
            self._unheard()


class Processes(manager.Manager):
    """`add` commands, then `run` until one of them ends or somebody ends this process."""

    def __init__(self) -> None:
        super().__init__(_Printer(self.terminate))
        self._process_ctor = _Process
        self._is_asked_to_end = False

    def add(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.add_process(name, f"exec {shlex.join(command)}", env=dict(environment))

    def run(self) -> int:
        """The exit code: 0 also when it was asked to stop."""
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup wants to go on
            signal.signal(signal.SIGHUP, self._hang_up)
        self.loop()
        return 0 if self.returncode in (None, 0, -15, 129, 130, 143) else self.returncode

    def terminate(self) -> None:
        """End everything; honcho cannot before it has heard of every process, so then it follows."""
        self._is_asked_to_end = True
        if self._all_started():
            super().terminate()

    def _system_print(self, data: str) -> None:
        super()._system_print(data)
        if self._is_asked_to_end and self._all_started():
            super().terminate()

    def _hang_up(self, *_: object) -> None:
        _fall_silent()
        self.returncode = 129
        self.terminate()


def _fall_silent() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _end_with_parent(by: signal.Signals = signal.SIGTERM) -> None:
    """Ask Linux to end this process when its parent ends, even by SIGKILL; other systems know no such wish."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, by)
