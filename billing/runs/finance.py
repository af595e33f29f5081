"""The invoice run, as finance makes it: exceptions first, approve, issue."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.contracts.queries import names_of_authorities, subscribers_on
from billing.doors import finance, our_supplier
from billing.invoices.queries import drafts_to_issue
from billing.periods import Period, PeriodRefused, parse_period, quarter_name, quarter_of
from billing.refusal import BillingRefused
from billing.runs.actions import approve_drafts, issue_draft, run_period
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.identity.signed_in import Tenancy
from saas.web.access import the_person
from saas.web.today import now, today


def _asked_period() -> Period:
    try:
        return parse_period(request.values.get("period", ""))
    except PeriodRefused as refused:
        if request.values.get("period"):
            flash(str(refused), "problem")
        return quarter_of(today())


@finance.page("/runs", permission=Permission.ISSUE_INVOICES, methods=("GET", "POST"))
def run(session: ScopedSession) -> ResponseReturnValue:
    """A POST drafts the period for everyone; a GET says what that would come to."""
    period = _asked_period()
    tenancies = [
        Tenancy(id=row.id, slug=row.slug, name=row.name) for row in subscribers_on(session, today())
    ]
    entries = run_period(
        period,
        tenancies,
        our_supplier(),
        today=today(),
        at=now(),
        person=the_person().id,
        dry_run=request.method == "GET",
    )
    if request.method == "POST":
        flash(f"The invoices for {period.name} are drafted.")
        return redirect(url_for("finance_billing.run", period=period.name))
    drafts = {d.id: d for d in drafts_to_issue(session, period)}
    return render_template(
        "billing/runs/finance_run.html",
        period=period,
        entries=entries,
        drafts=drafts,
        quarter_name=quarter_name(quarter_of(today())),
        exceptions=sum(bool(e.exceptions) for e in entries),
        to_approve=[
            (e, drafts[e.draft_id])
            for e in entries
            if e.draft_id in drafts and not e.exceptions and not e.approved
        ],
        approved=[e for e in entries if e.approved and not e.exceptions],
        net=sum(e.net_pence for e in entries),
        today=today(),
    )


@finance.page("/runs/approve", permission=Permission.ISSUE_INVOICES, methods=("POST",))
def approve_run(session: ScopedSession) -> ResponseReturnValue:
    """Approve drafts as they were seen: each is named with its fingerprint."""
    names = names_of_authorities(session)
    seen: list[tuple[Tenancy, uuid.UUID, str]] = []
    for text in request.form.getlist("draft"):
        tenant, draft, fingerprint = [*text.split(":"), "", ""][:3]
        try:
            tenancy = names.get(uuid.UUID(tenant))
            if tenancy is not None:
                seen.append((tenancy, uuid.UUID(draft), fingerprint))
        except ValueError:
            continue
    done = approve_drafts(seen, at=now(), person=the_person().id)
    if done == len(seen) and done:
        flash(f"{done} {'draft is' if done == 1 else 'drafts are'} approved.")
    else:
        flash(f"{done} of {len(seen)} approved: the others changed meanwhile.", "problem")
    return redirect(url_for("finance_billing.run", period=request.form.get("period")))


@finance.page("/runs/issue", permission=Permission.ISSUE_INVOICES, methods=("POST",))
def issue_run(session: ScopedSession) -> ResponseReturnValue:
    """Issue every approved draft of the period."""
    period = _asked_period()
    names = names_of_authorities(session)
    issued, refusals = 0, []
    for draft in drafts_to_issue(session, period):
        if draft.approved_fingerprint != draft.fingerprint:
            continue
        tenancy = names[draft.tenant_id]
        try:
            issue_draft(
                tenancy,
                draft.id,
                our_supplier(),
                today=today(),
                at=now(),
                person=the_person().id,
                seen_fingerprint=draft.fingerprint,
            )
            issued += 1
        except BillingRefused as refused:
            refusals.append(f"{tenancy.name}: {refused.message}")
    if issued:
        flash(f"{issued} {'invoice is' if issued == 1 else 'invoices are'} issued.")
    for refusal in refusals[:5]:
        flash(refusal, "problem")
    return redirect(url_for("finance_billing.run", period=period.name))
