"""A mail server, an authority with an officer, and a case that is told of."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from pydantic import SecretStr

from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole
from saas.identity.signed_in import Tenancy
from tenants.casework import actions
from tenants.casework.kinds import Choice, Side
from tenants.casework.referral import NewParty
from tests.factories import TODAY, Someone, actor, make_case, make_person, make_tenant
from tests.saas.messages.mail_server import MailServerDouble, mail_server
from tests.tenants.notices.posting import (
    FAMILY,
    NAMES,
)


@pytest.fixture
def smtp(fresh_app: Flask, fresh_settings: Settings) -> Iterator[MailServerDouble]:
    with mail_server() as double:
        settings = fresh_settings.model_copy(
            update={"mail_url": SecretStr(double.url), "public_url": "https://service.example"}
        )
        fresh_app.extensions["settings"] = settings
        yield double


@pytest.fixture
def tenant(fresh_app: Flask) -> Tenancy:
    return make_tenant(fresh_app)


@pytest.fixture
def officer(fresh_app: Flask, tenant: Tenancy) -> Someone:
    return make_person(fresh_app, tenant=tenant, role=AuthorityRole.OFFICER)


@pytest.fixture
def case(fresh_app: Flask, tenant: Tenancy) -> tuple[uuid.UUID, str]:
    """A case of a family that chose to mediate. What happened so far is not told again."""
    made = make_case(
        fresh_app,
        tenant,
        given_name=NAMES[0],
        family_name=NAMES[1],
        parties=(
            NewParty(
                side=Side.FAMILY,
                name=f"{NAMES[2]} {NAMES[3]}",
                relation="Mother",
                email=FAMILY,
                adjustments="Hearing loop for her autism assessment",
            ),
        ),
    )
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.record_mias(
            session,
            made[0],
            on=TODAY,
            way="telephone",
            minutes=20,
            choice=Choice.MEDIATE,
            choice_on=TODAY,
            by=actor(),
            today=TODAY,
        )
    return made
