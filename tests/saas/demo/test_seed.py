"""The demonstration: the DfE's figures, the same records each time, nothing twice."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.app import create_app
from saas.config import Settings
from saas.database.base import db
from saas.database.embedded import ServerAddress
from saas.database.scope import Scope, ScopedSession, scoped
from saas.demo.authorities import DEMO_AUTHORITIES
from saas.demo.cli import said
from saas.demo.load import Seeded, seed_demo
from saas.demo.parts import DemoRefusedError
from saas.identity.models import Membership, Person
from saas.reference.progress import silent
from saas.reference.queries import authority_by_slug, figures_of_places
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import FactKind, Service, Stage
from tenants.casework.models import CaseFact, SenCase
from tenants.law.decisions import decision_type
from tenants.subscribers.models import Subscriber
from tests.saas.demo.rows import everything

TODAY = dt.date(2026, 6, 10)
TOLD = {
    FactKind.NOTICE_SENT,
    FactKind.PERMISSION_GIVEN,
    FactKind.CONTACT_MADE,
    FactKind.MIAS_HELD,
    FactKind.CHOICE_MADE,
    FactKind.CERTIFICATE_ISSUED,
    FactKind.CERTIFICATE_WITHDRAWN,
    FactKind.FAMILY_INFORMED_AUTHORITY,
    FactKind.ADVISER_INFORMED_AUTHORITY,
    FactKind.HEALTH_TOLD_AUTHORITY,
    FactKind.AUTHORITY_TOLD_ICB,
    FactKind.AUTHORITY_CANNOT_ARRANGE,
    FactKind.MEDIATOR_APPOINTED,
    FactKind.CONSENT_GIVEN,
    FactKind.CONSENT_REFUSED,
    FactKind.MEETING_FIXED,
    FactKind.MEETING_CANCELLED,
    FactKind.MEETING_HELD,
    FactKind.CONCLUDED,
    FactKind.AGREEMENT_DRAFTED,
    FactKind.AGREEMENT_SIGNED,
    FactKind.AGREEMENT_MADE,
    FactKind.STEP_DONE,
    FactKind.APPEAL_REGISTERED,
    FactKind.CLOSED,
}
# One that published everything, one with a gap in 2023, one that reported no mediation at all.
SOME = {slug: DEMO_AUTHORITIES[slug] for slug in ("trafford", "hackney", "barnet")}


@pytest.fixture(scope="module")
def seeded(
    new_database: Callable[[], AbstractContextManager[Settings]],
) -> Any:
    """The service on a database with three authorities of the demonstration."""
    with new_database() as settings:
        app = create_app(settings, TESTING=True)
        with app.app_context():
            done = seed_demo(settings, TODAY, silent, slugs=SOME)
            yield app, settings, done
            for engine in db.engines.values():
                engine.dispose()


def held_by_stage(session: ScopedSession, slug: str, year: int) -> dict[str, tuple[int, int]]:
    """Mediations by the year of their first meeting, and those with an appeal, from the facts."""
    tenant = session.scalar(sa.select(Subscriber.id).where(Subscriber.slug == slug))
    firsts: dict[uuid.UUID, dt.date] = {
        row[0]: row[1]
        for row in session.execute(
            sa.select(CaseFact.case_id, sa.func.min(CaseFact.on_date))
            .where(CaseFact.tenant_id == tenant, CaseFact.kind == FactKind.MEETING_HELD)
            .group_by(CaseFact.case_id)
        )
    }
    appealed = set(
        session.scalars(
            sa.select(CaseFact.case_id).where(
                CaseFact.tenant_id == tenant, CaseFact.kind == FactKind.APPEAL_REGISTERED
            )
        )
    )
    cases = session.execute(
        sa.select(SenCase.id, SenCase.decision_type, SenCase.opened_on).where(
            SenCase.tenant_id == tenant, SenCase.service == Service.MEDIATION
        )
    )
    held: Counter[str] = Counter()
    followed: Counter[str] = Counter()
    for case_id, code, opened_on in cases:
        if case_id in firsts and firsts[case_id].year == year:
            assert code is not None
            stage = decision_type(code, opened_on).stage
            held[stage] += 1
            followed[stage] += case_id in appealed
    return {stage: (held[stage], followed[stage]) for stage in ("request", "assessment", "other")}


@pytest.mark.parametrize(
    ("slug", "year"), [("trafford", 2023), ("trafford", 2024), ("hackney", 2024)]
)
def test_the_mediations_held_and_their_appeals_are_those_that_the_dfe_published(
    seeded: tuple[Flask, Settings, Seeded], slug: str, year: int
) -> None:
    with scoped(Scope.all_cases(None)) as session:
        place = authority_by_slug(session, slug)
        assert place is not None
        published = figures_of_places(session, [place.dfe_number], year).get(place.dfe_number)
        assert published is not None
        assert held_by_stage(session, slug, year) == {
            stage: (figures.mediations.number, figures.followed_by_appeal.number)
            for stage, figures in published.stages.items()
        }


def test_trafford_held_39_mediations_in_2024_and_3_were_followed_by_an_appeal(
    seeded: tuple[Flask, Settings, Seeded],
) -> None:
    with scoped(Scope.all_cases(None)) as session:
        held = held_by_stage(session, "trafford", 2024).values()
        assert (sum(h for h, _ in held), sum(a for _, a in held)) == (39, 3)


def test_a_gap_or_a_zero_gets_a_plausible_year_and_is_told(
    seeded: tuple[Flask, Settings, Seeded],
) -> None:
    _, _, done = seeded
    assert done.invented == {"barnet": (2023, 2024), "hackney": (2023,)}
    assert "  hackney: 2023" in said(done)
    with scoped(Scope.all_cases(None)) as session:
        for slug, year in (("barnet", 2023), ("barnet", 2024), ("hackney", 2023)):
            held = held_by_stage(session, slug, year).values()
            assert 10 <= sum(h for h, _ in held) <= 60


def test_nothing_has_happened_after_today(seeded: tuple[Flask, Settings, Seeded]) -> None:
    with scoped(Scope.all_cases(None)) as session:
        on, recorded = session.execute(
            sa.select(sa.func.max(CaseFact.on_date), sa.func.max(CaseFact.recorded_at))
        ).one()
        assert on <= TODAY
        assert recorded.date() <= TODAY


def test_every_authority_has_open_cases_at_every_stage_some_of_them_late(
    seeded: tuple[Flask, Settings, Seeded],
) -> None:
    with scoped(Scope.all_cases(None)) as session:
        tenants = session.scalars(sa.select(Subscriber.id)).all()
        late = []
        for tenant in tenants:
            rows = session.execute(
                sa.select(CasePosition.stage, CasePosition.next_due).where(
                    CasePosition.tenant_id == tenant, CasePosition.is_open
                )
            ).all()
            assert {
                Stage.CONTACT,
                Stage.CHOICE,
                Stage.CERTIFICATE,
                Stage.CONSENT,
                Stage.STEPS,
            } <= {row.stage for row in rows}
            assert {Stage.ARRANGING, Stage.FIXED} & {row.stage for row in rows}
            late.append(any(row.next_due and row.next_due < TODAY for row in rows))
            assert any(row.next_due and row.next_due >= TODAY for row in rows)
    # Not in each: a small caseload may have nothing that is late.
    assert sum(late) > len(late) / 2


def test_every_kind_of_thing_that_happens_is_there(seeded: tuple[Flask, Settings, Seeded]) -> None:
    with scoped(Scope.all_cases(None)) as session:
        kinds = set(session.scalars(sa.select(CaseFact.kind).distinct()))
        decisions = set(session.scalars(sa.select(SenCase.decision_type).distinct()))
        services = set(session.scalars(sa.select(SenCase.service).distinct()))
        routes = set(session.scalars(sa.select(SenCase.route).distinct()))
        assert kinds >= TOLD
        assert {"RTA", "RTI", "CONTENT", "PLACEMENT", "CEASE"} <= decisions
        assert services == set(Service)
        assert {"parent", "young_person", "authority", "school"} <= routes


def test_two_databases_seeded_for_the_same_day_hold_the_same_rows(
    seeded: tuple[Flask, Settings, Seeded],
    server: ServerAddress,
    new_database: Callable[[], AbstractContextManager[Settings]],
) -> None:
    _, settings, done = seeded
    first = everything(server, settings)
    by_form = sum("'taken'" in row for row in first["front_referral"])
    assert len(first["sen_case"]) == done.cases + by_form > 1000
    assert first["invoice_draft"] and first["membership"] and first["certificate"]
    with new_database() as other_settings:
        other = create_app(other_settings, TESTING=True)
        with other.app_context():
            seed_demo(other_settings, TODAY, silent, slugs=SOME)
            for engine in db.engines.values():
                engine.dispose()
        second = everything(server, other_settings)
    for name, rows in first.items():
        assert rows == second[name], name


def test_seeding_again_changes_nothing_and_says_so(
    seeded: tuple[Flask, Settings, Seeded], server: ServerAddress
) -> None:
    _, settings, _ = seeded
    before = everything(server, settings)
    again = seed_demo(settings, TODAY + dt.timedelta(days=3), silent, slugs=SOME)
    assert not again.changed
    assert said(again) == ["The demonstration is there already (3 authorities): no change."]
    assert everything(server, settings) == before


def test_each_authority_has_its_team_and_the_provider_its_own(
    seeded: tuple[Flask, Settings, Seeded],
) -> None:
    with scoped(Scope.identity()) as session:
        emails = set(session.scalars(sa.select(Person.email)))
        assert {f"{who}@barnet.example" for who in ("officer", "manager", "finance")} <= emails
        assert {f"{who}@provider.example" for who in ("coordinator", "mediator", "admin")} <= emails
        assert session.scalar(sa.select(sa.func.count()).select_from(Membership)) == 3 * 4 + 1


def test_a_day_on_which_the_published_years_are_not_over_is_refused(app: Flask) -> None:
    settings = app.extensions["settings"]
    with pytest.raises(DemoRefusedError, match="2025"):
        seed_demo(settings, dt.date(2024, 6, 1), silent)
