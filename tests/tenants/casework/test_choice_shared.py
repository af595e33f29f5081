"""When an authority learns of a family's choice: what the pages promise, and what they show."""

from __future__ import annotations

import pytest
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from tenants.casework import actions
from tenants.casework.kinds import Choice, FactKind
from tests.factories import TODAY, actor, client_of, make_case, make_person, make_tenant

pytestmark = pytest.mark.usefixtures("standing_clock")


def test_the_pages_say_when_the_authority_learns_of_a_choice(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    adviser = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    page = f"/provider/{tenant.slug}/cases/{case_id}"
    asked = adviser.get(f"{page}/mias").text
    assert f"{tenant.name} sees the choice to mediate or not as soon as it is recorded" in asked
    told = officer.get(f"/authority/cases/{case_id}/who-sees-what").text
    assert "The choice to mediate or not, as soon as it is recorded" in told
    assert "time to think, before it first chose" in told

    def record(choice: Choice) -> str:
        with scoped(Scope.provider(tenant.id, None)) as session:
            actions.add_fact(
                session,
                case_id,
                FactKind.CHOICE_MADE,
                TODAY,
                value=choice.value,
                by=actor(),
                today=TODAY,
            )
        return officer.get(f"/authority/cases/{case_id}").text

    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.add_fact(session, case_id, FactKind.MIAS_HELD, TODAY, by=actor(), today=TODAY)
    thinking = record(Choice.THINKING)
    assert "Time to think" not in thinking and "Family choosing" in thinking
    declined = record(Choice.DECLINE)
    assert "Not to mediate" in declined and "Certificate to issue" in declined
