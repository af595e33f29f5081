"""The rules that facts of a meeting must meet: told, arranged, held, concluded. Pure."""

from __future__ import annotations

from tenants.casework.arrangement import meeting_ahead
from tenants.casework.kinds import (
    FACT_WORDS,
    HEALTH_ONLY,
    Choice,
    DelayCause,
    EarlyEnd,
    FactKind,
    Outcome,
    Service,
)
from tenants.casework.record import (
    CaseRecord,
    Fact,
    RuleBroken,
    consents_missing,
)


def once(record: CaseRecord, fact: Fact) -> None:
    if record.has(fact.kind) and not fact.replaces:
        raise RuleBroken("on", f"{FACT_WORDS[fact.kind]}: this is recorded already; correct it")


def mediating(record: CaseRecord) -> bool:
    return record.choice is not None and record.choice.value == Choice.MEDIATE


def _ended_early(record: CaseRecord, fact: Fact) -> None:
    once(record, fact)
    if fact.value not in set(EarlyEnd):
        raise RuleBroken("value", "Say how it ended")
    if record.has(FactKind.MEETING_HELD):
        raise RuleBroken("value", "A meeting was held: record how it concluded instead")
    if fact.value == EarlyEnd.MOVED and not fact.detail.get("to"):
        raise RuleBroken("to", "Enter where the family moved")
    if fact.detail.get("certificate") and not record.certificate_needed:
        raise RuleBroken("certificate", "No certificate is needed to appeal this, and none is due")
    if fact.detail.get("certificate") and not record.has(FactKind.MIAS_HELD):
        raise RuleBroken(
            "certificate", "Record the mediation information and advice first, then the end"
        )


def _meeting(record: CaseRecord, fact: Fact) -> None:
    if record.ended is not None:
        raise RuleBroken("kind", "The case ended before a meeting: take that back first")
    if record.service is Service.MEDIATION and not mediating(record):
        raise RuleBroken("kind", "The family has not chosen to mediate")
    if consents_missing(record):
        raise RuleBroken("kind", "Every side must consent before a meeting is arranged")
    if fact.kind is FactKind.MEETING_FIXED and fact.meeting_on < fact.on:
        raise RuleBroken("meeting_on", "The meeting must be on or after the day it was fixed")


def _told(record: CaseRecord, fact: Fact) -> None:
    once(record, fact)
    if record.service is not Service.MEDIATION:
        raise RuleBroken("kind", "Only of mediation the authority is told, and its 30 days start")


def _told_icb(record: CaseRecord, fact: Fact) -> None:
    once(record, fact)
    health = record.first(FactKind.HEALTH_TOLD_AUTHORITY)
    if health is None:
        raise RuleBroken("kind", "Record first when the family said that health is an issue")
    if fact.on < health.on:
        raise RuleBroken("on", f"It cannot be before {health.on:%-d %B %Y}")


def _health(record: CaseRecord, fact: Fact) -> None:
    _told(record, fact)
    if fact.value not in (None, HEALTH_ONLY):
        raise RuleBroken("only", "Say whether health is the only issue")


def _icb_told(record: CaseRecord, fact: Fact) -> None:
    """SEND Regs 2014 reg 42(4): where the authority was no party, the ICB tells it."""
    once(record, fact)
    if not record.health_only:
        raise RuleBroken("kind", "The authority takes part itself: nobody has to tell it")
    agreed = record.first(FactKind.AGREEMENT_MADE)
    if agreed is None:
        raise RuleBroken("kind", "Nothing is agreed yet of which the authority could be told")
    if fact.on < agreed.on:
        raise RuleBroken("on", f"It was agreed on {agreed.on:%-d %B %Y}, not before")


def _unable(record: CaseRecord, fact: Fact) -> None:
    once(record, fact)
    if record.service is not Service.MEDIATION or not mediating(record):
        raise RuleBroken("kind", "The family has not chosen to mediate")
    if record.has(FactKind.MEETING_HELD):
        raise RuleBroken("kind", "The meeting was held, so it could be arranged")
    standing = meeting_ahead(record)
    if standing is not None and not fact.replaces:
        raise RuleBroken(
            "on",
            f"A meeting is fixed for {standing.meeting_on:%-d %B %Y}. If it cannot take place,"
            " record the cancellation first",
        )
    if record.health_only:
        raise RuleBroken("kind", "Health is the only issue: the ICB arranges this mediation")


def _named(record: CaseRecord, fact: Fact) -> None:
    _meeting(record, fact)
    if not fact.detail.get("name") or not fact.detail.get("role"):
        raise RuleBroken("name", "Enter the representative's name and role")


def _offered(record: CaseRecord, fact: Fact) -> None:
    _meeting(record, fact)
    if fact.value not in (None, "authority"):
        raise RuleBroken("side", "Dates are offered by the provider or by the authority")
    if fact.value is not None and record.health_only:
        raise RuleBroken("first_on", "Health is the only issue: the ICB arranges this mediation")


def _answered(record: CaseRecord, fact: Fact) -> None:
    _meeting(record, fact)
    if not record.has(FactKind.DATES_OFFERED):
        raise RuleBroken("kind", "No dates are offered")
    if fact.value not in [side.value for side in record.answering]:
        raise RuleBroken("side", "Say whose answer it is, of those who meet")


def _cancelled(record: CaseRecord, fact: Fact) -> None:
    if not record.has(FactKind.MEETING_FIXED):
        raise RuleBroken("kind", "No meeting is fixed")
    if fact.value is not None and fact.value not in set(DelayCause):
        raise RuleBroken("cancelled_by", "Say who cancelled")


def _exchange(record: CaseRecord, fact: Fact) -> None:
    if record.service is Service.MEDIATION and not mediating(record):
        raise RuleBroken("kind", "The family has not chosen to mediate")
    if consents_missing(record):
        raise RuleBroken("kind", "Every side must consent before summaries are exchanged")


def _concluded(record: CaseRecord, fact: Fact) -> None:
    once(record, fact)
    held = record.first(FactKind.MEETING_HELD)
    if held is None:
        raise RuleBroken("kind", "Record the meeting first, then how it concluded")
    if fact.on < held.on:
        raise RuleBroken("on", f"It cannot be concluded before the meeting of {held.on:%-d %B %Y}")
    if record.service is not Service.FACILITATION and fact.value not in set(Outcome):
        raise RuleBroken("value", "Say whether there was full, partial or no agreement")


MEETING_RULES = {
    FactKind.FAMILY_INFORMED_AUTHORITY: _told,
    FactKind.ADVISER_INFORMED_AUTHORITY: _told,
    FactKind.HEALTH_TOLD_AUTHORITY: _health,
    FactKind.AUTHORITY_TOLD_ICB: _told_icb,
    FactKind.ICB_TOLD_AUTHORITY: _icb_told,
    FactKind.AUTHORITY_CANNOT_ARRANGE: _unable,
    FactKind.MEDIATOR_APPOINTED: _meeting,
    FactKind.REPRESENTATIVE_NAMED: _named,
    FactKind.DATES_OFFERED: _offered,
    FactKind.DATES_ANSWERED: _answered,
    FactKind.MEETING_CANCELLED: _cancelled,
    FactKind.MEETING_FIXED: _meeting,
    FactKind.MEETING_HELD: _meeting,
    FactKind.ENDED_EARLY: _ended_early,
    FactKind.SUMMARIES_EXCHANGED: _exchange,
    FactKind.CONCLUDED: _concluded,
}
