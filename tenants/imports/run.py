"""The import of one file: everything is checked, then all of it is written or nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from saas.database.scope import Scope, ScopedSession, scoped
from saas.reference.progress import ReportsProgress
from tenants.casework.row_columns import Actor
from tenants.imports.bulk.build import BuiltCase, House, build_case
from tenants.imports.bulk.write import write_cases
from tenants.imports.existing import (
    contradicted_upns,
    differing_columns,
    load_existing,
)
from tenants.imports.rows import ImportedRow, RowFault, read_row
from tenants.imports.sheets import SheetRow, read_sheet
from tenants.subscribers.suspending import check_not_suspended

WHO = "Spreadsheet import"
_TOLD_EVERY = 200


class ImportRefusedError(Exception):
    """Rows of the file are wrong; nothing was written."""

    def __init__(self, rows: int, faults: Sequence[RowFault]) -> None:
        self.rows = rows
        self.faults = sorted(faults)
        mistakes = _counted(len(self.faults), "mistake")
        super().__init__(f"{mistakes} in {_counted(rows, 'row')}; nothing was written.")


@dataclass(frozen=True)
class Imported:
    """What an import did, or with a trial would have done."""

    rows: int
    new: int
    present: int
    # Of a workbook: the sheet that was read, and those that were not.
    sheet: str | None = None
    left: tuple[str, ...] = ()

    def __str__(self) -> str:
        of = f" of the sheet {self.sheet!r}" if self.sheet else ""
        others = ", ".join(repr(name) for name in self.left)
        return (
            f"{_counted(self.rows, 'row')}{of}: {self.new:,} new, {self.present:,} already there"
            + (f"; not read: {others}" if self.left else "")
        )


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


class _OnlyTried(Exception):
    """Undoes a trial at its end."""


def import_cases(
    path: Path,
    tenant_id: uuid.UUID,
    *,
    at: dt.datetime,
    today: dt.date,
    progress: ReportsProgress,
    dry_run: bool = False,
) -> Imported:
    """Bring the cases of a file into one tenant.

    Args:
        dry_run: do everything, and undo it at the end.

    Raises:
        StandingRefused: the authority is suspended; asked before the file is read, and once more
            in the transaction that writes.
        SheetRefused: the file cannot be read, or has other columns.
        ImportRefusedError: with every mistake of every row; nothing was written.
    """
    with scoped(Scope.provider(tenant_id, None)) as session:
        check_not_suspended(session, House.of(session).name, today=today)
    progress("Reading the file", 0, 1)
    read = read_sheet(path)
    sheet = read.rows
    by = Actor(None, WHO, at)
    rows, faults = _read(sheet, by, today, progress)
    faults += _told_twice(rows)
    with scoped(Scope.provider(tenant_id, None)) as session:
        house = House.of(session)
        faults += contradicted_upns(session, rows)
        new, present, differences = _compare(session, rows, progress)
    faults += differences
    built, broken = _build(new, house, today, progress)
    faults += broken
    if faults:
        raise ImportRefusedError(len(sheet), faults)
    imported = Imported(len(sheet), len(new), present, read.name, read.left)
    if new:
        _write(tenant_id, built, house, by, today, progress, dry_run=dry_run)
    return imported


def _read(
    sheet: Sequence[SheetRow], by: Actor, today: dt.date, progress: ReportsProgress
) -> tuple[list[ImportedRow], list[RowFault]]:
    rows, faults = [], []
    for done, row in enumerate(sheet):
        read, wrong = read_row(row, by=by, today=today)
        faults += wrong
        if read is not None:
            rows.append(read)
        if done % _TOLD_EVERY == 0:
            progress("Reading the rows", done, len(sheet))
    return rows, faults


def _told_twice(rows: Sequence[ImportedRow]) -> Iterator[RowFault]:
    first: dict[str, int] = {}
    for row in rows:
        earlier = first.setdefault(row.external_reference, row.number)
        if earlier != row.number:
            yield RowFault(
                row.number,
                "external_reference",
                f"Row {earlier} has the same: each case needs its own",
            )


def _compare(
    session: ScopedSession, rows: Sequence[ImportedRow], progress: ReportsProgress
) -> tuple[list[ImportedRow], int, list[RowFault]]:
    """The new rows, how many are there already, and those that are there with other content."""
    progress("Looking for cases that are there already", 0, len(rows))
    existing = load_existing(session, [row.external_reference for row in rows])
    new, faults = [], []
    for row in rows:
        known = existing.get(row.external_reference)
        if known is None:
            new.append(row)
            continue
        faults += [
            RowFault(
                row.number,
                column,
                f"The case is there as {known.case['reference']} and says something else here:"
                " correct the case in the service, or this cell",
            )
            for column in differing_columns(row, known)
        ]
    return new, len(rows) - len(new), faults


def _build(
    rows: Sequence[ImportedRow], house: House, today: dt.date, progress: ReportsProgress
) -> tuple[list[BuiltCase], list[RowFault]]:
    built, faults = [], []
    for done, row in enumerate(rows):
        made, broken = build_case(row.case, house, today=today)
        faults += [
            RowFault(row.number, row.column_of(act, rule), str(rule)) for act, rule in broken
        ]
        built.append(made)
        if done % _TOLD_EVERY == 0:
            progress("Checking the rules", done, len(rows))
    return built, faults


def _write(
    tenant_id: uuid.UUID,
    built: Sequence[BuiltCase],
    house: House,
    by: Actor,
    today: dt.date,
    progress: ReportsProgress,
    *,
    dry_run: bool,
) -> None:
    progress("Writing the cases", 0, len(built))
    try:
        with scoped(Scope.provider(tenant_id, None)) as session:
            check_not_suspended(session, house.name, today=today)
            write_cases(
                session,
                built,
                house,
                provider=None,
                by=by,
                told=lambda done: progress("Writing the cases", done, len(built)),
            )
            if dry_run:
                raise _OnlyTried
    except _OnlyTried:
        return
