"""Whether a family is served where it lives. What was typed is neither kept nor logged.

One question to the database: a postcode with those beside it, whose authority each is, and which
of these subscribes.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from saas.database.scope import ScopedSession
from saas.reference.models import (
    District,
    EducationAuthority,
    FormerGssCode,
    FormerGssSuccessor,
    Postcode,
)
from saas.reference.postcode_grammar import (
    MalformedPostcodeError,
    WrittenPostcode,
    is_outside_england,
    normalise,
)
from tenants.law.clocks import due
from tenants.subscribers.models import Subscriber

# The decisions that can be appealed began then, so a letter of a council that was gone before is
# none of them.
LAW_BEGAN = dt.date(2014, 9, 1)
_TWO_MONTHS_AT_MOST = 65  # days


class Status(StrEnum):
    """What is known of a postcode. The values are what is counted of the page."""

    LIVE = "found"
    TERMINATED = "terminated"
    NEAR_BOUNDARY = "near-boundary"
    UNKNOWN = "unknown"
    NOT_ENGLAND = "not-in-england"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class Former:
    """A council that had the area before, and its last day."""

    name: str
    until: dt.date


@dataclass(frozen=True)
class Area:
    """An authority, and whether its families are served today."""

    slug: str
    name: str
    served: bool
    was_served: bool = False
    formerly: tuple[Former, ...] = ()


@dataclass(frozen=True)
class PostcodeCheck:
    """The answer. `areas` is one where it is sure, several where the family is asked, and none
    where nothing is known; `fault` says what is wrong with what was typed."""

    status: Status
    areas: tuple[Area, ...] = ()
    fault: MalformedPostcodeError | None = None

    @property
    def area(self) -> Area | None:
        """The one authority, where there is no doubt."""
        sure = self.status in (Status.LIVE, Status.TERMINATED) and len(self.areas) == 1
        return self.areas[0] if sure else None


# The councils that had an authority's area before, since LAW_BEGAN: name and last day. A district
# that was part of a county ran no education, and an authority whose code alone changed is the same.
_FORMERLY = (
    sa.select(
        sa.func.json_agg(
            aggregate_order_by(
                sa.func.json_build_array(FormerGssCode.name, FormerGssCode.valid_to),
                FormerGssCode.name,
            )
        )
    )
    .join(FormerGssSuccessor, FormerGssSuccessor.gss_code == FormerGssCode.gss_code)
    .where(
        FormerGssSuccessor.successor_gss_code == EducationAuthority.gss_code,
        FormerGssCode.valid_to >= LAW_BEGAN,
        FormerGssCode.dfe_number.is_not(None),
        FormerGssCode.dfe_number != EducationAuthority.dfe_number,
    )
    .correlate(EducationAuthority)
    .scalar_subquery()
)


def check_postcode(session: ScopedSession, text: str, *, today: dt.date) -> PostcodeCheck:
    """Find whose area a postcode is in, however it was typed. Never raises for what was typed.

    A list of postcodes has one authority for each, though a border may run through it. So a
    postcode whose next neighbours (all but the last letter the same) are another authority's is
    asked about and not guessed, as is one that is not on the list.
    """
    try:
        written = normalise(text)
    except MalformedPostcodeError as malformed:
        return PostcodeCheck(Status.MALFORMED, fault=malformed)
    found = _around(session, written, today)
    areas = tuple(area for area, _, _ in found)
    is_listed = any(listed for _, listed, _ in found)
    if not is_listed:
        outside = not areas and is_outside_england(written)
        return PostcodeCheck(Status.NOT_ENGLAND if outside else Status.UNKNOWN, areas)
    if len(areas) > 1:
        return PostcodeCheck(Status.NEAR_BOUNDARY, areas)
    terminated = any(listed and ended for _, listed, ended in found)
    status = Status.TERMINATED if terminated else Status.LIVE
    return PostcodeCheck(status, areas)


def area_of_slug(session: ScopedSession, slug: str, *, today: dt.date) -> Area | None:
    """The authority that was chosen where we had to ask; None where there is none today."""
    row = session.execute(
        sa.select(
            EducationAuthority.slug,
            EducationAuthority.display_name,
            _FORMERLY,
            Subscriber.subscribed_from,
            Subscriber.subscribed_to,
        )
        .outerjoin(Subscriber, Subscriber.dfe_number == EducationAuthority.dfe_number)
        .where(EducationAuthority.slug == slug, EducationAuthority.valid_to.is_(None))
    ).one_or_none()
    return _area(*row, today=today) if row else None


def oldest_letter_in_time(today: dt.date) -> dt.date:
    """The earliest day of a letter after which the adviser can still be contacted today (K1)."""
    day = today
    for back in range(1, _TWO_MONTHS_AT_MOST):
        earlier = today - dt.timedelta(days=back)
        if earlier >= LAW_BEGAN and due("K1", earlier) >= today:
            day = earlier
    return day


def _around(
    session: ScopedSession, written: WrittenPostcode, today: dt.date
) -> list[tuple[Area, bool, bool]]:
    """The authorities of a postcode and its live neighbours, that of the postcode first; whether
    it is the postcode's own, and whether that is terminated."""
    group = written.key[:-1]
    after = group[:-1] + chr(ord(group[-1]) + 1)
    its_own = Postcode.postcode == written.key
    is_listed = sa.func.bool_or(its_own)
    rows = session.execute(
        sa.select(
            EducationAuthority.slug,
            EducationAuthority.display_name,
            _FORMERLY,
            Subscriber.subscribed_from,
            Subscriber.subscribed_to,
            is_listed,
            sa.func.bool_or(sa.and_(its_own, Postcode.terminated)),
        )
        .select_from(Postcode)
        .join(District, District.lad_code == Postcode.district_code)
        .join(EducationAuthority, EducationAuthority.dfe_number == District.dfe_number)
        .outerjoin(Subscriber, Subscriber.dfe_number == EducationAuthority.dfe_number)
        .where(
            Postcode.postcode >= group,
            Postcode.postcode < after,
            sa.or_(its_own, sa.not_(Postcode.terminated)),
        )
        .group_by(EducationAuthority.dfe_number, Subscriber.id)
        .order_by(is_listed.desc(), EducationAuthority.display_name)
    )
    return [
        (_area(slug, name, formerly, since, until, today=today), listed, ended)
        for slug, name, formerly, since, until, listed, ended in rows
    ]


def _area(
    slug: str,
    name: str,
    formerly: list[list[str]] | None,
    since: dt.date | None,
    until: dt.date | None,
    *,
    today: dt.date,
) -> Area:
    begun = since is not None and since <= today
    over = until is not None and until < today
    return Area(
        slug,
        name,
        served=begun and not over,
        was_served=begun and over,
        formerly=tuple(Former(one, dt.date.fromisoformat(day)) for one, day in formerly or ()),
    )
