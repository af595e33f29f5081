"""The statutory clocks K1 to K12: which run for a case's facts, and when each is due.

Pure: no database, no today. A rule is chosen by the day on which its clock starts. Nothing here
closes a case: late is never a bar.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Literal

from tenants.law.counting import (
    Sentence,
    in_words,
    last_day,
    rolled,
    say_count,
    say_no_roll,
    say_roll,
)
from tenants.law.decisions import STEP_KINDS
from tenants.law.register import ClockLaw, ClockRule, Count, load_clock_law

CLOCK_LAW = load_clock_law()

# The bank holidays are known to the end of 2100; the longest clock adds two months and a roll.
LAST_COUNTABLE_DAY = date(2099, 12, 31)

# From which of two dates K5 runs, when both are known: the sources differ.
MediationStart = Literal["earlier", "family", "adviser"]
_STEP_OF_NO_APPEAL = "other"


class ClockError(ValueError):
    """What was asked cannot be counted; the text says what would be right."""


class FactRefused(ClockError):
    """A fact from which no clock can run; `fact` names it."""

    def __init__(self, fact: str, reason: str) -> None:
        super().__init__(reason)
        self.fact = fact


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """The dated facts from which the clocks run, each the day it happened, and the agreed steps.

    `steps` are kinds of `decisions.STEP_KINDS` and belong to `agreement_made`.
    """

    notice_sent: date | None = None
    declined_mediation: date | None = None
    health_told_authority: date | None = None
    authority_told_icb: date | None = None
    family_informed_authority: date | None = None
    adviser_informed_authority: date | None = None
    meeting_on: date | None = None
    mediation_concluded: date | None = None
    authority_cannot_arrange: date | None = None
    certificate_issued: date | None = None
    agreement_made: date | None = None
    steps: tuple[str, ...] = ()

    def dated(self) -> dict[str, date]:
        """The facts that are given, by name."""
        values = {name: getattr(self, name) for name in FACT_NAMES}
        return {name: day for name, day in values.items() if day is not None}


FACT_NAMES: tuple[str, ...] = tuple(f.name for f in fields(ClockFacts) if f.name != "steps")


@dataclass(frozen=True, slots=True)
class ClockReading:
    """One due date. `sentences` say in plain words how it came about; `source` is the law's.

    For K6, counted back from the meeting, `due` is before `starts`.
    """

    clock: str
    part: str | None
    starts: date
    due: date
    sentences: tuple[Sentence, ...]
    source: str
    name: str

    @property
    def counted(self) -> str:
        """How it came about, in English; `tenants.law.spoken` says it in other languages."""
        return " ".join(str(sentence) for sentence in self.sentences)


def read_clocks(
    facts: ClockFacts, *, on_k5: MediationStart = "earlier", law: ClockLaw = CLOCK_LAW
) -> list[ClockReading]:
    """Every clock that runs for these facts, by its number, then step (as given) and part.

    Args:
        on_k5: from which of its two facts K5 runs when both are given.

    Raises:
        FactRefused: a fact is before the law began or after LAST_COUNTABLE_DAY, a step is of no
            known kind, or steps are given without an agreement.
    """
    dated = facts.dated()
    _refuse_impossible(facts, dated)
    steps = facts.steps or (_STEP_OF_NO_APPEAL,)
    readings: list[tuple[int, int, ClockReading]] = []
    for (clock, step, _part), versions in law.versions.items():
        if step is not None and step not in steps:
            continue
        reading = _read(versions, dated, on_k5=on_k5, step_named=bool(facts.steps))
        if reading is not None:
            order = steps.index(step) if step is not None else 0
            readings.append((int(clock[1:]), order, reading))
    readings.sort(key=lambda placed: placed[:2])
    return [reading for _, _, reading in readings]


def due(clock: str, start: date, part: str | None = None, *, step: str | None = None) -> date:
    """The day on which a clock that starts on `start` is due, without the words: for bulk work.

    K5 is counted from the day given; K9 as if there were no certificate (see appeal_due). K10
    needs no step.

    Raises:
        ClockError: there is no such clock, part or step, or it was not law on that day.
    """
    if clock == "K10":
        step = _STEP_OF_NO_APPEAL
    rule = _in_force(clock, step, part, start)
    return rolled(last_day(rule.counts[0], start), rule.roll)


def appeal_due(notice_sent: date, certificate_issued: date | None = None) -> date:
    """The last day on which an appeal is in time (K9), by its rolls a working day.

    Source: Tribunal Procedure (HESC) Rules 2008 rr.12, 20.

    Raises:
        ClockError: the notice was sent before the law began.
    """
    rule = _in_force("K9", None, None, notice_sent)
    by_fact = {"notice_sent": notice_sent, "certificate_issued": certificate_issued}
    ends = [last_day(c, day) for c in rule.counts if (day := by_fact[c.fact]) is not None]
    return rolled(max(ends), rule.roll)


def step_due(step: str, agreement_made: date) -> dict[str | None, date]:
    """When each part of an agreed step is due by default, by part; a single part is None.

    Without the words: for bulk work. The parties may have agreed other dates (reg 42(5)).

    Raises:
        ClockError: there is no such kind of step, or no rule for it on that day.
    """
    dues: dict[str | None, date] = {}
    for clock, kind, part in CLOCK_LAW.versions:
        if kind == step:
            dues[part] = due(clock, agreement_made, part, step=step)
    if not dues:
        raise ClockError(f"{step!r} is not a kind of step: {', '.join(STEP_KINDS)} are")
    return dues


def _in_force(clock: str, step: str | None, part: str | None, start: date) -> ClockRule:
    try:
        versions = CLOCK_LAW.versions[clock, step, part]
    except KeyError:
        asked = " ".join(word for word in (clock, step, part) if word)
        raise ClockError(f"There is no clock {asked}") from None
    for rule in reversed(versions):
        if rule.in_force(start):
            return rule
    raise ClockError(f"{clock} was not law on {start.isoformat()}")


def _refuse_impossible(facts: ClockFacts, dated: Mapping[str, date]) -> None:
    for step in facts.steps:
        if step not in STEP_KINDS:
            raise FactRefused(
                "step", f"step={step} is not a kind of step: write one of {', '.join(STEP_KINDS)}"
            )
    if facts.steps and facts.agreement_made is None:
        raise FactRefused(
            "step",
            f"step={facts.steps[0]} needs the day of the agreement: give agreement_made too",
        )
    for fact, day in dated.items():
        if day > LAST_COUNTABLE_DAY:
            raise FactRefused(
                fact,
                f"{fact}={day.isoformat()} is too far ahead, its bank holidays are not known:"
                f" write a day up to {LAST_COUNTABLE_DAY.isoformat()}",
            )


def _read(
    versions: tuple[ClockRule, ...],
    dated: Mapping[str, date],
    *,
    on_k5: MediationStart,
    step_named: bool,
) -> ClockReading | None:
    for rule in reversed(versions):
        chosen = _chosen(rule, dated, on_k5)
        if chosen is None or any(fact not in dated for fact in rule.also_needs):
            continue
        start = dated[chosen.fact]
        if rule.in_force(start):
            return _reading(rule, chosen, dated, on_k5=on_k5, step_named=step_named)
        if rule is versions[0] and start < rule.effective_from:
            raise FactRefused(
                chosen.fact,
                f"{chosen.fact}={start.isoformat()} is before {in_words(rule.effective_from)},"
                f" when the law of this clock ({rule.clock}) began: write a later date",
            )
    return None


def _chosen(rule: ClockRule, dated: Mapping[str, date], on_k5: MediationStart) -> Count | None:
    """The count whose fact starts the clock, or None while no such fact is known."""
    known = [count for count in rule.counts if count.fact in dated]
    if not known:
        return None
    if rule.choose != "setting":
        return known[0]
    if on_k5 != "earlier":
        return next((count for count in known if count.fact.startswith(on_k5)), known[0])
    return min(known, key=lambda count: dated[count.fact])


def _reading(
    rule: ClockRule,
    chosen: Count,
    dated: Mapping[str, date],
    *,
    on_k5: MediationStart,
    step_named: bool,
) -> ClockReading:
    start = dated[chosen.fact]
    if rule.choose == "later":
        raw, counted = _later(rule, dated)
    else:
        raw, counted = last_day(chosen, start), say_count(chosen, start)
    if rule.choose == "setting":
        counted += _say_setting(rule, chosen, dated, on_k5)
    counted += say_roll(raw) if rule.roll == "tribunal" else say_no_roll(raw)
    if rule.step is not None:
        # Steps without parts differ in nothing else a program reads.
        named = f"{rule.name} (step {rule.step})." if step_named else rule.without_step
        counted.insert(0, Sentence(named))
    counted.append(Sentence(rule.note))
    return ClockReading(
        clock=rule.clock,
        part=rule.part,
        starts=start,
        due=rolled(raw, rule.roll),
        sentences=tuple(sentence for sentence in counted if sentence.text),
        source=rule.source,
        name=rule.name,
    )


def _later(rule: ClockRule, dated: Mapping[str, date]) -> tuple[date, list[Sentence]]:
    known = [count for count in rule.counts if count.fact in dated]
    sentences = [one for count in known for one in say_count(count, dated[count.fact])]
    raw = max(last_day(count, dated[count.fact]) for count in known)
    if len(known) > 1:
        sentences.append(Sentence("The later counts: %(day)s.", {"day": raw}))
    sentences += [Sentence(count.missing) for count in rule.counts if count.fact not in dated]
    return raw, sentences


def _say_setting(
    rule: ClockRule, chosen: Count, dated: Mapping[str, date], on_k5: MediationStart
) -> list[Sentence]:
    others = [c for c in rule.counts if c is not chosen and c.fact in dated]
    if not others:
        return []
    other = others[0]
    why = "the earlier of the two" if on_k5 == "earlier" else f"as set ({on_k5})"
    return [
        Sentence(
            f"Counted from {chosen.fact}, {why}; {other.when} on %(other)s.",
            {"other": dated[other.fact]},
        )
    ]
