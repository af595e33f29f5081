"""The embedded server, tried with the real programs: what it survives, and who stops it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from saas.database.embedded import EmbeddedPostgres, EmbeddedPostgresError, ServerAddress
from saas.database.server_home import command_of_living, wheel_folder

ROOT = Path(__file__).resolve().parents[3]
FAST = {"fsync": "off", "shared_buffers": "16MB", "max_wal_size": "128MB"}

HOLDER = """
import sys, time
from pathlib import Path
from saas.database.embedded import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1]), {"fsync": "off", "shared_buffers": "16MB"}).lease():
    print("holding", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def made() -> Iterator[EmbeddedPostgres]:
    """One cluster for the whole file; each test leaves it stopped."""
    # Not pytest's own folder, which root alone may enter.
    with tempfile.TemporaryDirectory(prefix="embedded-") as folder:
        Path(folder).chmod(0o711)
        server = EmbeddedPostgres(Path(folder) / "a deep folder" / "postgres", FAST)
        yield server
        server.stop()


@pytest.fixture
def server(made: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    yield made
    made.stop()


def ask(address: ServerAddress, question: str) -> object:
    with psycopg.connect(address.url("postgres"), autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def write(address: ServerAddress, statement: str) -> None:
    with psycopg.connect(address.url("postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())


def postmaster(server: EmbeddedPostgres) -> int:
    return int((server.home.data / "postmaster.pid").read_text().splitlines()[0])


def eventually(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def holder(server: EmbeddedPostgres) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(server.home.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "holding\n"
    return process


def let_go(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=60)


def test_it_answers_on_this_machine_alone_with_checksums_utc_and_one_order_of_words(
    server: EmbeddedPostgres,
) -> None:
    address = server.start()

    assert address.host == "127.0.0.1"
    assert ask(address, "SHOW listen_addresses") == "127.0.0.1"
    assert str(ask(address, "SHOW server_version")).startswith("18.")
    assert ask(address, "SHOW data_checksums") == "on"
    assert ask(address, "SHOW timezone") == "UTC"
    assert ask(address, "SHOW server_encoding") == "UTF8"
    locale = "SELECT datlocale FROM pg_database WHERE datname = 'template1'"
    assert ask(address, locale) == "C.UTF-8"
    assert ask(address, "SELECT upper('é')") == "É"


def test_nobody_gets_in_without_the_password(server: EmbeddedPostgres) -> None:
    address = server.start()

    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(address.url("postgres", "postgres", "guess"))
    kept = server.home.folder / "superuser-password"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(server.home.data.stat().st_mode) == 0o700
    assert address.password not in repr(address)


def test_the_server_does_not_run_as_root(server: EmbeddedPostgres) -> None:
    server.start()

    assert server.home.data.stat().st_uid != 0


def test_a_restart_keeps_what_was_written_and_the_port(server: EmbeddedPostgres) -> None:
    before = server.start()
    write(before, "CREATE TABLE kept AS SELECT 'Ada' AS name")
    server.stop()
    assert not server.running()

    after = server.start()

    assert after == before
    assert ask(after, "SELECT name FROM kept") == "Ada"


def test_starting_twice_is_starting_once(server: EmbeddedPostgres) -> None:
    first = server.start()
    pid = postmaster(server)

    assert server.start() == first
    assert postmaster(server) == pid


def test_a_killed_server_starts_again_with_what_was_committed(server: EmbeddedPostgres) -> None:
    address = server.start()
    write(address, "CREATE TABLE survived AS SELECT 1 AS one")
    os.kill(postmaster(server), signal.SIGKILL)
    assert eventually(lambda: not server.running())

    address = server.start()

    assert ask(address, "SELECT one FROM survived") == 1


def test_a_stale_pid_file_naming_a_living_stranger_does_not_stop_it(
    server: EmbeddedPostgres,
) -> None:
    server.start()
    pid_file = server.home.data / "postmaster.pid"
    stale = pid_file.read_text().splitlines()
    server.stop()
    pid_file.write_text("\n".join([str(os.getpid()), *stale[1:]]) + "\n")
    assert not server.running()

    assert ask(server.start(), "SELECT 1") == 1


def test_a_zombie_does_not_count_as_a_running_server() -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass", "a-name-to-find"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    assert command_of_living(child.pid) == ""
    child.wait()


def test_a_port_that_another_program_took_is_given_up(server: EmbeddedPostgres) -> None:
    before = server.start()
    server.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((before.host, before.port))
        other.listen()

        after = server.start()

    assert after.port != before.port
    assert ask(after, "SELECT 1") == 1


def test_an_unfinished_set_up_is_begun_again() -> None:
    with tempfile.TemporaryDirectory(prefix="embedded-") as folder:
        Path(folder).chmod(0o711)
        broken = Path(folder) / "postgres" / "data.unfinished"
        broken.mkdir(parents=True)
        (broken / "PG_VERSION").write_text("18\n")
        server = EmbeddedPostgres(Path(folder) / "postgres", FAST)
        try:
            assert ask(server.start(), "SELECT 1") == 1
        finally:
            server.destroy()
        assert not server.home.exists


def test_the_first_to_leave_keeps_it_running_and_the_last_stops_it(
    server: EmbeddedPostgres,
) -> None:
    other = holder(server)
    with server.lease() as address:
        let_go(other)
        assert ask(address, "SELECT 1") == 1
        assert server.in_use()

    assert not server.running()


def test_a_lease_that_ends_leaves_it_to_the_other_process(server: EmbeddedPostgres) -> None:
    other = holder(server)
    with server.lease() as address:
        pass

    assert ask(address, "SELECT 1") == 1
    let_go(other)
    assert not server.running()


def test_two_leases_of_one_process_end_in_any_order(server: EmbeddedPostgres) -> None:
    first, second = server.lease(), server.lease()
    address = first.__enter__()
    assert second.__enter__() == address

    first.__exit__(None, None, None)
    assert ask(address, "SELECT 1") == 1
    second.__exit__(None, None, None)

    assert not server.running()


def test_it_stops_when_its_only_user_is_killed(server: EmbeddedPostgres) -> None:
    other = holder(server)
    assert server.running()

    other.kill()
    let_go(other)

    assert eventually(lambda: not server.running())


def test_a_killed_user_does_not_keep_it_from_stopping_later(server: EmbeddedPostgres) -> None:
    other = holder(server)
    with server.lease() as address:
        other.kill()
        let_go(other)
        assert ask(address, "SELECT 1") == 1

    assert not server.running()


def test_many_at_once_start_one_server(server: EmbeddedPostgres) -> None:
    command = [sys.executable, "-c", HOLDER, str(server.home.folder)]
    pipe = subprocess.PIPE
    together = [
        subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) for _ in range(4)
    ]
    for process in together:
        assert process.stdout is not None
        assert process.stdout.readline() == "holding\n"
    pid = postmaster(server)

    for process in together[1:]:
        let_go(process)
    assert postmaster(server) == pid
    assert server.running()
    let_go(together[0])
    assert not server.running()


def test_it_is_not_destroyed_under_its_users(server: EmbeddedPostgres) -> None:
    with server.lease() as address:
        with pytest.raises(EmbeddedPostgresError, match="in use"):
            server.destroy()
        assert ask(address, "SELECT 1") == 1


def test_data_of_another_version_is_refused_with_what_to_do(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    version = server.home.data / "PG_VERSION"
    right = version.read_text()
    version.write_text("17\n")
    try:
        with pytest.raises(EmbeddedPostgresError, match=r"PostgreSQL 17.*make demo-reset"):
            server.start()
    finally:
        version.write_text(right)


def test_neither_statement_nor_value_reaches_the_log(server: EmbeddedPostgres) -> None:
    address = server.start()
    with psycopg.connect(address.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS once (name text PRIMARY KEY)")
        connection.execute("INSERT INTO once VALUES ('Wanda Secret') ON CONFLICT DO NOTHING")
        for statement in (
            b"INSERT INTO once VALUES (%s)",
            b"SELECT 1 / 0 FROM once WHERE name = %s",
            b"SELECT %s::text::int",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement, ["Wanda Secret"])

    assert "Secret" not in server.home.log.read_text()


def test_the_programs_of_the_package_are_at_hand(server: EmbeddedPostgres) -> None:
    address = server.start()
    asked = subprocess.run(
        [server.binary("psql"), address.url("postgres"), "-XAtc", "SELECT 6 * 7"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert asked.stdout == "42\n"
    with pytest.raises(EmbeddedPostgresError, match="no program 'no-such'"):
        server.binary("no-such")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that others may not enter")
def test_under_a_folder_of_root_alone_the_data_lives_outside_and_lasts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tmp_path.chmod(0o700)
    server = EmbeddedPostgres(tmp_path / "postgres", FAST)
    try:
        write(server.start(), "CREATE TABLE kept AS SELECT 1 AS one")
        assert "Only root may enter" in caplog.text
        assert not server.home.data.is_relative_to(tmp_path)
        server.stop()
        # The way opens later: the data stays where it is.
        for parent in (tmp_path, *tmp_path.parents):
            parent.chmod(parent.stat().st_mode | 0o011)

        again = EmbeddedPostgres(tmp_path / "postgres", FAST)

        assert ask(again.start(), "SELECT one FROM kept") == 1
    finally:
        server.destroy()
    assert not server.home.data.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that others may not enter")
def test_programs_that_root_alone_can_reach_are_copied_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = wheel_folder().parent
    tmp_path.chmod(0o700)
    with tempfile.TemporaryDirectory(prefix="embedded-") as folder:
        Path(folder).chmod(0o711)
        for part in (package, *package.parent.glob(f"{package.name}.*libs")):
            shutil.copytree(part, tmp_path / part.name, symlinks=True)
        monkeypatch.syspath_prepend(str(tmp_path))
        for _ in range(2):
            server = EmbeddedPostgres(Path(folder) / "postgres", FAST)
            try:
                assert ask(server.start(), "SELECT 1") == 1
            finally:
                server.stop()
            copies = list((Path(folder) / "postgres").glob("programs*"))
            assert len(copies) == 1


def test_an_address_makes_urls_that_survive_any_password() -> None:
    address = ServerAddress("127.0.0.1", 5432, "postgres", "a/b@c")

    assert address.url("demo") == "postgresql://postgres:a%2Fb%40c@127.0.0.1:5432/demo"
    assert address.url("demo", "family", "x:y") == "postgresql://family:x%3Ay@127.0.0.1:5432/demo"
