"""The web of a new release is started in the place of the old: systemd listens meanwhile, and
nobody is turned away (docs/examples/send-mediation-web.socket)."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from saas.config import ROOT, Settings
from tests.saas.operations.processes import (
    GUNICORN,
    NOTHING_MORE,
    START_SECONDS,
    Browser,
    environment_of,
)

pytestmark = pytest.mark.skipif(
    not os.environ.get("MIGRATE_UNDER_LOAD"), reason="a minute: MIGRATE_UNDER_LOAD=1"
)


@contextmanager
def started_on(listening: socket.socket, settings: Settings, log: Path) -> Iterator[None]:
    """As systemd starts a service that has a socket: the third file, and two settings."""
    line = shlex.join([*GUNICORN, "saas.wsgi:app"])
    with log.open("ab") as into:
        process = subprocess.Popen(
            ["sh", "-c", f"export LISTEN_PID=$$ LISTEN_FDS=1; exec {line} 3<&{listening.fileno()}"],
            cwd=ROOT,
            env=environment_of(settings, NOTHING_MORE),
            pass_fds=[listening.fileno()],
            stdout=into,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(START_SECONDS)


def test_who_comes_while_the_web_is_started_anew_is_answered(
    fresh_settings: Settings, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        port = listening.getsockname()[1]
        answers: list[int] = []
        over = threading.Event()

        def ask() -> None:
            while not over.is_set():
                answers.append(Browser(port).get("/health/live").status)
                time.sleep(0.05)

        def wait_for(many: int) -> None:
            deadline = time.monotonic() + START_SECONDS
            while len(answers) < many:
                assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
                time.sleep(0.1)

        asking = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
        log = tmp_path / "web.log"
        with started_on(listening, fresh_settings, log):
            for one in asking:
                one.start()
            wait_for(40)
        before = len(answers)
        with started_on(listening, fresh_settings, log):
            wait_for(before + 40)
            over.set()
            for one in asking:
                one.join()
    assert set(answers) == {200} and len(answers) >= before + 40
    assert log.read_text(encoding="utf-8").count("Listening at") == 2
