"""The rules that a new fact of a case must meet, and who may read it. Pure."""

from __future__ import annotations

import datetime as dt

from tenants.casework.kinds import (
    FACT_WORDS,
    TAKEN_BACK_BY_AUTHORITY,
    CertificateKind,
    Choice,
    FactKind,
    Outcome,
    Service,
)
from tenants.casework.meeting_rules import MEETING_RULES, once
from tenants.casework.record import (
    LAW_BEGAN,
    PARTIES,
    PROVIDER,
    CaseRecord,
    Fact,
    RuleBroken,
    certificate_ground,
    signed_by,
)


def audience_of(record: CaseRecord, fact: Fact) -> str:
    """Who may read a new fact. What a family says before it has chosen stays with the provider.

    Once a choice was shared, a later doubt is shared too: a fact that the authority cannot read
    must never decide where the case stands, for the authority reads that. What `position.derive`
    makes of the shared facts, as its pages do, is what it makes of all of them.
    """
    if fact.kind is FactKind.CONTACT_MADE:
        return PROVIDER
    if fact.kind is FactKind.CHOICE_MADE and fact.value == Choice.THINKING:
        chosen = (f for f in record.facts if f.kind is FactKind.CHOICE_MADE)
        return PARTIES if any(f.value != Choice.THINKING for f in chosen) else PROVIDER
    return PARTIES


def check_correction(record: CaseRecord, fact: Fact) -> None:
    """Refuse that a choice is put before a doubt that only the provider knows of.

    The doubt would then decide where the case stands, and the authority could not read it.

    Raises:
        RuleBroken: naming what to take back first.
    """
    if fact.kind is not FactKind.CHOICE_MADE or fact.value == Choice.THINKING or fact.retracted:
        return
    standing = {f.id for f in record.effective()} - {fact.replaces}
    for told in record.facts:
        if told.kind is not FactKind.CHOICE_MADE:
            continue
        if told.value != Choice.THINKING:
            return
        if told.id in standing and told.on > fact.on:
            raise RuleBroken(
                "on",
                f"The family was still thinking on {told.on:%-d %B %Y}: take that entry back first",
            )


def check(record: CaseRecord, fact: Fact, *, today: dt.date) -> None:
    """Refuse a fact that cannot be so.

    Late is no reason to refuse: a family that comes too late is told what is still possible.

    Raises:
        RuleBroken: naming the field that is wrong, and what would be right.
    """
    if fact.on > today:
        raise RuleBroken("on", f"{FACT_WORDS[fact.kind]}: the date must be today or in the past")
    if fact.on < LAW_BEGAN:
        raise RuleBroken("on", "The date must be on or after 1 September 2014, when the law began")
    notice = record.first(FactKind.NOTICE_SENT)
    if notice and fact.kind in AFTER_NOTICE and fact.on < notice.on:
        raise RuleBroken(
            "on",
            f"{FACT_WORDS[fact.kind]}: this cannot be before the notice of {notice.on:%-d %B %Y}",
        )
    closed = record.last(FactKind.CLOSED)
    if closed and not fact.replaces and fact.kind not in AFTER_CLOSING:
        raise RuleBroken("on", f"The case was closed on {closed.on:%-d %B %Y}")
    rule = _RULES.get(fact.kind)
    if rule is not None:
        rule(record, fact)


# What only an act of its own undoes, and why.
UNCORRECTABLE = {
    FactKind.CERTIFICATE_ISSUED: "An issued certificate is not corrected: withdraw it",
    FactKind.AGREEMENT_MADE: "A signed agreement is not corrected",
    FactKind.AGREEMENT_DRAFTED: "Call the agreement back to change it",
    FactKind.AGREEMENT_SIGNED: "A signature is not corrected",
    FactKind.CERTIFICATE_WITHDRAWN: "A withdrawal is not corrected: issue a new certificate",
    FactKind.DATES_PASSED: "What day it was is not corrected: offer new dates",
    FactKind.SUMMARIES_EXCHANGED: "What both sides have read cannot be taken back",
}


def may_be_taken_back_by_authority(record: CaseRecord, fact: Fact) -> bool:
    """Whether an authority may take back what it recorded itself: until somebody relied on it."""
    if fact.kind not in TAKEN_BACK_BY_AUTHORITY or fact.retracted or record.has(FactKind.CLOSED):
        return False
    if fact.id not in {f.id for f in record.effective()}:
        return False
    # The family was given the certificate, and may appeal by it.
    relied_on = fact.kind is FactKind.AUTHORITY_CANNOT_ARRANGE and record.certificate is not None
    return not relied_on


AFTER_NOTICE = frozenset(FactKind) - {FactKind.NOTICE_SENT, FactKind.PERMISSION_GIVEN}


AFTER_CLOSING = frozenset(
    {
        FactKind.APPEAL_REGISTERED,
        FactKind.APPEAL_OUTCOME,
        FactKind.STEP_DONE,
        FactKind.COPIES_SENT,
        FactKind.CERTIFICATE_WITHDRAWN,
        FactKind.ICB_TOLD_AUTHORITY,
    }
)


def _notice(record: CaseRecord, fact: Fact) -> None:
    once(record, fact)
    if record.decision_type is None:
        raise RuleBroken("kind", "Only a decision that can be appealed comes with a notice")


def _choice(record: CaseRecord, fact: Fact) -> None:
    if record.service is not Service.MEDIATION:
        raise RuleBroken("kind", "A choice belongs to mediation")
    if fact.value not in set(Choice):
        raise RuleBroken("value", "Say whether the family chose to mediate, not to, or to think")
    mias = record.first(FactKind.MIAS_HELD)
    if mias is None:
        raise RuleBroken(
            "value", "Record the mediation information and advice first, then the choice"
        )
    if fact.on < mias.on:
        raise RuleBroken(
            "on", f"The choice cannot be before the information given on {mias.on:%-d %B %Y}"
        )
    earlier = record.choice
    if earlier is not None and fact.on < earlier.on and not fact.replaces:
        raise RuleBroken(
            "on",
            f"The family's latest choice is of {earlier.on:%-d %B %Y}: a new one cannot be before"
            " it. Correct that one if it is wrong",
        )


def _certificate(record: CaseRecord, fact: Fact) -> None:
    if not record.certificate_needed:
        raise RuleBroken("kind", "No certificate is needed to appeal this, and none is issued")
    if record.certificate is not None and not fact.replaces:
        raise RuleBroken("kind", "A certificate is issued already; withdraw it first")
    ground = certificate_ground(record, CertificateKind(fact.value or ""))
    if ground is None:
        raise RuleBroken("kind", _GROUND_MISSING[CertificateKind(fact.value or "")])
    if fact.on < ground:
        raise RuleBroken("on", f"The certificate cannot be before {ground:%-d %B %Y}")


_GROUND_MISSING = {
    CertificateKind.NO_MEDIATION: "Record first that the family chose not to mediate",
    CertificateKind.AFTER_MEDIATION: "Record first that the mediation was held and concluded",
    CertificateKind.DEEMED: "Record first that the authority cannot arrange it within 30 days",
}


def _withdrawal(record: CaseRecord, fact: Fact) -> None:
    standing = record.certificate
    if standing is None:
        raise RuleBroken("kind", "There is no certificate to withdraw")
    if not fact.reason:
        raise RuleBroken("reason", "Say why the certificate is withdrawn")


def _agreement(record: CaseRecord, fact: Fact) -> None:
    once(record, fact)
    _after_an_agreeing_meeting(record)


def _after_an_agreeing_meeting(record: CaseRecord) -> None:
    concluded = record.last(FactKind.CONCLUDED)
    if concluded is None or concluded.value == Outcome.NONE:
        raise RuleBroken(
            "kind", "An agreement follows a meeting that ended in full or in part in one"
        )


def _drafted(record: CaseRecord, fact: Fact) -> None:
    if record.has(FactKind.AGREEMENT_MADE):
        raise RuleBroken("kind", "The agreement is signed by everyone: it cannot be changed")
    if record.has(FactKind.AGREEMENT_DRAFTED) and not fact.replaces:
        raise RuleBroken("kind", "An agreement is out for signature already: call it back first")
    _after_an_agreeing_meeting(record)


def _signed(record: CaseRecord, fact: Fact) -> None:
    sent = record.last(FactKind.AGREEMENT_DRAFTED)
    if sent is None or sent.detail.get("agreement_id") != fact.detail.get("agreement_id"):
        raise RuleBroken("kind", "This text is not out for signature any more")
    if fact.detail.get("signer") in signed_by(record) and not fact.replaces:
        raise RuleBroken("kind", "This signature is there already")
    if fact.on < sent.on:
        raise RuleBroken("on", f"It was sent to be signed on {sent.on:%-d %B %Y}, not before")


def _copies(record: CaseRecord, fact: Fact) -> None:
    if not record.has(FactKind.AGREEMENT_MADE):
        raise RuleBroken("kind", "Copies are sent when everyone has signed")


def _appeal(record: CaseRecord, fact: Fact) -> None:
    once(record, fact)
    if record.decision_type is None:
        raise RuleBroken("kind", "Only a decision that can be appealed leads to an appeal")


def _appeal_outcome(record: CaseRecord, fact: Fact) -> None:
    once(record, fact)
    appeal = record.first(FactKind.APPEAL_REGISTERED)
    if appeal is None:
        raise RuleBroken("kind", "Record first when the appeal was registered")
    if fact.on < appeal.on:
        raise RuleBroken("on", f"It cannot be decided before {appeal.on:%-d %B %Y}")


def _consent(record: CaseRecord, fact: Fact) -> None:
    if record.service is Service.MEDIATION:
        raise RuleBroken("kind", "Mediation asks for no consent of the other side")


def _closing(record: CaseRecord, fact: Fact) -> None:
    once(record, fact)
    latest = max((f.on for f in record.effective()), default=record.opened_on)
    if fact.on < latest:
        raise RuleBroken("on", f"Something is recorded after that, on {latest:%-d %B %Y}")


_RULES = {
    FactKind.NOTICE_SENT: _notice,
    FactKind.CHOICE_MADE: _choice,
    FactKind.CERTIFICATE_ISSUED: _certificate,
    FactKind.CERTIFICATE_WITHDRAWN: _withdrawal,
    FactKind.AGREEMENT_MADE: _agreement,
    FactKind.AGREEMENT_DRAFTED: _drafted,
    FactKind.AGREEMENT_SIGNED: _signed,
    FactKind.COPIES_SENT: _copies,
    FactKind.APPEAL_REGISTERED: _appeal,
    FactKind.APPEAL_OUTCOME: _appeal_outcome,
    FactKind.CONSENT_GIVEN: _consent,
    FactKind.CONSENT_REFUSED: _consent,
    FactKind.CLOSED: _closing,
    **MEETING_RULES,
}


def check_in_place(record: CaseRecord, fact: Fact, *, today: dt.date) -> None:
    """Check a fact; for a correction, also everything that stands on what it replaces.

    Raises:
        RuleBroken: the fact, or one recorded after it, could then not be so.
    """
    if fact.replaces is None:
        check(record, fact, today=today)
        return
    check_correction(record, fact)
    rebuilt = CaseRecord(
        service=record.service,
        route=record.route,
        opened_on=record.opened_on,
        decision_type=record.decision_type,
        k5_starts=record.k5_starts,
        steps=record.steps,
        sections=record.sections,
    )
    standing = {f.id for f in record.effective()}
    for known in record.facts:
        if known.id not in standing:
            continue
        stands = fact if known.id == fact.replaces else known
        if stands.retracted:
            continue
        try:
            check(rebuilt, _unlinked(stands), today=today)
        except RuleBroken as broken:
            if stands is fact:
                raise
            raise RuleBroken("on", f"Something recorded later would not fit: {broken}") from None
        rebuilt.facts.append(_unlinked(stands))


def _unlinked(fact: Fact) -> Fact:
    return Fact(fact.id, fact.kind, fact.on, fact.value, fact.detail, reason=fact.reason)
