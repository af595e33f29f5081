"""Count a step, and read what was counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.database.scope import Scope, ScopedSession, scoped
from saas.page_counts.models import PageCount


def count_step(page: str, step: str, *, today: dt.date) -> None:
    """Count that somebody reached a step of a page, in a transaction of its own.

    For the public pages of any feature. No cookie, address or time of day is kept, so nobody is
    known again: two steps of one family are two numbers. Where they left is the difference.

    Args:
        page: which, in small letters and hyphens, such as 'guide'.
        step: of it, in the same letters: 'started', 'finished' or a name of one's own.
    """
    counted = insert(PageCount).values(on_day=today, page=page, step=step, number=1)
    with scoped(Scope.public()) as session:
        session.execute(
            counted.on_conflict_do_update(
                index_elements=["on_day", "page", "step"],
                set_={"number": PageCount.number + 1},
            )
        )


def counted_between(
    session: ScopedSession, first: dt.date, last: dt.date
) -> Sequence[tuple[str, str, int]]:
    """Page, step and how often in these days, both included; each page's greatest number first."""
    number = sa.func.sum(PageCount.number)
    rows = session.execute(
        sa.select(PageCount.page, PageCount.step, number)
        .where(PageCount.on_day.between(first, last))
        .group_by(PageCount.page, PageCount.step)
        .order_by(PageCount.page, number.desc(), PageCount.step)
    )
    return [(page, step, int(total)) for page, step, total in rows]
