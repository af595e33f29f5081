"""What is asked of whoever holds a family's link before anything of the case is shown.

A link can be passed on or read over a shoulder. So its holder gives the date of birth of the child
or young person once in a browser. Wrong answers are counted for each person of a family, over all
of their links, and slow down: whoever guesses gets 24 tries a day, and 20 years have 7,300 days.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import flask
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from saas.audit.actions import record as audit
from saas.audit.actions import record_apart
from saas.database.base import ALL, Base, Grant, Wall
from saas.database.scope import LoginRole, Scope, ScopedSession, scoped
from saas.identity.personal_link import PersonalLink
from tenants.casework.models import CaseParty, Child, SenCase
from tenants.casework.row_columns import Actor

# So many wrong dates are answered at once; each further one doubles the wait, from a minute on.
FREE_TRIES = 3
LONGEST_WAIT = dt.timedelta(hours=1)
# How long a browser is remembered without a page, and at most.
REMEMBERED = dt.timedelta(hours=2)
REMEMBERED_AT_MOST = dt.timedelta(hours=12)
# Opening pages within this time is one use.
ONE_USE = dt.timedelta(minutes=10)
IN_SESSION = "links"
# Of one browser; the oldest is forgotten first, so that the cookie stays small.
LINKS_REMEMBERED = 5


class FamilyCheck(Base):
    """How often one of a family was answered that a date is wrong, and from when it is asked anew.

    A key is looked up before anything is opened, which is the identity role's to do; so it counts,
    too. The date itself is read by the family's own role, in the case of the link alone.
    """

    __tablename__ = "family_check"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"], ["case_party.tenant_id", "case_party.id"]
        ),
        sa.CheckConstraint("wrong >= 0", name="wrong_dates_are_counted"),
        sa.CheckConstraint(
            "wrong = 0 OR last_wrong_at IS NOT NULL", name="a_wrong_date_has_a_time"
        ),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(select=("tenant_id", "party_id"), delete=True),
            LoginRole.PROVIDER: Grant(
                select=ALL, insert=ALL, update=("wrong", "last_wrong_at", "asked_anew_at")
            ),
            LoginRole.IDENTITY: Grant(
                select=ALL, insert=ALL, update=("wrong", "last_wrong_at"), rows="true"
            ),
        }
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    party_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    wrong: Mapped[int] = mapped_column(default=0, server_default="0")
    last_wrong_at: Mapped[dt.datetime | None]
    # What browsers were told before this counts no more.
    asked_anew_at: Mapped[dt.datetime | None]


class MustWaitError(Exception):
    """Too many wrong dates: nothing is compared before `until`."""

    def __init__(self, until: dt.datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until


def wait_after(wrong: int) -> dt.timedelta:
    """How long nothing is compared after so many wrong dates."""
    if wrong < FREE_TRIES:
        return dt.timedelta()
    return min(dt.timedelta(minutes=2 ** min(wrong - FREE_TRIES, 10)), LONGEST_WAIT)


def born_on(link: PersonalLink) -> dt.date | None:
    """The date of birth of the child whom the link's case is about. The family's own role reads
    nothing of a child, so that a link alone shows no date of birth."""
    with scoped(Scope.provider(link.tenancy.id, None)) as session:
        return session.scalar(
            sa.select(Child.date_of_birth)
            .join(
                SenCase,
                sa.and_(SenCase.tenant_id == Child.tenant_id, SenCase.child_id == Child.id),
            )
            .where(SenCase.tenant_id == link.tenancy.id, SenCase.id == link.case_id)
        )


def is_born_on(link: PersonalLink, given: dt.date, *, at: dt.datetime) -> bool:
    """Whether the child of the link's case was born on the day given. A wrong day is counted.

    Raises:
        MustWaitError: too many were wrong; this one is not compared, be it right or wrong.
    """
    born = born_on(link)
    with scoped(Scope.identity()) as session:
        whose = {"tenant_id": link.tenancy.id, "party_id": link.party_id}
        session.execute(insert(FamilyCheck).values(**whose).on_conflict_do_nothing())
        # Held, so that a hundred tries at once are counted as a hundred.
        known = session.scalars(sa.select(FamilyCheck).filter_by(**whose).with_for_update()).one()
        if known.last_wrong_at and at < known.last_wrong_at + wait_after(known.wrong):
            raise MustWaitError(known.last_wrong_at + wait_after(known.wrong))
        right = born == given
        known.wrong, known.last_wrong_at = (0, None) if right else (known.wrong + 1, at)
    record_apart(
        Scope.family(link.tenancy.id, link.case_id, link.party_id),
        "personal link opened" if right else "wrong date of birth at a personal link",
        subject_kind="case",
        subject_id=link.case_id,
        at=at,
        party=str(link.party_id),
        link=str(link.id),
    )
    return right


def remember(link: PersonalLink, *, at: dt.datetime) -> None:
    """This browser need not be asked again for a while."""
    _write(link, {"proven": at.isoformat(), "used": at.isoformat()})


def is_remembered(link: PersonalLink, *, at: dt.datetime) -> bool:
    """Whether this browser gave the date lately, and nobody had it asked anew since."""
    proven, used = (_moment(_known(link), name) for name in ("proven", "used"))
    if proven is None or used is None:
        return False
    if at - used > REMEMBERED or at - proven > REMEMBERED_AT_MOST:
        return False
    with scoped(Scope.identity()) as session:
        anew = session.scalar(
            sa.select(FamilyCheck.asked_anew_at).where(
                FamilyCheck.tenant_id == link.tenancy.id, FamilyCheck.party_id == link.party_id
            )
        )
    return anew is None or anew < proven


def note_use(link: PersonalLink, *, at: dt.datetime) -> None:
    """Write into the trail that a link was used; once in ONE_USE for each browser."""
    used = _moment(_known(link), "used")
    if used is not None and at - used < ONE_USE:
        return
    _write(link, {**_known(link), "used": at.isoformat()})
    record_apart(
        Scope.family(link.tenancy.id, link.case_id, link.party_id),
        "personal link used",
        subject_kind="case",
        subject_id=link.case_id,
        at=at,
        party=str(link.party_id),
        link=str(link.id),
    )


def _known(link: PersonalLink) -> Mapping[str, str]:
    kept: Mapping[str, Any] = flask.session.get(IN_SESSION) or {}
    return kept.get(link.id.hex) or {}


def _write(link: PersonalLink, entry: Mapping[str, str]) -> None:
    others = {k: v for k, v in (flask.session.get(IN_SESSION) or {}).items() if k != link.id.hex}
    kept = [*others.items(), (link.id.hex, dict(entry))]
    flask.session[IN_SESSION] = dict(kept[-LINKS_REMEMBERED:])


def _moment(entry: Mapping[str, str], name: str) -> dt.datetime | None:
    return dt.datetime.fromisoformat(entry[name]) if name in entry else None


@dataclass(frozen=True)
class WrongDates:
    """How often somebody of a family gave a wrong date, as the provider sees it."""

    party_id: uuid.UUID
    name: str
    wrong: int
    last_wrong_at: dt.datetime | None


def wrong_dates(session: ScopedSession, case_id: uuid.UUID) -> Sequence[WrongDates]:
    """Of a case's family, who gave wrong dates since the last right one."""
    rows = session.execute(
        sa.select(
            FamilyCheck.party_id, CaseParty.name, FamilyCheck.wrong, FamilyCheck.last_wrong_at
        )
        .join(
            CaseParty,
            sa.and_(
                CaseParty.tenant_id == FamilyCheck.tenant_id, CaseParty.id == FamilyCheck.party_id
            ),
        )
        .where(
            FamilyCheck.tenant_id == session.tenant,
            CaseParty.case_id == case_id,
            FamilyCheck.wrong > 0,
        )
        .order_by(FamilyCheck.party_id)
    )
    return [WrongDates(*row) for row in rows]


def ask_anew(session: ScopedSession, case_id: uuid.UUID, party_id: uuid.UUID, *, by: Actor) -> None:
    """Have the date asked again in every browser of one person, who may try at once."""
    session.execute(
        insert(FamilyCheck)
        .values(tenant_id=session.tenant, party_id=party_id, wrong=0, asked_anew_at=by.at)
        .on_conflict_do_update(
            index_elements=["tenant_id", "party_id"],
            set_={"wrong": 0, "last_wrong_at": None, "asked_anew_at": by.at},
        )
    )
    audit(
        session,
        "date of birth asked anew",
        subject_kind="case",
        subject_id=case_id,
        at=by.at,
        party=str(party_id),
    )
    session.flush()
