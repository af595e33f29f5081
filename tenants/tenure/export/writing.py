"""All that one side may read of an authority, written into a parcel.

The authority's copy is read as the login role `authority` reads: what the database hides from it (a
family's confidences, the mediator's notes, messages) is not there, whatever this module forgot.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import logging
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from saas.database.base import ALL, Base, Grant, declared_walls
from saas.database.scope import LoginRole, Scope, ScopedSession, scoped
from saas.database.watched import HIDDEN
from saas.documents.storage import MissingFileError, Storage
from saas.identity import team
from saas.identity.signed_in import Tenancy
from tenants.agreements.models import Agreement
from tenants.agreements.reading import agreement_pdf
from tenants.casework.models import Certificate
from tenants.certificates.actions import certificate_pdf
from tenants.papers.models import CaseDocument
from tenants.tenure.export.described import described
from tenants.tenure.export.parcel import Parcel, parcel
from tenants.tenure.export.readme import readme

log = logging.getLogger(__name__)
AT_ONCE = 500
PAPERS_AT_ONCE = 50
FORMAT = 1
# What is not the authority's record, with the reason.
LEFT_OUT: Mapping[str, str] = {
    "api_use": "how often keys asked",
    "authority_export": "the exports themselves",
    "authority_deletion": "what is deleted afterwards",
    "audit_link": "the chain that the trail is checked by",
    "row_change_link": "the chain that changes are checked by",
    "said_fact": "a queue: what it names becomes a fact",
    "case_notice": "a queue: what it names becomes a message",
    "billing_task": "a queue of work",
    "stripe_event": "a queue of what Stripe told",
    "stripe_object": "what Stripe says of its own objects",
    "family_check": "wrong dates of birth at a link",
    "reference_counter": "the last numbers given",
}
SUFFIXES = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "text/plain": ".txt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
BEGINNINGS = ((b"%PDF", ".pdf"), (b"PK\x03\x04", ".xlsx"), (b"<?xml", ".xml"))


class Progress(Protocol):
    """Who is told how far an export is."""

    def __call__(self, *, tables: int, of: int, rows: int, files: int) -> None:
        """Tables done of how many, and the rows and files written."""


@dataclass(frozen=True)
class Part:
    """A table of an export: who reads it, and which columns."""

    table: sa.Table
    tenant_column: str
    role: LoginRole
    columns: list[str]
    # Columns that hold files.
    files: list[str]


def parts(*, whole: bool) -> list[Part]:
    """The tables of an export, each after those that it refers to.

    Args:
        whole: all that the provider and its finance read; otherwise what the authority reads.
    """
    roles = (LoginRole.PROVIDER, LoginRole.FINANCE) if whole else (LoginRole.AUTHORITY,)
    found = []
    walls = declared_walls()
    for table in Base.metadata.sorted_tables:
        wall = walls[table.name]
        if wall.tenant_column is None or table.name in LEFT_OUT:
            continue
        for role in roles:
            names = _readable(table, wall.grants.get(role))
            if names:
                files = [n for n in names if isinstance(table.c[n].type, sa.LargeBinary)]
                rest = [n for n in names if n not in files]
                found.append(Part(table, wall.tenant_column, role, rest, files))
                break
    return found


def _readable(table: sa.Table, grant: Grant | None) -> list[str]:
    if grant is None:
        return []
    return [
        column.name
        for column in table.columns
        if (grant.select == ALL or column.name in grant.select) and column.name not in HIDDEN
    ]


@dataclass
class Written:
    """What an export has become."""

    tables: int = 0
    rows: int = 0
    files: int = 0


def write_export(
    path: Path,
    tenancy: Tenancy,
    *,
    whole: bool,
    provider: str,
    storage: Storage,
    at: dt.datetime,
    say: Progress,
) -> Written:
    """Write the export to a new file, as things stand at one moment.

    Raises:
        OSError: the file is there already, or the disk is full.
        StorageError: the store does not answer.
    """
    wanted, done = parts(whole=whole), Written()
    absent: list[str] = []
    with ExitStack() as stack:
        sessions = {
            role: stack.enter_context(_at_one_moment(_scope_of(role, tenancy.id)))
            for role in {part.role for part in wanted}
        }
        reading = sessions[LoginRole.PROVIDER if whole else LoginRole.AUTHORITY]
        to = stack.enter_context(parcel(path, at=at))
        for part in wanted:
            rows = _rows(sessions[part.role], part, part.columns, tenancy.id)
            done.rows += to.add_table(part.table.name, part.columns, rows)
            done.files += _files_in_columns(to, sessions[part.role], part, tenancy.id)
            done.tables += 1
            say(tables=done.tables, of=len(wanted), rows=done.rows, files=done.files)
        done.rows += _people(to, tenancy.id)
        for kind, found in (
            ("case_document", _documents(reading, storage, absent)),
            ("certificate", _certificates(reading, absent)),
            ("agreement", _agreements(reading, absent)),
        ):
            for name, content in found:
                to.add(f"files/{kind}/{name}", content)
                done.files += 1
                if done.files % AT_ONCE == 0:
                    say(tables=done.tables, of=len(wanted), rows=done.rows, files=done.files)
        schema = [described(part.table, part.columns) for part in wanted]
        schema.append(PEOPLE)
        to.add("schema.json", json.dumps(schema, ensure_ascii=False, indent=1).encode())
        to.add(
            "README.md",
            readme(
                tenancy.name, provider, schema, whole=whole, at=at, absent=absent,
                left_out=LEFT_OUT,
            ).encode(),
        )  # fmt: skip
        to.close(
            {
                "format": FORMAT,
                "authority": tenancy.name,
                "slug": tenancy.slug,
                "made_at": at.astimezone(dt.UTC).isoformat(),
                "copy": "whole" if whole else "authority",
                "files_absent": absent,
            }
        )
    say(tables=done.tables, of=len(wanted), rows=done.rows, files=done.files)
    return done


def _scope_of(role: LoginRole, tenant: uuid.UUID) -> Scope:
    return Scope(role, tenant, None)


@contextmanager
def _at_one_moment(scope: Scope) -> Iterator[ScopedSession]:
    """A session that sees the rows as they are now until it ends, and writes nothing."""
    with scoped(scope) as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        # It waits while files are copied and papers are made, longer than a page ever may.
        session.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        session.execute(sa.select(1))
        yield session


def _rows(
    session: ScopedSession,
    part: Part,
    names: Sequence[str],
    tenant: uuid.UUID,
    at_once: int = AT_ONCE,
) -> Iterator[Sequence[Any]]:
    columns = part.table.c
    order = [column for column in part.table.primary_key if column.name in part.columns]
    found = session.execute(
        sa.select(*(columns[name] for name in names))
        .where(columns[part.tenant_column] == tenant)
        .order_by(*order)
        .execution_options(yield_per=at_once)
    )
    yield from found


def _files_in_columns(to: Parcel, session: ScopedSession, part: Part, tenant: uuid.UUID) -> int:
    number = 0
    for column in part.files:
        for row in _rows(session, part, ["id", column], tenant, at_once=10):
            content = bytes(row[1] or b"")
            if content:
                to.add(f"files/{part.table.name}/{row[0]}-{column}{_suffix(content)}", content)
                number += 1
    return number


def _suffix(content: bytes) -> str:
    return next((end for start, end in BEGINNINGS if content.startswith(start)), ".bin")


PEOPLE: dict[str, Any] = {
    "table": "person",
    "what": "The authority's own team: who the ids of persons are.",
    "primary_key": ["id"],
    "columns": [
        {"name": name, "type": kind, "may_be_empty": False, "refers_to": [], "what": what}
        for name, kind, what in (
            ("id", "uuid", "The person."),
            ("name", "text", "The name."),
            ("email", "text", "The address by which they sign in."),
            ("role", "text", "What they do in the team."),
            ("has_access", "boolean", "Whether they may sign in."),
        )
    ],
}


def _people(to: Parcel, tenant: uuid.UUID) -> int:
    with scoped(Scope.identity()) as identities:
        found = team.team(identities, tenant)
    return to.add_table(
        "person",
        [column["name"] for column in PEOPLE["columns"]],
        [(one.id, one.name, one.email, ", ".join(one.roles), one.active) for one in found],
    )


Found = Iterator[tuple[str, bytes | Iterable[bytes]]]


def _documents(session: ScopedSession, storage: Storage, absent: list[str]) -> Found:
    """The files of cases; what was found infected stays where it is."""
    rows = session.execute(
        sa.select(
            CaseDocument.id, CaseDocument.media_type, CaseDocument.storage_key,
            CaseDocument.scan_result,
        )
        .where(CaseDocument.tenant_id == session.tenant)
        .order_by(CaseDocument.id)
        .execution_options(yield_per=AT_ONCE)
    )  # fmt: skip
    for row in rows:
        name = f"{row.id}{SUFFIXES.get(row.media_type, '.bin')}"
        if row.scan_result == "infected":
            absent.append(f"files/case_document/{name}: a virus was found in it")
            continue
        chunks = storage.chunks(row.storage_key)
        try:
            first = next(chunks, b"")
        except MissingFileError:
            absent.append(f"files/case_document/{name}: the store has no such file")
            continue
        yield name, itertools.chain([first], chunks)


def _certificates(session: ScopedSession, absent: list[str]) -> Found:
    for one in session.scalars(
        sa.select(Certificate)
        .where(Certificate.tenant_id == session.tenant)
        .order_by(Certificate.id)
        .execution_options(yield_per=PAPERS_AT_ONCE)
    ):
        yield from _made(
            f"{one.id}.pdf", "certificate", lambda one=one: certificate_pdf(session, one), absent
        )


def _agreements(session: ScopedSession, absent: list[str]) -> Found:
    for one in session.scalars(
        sa.select(Agreement)
        .where(Agreement.tenant_id == session.tenant)
        .order_by(Agreement.id)
        .execution_options(yield_per=PAPERS_AT_ONCE)
    ):
        yield from _made(
            f"{one.id}.pdf", "agreement", lambda one=one: agreement_pdf(session, one), absent
        )


def _made(name: str, kind: str, make: Any, absent: list[str]) -> Found:
    try:
        content = make()
    except Exception:
        # Its content is in the table all the same.
        log.exception("a paper of an export cannot be made")
        absent.append(f"files/{kind}/{name}: it could not be made")
        return
    yield name, content
