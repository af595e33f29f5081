"""By what figures are broken down, and the words for each value. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tenants.casework.kinds import ROUTE_WORDS, SERVICE_WORDS
from tenants.feedback.models import PARTICIPANT_WORDS
from tenants.law.decisions import ALL_DECISION_TYPES, NEEDS, STAGES, Stage

ALL = "all"
UNKNOWN = "unknown"
NONE = "none"

STAGE_OF: Mapping[str, Stage] = MappingProxyType({d.code: d.stage for d in ALL_DECISION_TYPES})
STAGE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "request": "Refusals to assess",
        "assessment": "Refusals to issue a plan",
        "other": "Plans and their content",
    }
)
_DECISIONS = {d.code: d.name for d in ALL_DECISION_TYPES} | {NONE: "No appealable decision"}
# Days from telling the provider to the meeting: the least and the most of each band.
WAIT_BANDS = (
    ("0 to 10", 0, 10),
    ("11 to 20", 11, 20),
    ("21 to 30", 21, 30),
    ("31 to 40", 31, 40),
    ("41 to 60", 41, 60),
    ("Over 60", 61, 10_000),
)
AGE_BANDS = {
    "0-4": "Under 5",
    "5-10": "5 to 10",
    "11-15": "11 to 15",
    "16-19": "16 to 19",
    "20-25": "20 to 25",
}
PHASES = {
    "early_years": "Early years",
    "primary": "Primary",
    "secondary": "Secondary",
    "post_16": "After 16",
}
CAUSES = {
    "authority": "Authority",
    "family": "Family",
    "provider": "Provider",
    NONE: "None recorded",
}


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One way to break figures down. `kept_as` is the tally's own breakdown that it sums."""

    key: str
    name: str
    words: Mapping[str, str]
    kept_as: str
    # From the value that the tally keeps to ours, where they differ; what is left out is None.
    of_kept: Mapping[str, str] | None = None

    def value_of(self, kept: str) -> str | None:
        return kept if self.of_kept is None else self.of_kept.get(kept)

    def word(self, value: str) -> str:
        return self.words.get(value, value)

    def kept_values(self, value: str) -> list[str]:
        """The tally's values that make up one of ours."""
        if self.of_kept is None:
            return [value]
        return [kept for kept, ours in self.of_kept.items() if ours == value]


_LED = {route.value: "family" for route in ROUTE_WORDS} | {"young_person": "young_person"}

BREAKDOWNS: Mapping[str, Breakdown] = MappingProxyType(
    {
        b.key: b
        for b in (
            Breakdown("stage", "Stage", STAGE_NAMES, "decision_type", STAGE_OF),
            Breakdown("decision_type", "Decision", _DECISIONS, "decision_type"),
            Breakdown(
                "service",
                "Service",
                {s.value: words for s, words in SERVICE_WORDS.items()},
                "service",
            ),
            Breakdown(
                "route", "Who referred", {r.value: w for r, w in ROUTE_WORDS.items()}, "route"
            ),
            Breakdown("need", "Primary need", {**NEEDS, UNKNOWN: "Not recorded"}, "need"),
            Breakdown("age_band", "Age at referral", AGE_BANDS, "age_band"),
            Breakdown("phase", "Phase of education", PHASES, "phase"),
            Breakdown(
                "led_by",
                "Led by a young person",
                {"young_person": "Led by a young person", "family": "Led by others"},
                "route",
                _LED,
            ),
            Breakdown("delay_cause", "Cause of delay", CAUSES, "delay_cause"),
            Breakdown("mediator", "Mediator", {NONE: "None appointed"}, "mediator"),
            Breakdown(
                "participant",
                "Participant",
                {p.value: w for p, w in PARTICIPANT_WORDS.items()},
                "participant",
            ),
        )
    }
)
STAGE_BREAKDOWN = BREAKDOWNS["stage"]
assert set(STAGE_NAMES) == set(STAGES)


def age_band(born: dt.date, on: dt.date) -> str:
    """The band of the age on a day."""
    years = _years(born, on)
    for limit, band in ((5, "0-4"), (11, "5-10"), (16, "11-15"), (20, "16-19")):
        if years < limit:
            return band
    return "20-25"


def phase(born: dt.date, on: dt.date) -> str:
    """The phase of education, by the age on the 31 August before: school years turn by it."""
    august = dt.date(on.year if on.month >= 9 else on.year - 1, 8, 31)
    years = _years(born, august)
    for limit, name in ((4, "early_years"), (11, "primary"), (16, "secondary")):
        if years < limit:
            return name
    return "post_16"


def _years(born: dt.date, on: dt.date) -> int:
    """Whole years of age; below 0 for a child not yet born then. One born on 29 February turns
    a year older on 1 March, as PostgreSQL's age() counts."""
    if on < born:
        return -_years(on, born)
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
