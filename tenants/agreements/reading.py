"""An agreement as a page of any audience shows it: its text, its signatures, its paper."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.database.together import Together
from saas.documents.agreement import render
from tenants.agreements.models import Agreement, Way
from tenants.agreements.signing import FACTS_OF_TEXTS, SIGNATURES, is_the_one_out
from tenants.agreements.text import WAY_WORDS, Signer, as_paper, signers_of, who_does
from tenants.casework.kinds import FactKind


@dataclass(frozen=True)
class ShownSigner:
    """One who has to sign, and the signature once it is there."""

    signer: Signer
    signature: Any
    how: str


@dataclass(frozen=True)
class ShownAgreement:
    """The latest text that was sent to be signed, and how far it is."""

    agreement: Agreement
    text: dict[str, Any]
    steps: Sequence[tuple[str, str, Sequence[str]]]
    signers: Sequence[ShownSigner]
    # The day of the agreement, once everyone signed.
    agreed_on: dt.date | None
    # Out: it may be signed now. Neither out nor agreed: it was called back.
    out: bool

    @property
    def id(self) -> uuid.UUID:
        return self.agreement.id

    def unsigned(self) -> list[Signer]:
        return [shown.signer for shown in self.signers if shown.signature is None]


def latest_agreement(session: ScopedSession, case_id: uuid.UUID) -> ShownAgreement | None:
    """The latest text of a case; None while none was sent to be signed."""
    found = session.scalars(
        sa.select(Agreement)
        .where(Agreement.tenant_id == session.tenant, Agreement.case_id == case_id)
        .order_by(Agreement.version.desc())
        .limit(1)
    ).one_or_none()
    return shown(session, found) if found else None


def shown(session: ScopedSession, agreement: Agreement) -> ShownAgreement:
    found = _ABOUT_A_TEXT.ask(session, case=agreement.case_id, text=agreement.id)
    return _shown(agreement, found["facts"], found["signatures"])


def _shown(agreement: Agreement, facts: Sequence[Any], signatures: Sequence[Any]) -> ShownAgreement:
    there = {row.signer: row for row in signatures}
    text = agreement.content
    return ShownAgreement(
        agreement=agreement,
        text=text,
        steps=[
            (step["wording"], who_does(step, text["authority_name"]), step["by_when"])
            for step in text["steps"]
        ],
        signers=[
            ShownSigner(
                signer,
                there.get(signer.key),
                WAY_WORDS[Way(there[signer.key].way)] if signer.key in there else "",
            )
            for signer in signers_of(text)
        ],
        agreed_on=_agreed_on(facts, agreement),
        out=is_the_one_out(facts, agreement),
    )


_ABOUT_A_TEXT = Together(
    {
        "facts": FACTS_OF_TEXTS,
        "signatures": SIGNATURES,
    }
)


def _agreed_on(facts: Iterable[Any], agreement: Agreement) -> dt.date | None:
    """The day of the agreement, by the fact that everyone signed this text."""
    made = (fact for fact in facts if fact.kind == FactKind.AGREEMENT_MADE)
    return next(
        (one.on_date for one in made if one.detail.get("agreement_id") == str(agreement.id)), None
    )


def agreement_pdf(session: ScopedSession, agreement: Agreement) -> bytes:
    """The paper as it stands now: stamped until everyone signed, and when it was called back."""
    found = _ABOUT_A_TEXT.ask(session, case=agreement.case_id, text=agreement.id)
    view = _shown(agreement, found["facts"], found["signatures"])
    return render(
        as_paper(
            agreement.content,
            text_hash=agreement.text_hash,
            signatures=found["signatures"],
            agreed_on=view.agreed_on,
            called_back=view.agreed_on is None and not view.out,
        )
    )
