"""The programs of PostgreSQL that backups are made and read with."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from saas.config import Settings
from saas.database.server_home import EmbeddedPostgresError, wheel_folder

# Where Debian keeps the programs of each version.
DEBIAN = Path("/usr/lib/postgresql")


class ProgramError(Exception):
    """A program of PostgreSQL is missing, too old, or failed; the text says what to do."""


def find_program(settings: Settings, name: str, *, major: int) -> tuple[Path, int]:
    """The program and its own major version: the server's, or the next newer one that is here.

    Args:
        major: the least version it must have. An older pg_dump refuses a newer server.

    Raises:
        ProgramError: naming what was found instead.
    """
    found = {path: version for path in _candidates(settings, name) if (version := _version(path))}
    fitting = [(version, path) for path, version in found.items() if version >= major]
    if fitting:
        version, path = min(fitting, key=lambda one: one[0])
        return path, version
    seen = ", ".join(f"{path} ({version})" for path, version in found.items()) or "none"
    raise ProgramError(
        f"{name} of PostgreSQL {major} or later is needed, as the server has; found: {seen}.\n"
        f"Install postgresql-client-{major}, or say in POSTGRESQL_PROGRAMS in which folder it is."
    )


def _candidates(settings: Settings, name: str) -> Iterator[Path]:
    if settings.postgresql_programs is not None:
        # Who names a folder means it: no other is looked into.
        yield settings.postgresql_programs / name
        return
    with suppress(EmbeddedPostgresError):  # production does without the package
        yield wheel_folder() / "bin" / name
    yield from sorted(DEBIAN.glob(f"*/bin/{name}"))
    on_path = shutil.which(name)
    if on_path:
        yield Path(on_path)


def _version(program: Path) -> int | None:
    if not os.access(program, os.X_OK):
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"\(PostgreSQL\) (\d+)", said.stdout)
    return int(version[1]) if version else None


def connection_arguments(url: str) -> tuple[list[str], dict[str, str]]:
    """Arguments and environment by which a program connects: no password among the arguments,
    where every user of the machine would see it."""
    parts = conninfo_to_dict(url)
    password = parts.pop("password", None)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    if password:
        environment["PGPASSWORD"] = str(password)
    return [f"--dbname={make_conninfo('', **parts)}"], environment
