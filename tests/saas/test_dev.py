"""The quick start's care for its processes, with small stand-ins for web and worker."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from saas.config import load_settings
from saas.database.embedded import EmbeddedPostgres
from saas.database.server_home import command_of_living
from saas.dev import demo_services

ROOT = Path(__file__).resolve().parents[2]

# Answers 200 to everything, has a child of its own, and says who they are.
WEB = """
import http.server, subprocess, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *arguments): pass
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer)
print(child.pid, flush=True)
server.serve_forever()
"""
SLEEPER = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); " + SLEEPER
)
BROKEN = "import sys; print('the cupboard is bare'); sys.exit(3)"

# A demo made of stand-ins, run by the same code.
DEMO = """
import sys
from pathlib import Path
from saas import dev
from saas.processes import Service
from saas.database.embedded import EmbeddedPostgres
folder, port, web, worker = sys.argv[1:]
python = (sys.executable, "-c")
def everything(settings, **_asked):
    dev.run_together(
        [Service("web", (*python, web, port)), Service("worker", (*python, worker))],
        logs=Path(folder) / "log", ready=f"http://127.0.0.1:{port}/health/ready",
        announce="it runs", grace=1.0,
    )
dev._demo = everything
dev.main(["demo"])
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dev-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_demo(folder: Path, worker: str = SLEEPER, *, under_a_shell: bool = False) -> Demo:
    command = [sys.executable, "-c", DEMO, str(folder), str(free_port()), WEB, worker]
    if under_a_shell:
        # As make stands between the terminal and us.
        command = ["/bin/sh", "-c", '"$@"; exit $?', "sh", *command]
    return Demo(folder, command)


class Demo:
    """A running demo of stand-ins."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={k: v for k, v in os.environ.items() if k != "ENVIRONMENT"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_until_announced(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "it runs" in line:
                return
        raise AssertionError("it ended without a word")

    def grandchild(self) -> int:
        return int((self.folder / "log" / "web.log").read_text().split()[0])

    def finish(self) -> tuple[int, str]:
        said, _ = self.process.communicate(timeout=60)
        return self.process.returncode, said


def processes() -> Iterator[tuple[int, int]]:
    """Every process with its parent; a small Debian has no ps."""
    if not Path("/proc/self/stat").exists():
        told = subprocess.run(
            ["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=True
        )
        for line in told.stdout.splitlines():
            pid, parent = line.split()
            yield int(pid), int(parent)
        return
    for name in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            yield int(name.parent.name), int(name.read_text().rpartition(")")[2].split()[1])


def living(folder: Path) -> list[str]:
    """The processes that carry this test's folder in their command line."""
    commands = (command_of_living(pid) for pid, _ in processes())
    return [command for command in commands if str(folder) in command]


def eventually(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def children(pid: int) -> list[int]:
    return [child for child, parent in processes() if parent == pid]


@pytest.mark.parametrize("polite", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_polite_signal_ends_every_process_and_is_no_failure(folder: Path, polite: int) -> None:
    demo = start_demo(folder)
    demo.wait_until_announced()
    everyone = [*children(demo.process.pid), demo.grandchild()]
    assert len(everyone) == 4  # guard, web, worker, and web's own child

    demo.process.send_signal(polite)
    status, said = demo.finish()

    assert status == 0
    assert "Everything is ended" in said
    assert [pid for pid in everyone if command_of_living(pid)] == []


def test_nothing_outlives_a_demo_that_is_killed(folder: Path) -> None:
    demo = start_demo(folder)
    demo.wait_until_announced()
    everyone = [*children(demo.process.pid), demo.grandchild()]

    demo.process.kill()
    demo.finish()

    assert eventually(lambda: not any(command_of_living(pid) for pid in everyone))


def test_it_ends_when_the_make_that_ran_it_is_killed(folder: Path) -> None:
    demo = start_demo(folder, under_a_shell=True)
    demo.wait_until_announced()
    [ours] = children(demo.process.pid)
    everyone = [ours, *children(ours), demo.grandchild()]

    demo.process.kill()

    assert eventually(lambda: not any(command_of_living(pid) for pid in everyone))
    demo.finish()


def test_a_process_that_will_not_end_is_killed(folder: Path) -> None:
    demo = start_demo(folder, worker=STUBBORN)
    demo.wait_until_announced()
    assert eventually(lambda: (folder / "log" / "worker.log").read_text() != "")
    everyone = [*children(demo.process.pid), demo.grandchild()]

    demo.process.send_signal(signal.SIGINT)

    assert demo.finish()[0] == 0
    assert [pid for pid in everyone if command_of_living(pid)] == []


def test_a_process_that_breaks_is_named_with_its_last_words(folder: Path) -> None:
    demo = start_demo(folder, worker=BROKEN)

    status, said = demo.finish()

    assert status == 1
    assert "The worker process ended with status 3" in said
    assert "the cupboard is bare" in said
    assert "Traceback" not in said
    assert living(folder) == []


def quick_start(what: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "saas.dev", what],
        cwd=ROOT,
        env={**os.environ, "ENVIRONMENT": "development", "VAR_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_taken_port_is_told_before_anything_is_done(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = int(other.getsockname()[1])

        refused = quick_start("demo", folder, PORT=str(port))

    assert refused.returncode == 1
    assert f"Port {port} is in use" in refused.stderr
    assert f"PORT={port + 1} make demo" in refused.stderr
    assert list(folder.iterdir()) == []


def test_the_demo_refuses_to_run_in_production(folder: Path) -> None:
    refused = quick_start("demo", folder, ENVIRONMENT="production")

    assert refused.returncode == 1
    assert "the Procfile is for that" in refused.stderr


def test_settings_that_make_no_sense_are_named(folder: Path) -> None:
    refused = quick_start("demo", folder, PORT="many")

    assert refused.returncode == 1
    assert "PORT" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_reset_waits_for_no_one_and_deletes_the_records_alone(folder: Path) -> None:
    (folder / "holiday.txt").write_text("not the demo's")
    server = EmbeddedPostgres(folder / "postgres", {"fsync": "off", "shared_buffers": "16MB"})
    with server.lease():
        refused = quick_start("reset", folder)
        assert refused.returncode == 1
        assert "A demo is running: end it with Ctrl-C first." in refused.stderr
        assert server.running()

    done = quick_start("reset", folder)

    assert done.returncode == 0
    assert [path.name for path in folder.iterdir()] == ["holiday.txt"]


def test_a_reset_never_touches_a_database_that_is_not_its_own(folder: Path) -> None:
    refused = quick_start("reset", folder, DATABASE_URL="postgresql://somewhere/else")

    assert refused.returncode == 1
    assert "DATABASE_URL" in refused.stderr


def test_the_demo_runs_the_programs_of_the_procfile_on_this_machine_alone() -> None:
    settings = load_settings(environment="development", demo=True, port=5999)
    procfile = dict(
        line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines() if line
    )
    web, worker = demo_services(settings)

    assert procfile["web"].split()[-1] == web.command[-1] == "saas.wsgi:app"
    assert procfile["worker"].endswith(" ".join(worker.command[3:]))
    assert "127.0.0.1:5999" in web.command
    assert all(service.environment["ENVIRONMENT"] == "development" for service in (web, worker))
