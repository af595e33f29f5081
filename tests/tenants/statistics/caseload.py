"""Cases made for counting, by the same acts as a coordinator's."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tenants.casework import actions
from tenants.casework.kinds import Choice, FactKind, Service
from tests.factories import TODAY, actor, referral


def make_referral(app: Flask, tenant: Tenancy, **changes: object) -> uuid.UUID:
    with scoped(Scope.provider(tenant.id, None)) as session:
        opened = changes.get("opened_on")
        if isinstance(opened, dt.date):
            changes.setdefault(
                "notice_sent", opened - dt.timedelta(days=14) if _has_notice(changes) else None
            )
        case = actions.open_case(session, referral(**changes), by=actor(), today=TODAY)
        return case.id


def _has_notice(changes: dict[str, object]) -> bool:
    return changes.get("decision_type", "RTA") is not None


def add(
    app: Flask,
    tenant: Tenancy,
    case_id: uuid.UUID,
    kind: FactKind,
    on: dt.date,
    value: str | None = None,
    **detail: object,
) -> None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.add_fact(
            session, case_id, kind, on, value=value, detail=detail, by=actor(), today=TODAY
        )


def choose(app: Flask, tenant: Tenancy, case_id: uuid.UUID, on: dt.date, choice: Choice) -> None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.record_mias(
            session,
            case_id,
            on=on,
            way="telephone",
            minutes=20,
            choice=choice,
            choice_on=on,
            by=actor(),
            today=TODAY,
        )


def hold_mediation(
    app: Flask,
    tenant: Tenancy,
    *,
    held: dt.date,
    outcome: str | None = "full",
    waited: int = 20,
    appeal: dt.date | None = None,
    opened_on: dt.date | None = None,
    meeting: dict[str, object] | None = None,
    **changes: object,
) -> uuid.UUID:
    """A mediation held `waited` days after the authority was told."""
    told = held - dt.timedelta(days=waited)
    opened = opened_on or told - dt.timedelta(days=3)
    case_id = make_referral(app, tenant, opened_on=opened, **changes)
    if changes.get("service", Service.MEDIATION) is Service.MEDIATION:
        choose(app, tenant, case_id, opened + dt.timedelta(days=1), Choice.MEDIATE)
        add(app, tenant, case_id, FactKind.ADVISER_INFORMED_AUTHORITY, told)
    add(app, tenant, case_id, FactKind.MEETING_HELD, held, None, **(meeting or {}))
    if outcome:
        add(app, tenant, case_id, FactKind.CONCLUDED, held, outcome)
    if appeal:
        add(app, tenant, case_id, FactKind.APPEAL_REGISTERED, appeal)
    return case_id
