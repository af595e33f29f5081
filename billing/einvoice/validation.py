"""Asks the checking process whether an e-invoice is valid. Closed when in doubt: what could not be
checked is not valid."""

from __future__ import annotations

import atexit
import base64
import json
import os
import selectors
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from saas.config import ROOT

START_SECONDS = 30.0
ANSWER_SECONDS = 15.0
CHECKED_BY = "EN 16931 schematron (UBL 2.1)"


class Unchecked(RuntimeError):
    """The e-invoice could not be checked, so it must not be issued."""


@dataclass(frozen=True)
class Failure:
    """A rule that the document breaks, such as BR-CO-16."""

    rule: str
    text: str


class CheckingProcess:
    """One process that checks, started when first needed and again when it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._pending = b""

    def failures(self, xml: bytes) -> list[Failure]:
        """The rules that the document breaks.

        Raises:
            Unchecked: the process could not be started, died, or did not answer in time.
        """
        with self._lock:
            try:
                answer = self._ask(base64.b64encode(xml) + b"\n")
            except (OSError, ValueError) as failed:
                self._end()
                raise Unchecked(f"the e-invoice could not be checked: {failed}") from None
            except Unchecked:
                self._end()
                raise
        if "failures" not in answer:
            raise Unchecked(f"the e-invoice could not be checked: {answer.get('error', answer)}")
        return [Failure(f["rule"], f["text"]) for f in answer["failures"]]

    def _ask(self, line: bytes) -> dict[str, list[dict[str, str]]]:
        process = self._running()
        assert process.stdin is not None
        process.stdin.write(line)
        process.stdin.flush()
        found: dict[str, list[dict[str, str]]] = json.loads(self._line(process, ANSWER_SECONDS))
        return found

    def _running(self) -> subprocess.Popen[bytes]:
        # A forked worker must not share its parent's pipes.
        if self._owner != os.getpid():
            self._process, self._owner, self._pending = None, os.getpid(), b""
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "billing.einvoice.check_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
        )
        atexit.register(self._end)
        self._line(self._process, START_SECONDS)
        return self._process

    def _line(self, process: subprocess.Popen[bytes], seconds: float) -> bytes:
        """The next line of the process's output."""
        assert process.stdout is not None
        until = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._pending:
                left = until - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise Unchecked("the e-invoice could not be checked: no answer in time")
                read = os.read(process.stdout.fileno(), 65536)
                if not read:
                    raise Unchecked("the e-invoice could not be checked: the checker ended")
                self._pending += read
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def _end(self) -> None:
        process, self._process, self._pending = self._process, None, b""
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


_checker = CheckingProcess()


def einvoice_failures(xml: bytes) -> list[Failure]:
    """The rules of UBL 2.1 and EN 16931 that the document breaks; none if it is valid.

    Raises:
        Unchecked: it could not be checked.
    """
    return _checker.failures(xml)
