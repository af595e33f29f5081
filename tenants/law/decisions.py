"""The decisions that can be appealed, the codes of need and the kinds of agreed step.

They are data with dates and a source (`decisions.toml`): a change of the law adds an entry.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast

DECISIONS_FILE = Path(__file__).with_name("decisions.toml")

Stage = Literal["request", "assessment", "other"]
STAGES: tuple[Stage, ...] = ("request", "assessment", "other")


class UnknownDecision(ValueError):
    """A decision that is not in the law, or was not on the day that is asked about."""


@dataclass(frozen=True, slots=True)
class DecisionType:
    """A decision that a family can appeal, as the law stood between two days (both included)."""

    code: str
    name: str
    certificate_needed: bool  # for an appeal about this decision alone
    sen2_flag: str
    stage: Stage
    source: str
    effective_from: date
    effective_to: date | None


def _decision(entry: dict[str, Any]) -> DecisionType:
    if entry["stage"] not in STAGES:
        raise ValueError(f"{entry['code']}: {entry['stage']!r} is not one of {', '.join(STAGES)}")
    return DecisionType(
        code=entry["code"],
        name=entry["name"],
        certificate_needed=entry["certificate_needed"],
        sen2_flag=entry["sen2_flag"],
        stage=cast(Stage, entry["stage"]),
        source=entry["source"],
        effective_from=entry["effective_from"],
        effective_to=entry.get("effective_to"),
    )


_LAW: dict[str, Any] = tomllib.loads(DECISIONS_FILE.read_text(encoding="utf-8"))

ALL_DECISION_TYPES: tuple[DecisionType, ...] = tuple(_decision(e) for e in _LAW["decision"])
# Every code there ever was, for what must still be able to hold an old case.
DECISION_CODES: tuple[str, ...] = tuple(dict.fromkeys(d.code for d in ALL_DECISION_TYPES))
NEEDS: Mapping[str, str] = MappingProxyType(_LAW["need"])
STEP_KINDS: Mapping[str, str] = MappingProxyType(_LAW["step"])


@lru_cache(maxsize=4096)
def decision_types(on: date) -> tuple[DecisionType, ...]:
    """The decisions that could be appealed on a day, in the order of the law."""
    return tuple(
        decision
        for decision in ALL_DECISION_TYPES
        if decision.effective_from <= on
        and (decision.effective_to is None or on <= decision.effective_to)
    )


def decision_type(code: str, on: date) -> DecisionType:
    """What the law said on a day about one decision.

    Raises:
        UnknownDecision: no such decision could be appealed on that day.
    """
    for decision in decision_types(on):
        if decision.code == code:
            return decision
    raise UnknownDecision(
        f"{code!r} is not a decision that could be appealed on {on.isoformat()}: "
        + (", ".join(d.code for d in decision_types(on)) or "none could be")
    )


def certificate_needed(codes: Iterable[str], on: date) -> bool:
    """Whether an appeal about these decisions together needs a mediation certificate.

    Only an appeal about the placement alone needs none; the family may mediate it all the same.
    Source: Children and Families Act 2014 s.55.

    Raises:
        UnknownDecision: a code is not one, or none is given.
    """
    issues = [decision_type(code, on) for code in codes]
    if not issues:
        raise UnknownDecision("Whether a certificate is needed depends on the decision: give one")
    return any(issue.certificate_needed for issue in issues)
