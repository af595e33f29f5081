"""The invoice run, as finance makes it: draft, look at the exceptions, approve, issue.

What is asked of all authorities at once is written down here and done by the worker: no page waits
for a hundred invoices.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.contracts.queries import names_of_authorities, subscribers_on
from billing.doors import finance, or_404
from billing.periods import (
    Period,
    PeriodRefused,
    parse_period,
    quarter_name,
    quarter_of,
    refuse_far_ahead,
)
from billing.runs import overview as seen
from billing.runs.asking import KIND_WORDS, Asked, ask
from billing.runs.models import APPROVING, DRAFTING, ISSUING
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_person
from saas.web.paging import PAGE_SIZE, Page, requested_page
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
    """A GET says where the period stands; a POST has it drafted for everyone."""
    period = _asked_period()
    if request.method == "POST":
        try:
            refuse_far_ahead(period, today())
        except PeriodRefused as refused:
            flash(str(refused), "problem")
            return redirect(
                url_for("finance_billing.run", period=quarter_name(quarter_of(today())))
            )
        everyone = [Asked(row.id) for row in subscribers_on(session, today())]
        return _ask(DRAFTING, period, everyone)
    rows = seen.overview(session, period, today=today())
    state = request.args.get("state", "")
    shown = [row for row in rows if row.state == state or state not in seen.STATE_WORDS]
    number = min(requested_page(), max(1, -(-len(shown) // PAGE_SIZE)))
    return render_template(
        "billing/runs/finance_run.html",
        period=period,
        rows=rows,
        page=Page(
            shown[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number=number, total=len(shown)
        ),
        state=state if state in seen.STATE_WORDS else "",
        state_words=seen.STATE_WORDS,
        counts={one: sum(row.state == one for row in rows) for one in seen.STATE_WORDS},
        to_approve=seen.parts_in_state(rows, seen.TO_APPROVE),
        approved=seen.parts_in_state(rows, seen.APPROVED),
        at_work=seen.run_at_work(session, period),
        quarter_name=quarter_name(quarter_of(today())),
        today=today(),
    )


def _ask(kind: str, period: Period, parts: Sequence[Asked]) -> ResponseReturnValue:
    if not parts:
        flash("There is nothing to do for this period.", "problem")
        return redirect(url_for("finance_billing.run", period=period.name))
    run_id, new = ask(kind, period, parts, person=the_person().id, at=now())
    if not new:
        flash("A run of this period is at work already: this is how far it is.", "problem")
    return redirect(url_for("finance_billing.run_progress", run_id=run_id))


def _seen_drafts() -> list[Asked]:
    """The drafts that the form names, each as it was seen; what cannot be read is left out."""
    found = []
    for text in request.form.getlist("draft"):
        tenant, draft, fingerprint = [*text.split(":"), "", ""][:3]
        try:
            found.append(Asked(uuid.UUID(tenant), uuid.UUID(draft), fingerprint))
        except ValueError:
            continue
    return found


def _known(session: ScopedSession, parts: list[Asked]) -> list[Asked]:
    names = names_of_authorities(session)
    return [part for part in parts if part.tenant in names]


@finance.page("/runs/approve", permission=Permission.ISSUE_INVOICES, methods=("POST",))
def approve_run(session: ScopedSession) -> ResponseReturnValue:
    """Approve drafts as they were seen: each is named with its fingerprint."""
    return _ask(APPROVING, _asked_period(), _known(session, _seen_drafts()))


@finance.page("/runs/issue", permission=Permission.ISSUE_INVOICES, methods=("GET", "POST"))
def issue_run(session: ScopedSession) -> ResponseReturnValue:
    """Issue every approved draft of the period, after a page that says what that means."""
    period = _asked_period()
    if request.method == "POST":
        return _ask(ISSUING, period, _known(session, _seen_drafts()))
    rows = [
        row
        for row in seen.overview(session, period, today=today())
        if row.state == seen.APPROVED and row.draft is not None
    ]
    if not rows:
        flash("No draft of this period is approved.", "problem")
        return redirect(url_for("finance_billing.run", period=period.name))
    return render_template(
        "billing/runs/finance_issue_run.html",
        period=period,
        rows=rows,
        drafts=seen.parts_in_state(rows, seen.APPROVED),
        net=sum(row.net_pence for row in rows),
        gross=sum(row.gross_pence for row in rows),
    )


@finance.page("/runs/<uuid:run_id>", permission=Permission.ISSUE_INVOICES)
def run_progress(session: ScopedSession, run_id: uuid.UUID) -> ResponseReturnValue:
    progress = or_404(seen.progress_of(session, run_id, names_of_authorities(session)))
    return render_template(
        "billing/runs/finance_progress.html",
        progress=progress,
        period=Period(progress.run.period_from, progress.run.period_to),
        what=KIND_WORDS[progress.run.kind],
        kind=progress.run.kind,
    )
