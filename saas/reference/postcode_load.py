"""Load an edition of the postcode list: the old one stays until the new one is whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from saas.reference.loads import Change, in_one_transaction, record_load
from saas.reference.merging import count_rows, merge_staged, stage
from saas.reference.postcode_files import (
    PostcodeFile,
    PostcodeFileError,
    Tally,
    open_postcode_file,
    too_many,
)
from saas.reference.progress import ReportsProgress
from saas.reference.shipped import digest

SOURCE = "postcodes"
_COLUMNS = ("postcode", "district_code", "terminated")
_STAGED = sql.Identifier("staged_postcode")

# A third of the postcodes of a real edition are terminated. Where not one of this many is, the
# column was emptied on the way, and says nothing about what is terminated.
_SILENT_FROM = 1_000
_ROWS_PER_WRITE = 20_000


def load_postcodes(
    connection: psycopg.Connection[Any], path: Path, progress: ReportsProgress
) -> Change:
    """Make the list of English postcodes that of the file, in one transaction.

    An edition replaces the list. A file with less than half as many English postcodes is taken
    for an extract: its rows are added and updated, none is removed, and the answer says so.
    Retired district codes are led to today's; a row whose district is not known keeps the
    district on record, or is left out and counted. Readers see the old list until the commit.

    Args:
        connection: the database owner's; it is committed.

    Raises:
        PostcodeFileError: when the file is not understood, nothing having changed.
    """
    with in_one_transaction(connection), open_postcode_file(path) as file:
        # Two loads at once would each remove what the other added.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('reference postcodes'))")
        connection.execute("SET LOCAL statement_timeout = 0")
        districts = current_districts(connection)
        if not districts:
            raise PostcodeFileError(
                "No districts are loaded yet, so no postcode has an authority: "
                "run 'reference load' first."
            )
        before = count_rows(connection, "postcode")
        stage(connection, "postcode", _COLUMNS)
        unknown = _copy(connection, file, districts, progress)
        progress("Comparing postcodes", 1, 3)
        repeated = _drop_repeated(connection)
        notes = _describe(file.tally, repeated)
        notes += _settle_unknown(connection, unknown, file)
        notes += _keep_silent_marks(connection, file.tally)
        arrived = count_rows(connection, "staged_postcode")
        whole = arrived * 2 >= before
        if not whole:
            notes.append(
                f"the file has {arrived:,} English postcodes and the list had {before:,}: taken "
                "for an extract, so its rows were added or updated and none was removed"
            )
        progress("Storing postcodes", 2, 3)
        merged = merge_staged(
            connection, table="postcode", columns=_COLUMNS, key=["postcode"], remove=whole
        )
        if merged.anything:
            connection.execute("ANALYZE postcode")
        change = Change(SOURCE, str(merged), merged.anything, tuple(notes))
        record_load(
            connection,
            source=SOURCE,
            digest=digest(path),
            edition=file.name,
            rows=arrived,
            note="; ".join(notes),
        )
        progress("Storing postcodes", 3, 3)
    return change


def current_districts(connection: psycopg.Connection[Any]) -> Mapping[str, str]:
    """Every district code that a file may carry, led to the code in use today.

    A retired code that was split between two successors is not among them: a guess would send
    families to the wrong authority.
    """
    found = {code: code for (code,) in connection.execute("SELECT lad_code FROM district")}
    successors: dict[str, list[str]] = {}
    for code, successor in connection.execute(
        "SELECT gss_code, successor_gss_code FROM former_gss_successor"
    ):
        successors.setdefault(code, []).append(successor)
    for code, following in successors.items():
        seen = {code}
        while len(following) == 1 and following[0] not in seen:
            if following[0] in found:
                found.setdefault(code, following[0])
                break
            seen.add(following[0])
            following = successors.get(following[0], [])
    return found


def _lines(
    file: PostcodeFile, districts: Mapping[str, str], unknown: Counter[str]
) -> Iterator[str]:
    """The rows of a file as lines for COPY; `unknown` counts the districts that are not known."""
    for postcode, district, terminated in file.rows:
        current = districts.get(district)
        if current is None:
            unknown[district] += 1
            current = _unescaped(district)
        yield f"{postcode}\t{current}\t{'t' if terminated else 'f'}\n"


def _unescaped(code: str) -> str:
    """A code from a file, made safe for a line of COPY."""
    return "".join(letter for letter in code[:20] if letter.isalnum())


def _copy(
    connection: psycopg.Connection[Any],
    file: PostcodeFile,
    districts: Mapping[str, str],
    progress: ReportsProgress,
) -> Counter[str]:
    unknown: Counter[str] = Counter()
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        _STAGED, sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        waiting: list[str] = []
        for line in _lines(file, districts, unknown):
            waiting.append(line)
            if len(waiting) == _ROWS_PER_WRITE:
                copy.write("".join(waiting))
                waiting.clear()
                progress("Reading postcodes", file.position(), file.size)
        copy.write("".join(waiting))
    return unknown


def _drop_repeated(connection: psycopg.Connection[Any]) -> int:
    """Keep one row of each postcode: a live one before a terminated one, else the first."""
    counted = connection.execute(
        sql.SQL("SELECT count(*) - count(DISTINCT postcode) FROM {}").format(_STAGED)
    ).fetchone()
    assert counted is not None
    if counted[0]:
        connection.execute(
            sql.SQL(
                "DELETE FROM {staged} s USING (SELECT ctid AS place, row_number() OVER "
                "(PARTITION BY postcode ORDER BY terminated, ctid) AS turn FROM {staged}) repeated "
                "WHERE s.ctid = repeated.place AND repeated.turn > 1"
            ).format(staged=_STAGED)
        )
    return int(counted[0])


def _settle_unknown(
    connection: psycopg.Connection[Any], unknown: Counter[str], file: PostcodeFile
) -> list[str]:
    if not unknown:
        return []
    codes = [_unescaped(code) for code in unknown]
    kept = connection.execute(
        sql.SQL(
            "UPDATE {} s SET district_code = t.district_code FROM postcode t "
            "WHERE t.postcode = s.postcode AND s.district_code = ANY(%s)"
        ).format(_STAGED),
        [codes],
    ).rowcount
    left_out = connection.execute(
        sql.SQL("DELETE FROM {} WHERE district_code = ANY(%s)").format(_STAGED), [codes]
    ).rowcount
    listed = ", ".join(f"{code[:20]} ({rows:,})" for code, rows in unknown.most_common(5))
    if len(unknown) > 5:
        listed += f" and {len(unknown) - 5} more"
    if too_many(left_out, file.tally.english):
        raise PostcodeFileError(
            f"{file.name} names districts that are not known, for {left_out:,} postcodes: "
            f"{listed}. Load an up-to-date list of districts first."
        )
    told = (
        f"districts not known: {listed}; {kept:,} postcodes kept the district on record, "
        f"{left_out:,} were left out"
    )
    return [told]


def _keep_silent_marks(connection: psycopg.Connection[Any], tally: Tally) -> list[str]:
    if tally.terminated or tally.english < _SILENT_FROM:
        return []
    connection.execute(
        sql.SQL(
            "UPDATE {} s SET terminated = true FROM postcode t "
            "WHERE t.postcode = s.postcode AND t.terminated"
        ).format(_STAGED)
    )
    return ["no postcode of the file is marked as terminated: the marks on record were kept"]


def _describe(tally: Tally, repeated: int) -> list[str]:
    notes = []
    if tally.outside_england:
        notes.append(f"{tally.outside_england:,} outside England left out")
    if tally.without_district:
        notes.append(f"{tally.without_district:,} without a district left out")
    if tally.malformed:
        examples = "; ".join(tally.malformed_examples)
        notes.append(f"{tally.malformed:,} malformed left out ({examples})")
    if repeated:
        notes.append(f"{repeated:,} repeated postcodes taken once")
    return notes
