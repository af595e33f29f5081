"""Starts the double in a process of its own, and tells it what to do."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from saas.config import ROOT

SECRET = "whsec_of_the_double"


@dataclass
class RunningDouble:
    address: str

    def tell(self, what: str, **given: Any) -> Any:
        asked = urllib.request.Request(
            f"{self.address}/_control/{what}", json.dumps(given).encode(), method="POST"
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(asked, timeout=30) as answer:
            return json.load(answer)

    def events(self) -> list[dict[str, str]]:
        """The signed events since the last call."""
        found: list[dict[str, str]] = self.tell("events")
        return found

    def fault(self, kind: str, request: str, times: int = 1) -> None:
        """Let the next request whose address ends so go wrong, as the server knows how."""
        self.tell("fault", kind=kind, request=request, times=times)

    def invoices(self) -> list[dict[str, Any]]:
        return list(self.tell("state")["things"]["in"].values())


@contextmanager
def running_double() -> Iterator[RunningDouble]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.stripe_double.server", "0", SECRET],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield RunningDouble(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
