"""What a certificate says, as it is kept: word for word, so that it reads the same for ever."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from saas.documents.content import Provider
from tenants.casework.kinds import FactKind
from tenants.casework.record import CaseRecord, RuleBroken
from tenants.law.clocks import ClockFacts, read_clocks
from tenants.law.rights import holds_own_right


def check_words(record: CaseRecord, issued_to: Sequence[str]) -> tuple[dt.date, str]:
    """The notice's day and the decision that a certificate must name.

    Raises:
        RuleBroken: the paper would lack what the Tribunal looks for; it names what to record first.
    """
    notice = record.first(FactKind.NOTICE_SENT)
    if notice is None:
        raise RuleBroken("notice_sent", "Record first when the authority sent its notice")
    if record.decision_type is None:
        raise RuleBroken("decision_type", "Record first which decision it is about")
    if not issued_to:
        raise RuleBroken("parties", "Record first who of the family the certificate is for")
    return notice.on, record.decision_words


def whom_it_names(
    record: CaseRecord,
    family: Sequence[str],
    *,
    child_name: str,
    date_of_birth: dt.date,
    on: dt.date,
) -> list[str]:
    """Who may appeal on the day of issue: the parents, the young person, or who acts for one that
    lacks capacity (Children and Families Act 2014 s.80)."""
    said = record.last(FactKind.PERMISSION_GIVEN)
    represented = said is not None and said.detail.get("capacity") == "represented"
    own = holds_own_right(date_of_birth, on) and not represented
    return [child_name] if own else list(family)


@lru_cache(maxsize=4096)
def _last_day_to_appeal(notice_sent: dt.date, issued: dt.date) -> tuple[dt.date, str]:
    facts = ClockFacts(notice_sent=notice_sent, certificate_issued=issued)
    appeal = next(reading for reading in read_clocks(facts) if reading.clock == "K9")
    return appeal.due, appeal.counted


def certificate_words(
    *,
    number: str,
    on: dt.date,
    issued_to: Sequence[str],
    child_name: str,
    authority_name: str,
    decision: str,
    notice_sent_on: dt.date,
    issued_by: str,
    issued_by_role: str,
    case_reference: str,
    established_on: dt.date | None,
    provider: Provider,
    beside_appeal_only: bool,
) -> dict[str, Any]:
    """The column `content` of a certificate issued on a day; dates as ISO text.

    Args:
        established_on: the day of the choice, the conclusion or the authority's word that the
            certificate stands on.
        beside_appeal_only: it is about what the Tribunal hears beside another appeal alone, so
            there is no last day to appeal.
    """
    due, counted = _last_day_to_appeal(notice_sent_on, on)
    return {
        "number": number,
        "issued_to": list(issued_to),
        "child_name": child_name,
        "authority_name": authority_name,
        "decision": decision,
        "notice_sent_on": notice_sent_on.isoformat(),
        "issued_by": issued_by,
        "issued_by_role": issued_by_role,
        "case_reference": case_reference,
        "established_on": established_on.isoformat() if established_on else None,
        "last_day_to_appeal": None if beside_appeal_only else due.isoformat(),
        "last_day_counted": "" if beside_appeal_only else counted,
        "provider": asdict(provider),
    }
