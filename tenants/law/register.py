"""Reads the clocks' rules from `clocks.toml` and refuses a file that contradicts itself."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, cast, get_args

CLOCKS_FILE = Path(__file__).with_name("clocks.toml")

Unit = Literal["months", "weeks", "days", "working_days", "working_days_before"]
Choice = Literal["only", "setting", "later"]
Roll = Literal["none", "tribunal"]
Key = tuple[str, str | None, str | None]  # clock, step, part


class LawError(ValueError):
    """The law's file contradicts itself or lacks something; the text says which entry."""


@dataclass(frozen=True, slots=True)
class Count:
    """One way of counting: so long after (or before) the day of one fact."""

    fact: str
    when: str
    length: int
    unit: Unit
    missing: str = ""


@dataclass(frozen=True, slots=True)
class ClockRule:
    """One due date of one clock, as the law stood between two days (both included)."""

    clock: str
    step: str | None
    part: str | None
    name: str
    counts: tuple[Count, ...]
    choose: Choice
    roll: Roll
    also_needs: tuple[str, ...]
    without_step: str
    note: str
    source: str
    seen: Literal["text", "restated"]
    effective_from: date
    effective_to: date | None

    def in_force(self, start: date) -> bool:
        return self.effective_from <= start and (
            self.effective_to is None or start <= self.effective_to
        )


@dataclass(frozen=True, slots=True)
class ClockLaw:
    """Every rule by clock, step and part; each with its versions, the oldest first.

    The keys stand in the order in which readings are shown: by the clock's number, then as in
    the file.
    """

    versions: dict[Key, tuple[ClockRule, ...]]


def load_clock_law(path: Path = CLOCKS_FILE) -> ClockLaw:
    """The clocks' rules.

    Raises:
        LawError: an entry lacks something, has a word that is not known, or two versions of one
            rule are in force on the same day.
    """
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("clock", [])
    found: dict[Key, list[ClockRule]] = {}
    for entry in sorted(entries, key=_clock_number):
        rule = _rule(entry)
        found.setdefault((rule.clock, rule.step, rule.part), []).append(rule)
    versions = {}
    for key, rules in found.items():
        rules.sort(key=lambda rule: rule.effective_from)
        for older, newer in pairwise(rules):
            if older.effective_to is None or older.effective_to >= newer.effective_from:
                raise LawError(
                    f"{key}: the version of {older.effective_from} is still in force on"
                    f" {newer.effective_from}; give it an earlier effective_to"
                )
        versions[key] = tuple(rules)
    return ClockLaw(versions)


def _clock_number(entry: dict[str, Any]) -> int:
    clock = re.fullmatch(r"K([1-9][0-9]*)", str(entry.get("id")))
    if clock is None:
        raise LawError(f"{entry.get('id')!r} is not a clock: write K and its number")
    return int(clock[1])


def _rule(entry: dict[str, Any]) -> ClockRule:
    label = " ".join(str(entry[word]) for word in ("id", "step", "part") if word in entry)
    for needed in ("name", "source", "seen", "effective_from", "count"):
        if not entry.get(needed):
            raise LawError(f"{label}: {needed} is missing")
    starts, ends = entry["effective_from"], entry.get("effective_to")
    if type(starts) is not date or (ends is not None and type(ends) is not date):
        raise LawError(f"{label}: effective_from and effective_to are dates")
    if ends is not None and ends < starts:
        raise LawError(f"{label}: effective_to is before effective_from")
    counts = tuple(_count(label, count) for count in entry["count"])
    choose = cast(Choice, _one_of(label, entry.get("choose", "only"), get_args(Choice)))
    if (choose == "only") != (len(counts) == 1):
        raise LawError(f"{label}: choose = {choose!r} does not fit {len(counts)} count(s)")
    return ClockRule(
        clock=entry["id"],
        step=entry.get("step"),
        part=entry.get("part"),
        name=entry["name"],
        counts=counts,
        choose=choose,
        roll=cast(Roll, _one_of(label, entry.get("roll", "none"), get_args(Roll))),
        also_needs=tuple(entry.get("also_needs", ())),
        without_step=entry.get("without_step", ""),
        note=entry.get("note", ""),
        source=entry["source"],
        seen=cast(Literal["text", "restated"], _one_of(label, entry["seen"], ("text", "restated"))),
        effective_from=starts,
        effective_to=ends,
    )


def _count(label: str, entry: dict[str, Any]) -> Count:
    length = entry.get("length")
    if not isinstance(length, int) or length < 0:
        raise LawError(f"{label}: length is a whole number, 0 or more")
    if not entry.get("fact") or not entry.get("when"):
        raise LawError(f"{label}: each count has a fact and a when")
    unit = cast(Unit, _one_of(label, entry.get("unit"), get_args(Unit)))
    return Count(entry["fact"], entry["when"], length, unit, entry.get("missing", ""))


def _one_of(label: str, word: object, known: tuple[str, ...]) -> str:
    if word not in known:
        raise LawError(f"{label}: {word!r} is not one of {', '.join(known)}")
    return str(word)
