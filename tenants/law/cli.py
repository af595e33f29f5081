"""`flask --app saas.app clocks`: asks the statutory clocks from the command line.

It opens no database.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable
from datetime import date
from typing import cast

import click

from tenants.law.clocks import (
    FACT_NAMES,
    ClockFacts,
    ClockReading,
    FactRefused,
    MediationStart,
    read_clocks,
)
from tenants.law.counting import in_words
from tenants.law.decisions import STEP_KINDS

_EXAMPLE_DATE = "2026-02-01"
# date.fromisoformat would also take 20260201 and 2026-W05-7.
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@click.command("clocks")
@click.option(
    "--fact",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="A dated fact, such as notice_sent=2026-02-01. Repeat it for each fact. With"
    " agreement_made, also step=KIND.",
)
@click.option(
    "--on-k5",
    type=click.Choice(["earlier", "family", "adviser"]),
    default="earlier",
    show_default=True,
    help="From which fact the 30 days of mediation run, when both are given.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A table to read, or a list for a program.",
)
def clocks_command(given: tuple[str, ...], on_k5: str, form: str) -> None:
    """Say when each statutory clock is due, and how it was counted."""
    facts = _parse(given)
    try:
        readings = read_clocks(facts, on_k5=cast(MediationStart, on_k5))
    except FactRefused as refused:
        raise click.UsageError(str(refused)) from None
    click.echo(_as_json(readings) if form == "json" else _as_text(readings))


def _parse(given: Iterable[str]) -> ClockFacts:
    """The facts as typed, or a usage error (exit code 2) with a line for each that is wrong."""
    dated: dict[str, date] = {}
    steps: list[str] = []
    wrong: list[str] = []
    for fact in given:
        name, equals, value = (part.strip() for part in fact.partition("="))
        if not equals:
            wrong.append(
                f"{fact!r} has no value: write NAME=VALUE, for example notice_sent={_EXAMPLE_DATE}"
            )
        elif name == "step":
            steps.append(value)
            if value not in STEP_KINDS:
                wrong.append(
                    f"step={value} is not a kind of step: write one of {', '.join(STEP_KINDS)}"
                )
        elif name not in FACT_NAMES:
            wrong.append(
                f"{name} is not a fact: write one of {', '.join(FACT_NAMES)},"
                " or step with agreement_made"
            )
        elif (day := _date(value)) is None:
            wrong.append(
                f"{name}={value} is not a date: write YYYY-MM-DD,"
                f" for example {name}={_EXAMPLE_DATE}"
            )
        elif dated.setdefault(name, day) != day:
            wrong.append(
                f"{name} is given twice, as {dated[name].isoformat()} and {day.isoformat()}:"
                " give it once"
            )
    if not given:
        wrong.append(
            f"No fact is given: write --fact notice_sent={_EXAMPLE_DATE}, for example."
            f" The facts are {', '.join(FACT_NAMES)}"
        )
    if wrong:
        raise click.UsageError("\n  ".join(wrong))
    return ClockFacts(**dated, steps=tuple(steps))


def _date(value: str) -> date | None:
    if not _ISO_DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _as_json(readings: Iterable[ClockReading]) -> str:
    rows = [
        {
            "clock": reading.clock,
            "part": reading.part,
            "starts": reading.starts.isoformat(),
            "due": reading.due.isoformat(),
            "counted": reading.counted,
            "source": reading.source,
        }
        for reading in readings
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def _as_text(readings: Iterable[ClockReading]) -> str:
    lines = [_row("Clock", "Part", "Starts", "Due", "What")]
    for reading in readings:
        lines.append(
            _row(
                reading.clock,
                reading.part or "",
                in_words(reading.starts),
                in_words(reading.due),
                reading.name,
            )
        )
        for said in (reading.counted, f"Source: {reading.source}"):
            indent = " " * 7
            lines += textwrap.wrap(said, 96, initial_indent=indent, subsequent_indent=indent)
    return "\n".join(lines)


def _row(clock: str, part: str, starts: str, due: str, what: str) -> str:
    return f"{clock:<6} {part:<11} {starts:<22} {due:<22} {what}".rstrip()
