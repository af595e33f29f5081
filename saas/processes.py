"""Processes that belong together: started one by one, watched, ended together, never orphaned.

Only the standard library is imported: the guard (see `guard`) is a process that stays.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

ROOT = Path(__file__).resolve().parent.parent
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Service:
    """A program that runs until it is told to end, and what it needs in its environment."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


class Together:
    """Services that live and die together; each leads a process group and has a log file.

    Leaving the context ends them: TERM, and KILL for what is still there after `grace` seconds.
    If this process is killed instead, the guard does the same.
    """

    def __init__(self, logs: Path, grace: float = 10.0) -> None:
        self.logs = logs
        self.grace = grace
        self._started: list[tuple[Service, subprocess.Popen[bytes]]] = []
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.logs.mkdir(parents=True, exist_ok=True)
        self._guard = subprocess.Popen(
            [sys.executable, "-m", "saas.processes", str(self.grace)],
            stdin=subprocess.PIPE,
            cwd=ROOT,
            # Out of reach of the terminal's Ctrl-C, and of whoever kills our group.
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def start(self, service: Service) -> None:
        with self.log_of(service.name).open("wb") as log:
            process = subprocess.Popen(
                service.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env={**os.environ, **service.environment},
                start_new_session=True,
            )
        self._started.append((service, process))
        self._tell_guard(f"{process.pid}\n")

    def first_to_end(self) -> tuple[Service, int] | None:
        """A service that has ended by itself, with its exit status (negative: the signal)."""
        for service, process in self._started:
            status = process.poll()
            if status is not None:
                return service, status
        return None

    def log_of(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def last_lines(self, name: str, count: int = 20) -> list[str]:
        with self.log_of(name).open(errors="replace") as log:
            return log.read()[-20_000:].splitlines()[-count:]

    def end(self) -> None:
        processes = [process for _, process in self._started]

        def reap() -> None:
            for process in processes:
                process.poll()

        end_groups([process.pid for process in processes], self.grace, reap)
        for process in processes:
            process.wait()
        if self._guard is not None:
            self._tell_guard("done\n")
            self._guard.communicate()
            self._guard = None
        self._started.clear()

    def _tell_guard(self, line: str) -> None:
        if self._guard is not None and self._guard.stdin is not None:
            with suppress(BrokenPipeError):
                self._guard.stdin.write(line.encode())
                self._guard.stdin.flush()


def end_groups(groups: Iterable[int], grace: float, reap: Callable[[], None]) -> None:
    """TERM to every process group, then KILL to what is left after `grace` seconds."""
    left = [group for group in groups if _signal_group(group, signal.SIGTERM)]
    deadline = time.monotonic() + grace
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        reap()
        left = [group for group in left if _signal_group(group, 0)]
    for group in left:
        _signal_group(group, signal.SIGKILL)


def _signal_group(group: int, number: int) -> bool:
    """Whether anyone was there to get it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # the latter: a zombie on macOS
        return False
    return True


def adopt_orphans() -> None:
    """Let grandchildren whose parents end become ours, so that `reap_orphans` can bury them:
    process 1 of a container often does not. Linux only; elsewhere process 1 does its work."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_orphans(seconds: float) -> None:
    """Collect every child that has ended or ends within the time; for the end of a program."""
    deadline = time.monotonic() + seconds
    with suppress(ChildProcessError):
        while time.monotonic() < deadline:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.02)


def guard(told: IO[str], grace: float) -> None:
    """End the groups one was told of, unless the teller says that it did so itself.

    The pipe closes with the teller, however it dies: this holds on every Unix.
    """
    groups: list[int] = []
    for line in told:
        if line == "done\n":
            return
        groups.append(int(line))
    end_groups(groups, grace, lambda: None)


if __name__ == "__main__":
    guard(sys.stdin, float(sys.argv[1]))
