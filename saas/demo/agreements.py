"""Agreements as the demonstration finds them: out for signature, half signed, signed by all.

They are written and signed by the same acts as a user's, each side in its own scope.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import Scope, ScopedSession, scoped
from saas.demo.days import ONE_DAY, worked_after
from saas.demo.parts import Parts
from saas.demo.people import (
    EXAMPLE,
    Staff,
    authority_member,
    familys_token,
    provider_staff,
    signers_token,
)
from saas.demo.words import STEPS
from saas.documents.content import Provider
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.reference.progress import ReportsProgress
from tenants.access_links.family_links import family_of, make_link
from tenants.agreements.drafting import (
    possible_signers,
    send_to_sign,
    write_step,
    write_wording,
)
from tenants.agreements.models import Agreement
from tenants.agreements.objections import object_to
from tenants.agreements.signing import sign
from tenants.agreements.signing_links import make_signing_link
from tenants.agreements.text import DraftStep, Signer
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import Outcome, Service, Side
from tenants.casework.models import AgreedStep, SenCase
from tenants.casework.row_columns import Actor, bound_by_law

# So many in each authority; the one that stands for all has one at every stage of signing.
EACH, OF_THE_EXAMPLE = 2, 4
QUESTIONS = (
    "Who tells the school about the new hours? We thought that it would be the authority.",
    "The second step says 'review'. Does that mean a meeting, or a letter?",
)
WORDINGS = (
    "We met, and each side said what matters most to it. We agreed on the steps below.",
    "Both sides agree that things have changed since the decision. We agreed on the steps below.",
    "We will speak with each other first if something is unclear. We agreed on the steps below.",
)


@dataclass(frozen=True)
class _Pending:
    """A case whose meeting ended in agreement, with nothing written down yet."""

    id: uuid.UUID
    reference: str
    decision: str | None
    is_sent: bool


def seed_agreements(
    parts: Parts,
    tenancies: Sequence[Tenancy],
    *,
    provider: Provider,
    today: dt.date,
    say: ReportsProgress,
) -> int:
    """Have agreements written and signed where an authority has none; how many were written."""
    with scoped(Scope.all_cases(None)) as session:
        have = set(session.scalars(sa.select(Agreement.tenant_id).distinct()))
    written = 0
    broken_off = parts.broken_off()
    wanting = [
        tenancy
        for tenancy in tenancies
        if tenancy.id not in have or _agreements(tenancy) in broken_off
    ]
    for number, tenancy in enumerate(wanting):
        say(f"Writing the agreements of {tenancy.name}", number, len(wanting))
        with parts.making(_agreements(tenancy)):
            for turn, pending in enumerate(_pending(tenancy)):
                # One that was sent before it broke off waits for its signatures, as others do.
                if not pending.is_sent:
                    _write(tenancy, pending, turn, provider=provider, today=today)
                    written += 1
    return written


def _agreements(tenancy: Tenancy) -> str:
    return f"the agreements of {tenancy.name}"


def _pending(tenancy: Tenancy) -> list[_Pending]:
    followed = sa.select(AgreedStep.id).where(
        AgreedStep.tenant_id == CasePosition.tenant_id, AgreedStep.case_id == CasePosition.case_id
    )
    sent = sa.select(Agreement.id).where(
        Agreement.tenant_id == CasePosition.tenant_id, Agreement.case_id == CasePosition.case_id
    )
    with scoped(Scope.provider(tenancy.id, None)) as session:
        rows = session.execute(
            sa.select(SenCase.id, SenCase.reference, SenCase.decision_type, sent.exists())
            .join(
                CasePosition,
                sa.and_(
                    CasePosition.tenant_id == SenCase.tenant_id,
                    CasePosition.case_id == SenCase.id,
                ),
            )
            .where(
                SenCase.tenant_id == tenancy.id,
                SenCase.service == Service.MEDIATION.value,
                CasePosition.is_open,
                CasePosition.outcome.in_([Outcome.FULL, Outcome.PARTIAL]),
                ~followed.exists(),
            )
            .order_by(CasePosition.concluded_on.desc(), SenCase.id)
            .limit(OF_THE_EXAMPLE if tenancy.slug == EXAMPLE else EACH)
        )
        return [_Pending(*row) for row in rows]


def _write(
    tenancy: Tenancy, pending: _Pending, turn: int, *, provider: Provider, today: dt.date
) -> None:
    rng = random.Random(f"the agreement of {pending.reference}")
    at = dt.datetime(today.year, today.month, today.day, 15, 30, tzinfo=dt.UTC)
    mediator = rng.choice(_mediators())
    by = Actor(mediator.id, mediator.name, at)
    health_signs = turn == 0
    with scoped(Scope.provider(tenancy.id, mediator.id)) as session:
        ((party_id, _), *_others) = family_of(session, pending.id)
        key = tenancy.slug if turn == 0 else pending.reference
        link = make_link(session, pending.id, party_id, by=by, token=familys_token(key))
        write_wording(session, pending.id, wording=rng.choice(WORDINGS), by=by)
        for kind, wording, side in rng.choice(STEPS[pending.decision or "RTA"]):
            own_date = None if bound_by_law(side) else worked_after(today + 28 * ONE_DAY)
            write_step(
                session,
                pending.id,
                DraftStep(kind, wording, side, "", own_date),
                agreement_says_so=own_date is not None,
                by=by,
            )
        signers = possible_signers(session, pending.id, tenancy.name)
        family = next(one for one in signers if one.key == f"family {party_id}")
        agreement = send_to_sign(
            session,
            pending.id,
            signers=[family.key, Side.HEALTH.value] if health_signs else [family.key],
            dated_by_meeting=False,
            provider=provider,
            by=by,
            today=today,
        )
        agreement_id, name = agreement.id, family.name
        if health_signs:
            make_signing_link(
                session, pending.id, Side.HEALTH.value, by=by, token=signers_token(tenancy.slug)
            )
    # The first waits for all three, the next for the family, then for the authority, then for
    # nobody.
    if turn % 4 in (1, 3):
        officer = authority_member(tenancy.slug, AuthorityRole.OFFICER)
        signer = next(one for one in signers if one.side is Side.AUTHORITY)
        with scoped(Scope.authority(tenancy.id, officer.id)) as session:
            _sign(session, agreement_id, signer, Actor(officer.id, officer.name, at))
    if turn % 4 in (2, 3):
        with scoped(Scope.family(tenancy.id, pending.id)) as session:
            _sign(session, agreement_id, family, Actor(None, name, at), link_id=link.id)
    if turn % 4 == 1:
        with scoped(Scope.family(tenancy.id, pending.id)) as session:
            text = session.get_one(Agreement, (tenancy.id, agreement_id))
            object_to(session, text, family, words=rng.choice(QUESTIONS), by=Actor(None, name, at))


def _sign(
    session: ScopedSession,
    agreement_id: uuid.UUID,
    signer: Signer,
    by: Actor,
    *,
    link_id: uuid.UUID | None = None,
) -> None:
    agreement = session.get(Agreement, (session.tenant, agreement_id))
    assert agreement is not None, "it was sent a moment ago"
    sign(session, agreement, signer, typed_name=by.name, by=by, link_id=link_id)


def _mediators() -> list[Staff]:
    return [one for one in provider_staff() if one.role is ProviderRole.MEDIATOR]
