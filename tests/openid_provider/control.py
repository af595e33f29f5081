"""Starts the provider in a process of its own, tells it what to say, and signs in there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from saas.config import ROOT


@dataclass(frozen=True)
class RunningProvider:
    address: str

    def _ask(self, method: str, path: str, **given: Any) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method, f"{self.address}{path}", allow_redirects=False, timeout=30, **given
            )

    def tell(self, **told: Any) -> None:
        """Set what the provider knows and does: `person`, `lies`, `redirect_uris`..."""
        self._ask("POST", "/_control", json=told).raise_for_status()

    def rotate(self) -> None:
        self._ask("POST", "/_control/rotate").raise_for_status()

    def asked(self) -> list[dict[str, str]]:
        """The parameters of each request to its sign-in page."""
        found: list[dict[str, str]] = self._ask("GET", "/_control/asked").json()
        return found

    def sign_in(self, address: str, *, cancel: bool = False) -> str:
        """Press the button of its sign-in page; where the browser is sent back to."""
        assert address.startswith(f"{self.address}/authorize?")
        path = address.removeprefix(self.address)
        answer = self._ask("POST", path, data={"no": "1"} if cancel else {})
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@contextmanager
def running_provider() -> Iterator[RunningProvider]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.openid_provider.server", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield RunningProvider(f"http://127.0.0.1:{int(process.stdout.readline())}")
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
