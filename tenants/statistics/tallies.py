"""Counting the counters, by tenant and by breakdown."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict

import sqlalchemy as sa

from saas.database.scope import LoginRole, ScopedSession
from tenants.casework.decisions import ALL_DECISION_TYPES, Stage

STAGE_OF: dict[str, Stage] = {d.code: d.stage for d in ALL_DECISION_TYPES}

# One row per event: which counter it adds to, and on which day.
_CHOICES = """
    ('choices_recorded', CASE WHEN p.choice IN ('mediate', 'decline') THEN p.choice_on END),
    ('chose_mediation', CASE WHEN p.choice = 'mediate' THEN p.choice_on END),
"""
_EVENTS = """
SELECT c.tenant_id, c.id AS case_id, c.decision_type, e.counter, e.on_date
FROM sen_case c
JOIN case_position p ON p.tenant_id = c.tenant_id AND p.case_id = c.id
CROSS JOIN LATERAL (VALUES
    {choices}
    ('referrals', c.opened_on),
    ('mias_delivered', p.mias_on),
    ('certificates', p.certificate_on),
    ('certificates_no_mediation', CASE p.certificate_kind WHEN 's55_4' THEN p.certificate_on END),
    ('certificates_after_mediation', CASE p.certificate_kind WHEN 's55_5'
        THEN p.certificate_on END),
    ('certificates_deemed', CASE p.certificate_kind WHEN 'deemed' THEN p.certificate_on END),
    ('certificates_in_time', CASE WHEN p.certificate_on <= p.certificate_due
        THEN p.certificate_on END),
    ('dates_fixed', CASE WHEN c.service = 'mediation' AND p.mediation_due IS NOT NULL
        THEN p.date_fixed_on END),
    ('dates_fixed_within_30', CASE WHEN c.service = 'mediation'
        AND p.date_fixed_on <= p.mediation_due
        THEN p.date_fixed_on END),
    ('mediations_held', CASE c.service WHEN 'mediation' THEN p.held_on END),
    ('mediations_timed', CASE WHEN c.service = 'mediation' AND p.mediation_due IS NOT NULL
        THEN p.held_on END),
    ('mediations_held_within_30', CASE WHEN c.service = 'mediation'
        AND p.held_on <= p.mediation_due
        THEN p.held_on END),
    ('full_agreements', CASE WHEN c.service = 'mediation' AND p.outcome = 'full'
        THEN p.held_on END),
    ('partial_agreements', CASE WHEN c.service = 'mediation' AND p.outcome = 'partial'
        THEN p.held_on END),
    ('no_agreements', CASE WHEN c.service = 'mediation' AND p.outcome = 'none' THEN p.held_on END),
    ('agreements', CASE WHEN c.service = 'mediation' AND p.outcome IN ('full', 'partial')
        THEN p.held_on END),
    ('followed_by_appeal', CASE WHEN c.service = 'mediation' AND p.appeal_on IS NOT NULL
        THEN p.held_on END),
    ('appeals_registered', p.appeal_on),
    ('resolutions_held', CASE c.service WHEN 'disagreement_resolution' THEN p.held_on END),
    ('facilitations_held', CASE c.service WHEN 'facilitation' THEN p.held_on END)
) AS e (counter, on_date)
WHERE e.on_date BETWEEN :start AND :end
UNION ALL
SELECT s.tenant_id, s.case_id, c.decision_type, e.counter, s.due_on
FROM agreed_step s
JOIN sen_case c ON c.tenant_id = s.tenant_id AND c.id = s.case_id
CROSS JOIN LATERAL (VALUES
    ('steps_due', true), ('steps_in_time', s.done_on <= s.due_on)
) AS e (counter, counts)
WHERE e.counts AND s.due_on BETWEEN :start AND least(:end, :today)
"""

Counted = dict[str, int]


def _counted(
    session: ScopedSession, by: str, start: dt.date, end: dt.date, today: dt.date
) -> dict[uuid.UUID, dict[str | None, Counted]]:
    may_see_choices = session.scope.role is not LoginRole.AUTHORITY
    events = _EVENTS.format(choices=_CHOICES if may_see_choices else "")
    rows = session.execute(
        sa.text(
            f"SELECT tenant_id, {by} AS value, counter, count(*) FROM ({events}) AS event"  # noqa: S608
            " GROUP BY tenant_id, value, counter"
        ),
        {"start": start, "end": end, "today": today},
    )
    found: dict[uuid.UUID, dict[str | None, Counted]] = defaultdict(lambda: defaultdict(dict))
    for tenant_id, value, counter, number in rows:
        found[tenant_id][value][counter] = number
    return found


def totals(
    session: ScopedSession, start: dt.date, end: dt.date, *, today: dt.date
) -> dict[uuid.UUID, Counted]:
    """The counters of every tenant that the session may see."""
    found = _counted(session, "NULL::text", start, end, today)
    return {tenant: values[None] for tenant, values in found.items()}


def by_stage(
    session: ScopedSession, start: dt.date, end: dt.date, *, today: dt.date
) -> dict[uuid.UUID, dict[Stage, Counted]]:
    """The counters by the stage at which the DfE counts a decision."""
    found = _counted(session, "decision_type", start, end, today)
    staged: dict[uuid.UUID, dict[Stage, Counted]] = {}
    for tenant, values in found.items():
        stages: dict[Stage, Counted] = {"request": {}, "assessment": {}, "other": {}}
        for code, counts in values.items():
            if code is None:
                continue
            for counter, number in counts.items():
                stage = stages[STAGE_OF[code]]
                stage[counter] = stage.get(counter, 0) + number
        staged[tenant] = stages
    return staged


def medians(session: ScopedSession, start: dt.date, end: dt.date) -> dict[uuid.UUID, float]:
    """The median days from the authority's being told to the first meeting, by tenant."""
    rows = session.execute(
        sa.text(
            "SELECT p.tenant_id, percentile_cont(0.5) WITHIN GROUP"
            " (ORDER BY p.held_on - p.mediation_started_on)"
            " FROM case_position p"
            " JOIN sen_case c ON c.tenant_id = p.tenant_id AND c.id = p.case_id"
            " WHERE c.service = 'mediation' AND p.held_on BETWEEN :start AND :end"
            " AND p.mediation_started_on IS NOT NULL GROUP BY p.tenant_id"
        ),
        {"start": start, "end": end},
    )
    return {tenant: float(days) for tenant, days in rows}
