"""The reference files that come with the product, read into the rows of their tables."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from saas.reference.models import MARKS, MEASURES

FOLDER = Path(__file__).resolve().parent / "data"

AUTHORITIES = "local_authorities.csv"
DISTRICTS = "lad_to_education_authority.csv"
FORMER_AUTHORITIES = "former_gss_codes.csv"
FORMER_DISTRICTS = "former_districts.csv"
SEN2_FIGURES = "dfe_mediation_tribunal_2022_2024.csv"
APPEAL_RATES = "dfe_appeal_rate_2024_2025.csv"
POSTCODES = "postcodes_onspd_nov2025.csv.gz"

ENGLAND = "E92000001"

# The DfE's own column names, its spelling included.
_SEN2_COLUMNS = dict(
    zip(
        MEASURES,
        (
            "requests_received_in_year",
            "requests_decided_not_to_assess",
            "mediation_related_request",
            "tribunal_related_request",
            "tribunal_after_mediation_request",
            "assess_in_year",
            "assess_not_issued",
            "number_assess_mediation",
            "number_assess_tribunal",
            "number_asssess_mediation_tribunal",
            "number_other_mediation",
            "number_other_tribunal",
            "number_other_mediation_tribunal",
        ),
        strict=True,
    )
)

_LEVELS = {"Local authority": "authority", "Regional": "region", "National": "england"}

# The release prints these two authorities under each other's number, and their decisions of
# 2024 fit the other's size: one cannot tell which is whose.
_SWAPPED_IN_2024 = frozenset({"823", "873"})
_SWAPPED_REASON = (
    "The appealable decisions of Central Bedfordshire and Cambridgeshire for 2024 look swapped "
    "in the source."
)


def digest(*paths: Path) -> str:
    """SHA-256 over the bytes of the files, in the order given."""
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                total.update(block)
    return total.hexdigest()


def number_or_mark(text: str) -> tuple[int | None, str | None]:
    """A published count, or the mark in its place: unavailable and not applicable are no zero.

    Raises:
        ValueError: for anything else, so that a new mark is not taken for one we know.
    """
    if text in MARKS:
        return None, text
    return int(text), None


def authority_rows(folder: Path) -> Iterator[tuple[Any, ...]]:
    """dfe_number, gss_code, gss_valid_from, name, display_name, slug, type, region_code, region,
    valid_from; the last is the earliest day that any code of the same DfE number is known for."""
    known_from: dict[str, dt.date] = {}
    for former in _read(folder / FORMER_AUTHORITIES):
        number, since = former["former_dfe_number"], dt.date.fromisoformat(former["valid_from"])
        known_from[number] = min(since, known_from.get(number, since))
    for row in _read(folder / AUTHORITIES):
        since = dt.date.fromisoformat(row["gss_valid_from"])
        yield (
            row["dfe_number"],
            row["gss_code"],
            since,
            row["name"],
            row["display_name"],
            row["slug"],
            row["type"],
            row["region_code"],
            row["region"],
            min(since, known_from.get(row["dfe_number"], since)),
        )


def former_code_rows(folder: Path) -> Iterator[tuple[Any, ...]]:
    """gss_code, name, dfe_number or None, valid_from, valid_to: of authorities and districts."""
    for name in (FORMER_AUTHORITIES, FORMER_DISTRICTS):
        for row in _read(folder / name):
            yield (
                row["former_gss_code"],
                row["former_name"],
                row.get("former_dfe_number") or None,
                dt.date.fromisoformat(row["valid_from"]),
                dt.date.fromisoformat(row["valid_to"]),
            )


def successor_rows(folder: Path) -> Iterator[tuple[str, str]]:
    """gss_code, successor_gss_code: two rows where a county was split in two."""
    for row in _read(folder / FORMER_AUTHORITIES):
        for successor in row["successor_gss_codes"].split():
            yield row["former_gss_code"], successor
    for row in _read(folder / FORMER_DISTRICTS):
        yield row["former_gss_code"], row["successor_gss_code"]


def district_rows(folder: Path) -> Iterator[tuple[str, str, str]]:
    """lad_code, name, dfe_number."""
    for row in _read(folder / DISTRICTS):
        yield row["lad_code"], row["lad_name"], row["education_dfe_number"]


def sen2_rows(folder: Path) -> Iterator[tuple[Any, ...]]:
    """place, year, measure, level, place_name, region_code, number, mark."""
    for row in _read(folder / SEN2_FIGURES):
        level = _LEVELS[row["geographic_level"]]
        place, name = {
            "authority": (row["dfe_number"], row["la_name"]),
            "region": (row["region_code"], row["region_name"]),
            "england": (ENGLAND, "England"),
        }[level]
        for measure, column in _SEN2_COLUMNS.items():
            yield (
                place,
                int(row["time_period"]),
                measure,
                level,
                name,
                row["region_code"] or None,
                *number_or_mark(row[column]),
            )


def appeal_rows(folder: Path) -> Iterator[tuple[Any, ...]]:
    """dfe_number, year, place_name, appeals and mark, decisions and mark, rate_percent and mark,
    unusable_because."""
    for row in _read(folder / APPEAL_RATES):
        year = int(row["year"])
        swapped = year == 2024 and row["dfe_number"] in _SWAPPED_IN_2024
        rate = row["appeal_rate_pct"]
        yield (
            row["dfe_number"],
            year,
            row["la_name"],
            *number_or_mark(row["appeals_registered"]),
            *number_or_mark(row["total_appealable_decisions"]),
            None if rate in MARKS else Decimal(rate.removesuffix("%")),
            rate if rate in MARKS else None,
            _SWAPPED_REASON if swapped else None,
        )


def _read(path: Path) -> Iterator[Mapping[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
