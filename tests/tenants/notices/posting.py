"""Facts that are told, posting them, and what arrived."""

from __future__ import annotations

import datetime as dt
import uuid
from email.message import EmailMessage

import icalendar
import sqlalchemy as sa

from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from saas.messages.models import Message
from tenants.casework import actions
from tenants.casework.kinds import FactKind
from tenants.notices.post import post_notices
from tests.factories import NOW, TODAY, Someone

# No other word of the service holds these.
NAMED = {"name": "Ray Example", "role": "Head of SEN", "may_decide": True}
NAMES = ("Zephyrine", "Quillfeather", "Ottoline", "Brackenbury")
FAMILY = "family@home.example"
PROVIDER = "mediation@provider.example"


def add(
    tenant: Tenancy,
    case_id: uuid.UUID,
    kind: FactKind,
    *,
    by: Someone | None = None,
    **more: object,
) -> None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        who = actions.Actor(by.id if by else None, "Example", NOW)
        actions.add_fact(session, case_id, kind, TODAY, by=who, today=TODAY, **more)  # type: ignore[arg-type]


def fix(tenant: Tenancy, case_id: uuid.UUID, on: str = "2026-07-09", **more: object) -> None:
    detail = {"meeting_on": on, "time": "10:00", "place": "Town Hall", **more}
    add(tenant, case_id, FactKind.MEETING_FIXED, detail=detail)


def post(at: dt.datetime = NOW) -> dict[str, int]:
    return dict(post_notices(at=at))


def plain(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text


def calendar(mail: EmailMessage) -> icalendar.Calendar:
    (part,) = (p for p in mail.walk() if p.get_content_type() == "application/ics")
    return icalendar.Calendar.from_ical(part.get_content())


def messages(tenant: Tenancy) -> list[tuple[str, str, int, str | None]]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        rows = session.execute(
            sa.select(Message.address, Message.state, Message.attempts, Message.answer).order_by(
                Message.address
            )
        )
        return [(r.address, r.state, r.attempts, r.answer) for r in rows]
