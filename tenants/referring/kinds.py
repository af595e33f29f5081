"""How a referral comes, where it stands, and why somebody looks at one first."""

from __future__ import annotations

from enum import StrEnum


class CameBy(StrEnum):
    AUTHORITY = "authority"
    FRONT_DOOR = "front_door"


class State(StrEnum):
    """Waiting: it is taken in at once. Held: somebody looks at it first."""

    WAITING = "waiting"
    HELD = "held"
    TAKEN = "taken"
    DISCARDED = "discarded"


class Held(StrEnum):
    """Why it is looked at before it becomes a case."""

    TRAP = "trap"
    FAST = "fast"
    MANY = "many"
    VERY_MANY = "very_many"
    SAME = "same"
    REFUSED = "refused"


HELD_WORDS = {
    Held.TRAP: "A field that people do not see was filled in",
    Held.FAST: "It was filled in faster than a person types",
    Held.MANY: "Very many came from one connection",
    Held.VERY_MANY: "Very many came at once from everywhere",
    Held.SAME: "There is a case about this child and this decision",
    Held.REFUSED: "A rule of the intake refused it",
}
CAME_BY_WORDS = {
    CameBy.FRONT_DOOR: "By the public form",
    CameBy.AUTHORITY: "From the authority's own pages",
}
