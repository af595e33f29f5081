"""How each of a family wants to be told: which ways are safe, which comes first, and where to.

An e-mail can be read by whoever shares a mailbox, a letter by whoever opens the door. So a way is
used only when the person said that it is safe; without a word of theirs it is e-mail alone, as it
was before anybody could choose.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import phonenumbers
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from saas.audit.actions import record as audit
from saas.database.base import ALL, READ, Base, Grant, Wall
from saas.database.scope import LoginRole, Scope, ScopedSession, scoped
from saas.messages.models import Channel
from saas.messages.outbox import Way
from saas.reference.written import HOME
from tenants.casework.kinds import Side
from tenants.casework.kinds import one_of as known
from tenants.casework.models import CaseParty
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor

SAID = (
    *("tenant_id", "party_id", "first", "email_safe", "text_safe", "letter_safe"),
    *("mobile", "postal_address", "said_at", "said_by_name"),
)


class PartyTelling(Base):
    """What somebody of the family said of how to tell them."""

    __tablename__ = "party_telling"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"], ["case_party.tenant_id", "case_party.id"]
        ),
        sa.CheckConstraint(known("first", Channel), name="first_is_known"),
        sa.CheckConstraint(
            "CASE first WHEN 'email' THEN email_safe WHEN 'text' THEN text_safe"
            " ELSE letter_safe END",
            name="the_first_is_safe",
        ),
        sa.CheckConstraint(
            "NOT letter_safe OR postal_address <> ''", name="a_letter_has_an_address"
        ),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(select=("tenant_id", "party_id"), delete=True),
            LoginRole.PROVIDER: Grant(select=ALL, insert=ALL, update=ALL),
            LoginRole.FAMILY: Grant(
                select=SAID, insert=SAID, update=SAID[2:], rows="party_id = scope_party()"
            ),
            LoginRole.WORKER: READ,
        }
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    party_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    first: Mapped[str]
    email_safe: Mapped[bool]
    text_safe: Mapped[bool]
    letter_safe: Mapped[bool]
    # Where texts and letters go; a mobile left empty is the telephone that the case has.
    mobile: Mapped[str] = mapped_column(default="", server_default="")
    postal_address: Mapped[str] = mapped_column(default="", server_default="")
    said_at: Mapped[dt.datetime]
    said_by_name: Mapped[str]


@dataclass(frozen=True)
class Told:
    """How somebody wants to be told."""

    first: Channel = Channel.EMAIL
    safe: frozenset[Channel] = frozenset({Channel.EMAIL})
    mobile: str = ""
    postal_address: str = ""


def told_how(session: ScopedSession, party_id: uuid.UUID) -> Told:
    """What one of a family said; e-mail alone where they said nothing."""
    return as_told(session.get(PartyTelling, (session.tenant, party_id)))


def as_told(row: PartyTelling | None) -> Told:
    if row is None:
        return Told()
    safe = {
        channel
        for channel, is_safe in (
            (Channel.EMAIL, row.email_safe),
            (Channel.TEXT, row.text_safe),
            (Channel.LETTER, row.letter_safe),
        )
        if is_safe
    }
    return Told(Channel(row.first), frozenset(safe), row.mobile, row.postal_address)


def tell_so(
    session: ScopedSession, case_id: uuid.UUID, party_id: uuid.UUID, told: Told, *, by: Actor
) -> None:
    """Keep how somebody wants to be told.

    Raises:
        RuleBroken: no way is safe, the first is not among those that are, or a letter has nowhere
            to go.
    """
    if not told.safe:
        raise RuleBroken("safe", "Choose at least one way that is safe for you")
    if told.first not in told.safe:
        raise RuleBroken("first", "Choose one of the ways that are safe for you")
    if Channel.LETTER in told.safe and not told.postal_address.strip():
        raise RuleBroken("postal_address", "Enter the address for letters")
    values: dict[str, Any] = {
        "first": told.first.value,
        "email_safe": Channel.EMAIL in told.safe,
        "text_safe": Channel.TEXT in told.safe,
        "letter_safe": Channel.LETTER in told.safe,
        "mobile": told.mobile,
        "postal_address": told.postal_address.strip(),
        "said_at": by.at,
        "said_by_name": by.name,
    }
    session.execute(
        insert(PartyTelling)
        .values(tenant_id=session.tenant, party_id=party_id, **values)
        .on_conflict_do_update(index_elements=["tenant_id", "party_id"], set_=values)
    )
    audit(
        session,
        "ways to tell chosen",
        subject_kind="case",
        subject_id=case_id,
        at=by.at,
        party=str(party_id),
        first=told.first.value,
        safe=sorted(told.safe),
    )
    session.flush()


def as_mobile(text: str) -> str | None:
    """A mobile number of the United Kingdom as Notify dials it; None if it is none."""
    try:
        number = phonenumbers.parse(text or "", HOME)
    except phonenumbers.NumberParseException:
        return None
    own = str(number.national_number)
    here = number.country_code == phonenumbers.country_code_for_region(HOME)
    # 070 are personal numbers and 076 pagers; 07624 are the mobiles of the Isle of Man.
    is_mobile = re.fullmatch(r"7(?:[1-57-9]\d{8}|624\d{6})", own) is not None
    if not here or not is_mobile:
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def ways(told: Told, *, email: str | None, telephone: str | None) -> list[Way]:
    """The safe ways in their order, each with where it leads. Pure."""
    where = {
        Channel.EMAIL: email or None,
        Channel.TEXT: as_mobile(told.mobile or telephone or ""),
        Channel.LETTER: told.postal_address or None,
    }
    order = [told.first, *(one for one in Channel if one is not told.first)]
    found = ((one, where[one]) for one in order if one in told.safe)
    return [Way(channel, address) for channel, address in found if address]


def ways_of_parties(
    session: ScopedSession, *which: sa.ColumnElement[bool]
) -> list[tuple[uuid.UUID, list[Way]]]:
    """The ways of those of the families that fit. The session is the worker's."""
    rows = session.execute(
        sa.select(CaseParty.id, CaseParty.email, CaseParty.telephone, PartyTelling)
        .outerjoin(
            PartyTelling,
            sa.and_(
                PartyTelling.tenant_id == CaseParty.tenant_id,
                PartyTelling.party_id == CaseParty.id,
            ),
        )
        .where(
            CaseParty.tenant_id == session.tenant,
            CaseParty.side == Side.FAMILY.value,
            *which,
        )
        .order_by(CaseParty.id)
    )
    return [
        (id, ways(as_told(telling), email=email, telephone=telephone))
        for id, email, telephone, telling in rows
    ]


class FamilysWays:
    """The next safe way of one of a family (`saas.messages.outbox.OtherWays`)."""

    def after(
        self, tenant: uuid.UUID, _message: uuid.UUID, recipient: str, tried: Sequence[Channel]
    ) -> Way | None:
        kind, _, party = recipient.partition(":")
        if kind != "party":
            return None
        with scoped(Scope.worker(tenant)) as session:
            for _id, found in ways_of_parties(session, CaseParty.id == uuid.UUID(party)):
                return next((way for way in found if way.channel not in tried), None)
        return None


def leads_to(session: ScopedSession, party_id: uuid.UUID, address: str) -> bool:
    """Whether an address is still one at which somebody of a family is told."""
    return any(
        way.address.lower() == address.lower()
        for _, found in ways_of_parties(session, CaseParty.id == party_id)
        for way in found
    )
