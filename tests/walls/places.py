"""Two authorities full of marked rows, the people of both, and the provider's people."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask
from psycopg import sql
from psycopg.rows import dict_row

from billing.runs.asking import Asked, ask
from billing.runs.models import DRAFTING
from saas.database.base import declared_walls, new_id
from saas.database.scope import Scope, scoped
from saas.identity.account_links import AccountLink, hash_of
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.access_links.links import insert_link
from tenants.access_links.participant_models import ParticipantLink
from tenants.agreements import agreed_steps
from tenants.calendars.feeds import make_feed
from tenants.casework import actions
from tenants.casework.actions import NewParty, NewStep
from tenants.casework.kinds import Choice, FactKind, Outcome, Service, Side
from tenants.casework.models import CaseParty
from tests.billing.making import Q1, account_of, issue_period
from tests.factories import NOW, TODAY, Someone, actor, make_case, make_person, make_tenant
from tests.tenants.access_links.test_family_links import make_family_link
from tests.tenants.agreements.makers import agreed_case, make_link_to_sign
from tests.walls.marked_rows import Filler, Marks

Row = dict[str, Any]


@dataclass(frozen=True)
class ToSign:
    """An agreement that is out for signature, and the link by which health signs it."""

    agreement_id: uuid.UUID
    link_id: uuid.UUID
    token: str


@dataclass
class Place:
    """An authority, its people by role, and every row it has, the oldest first."""

    tenancy: Tenancy
    people: Mapping[str, Someone]
    marks: Marks
    case_id: uuid.UUID
    family_token: str
    signing: ToSign
    calendar_key: str
    account_key: str
    participant_key: str
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def read_rows(self, admin: psycopg.Connection) -> None:
        with admin.cursor(row_factory=dict_row) as cursor:
            for name, wall in declared_walls().items():
                if wall.tenant_column is None:
                    continue
                cursor.execute(
                    sql.SQL("SELECT * FROM {} WHERE {} = %s ORDER BY 1, 2").format(
                        sql.Identifier(name), sql.Identifier(wall.tenant_column)
                    ),
                    [self.tenancy.id],
                )
                self.rows[name] = cursor.fetchall()
            cursor.execute(
                "SELECT * FROM saved_filter WHERE person_id = %s", [self.people["officer"].id]
            )
            self.rows["saved_filter"] = cursor.fetchall()


@dataclass(frozen=True)
class World:
    """What the walls stand between."""

    app: Flask
    here: Place
    there: Place
    provider: Mapping[str, Someone]
    # What was fetched once, for all who look through it.
    fetched: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def everyone(self) -> Iterator[tuple[str, Someone]]:
        for role, person in self.here.people.items():
            yield f"here {role}", person
        for role, person in self.there.people.items():
            yield f"there {role}", person
        for role, person in self.provider.items():
            yield f"provider {role}", person


def make_world(app: Flask, admin: psycopg.Connection) -> World:
    provider = {str(role): make_person(app, role=role, name=f"The {role}") for role in ProviderRole}
    provider["appointed"] = make_person(
        app, role=ProviderRole.MEDIATOR, name="The mediator appointed"
    )
    here, there = (make_place(app, admin, letter, provider["appointed"]) for letter in "ab")
    return World(app, here, there, provider)


def make_place(app: Flask, admin: psycopg.Connection, letter: str, mediator: Someone) -> Place:
    marks = Marks(letter)
    tenancy = make_tenant(app)
    people = {
        str(role): make_person(
            app, tenant=tenancy, role=role, name=f"{role} {marks.new('person', f'name {role}')}"
        )
        for role in AuthorityRole
    }
    case_id, _ = make_case(app, tenancy, **_marked_referral(marks))
    family_token = make_family_link(app, tenancy, case_id)
    _take_to_an_agreement(app, tenancy, case_id)
    make_case(app, tenancy)
    make_case(app, tenancy, service=Service.FACILITATION, decision_type=None, notice_sent=None)
    account_of(app, tenancy)
    issue_period(app, tenancy)
    ask(DRAFTING, Q1, [Asked(tenancy.id)], person=None, at=NOW)
    admin.execute(
        "UPDATE sen_case SET mediator_id = %s WHERE tenant_id = %s", [mediator.id, tenancy.id]
    )
    Filler(admin, tenancy.id, people["officer"].id, marks).fill()
    admin.execute(
        "INSERT INTO saved_filter (id, person_id, tray, name, query) VALUES (%s, %s, %s, %s, %s)",
        [
            new_id(),
            people["officer"].id,
            "authority",
            marks.new("saved_filter", "name"),
            marks.new("saved_filter", "query"),
        ],
    )
    admin.commit()
    with scoped(Scope.identity()) as session:
        calendar_key = make_feed(session, people["officer"].id, at=NOW)
        account_key = secrets.token_urlsafe(32)
        now = dt.datetime.now(dt.UTC)
        session.add(
            AccountLink(
                person_id=people["officer"].id, purpose="invitation", asked_at=now, sent_at=now,
                key_sha256=hash_of(account_key), ends_at=now + dt.timedelta(days=7), used_at=None,
            )
        )  # fmt: skip
    signing = to_sign(app, tenancy)
    participant_key = make_participant_key(tenancy, case_id)
    place = Place(
        tenancy, people, marks, case_id, family_token, signing,
        calendar_key, account_key, participant_key,
    )  # fmt: skip
    place.read_rows(admin)
    return place


def make_participant_key(tenancy: Tenancy, case_id: uuid.UUID) -> str:
    """A link of one who comes to the meeting, who answers how it was."""
    with scoped(Scope.worker(tenancy.id)) as session:
        party = session.scalars(
            sa.select(CaseParty.id).where(
                CaseParty.tenant_id == tenancy.id, CaseParty.case_id == case_id
            )
        ).first()
        return insert_link(
            session, ParticipantLink, by="The worker", at=NOW, lasts=dt.timedelta(days=30),
            message_id=None, case_id=case_id, party_id=party, reference="REF", held_on=None,
            meeting={
                "meeting_on": "2026-07-09", "uid": "meeting-1", "sequence": 0,
                "service": "mediation", "starts_at": "10:00", "minutes": None,
                "place": "Library", "video": "", "cancelled": False,
            },
        ).token  # fmt: skip


def to_sign(app: Flask, tenancy: Tenancy) -> ToSign:
    """A case of its own, so that what is marked stays as it is."""
    agreed = agreed_case(app, tenant=tenancy)
    made = make_link_to_sign(agreed)
    return ToSign(made.agreement_id, made.id, made.token)


def _marked_referral(marks: Marks) -> dict[str, Any]:
    """A referral through the service's own act, with a mark wherever a text is free."""

    def party(column: str) -> str:
        return marks.new("case_party", column)

    return {
        "given_name": marks.new("child", "given_name"),
        "family_name": marks.new("child", "family_name"),
        "upn": marks.new("child", "upn"),
        "authority_reference": marks.new("sen_case", "authority_reference"),
        "parties": (
            NewParty(
                side=Side.FAMILY,
                name=party("name"),
                relation=party("relation"),
                email=party("email"),
                telephone=party("telephone"),
                postcode=party("postcode"),
                preferred_communication=party("preferred_communication"),
                adjustments=party("adjustments"),
                interpreter=party("interpreter"),
            ),
        ),
    }


def _take_to_an_agreement(app: Flask, tenancy: Tenancy, case_id: uuid.UUID) -> None:
    """A case in which everything has happened, by the acts of a coordinator."""
    by: dict[str, Any] = {"by": actor(), "today": TODAY}
    held = dt.date(2026, 5, 28)
    with scoped(Scope.provider(tenancy.id, None)) as session:
        actions.record_mias(
            session,
            case_id,
            on=dt.date(2026, 5, 6),
            way="telephone",
            minutes=20,
            choice=Choice.MEDIATE,
            choice_on=dt.date(2026, 5, 7),
            **by,
        )
        actions.add_fact(
            session, case_id, FactKind.ADVISER_INFORMED_AUTHORITY, dt.date(2026, 5, 8), **by
        )
        actions.add_fact(
            session,
            case_id,
            FactKind.MEETING_FIXED,
            dt.date(2026, 5, 12),
            detail={"meeting_on": held.isoformat()},
            **by,
        )
        actions.add_fact(session, case_id, FactKind.MEETING_HELD, held, **by)
        actions.add_fact(session, case_id, FactKind.CONCLUDED, held, value=Outcome.FULL.value, **by)
        step = NewStep(kind="continue", wording="The authority reads the new reports")
        agreed_steps.record_agreement(session, case_id, on=held, steps=(step,), **by)
