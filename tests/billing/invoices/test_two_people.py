"""Issue 12, point 4: what is billed before its period begins is seen by two people."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from billing.invoices.actions import approve, draft_period, find_draft
from billing.invoices.issuing import issue
from billing.refusal import BillingRefused
from billing.supplier import Supplier
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from tests.billing.making import Q2, contract_for, order_for
from tests.factories import make_person, make_tenant

ON = dt.date(2026, 6, 20)
AT = dt.datetime.combine(ON, dt.time(12), dt.UTC)


def test_the_one_who_approved_does_not_issue_what_lies_ahead(app: Flask) -> None:
    tenant = make_tenant(app)
    order_for(tenant, contract_for(tenant))
    first, second = (make_person(app, role=ProviderRole.FINANCE) for _ in range(2))
    supplier = Supplier.of(app.extensions["settings"])
    said = {"authority_name": tenant.name, "today": ON, "at": AT}
    with scoped(Scope.finance(tenant.id, first.id)) as session:
        (made,) = draft_period(session, Q2, today=ON, at=AT)
        assert made.draft is not None
        draft_id = made.draft.id
        with pytest.raises(BillingRefused, match="two people must have seen it"):
            issue(session, made.draft, supplier, **said)  # type: ignore[arg-type]
        approve(session, made.draft, at=AT)
        with pytest.raises(BillingRefused, match="another issues it"):
            issue(session, made.draft, supplier, **said)  # type: ignore[arg-type]
    with scoped(Scope.finance(tenant.id, second.id)) as session:
        draft = find_draft(session, draft_id)
        assert draft is not None
        issued = issue(session, draft, supplier, **said)  # type: ignore[arg-type]
        assert issued.period_from == Q2.first


def test_what_has_begun_needs_one(app: Flask) -> None:
    tenant = make_tenant(app)
    order_for(tenant, contract_for(tenant))
    at = dt.datetime.combine(Q2.first, dt.time(12), dt.UTC)
    with scoped(Scope.finance(tenant.id, None)) as session:
        (made,) = draft_period(session, Q2, today=Q2.first, at=at)
        assert made.draft is not None
        supplier = Supplier.of(app.extensions["settings"])
        issue(session, made.draft, supplier, authority_name=tenant.name, today=Q2.first, at=at)
