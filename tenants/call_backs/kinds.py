"""What becomes of a call that was booked."""

from __future__ import annotations

from enum import StrEnum


class CallState(StrEnum):
    BOOKED = "booked"
    CANCELLED = "cancelled"
    HELD = "held"
    MISSED = "missed"


STATE_WORDS = {
    CallState.BOOKED: "Booked",
    CallState.CANCELLED: "Cancelled",
    CallState.HELD: "We spoke",
    CallState.MISSED: "Nobody answered",
}
