"""The workbook of a report pack: what the paper says, as tables. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from saas.reference.written import within_sentence
from tenants.statistics.dashboards.sheets import figures_sheet
from tenants.statistics.measures.breakdowns import BREAKDOWNS, WAIT_BANDS
from tenants.statistics.measures.definitions import COUNTER
from tenants.statistics.measures.exports import Sheet, Value
from tenants.statistics.packs.content import HIDDEN, PackFigures
from tenants.statistics.packs.tables import (
    COUNTERS,
    OUTCOMES,
    PACKED,
    WAITS,
    PackTables,
)

HIDDEN_NOTE = (
    "'hidden' is a count under 5, or one beside it from which such a count could be computed."
)


def pack_sheets(figures: PackFigures, content: Mapping[str, Any]) -> list[Sheet]:
    """Every table of a pack; what the paper hides is hidden here."""
    of, tables = figures.period, figures.tables
    sheets = [
        figures_sheet(figures.now, of),
        Sheet(
            "Targets",
            f"Against target, {of.name}",
            ("Measure", "Share", "Number", "Target", "Set by", "Result", of.before.name),
            content["targets"],
        ),
    ]
    for key in PACKED:
        by = BREAKDOWNS[key]
        sheets.append(
            _sheet(
                by.name,
                f"By {within_sentence(by.name)}, {of.name}",
                tables,
                key,
                by.words,
                COUNTERS,
            )
        )
    sheets += [
        _sheet(
            "Outcome by decision",
            f"Outcome of mediations by decision, {of.name}",
            tables,
            "decision_type",
            BREAKDOWNS["decision_type"].words,
            OUTCOMES,
        ),
        _sheet(
            "Days to mediation",
            f"Days from the authority's being told to the first meeting, {of.name}",
            tables,
            WAITS,
            {name: name for name, _, _ in WAIT_BANDS},
            ("mediations_timed",),
        ),
        _sheet(
            "Satisfaction",
            f"Evaluations by participant, {of.name}",
            tables,
            "participant",
            BREAKDOWNS["participant"].words,
            ("answers", "satisfied_answers"),
        ),
        Sheet(
            "Agreed steps",
            f"Agreed steps, {of.name}",
            ("", of.name, of.before.name, of.year_before.name),
            [
                *content["steps"],
                [f"Due and not done by {content['counted_on']}", figures.steps_overdue, None, None],
            ],
        ),
        Sheet(
            "Complaints",
            f"Complaints about the service, {of.name}",
            ("", of.name, of.before.name),
            content["complaints"],
        ),
    ]
    if content["contract"]:
        sheets.append(_package(content["contract"], of.name))
    # Quarters as a whole: nothing in them is hidden.
    sheets += [chart.sheet for chart in figures.charts if chart.key in ("trend", "steps")]
    return sheets


def _sheet(
    name: str,
    title: str,
    tables: PackTables,
    table: str,
    words: Mapping[str, str],
    counters: Sequence[str],
) -> Sheet:
    def said(value: str, counter: str) -> Value:
        number = tables.at(table, value, counter)
        return HIDDEN if number is None else number

    return Sheet(
        name,
        title,
        (name, *(COUNTER[counter].name for counter in counters)),
        [(word, *(said(value, counter) for counter in counters)) for value, word in words.items()],
        notes=(HIDDEN_NOTE,),
    )


def _package(contract: Mapping[str, Any], period: str) -> Sheet:
    return Sheet(
        "Use of the package",
        f"Contract {contract['reference']}, {contract['year']}, "
        f"counted to {contract['counted_to']}",
        ("Service", period, "In the contract year", "Included", ""),
        contract["package"],
    )
