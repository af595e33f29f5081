"""Cases that ended in agreement, and the people who sign them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.access_links.family_links import family_of, make_link
from tenants.agreements.reading import latest_agreement
from tenants.agreements.signing_links import make_signing_link
from tenants.casework import actions
from tenants.casework.kinds import Choice, FactKind, Service
from tests.factories import TODAY, actor, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient

HELD = dt.date(2026, 6, 3)


@dataclass(frozen=True)
class Agreed:
    """A case whose meeting ended in agreement, and a browser for each side."""

    tenant: Tenancy
    case_id: uuid.UUID
    reference: str
    provider: PageClient
    authority: PageClient
    family: PageClient
    token: str

    @property
    def case(self) -> str:
        return f"/provider/{self.tenant.slug}/cases/{self.case_id}"

    @property
    def own_case(self) -> str:
        return f"/authority/cases/{self.case_id}"

    @property
    def family_page(self) -> str:
        return f"/family/{self.token}/"


def agreed_case(app: Flask, *, tenant: Tenancy | None = None, **changes: object) -> Agreed:
    tenant = tenant or make_tenant(app)
    case_id, reference = make_case(app, tenant, **changes)
    service = changes.get("service", Service.MEDIATION)
    with scoped(Scope.provider(tenant.id, None)) as session:

        def fact(kind: FactKind, on: dt.date, **more: object) -> None:
            actions.add_fact(session, case_id, kind, on, by=actor(), today=TODAY, **more)  # type: ignore[arg-type]

        if service is Service.MEDIATION:
            actions.record_mias(
                session,
                case_id,
                on=dt.date(2026, 5, 6),
                way="telephone",
                minutes=20,
                choice=Choice.MEDIATE,
                choice_on=dt.date(2026, 5, 6),
                by=actor(),
                today=TODAY,
            )
            fact(FactKind.ADVISER_INFORMED_AUTHORITY, dt.date(2026, 5, 7))
        else:
            fact(FactKind.CONSENT_GIVEN, dt.date(2026, 5, 6), value="family")
            fact(FactKind.CONSENT_GIVEN, dt.date(2026, 5, 7), value="authority")
        fact(FactKind.MEETING_FIXED, dt.date(2026, 5, 12), detail={"meeting_on": HELD.isoformat()})
        fact(FactKind.MEETING_HELD, HELD)
        fact(FactKind.CONCLUDED, HELD, value="full")
        ((party_id, _),) = family_of(session, case_id)
        token = make_link(session, case_id, party_id, by=actor()).token
    return Agreed(
        tenant,
        case_id,
        reference,
        client_of(app, make_person(app, role=ProviderRole.COORDINATOR)),
        client_of(
            app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER, name="Sam Officer")
        ),
        cast(PageClient, app.test_client()),
        token,
    )


STEP = {
    "wording": "The authority will assess the child's needs",
    "responsible": "authority",
    "who": "Sam Officer",
    "kind": "assess",
}


def write_and_send(agreed: Agreed, besides: Mapping[str, object] = {}, /, **step: str) -> None:
    """A draft of one step, sent to the family and the authority.

    Args:
        besides: what is chosen on the page from which it is sent: who else has to sign.
    """
    page = f"{agreed.case}/agreement"
    said = agreed.provider.submit(page, {"wording": "We agreed to look again."}, action=page)
    assert said.status_code == 302, said.text
    added = agreed.provider.submit(f"{page}/steps/new", {**STEP, **step})
    assert added.status_code == 302, added.text
    sent = agreed.provider.submit(f"{page}/sending", besides)
    assert sent.status_code == 302, sent.text


def sign_as_authority(agreed: Agreed) -> None:
    response = agreed.authority.submit(
        f"{agreed.own_case}/agreement", {"agreed": "y", "typed_name": "Sam Officer"}
    )
    assert response.status_code == 302, response.text


def sign_as_family(agreed: Agreed) -> None:
    response = agreed.family.submit(
        f"{agreed.family_page}agreement", {"agreed": "y", "typed_name": "Jo Example"}
    )
    assert response.status_code == 302, response.text


def signers_with(agreed: Agreed, *keys: str) -> dict[str, object]:
    """Have these sign beside the family and the authority."""
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        ((party_id, _),) = family_of(session, agreed.case_id)
    return {"signers": [f"family {party_id}", "authority", *keys]}


@dataclass(frozen=True)
class LinkToSign:
    agreement_id: uuid.UUID
    id: uuid.UUID
    token: str

    @property
    def page(self) -> str:
        return f"/sign/{self.token}/"


def make_link_to_sign(agreed: Agreed) -> LinkToSign:
    """Send the agreement to be signed by health as well, and make the link for it."""
    write_and_send(agreed, signers_with(agreed, "health"))
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        made = make_signing_link(session, agreed.case_id, "health", by=actor())
        latest = latest_agreement(session, agreed.case_id)
        assert latest is not None
        return LinkToSign(latest.id, made.id, made.token)
