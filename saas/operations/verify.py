"""Whether a backup is good: restored into a scratch database, counted, and used by the service."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from flask import Flask

from saas.audit import chain
from saas.config import Settings
from saas.database import connections, migrate
from saas.database.apart import check_walls
from saas.database.base import db
from saas.database.scope import LoginRole, Scope, scoped
from saas.operations.manifest import BackupError, Manifest
from saas.operations.restore import documents_of, past_the_walls, restore_database
from saas.reference.progress import ReportsProgress, silent

MakeService = Callable[[Settings], Flask]


@dataclass(frozen=True)
class Verified:
    """What was found good."""

    rows: int
    tables: int
    chains: int
    documents: int


def verify_backup(
    scratch: Settings,
    folder: Path,
    manifest: Manifest,
    *,
    identity: str,
    make_service: MakeService,
    now: float,
    say: ReportsProgress = silent,
) -> Verified:
    """Restore the backup into the scratch database and try it.

    Every table must have its rows, every authority's trail must be whole and end where it ended,
    every file must be the one whose hash its row has, and the walls must stand.

    Args:
        now: seconds since the epoch, for the seals.

    Raises:
        BackupError: naming everything that is not so.
    """
    # Compares the rows of each table.
    restore_database(scratch, folder, manifest, identity=identity, say=say)
    known = _hashes(scratch)
    # The backup of an earlier release is asked by this one's service.
    migrate.ensure_database(scratch)
    faults = _faults_of_documents(folder, manifest, identity, known, say)
    faults += _faults_in_service(make_service(scratch), scratch, manifest, now=now)
    if faults:
        raise BackupError("The backup is not good:\n" + "\n".join(faults))
    return Verified(
        rows=sum(manifest.rows.values()),
        tables=len(manifest.rows),
        chains=len(manifest.chains),
        documents=manifest.documents,
    )


def _hashes(scratch: Settings) -> dict[str, str]:
    """The hash that each file has by its row, by key."""
    with connections.owner_connection(scratch) as connection, past_the_walls(connection):
        return dict(connection.execute("SELECT storage_key, sha256 FROM case_document").fetchall())


def _faults_of_documents(
    folder: Path, manifest: Manifest, identity: str, known: dict[str, str], say: ReportsProgress
) -> list[str]:
    faults, seen = [], 0
    for key, content in documents_of(folder, manifest, identity):
        seen += 1
        say("Documents", seen, manifest.documents)
        if known.get(key) != hashlib.sha256(content).hexdigest():
            faults.append(f"the file {key} is not the one that was uploaded")
    if seen != manifest.documents:
        faults.append(f"{seen} files, and {manifest.documents} were backed up")
    return faults


def _faults_in_service(
    app: Flask, scratch: Settings, manifest: Manifest, *, now: float
) -> list[str]:
    faults: list[str] = []
    with app.app_context():
        try:
            for ended in manifest.chains:
                with scoped(Scope.worker(UUID(ended.tenant))) as session:
                    found = chain.check(session)
                faults += [
                    f"trail of {ended.tenant}, link {fault.number}: {fault.what}"
                    for fault in found.faults
                ]
                if (found.links, found.head) != (ended.number, ended.sha256):
                    faults.append(f"the trail of {ended.tenant} does not end where it ended")
            for ended in manifest.chains[:1]:
                checks = check_walls(
                    UUID(ended.tenant),
                    key=scratch.scope_secret,
                    login=connections.login_name(scratch, LoginRole.AUTHORITY),
                    now=now,
                )
                faults += [f"{one.name}: {one.found}" for one in checks if not one.passed]
        finally:
            for engine in db.engines.values():
                engine.dispose()
    return faults
