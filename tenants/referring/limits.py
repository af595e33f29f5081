"""How many referrals one place may send, and what looks as if no person had sent it. Pure.

Nothing that a family sends is lost: what looks odd is held for a coordinator, and the page says the
same. Only a flood from one place is turned away, by a page that says what to do.
"""

from __future__ import annotations

import datetime as dt

from tenants.referring.kinds import Held

WITHIN = dt.timedelta(hours=1)
# Of one place in an hour: so many go straight to the intake; a school or an advice centre has one.
STRAIGHT_OF_ONE = 6
# So many are kept at all; beyond it the page asks for a telephone call.
KEPT_OF_ONE = 30
# Drafts of one place in an hour: a town's library has one connection.
DRAFTS_OF_ONE = 40
# Of everybody in an hour; twenty times what forty authorities' families send on a busy day.
STRAIGHT_OF_ALL = 400
# A dozen pages are not read and filled in sooner.
QUICKEST = dt.timedelta(seconds=20)


def turned_away(of_one: int) -> bool:
    """Whether so many came from one place that no more are kept for now."""
    return of_one >= KEPT_OF_ONE


def why_held(
    *, trapped: bool, took: dt.timedelta, straight_of_one: int, straight_of_all: int
) -> Held | None:
    """Why a referral is looked at first; None where it goes straight to the intake.

    Args:
        trapped: a field that nobody sees was filled in.
        took: from the first page to the last.
        straight_of_one: how many of this place went straight within the hour.
        straight_of_all: how many of everybody did.
    """
    if trapped:
        return Held.TRAP
    if took < QUICKEST:
        return Held.FAST
    if straight_of_one >= STRAIGHT_OF_ONE:
        return Held.MANY
    if straight_of_all >= STRAIGHT_OF_ALL:
        return Held.VERY_MANY
    return None
