"""Doing the runs that were asked for, part by part. Safe to run twice, beside itself, and to be
killed at any moment: a part and the word that it is done are one transaction."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from billing.contracts.queries import names_of_authorities
from billing.invoices.actions import approve, draft_period, find_draft
from billing.invoices.issuing import issue
from billing.periods import Period
from billing.refusal import BillingRefused
from billing.runs.actions import entries_of
from billing.runs.asking import Asked
from billing.runs.models import APPROVING, DRAFTING, InvoiceRun, InvoiceRunPart
from billing.supplier import Supplier
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy

BROKEN = "It could not be done. Nothing was changed; our technical team can see why in the log."
Entries = list[dict[str, Any]]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Work:
    """One run, as its parts need it."""

    run_id: uuid.UUID
    kind: str
    period: Period
    asked: tuple[Asked, ...]
    person: uuid.UUID | None
    supplier: Supplier
    today: dt.date
    at: dt.datetime


class _DoneElsewhere(Exception):
    """Another worker did this part meanwhile: what was done here is rolled back."""


def do_runs(supplier: Supplier, *, today: dt.date, at: dt.datetime) -> Counter[str]:
    """Do every run that is not finished; how many parts were done, and how many had a problem."""
    with scoped(Scope.all_accounts(None)) as session:
        names = names_of_authorities(session)
        waiting = [
            Work(
                run_id=run.id,
                kind=run.kind,
                period=Period(run.period_from, run.period_to),
                asked=tuple(Asked.of(told) for told in run.asked),
                person=run.asked_by,
                supplier=supplier,
                today=today,
                at=at,
            )
            for run in session.scalars(
                sa.select(InvoiceRun)
                .where(InvoiceRun.finished_at.is_(None))
                .order_by(InvoiceRun.asked_at)
            )
        ]
    became: Counter[str] = Counter()
    for work in waiting:
        became += _do_run(work, names)
    return became


def _do_run(work: Work, names: dict[uuid.UUID, Tenancy]) -> Counter[str]:
    became: Counter[str] = Counter()
    _note(work, started_at=work.at)
    with scoped(Scope.all_accounts(None)) as session:
        done = set(
            session.scalars(
                sa.select(InvoiceRunPart.subject_id).where(InvoiceRunPart.run_id == work.run_id)
            )
        )
    for part in work.asked:
        if part.subject not in done:
            problem = _do_part(work, part, names[part.tenant])
            became["with a problem" if problem else "done"] += 1
    _note(work, finished_at=work.at)
    return became


def _note(work: Work, **moments: dt.datetime) -> None:
    """Say when the run began or ended; what was said first stays."""
    with scoped(Scope.finance(work.asked[0].tenant, work.person)) as session:
        for name, moment in moments.items():
            session.execute(
                sa.update(InvoiceRun)
                .where(InvoiceRun.id == work.run_id, getattr(InvoiceRun, name).is_(None))
                .values({name: moment})
            )


def _do_part(work: Work, part: Asked, tenancy: Tenancy) -> str:
    """Do one part in a transaction of its own; why it could not be, or ''."""
    act: Callable[[ScopedSession, Work, Asked, Tenancy], Entries] = (
        _draft if work.kind == DRAFTING else _approve if work.kind == APPROVING else _issue
    )
    try:
        with scoped(Scope.finance(part.tenant, work.person)) as session:
            _write_down(session, work, part, entries=act(session, work, part, tenancy))
        return ""
    except _DoneElsewhere:
        return ""
    except BillingRefused as refused:
        problem = refused.message
    except (sa.exc.OperationalError, sa.exc.InterfaceError):
        # The database went away, not this authority's account: the run goes on when it is back.
        raise
    except Exception:
        log.exception("run %s could not do %s", work.run_id, part.subject)
        problem = BROKEN
    try:
        with scoped(Scope.finance(part.tenant, work.person)) as session:
            _write_down(session, work, part, problem=problem)
    except _DoneElsewhere:
        return ""
    return problem


def _write_down(
    session: ScopedSession,
    work: Work,
    part: Asked,
    *,
    entries: Entries | None = None,
    problem: str = "",
) -> None:
    written = session.scalar(
        insert(InvoiceRunPart)
        .values(
            tenant_id=session.tenant,
            id=new_id(),
            run_id=work.run_id,
            subject_id=part.subject,
            done_at=work.at,
            problem=problem,
            entries=entries or [],
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "run_id", "subject_id"])
        .returning(InvoiceRunPart.id)
    )
    if written is None:
        raise _DoneElsewhere


def _draft(session: ScopedSession, work: Work, part: Asked, tenancy: Tenancy) -> Entries:
    made = draft_period(session, work.period, today=work.today, at=work.at)
    found = entries_of(session, tenancy, made, work.period, today=work.today)
    return [entry.as_json() for entry in found]


def _approve(session: ScopedSession, work: Work, part: Asked, tenancy: Tenancy) -> Entries:
    draft = find_draft(session, part.subject)
    if draft is None or draft.fingerprint != part.fingerprint:
        raise BillingRefused("draft", "The draft has changed since you saw it: check it again")
    approve(session, draft, at=work.at)
    return []


def _issue(session: ScopedSession, work: Work, part: Asked, tenancy: Tenancy) -> Entries:
    draft = find_draft(session, part.subject)
    if draft is None:
        raise BillingRefused("draft", "The draft is gone: it was issued or made anew")
    invoice = issue(
        session,
        draft,
        work.supplier,
        authority_name=tenancy.name,
        today=work.today,
        at=work.at,
        seen_fingerprint=part.fingerprint,
    )
    return [{"number": invoice.number, "invoice_id": str(invoice.id)}]
