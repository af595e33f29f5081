"""Load the reference files that come with the product: as often as one likes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from saas.reference import shipped
from saas.reference.loads import (
    Change,
    in_one_transaction,
    last_digest,
    record_load,
    was_ever_loaded,
)
from saas.reference.merging import Merged, count_rows, merge_rows
from saas.reference.postcode_load import SOURCE as POSTCODES
from saas.reference.postcode_load import load_postcodes
from saas.reference.progress import ReportsProgress

__all__ = ["Change", "load_reference"]

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class _Table:
    """A table, the rows that the files have for it, and whether others are removed."""

    name: str
    key: Sequence[str]
    columns: Sequence[str]
    rows: Callable[[Path], Iterable[Sequence[Any]]]
    remove: bool


@dataclass(frozen=True)
class _Source:
    """Files that belong together: loaded in one transaction, the tables in this order."""

    name: str
    files: Sequence[str]
    tables: Sequence[_Table]
    afterwards: Callable[[Connection, Path], list[str]] = lambda connection, folder: []


def load_reference(
    connection: Connection,
    progress: ReportsProgress,
    folder: Path = shipped.FOLDER,
    *,
    postcodes: bool = True,
) -> list[Change]:
    """Bring every reference table to what the shipped files say, a transaction per source.

    A source whose files were loaded last time is passed over, unless its tables are empty.
    Postcodes are loaded once per shipped edition, so that a newer edition loaded by hand stays.

    Args:
        connection: the database owner's; it is committed after each source.
        folder: where the files are, under the names that they ship with.
        postcodes: whether to load the long list too; most tests do without.

    Returns:
        What changed, source by source.
    """
    changes = []
    for number, source in enumerate(_SOURCES):
        progress(f"Loading {source.name}", number, len(_SOURCES))
        changes.append(_load(connection, source, folder))
    if postcodes:
        changes.append(_load_shipped_postcodes(connection, progress, folder))
    return changes


def _load(connection: Connection, source: _Source, folder: Path) -> Change:
    with in_one_transaction(connection):
        digest = shipped.digest(*(folder / name for name in source.files))
        held = [count_rows(connection, table.name) for table in source.tables]
        if last_digest(connection, source.name) == digest and all(held):
            return Change(source.name, f"{held[0]:,} unchanged", changed=False)
        merges = [
            merge_rows(
                connection,
                table=table.name,
                columns=table.columns,
                key=table.key,
                rows=table.rows(folder),
                remove=table.remove,
            )
            for table in source.tables
        ]
        notes = source.afterwards(connection, folder)
        record_load(
            connection,
            source=source.name,
            digest=digest,
            edition=", ".join(source.files),
            rows=merges[0].total,
            note="; ".join(notes),
        )
    changed = any(merged.anything for merged in merges) or bool(notes)
    return Change(source.name, _summary(merges), changed, tuple(notes))


def _summary(merges: Sequence[Merged]) -> str:
    first, others = merges[0], merges[1:]
    if not first.anything and any(merged.anything for merged in others):
        return f"{first.total:,} unchanged, what belongs to them changed"
    return str(first)


def _load_shipped_postcodes(
    connection: Connection, progress: ReportsProgress, folder: Path
) -> Change:
    file = folder / shipped.POSTCODES
    with in_one_transaction(connection):
        held = count_rows(connection, "postcode")
        loaded = was_ever_loaded(connection, POSTCODES, shipped.digest(file))
    if held and loaded:
        return Change(POSTCODES, f"{held:,} unchanged", changed=False)
    return load_postcodes(connection, file, progress)


def _close_missing_authorities(connection: Connection, folder: Path) -> list[str]:
    """An authority that the file no longer has is closed, never deleted: a tenant outlives it.

    Its last day and successor are those of its code, where the list of former codes has it;
    otherwise it is closed from today, for somebody to look at.
    """
    listed = [row[0] for row in shipped.authority_rows(folder)]
    closed = connection.execute(
        """
        UPDATE education_authority a
        SET valid_to = COALESCE(
                (SELECT max(f.valid_to) FROM former_gss_code f
                 WHERE f.dfe_number = a.dfe_number),
                GREATEST(a.valid_from, CURRENT_DATE - 1)),
            successor_dfe_number = (
                SELECT min(b.dfe_number)
                FROM former_gss_code f
                JOIN former_gss_successor s ON s.gss_code = f.gss_code
                JOIN education_authority b ON b.gss_code = s.successor_gss_code
                WHERE f.dfe_number = a.dfe_number
                HAVING count(DISTINCT b.dfe_number) = 1)
        WHERE a.valid_to IS NULL AND NOT a.dfe_number = ANY(%s)
        RETURNING a.display_name
        """,
        [listed],
    ).fetchall()
    reopened = connection.execute(
        "UPDATE education_authority SET valid_to = NULL, successor_dfe_number = NULL "
        "WHERE valid_to IS NOT NULL AND dfe_number = ANY(%s) RETURNING display_name",
        [listed],
    ).fetchall()
    return [f"{name} is no longer listed: closed" for (name,) in closed] + [
        f"{name} is listed again: reopened" for (name,) in reopened
    ]


_SOURCES = (
    _Source(
        "former codes",
        [shipped.FORMER_AUTHORITIES, shipped.FORMER_DISTRICTS],
        [
            _Table(
                "former_gss_code",
                ["gss_code"],
                ["gss_code", "name", "dfe_number", "valid_from", "valid_to"],
                shipped.former_code_rows,
                remove=False,
            ),
            _Table(
                "former_gss_successor",
                ["gss_code", "successor_gss_code"],
                ["gss_code", "successor_gss_code"],
                shipped.successor_rows,
                remove=True,
            ),
        ],
    ),
    _Source(
        "authorities",
        # The former codes say since when an authority exists.
        [shipped.AUTHORITIES, shipped.FORMER_AUTHORITIES],
        [
            _Table(
                "education_authority",
                ["dfe_number"],
                [
                    *("dfe_number", "gss_code", "gss_valid_from", "name", "display_name"),
                    *("slug", "type", "region_code", "region", "valid_from"),
                ],
                shipped.authority_rows,
                remove=False,
            )
        ],
        _close_missing_authorities,
    ),
    _Source(
        "districts",
        [shipped.DISTRICTS],
        # A district that is gone stays: postcodes may still name it.
        [
            _Table(
                "district",
                ["lad_code"],
                ["lad_code", "name", "dfe_number"],
                shipped.district_rows,
                remove=False,
            )
        ],
    ),
    _Source(
        "DfE mediation and appeal figures",
        [shipped.SEN2_FIGURES],
        [
            _Table(
                "dfe_sen2_figure",
                ["place", "year", "measure"],
                [
                    *("place", "year", "measure", "level"),
                    *("place_name", "region_code", "number", "mark"),
                ],
                shipped.sen2_rows,
                remove=True,
            )
        ],
    ),
    _Source(
        "DfE appeal rates",
        [shipped.APPEAL_RATES],
        [
            _Table(
                "dfe_appeal_rate",
                ["dfe_number", "year"],
                [
                    *("dfe_number", "year", "place_name", "appeals", "appeals_mark"),
                    *("decisions", "decisions_mark", "rate_percent", "rate_mark"),
                    "unusable_because",
                ],
                shipped.appeal_rows,
                remove=True,
            )
        ],
    ),
)
