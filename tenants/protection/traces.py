"""What may stay of a fact and of an age when nobody is to be known by it. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from tenants.statistics.measures.breakdowns import age_band

NOBODY = "Erased"
# What the position and the figures of a case follow from: days, marks, and keys of what is gone.
STAY = frozenset(
    {
        *("meeting_on", "certificate", "certificate_id", "delay_cause", "further"),
        *("authority_attended", "authority_could_decide", "voice_heard", "health_attended"),
        *("agreement_id", "signer", "side"),
    }
)
_WORD = re.compile(r"[a-z0-9_]{1,40}")


def bare_detail(detail: Mapping[str, Any]) -> dict[str, Any]:
    """The detail of a fact with its keys and marks, and without what anybody wrote."""
    return {key: value if key in STAY else _bare(value) for key, value in detail.items()}


def _bare(value: Any) -> Any:
    if isinstance(value, Mapping):
        return bare_detail(value)
    if isinstance(value, list):
        return [bare_detail(one) for one in value if isinstance(one, Mapping) and "signer" in one]
    return "" if isinstance(value, str) else value


def bare_word(value: str | None) -> str | None:
    """The value of a fact, if it is a word of a fixed list."""
    return value if value is not None and _WORD.fullmatch(value) else None


def born_about(born: dt.date, opened_on: dt.date) -> dt.date:
    """A date of birth of the same school year and, on the day the case opened, of the same band of
    ages: its first day, or its last."""
    start = dt.date(born.year if born.month >= 9 else born.year - 1, 9, 1)
    end = dt.date(start.year + 1, 8, 31)
    return start if age_band(start, opened_on) == age_band(born, opened_on) else end
