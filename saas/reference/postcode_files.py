"""Read any edition of the ONS's postcode lists: ONSPD, NSPL, or the list that we ship.

Column names change by edition, so columns are found by name and never by place; a file that lacks
one is refused with what was looked for and what was found. The county column is never asked which
authority runs education: the district is, by way of our own table.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, TextIO, cast

from saas.reference.postcode_grammar import compact

_DISTRICT = re.compile(r"lad\d\dcd")
_OLDER_DISTRICTS = ("oslaua", "laua")
_ENGLISH_DISTRICTS = ("E06", "E07", "E08", "E09")
_PERIOD = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])")
_EXAMPLES = 5

Row = tuple[str, str, bool]


class PostcodeFileError(Exception):
    """The file is no postcode list that can be loaded; the message says why."""


def too_many(odd: int, rows: int) -> bool:
    """Whether so many odd rows mean that the file is of another kind.

    The ONS publishes no more than a handful: a hundredth is too many, in a short list ten rows or
    half of them.
    """
    return odd > max(rows / 100, min(10, rows / 2))


@dataclass
class Tally:
    """What was in a file beside the rows that were taken from it."""

    read: int = 0
    english: int = 0
    terminated: int = 0
    outside_england: int = 0
    without_district: int = 0
    malformed: int = 0
    malformed_examples: list[str] = field(default_factory=list)

    def refuse(self, row: Sequence[str]) -> None:
        self.malformed += 1
        if len(self.malformed_examples) < _EXAMPLES:
            self.malformed_examples.append(f"row {self.read + 1:,}: {','.join(row)[:60]!r}")


@dataclass(frozen=True)
class _Layout:
    """Where the columns stand. `units` is set in our packed list alone: one row holds all
    postcodes of a sector, its last two letters after each other."""

    postcode: int
    district: int
    ended: int
    ends_with_date: bool
    units: int | None

    @property
    def width(self) -> int:
        return 1 + max(self.postcode, self.district, self.ended, self.units or 0)


@dataclass(frozen=True)
class PostcodeFile:
    """An open postcode list. `rows` may be read once; `tally` is complete after that."""

    name: str
    size: int
    position: Callable[[], int]
    rows: Iterator[Row]
    tally: Tally


@contextmanager
def open_postcode_file(path: Path) -> Iterator[PostcodeFile]:
    """Open a list, plain, gzipped or zipped: what it is shows in its first bytes.

    `rows` gives each English postcode without its space, its district's code, and whether it is
    terminated. `size` and `position` are bytes of the packed file, to show how far one is.

    Raises:
        PostcodeFileError: when it is not understood, here or while its rows are read.
    """
    with ExitStack() as stack:
        try:
            raw = stack.enter_context(path.open("rb"))
        except OSError as refused:
            raise PostcodeFileError(f"{path.name} cannot be read: {refused.strerror}.") from None
        size = path.stat().st_size
        name, unpacked = _unpack(raw, path.name, stack)
        tally = Tally()
        with _telling(path.name):
            reader = csv.reader(_as_text(unpacked))
            header = next(reader, None)
        if not header:
            raise PostcodeFileError(f"{name} is empty.")
        layout = _understand(header, name)
        yield PostcodeFile(name, size, raw.tell, _rows(reader, layout, tally, name), tally)


def _unpack(raw: IO[bytes], name: str, stack: ExitStack) -> tuple[str, IO[bytes]]:
    start = raw.read(4)
    raw.seek(0)
    if start.startswith(b"\x1f\x8b"):
        unzipped = stack.enter_context(gzip.GzipFile(fileobj=raw))
        return name.removesuffix(".gz"), cast("IO[bytes]", unzipped)
    if start == b"PK\x03\x04":
        with _telling(name):
            archive = stack.enter_context(zipfile.ZipFile(raw))
            member = _the_list_in(archive, name)
            return PurePosixPath(member.filename).name, stack.enter_context(archive.open(member))
    return name, raw


def _the_list_in(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """The one whole list among the documents, code tables and split copies of a release."""
    tables = [
        member
        for member in archive.infolist()
        if member.filename.lower().endswith(".csv")
        and not member.filename.startswith("__MACOSX")
        and "multi_csv" not in member.filename.lower()
    ]
    if not tables:
        raise PostcodeFileError(f"{name} holds no CSV file of all postcodes.")
    tables.sort(key=lambda member: member.file_size, reverse=True)
    for member in tables:
        with archive.open(member) as file:
            header = next(csv.reader(_as_text(file)), None) or []
        try:
            _understand(header, member.filename)
        except PostcodeFileError:
            continue
        return member
    return tables[0]


def _as_text(file: IO[bytes]) -> TextIO:
    return io.TextIOWrapper(file, encoding="utf-8-sig", newline="")


def _understand(header: Sequence[str], name: str) -> _Layout:
    columns = [column.strip().lower() for column in header]
    missing = []
    packed = "sector" in columns and "units" in columns
    postcode = "sector" if packed else "pcds"
    if postcode not in columns:
        missing.append("the postcode (pcds)")
    district = next((column for column in columns if _DISTRICT.fullmatch(column)), None) or next(
        (column for column in _OLDER_DISTRICTS if column in columns), None
    )
    if district is None:
        missing.append("the district (lad25cd or another year's, oslaua, or laua)")
    ended = next((column for column in ("doterm", "in_codepoint_open") if column in columns), None)
    if ended is None:
        missing.append("the end of use (doterm)")
    if district is None or ended is None or missing:
        found = ", ".join(column for column in columns[:12] if column) or "nothing"
        more = f" and {len(columns) - 12} more" if len(columns) > 12 else ""
        raise PostcodeFileError(
            f"{name} is not understood. There is no column for {' or '.join(missing)}. "
            f"Its first row has: {found[:400]}{more}."
        )
    return _Layout(
        postcode=columns.index(postcode),
        district=columns.index(district),
        ended=columns.index(ended),
        ends_with_date=ended == "doterm",
        units=columns.index("units") if packed else None,
    )


def _rows(reader: Iterator[list[str]], layout: _Layout, tally: Tally, name: str) -> Iterator[Row]:
    with _telling(name):
        for row in reader:
            if not row:
                continue
            if len(row) < layout.width:
                tally.read += 1
                tally.refuse(row)
                continue
            yield from _postcodes_of(row, layout, tally)
    if not tally.read:
        raise PostcodeFileError(f"{name} has column names, but no postcodes.")
    if too_many(tally.malformed, tally.read):
        raise PostcodeFileError(
            f"{name} is not understood: {tally.malformed:,} of its {tally.read:,} rows are not "
            f"of a postcode ({'; '.join(tally.malformed_examples)})."
        )
    if not tally.english:
        raise PostcodeFileError(f"{name} has no postcode in England.")


def _postcodes_of(row: list[str], layout: _Layout, tally: Tally) -> Iterator[Row]:
    district = row[layout.district].strip()
    ended = row[layout.ended].strip()
    if layout.ends_with_date:
        terminated, ended_is_read = bool(ended), not ended or bool(_PERIOD.fullmatch(ended))
    else:
        terminated, ended_is_read = ended == "0", ended in ("0", "1")
    if layout.units is None:
        written = [row[layout.postcode]]
    else:
        sector, units = row[layout.postcode], row[layout.units]
        written = [sector + units[at : at + 2] for at in range(0, len(units), 2)]
    for text in written:
        tally.read += 1
        postcode = compact(text)
        if postcode is None or not ended_is_read:
            tally.refuse(row)
        elif not district:
            tally.without_district += 1
        elif not district.startswith(_ENGLISH_DISTRICTS):
            tally.outside_england += 1
        else:
            tally.english += 1
            tally.terminated += terminated
            yield postcode, district, terminated


@contextmanager
def _telling(name: str) -> Iterator[None]:
    """Turn what a broken or foreign file raises into one kind of refusal."""
    try:
        yield
    except UnicodeDecodeError:
        raise PostcodeFileError(f"{name} is not a text file in UTF-8.") from None
    except csv.Error as broken:
        raise PostcodeFileError(f"{name} is not a CSV file: {broken}.") from None
    except (EOFError, OSError, RuntimeError, zipfile.BadZipFile, zlib.error) as broken:
        raise PostcodeFileError(f"{name} is damaged or cannot be unpacked: {broken}.") from None
