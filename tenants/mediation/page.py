"""What the meetings' page shows, whoever looks at it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from saas.web.field_shapes import choices
from saas.web.languages import long_date
from tenants.casework.arrangement import arrangement
from tenants.casework.kinds import FactKind
from tenants.casework.record import CaseRecord
from tenants.mediation.forms import CAUSE_WORDS, RESULT_WORDS


def offer_choices(record: CaseRecord, today: dt.date) -> list[Any]:
    """The dates to come, as choices of a form."""
    return choices(
        (offer.id, f"{long_date(offer.on)}{f', {offer.time}' if offer.time else ''}")
        for offer in arrangement(record).offers
        if offer.on >= today
    )


def meetings_shown(record: CaseRecord) -> dict[str, Any]:
    """The arrangement and what belongs to it, by the names that the templates use."""
    return {
        "now": arrangement(record),
        "family_told": record.first(FactKind.FAMILY_INFORMED_AUTHORITY),
        "adviser_told": record.first(FactKind.ADVISER_INFORMED_AUTHORITY),
        "health_told": record.first(FactKind.HEALTH_TOLD_AUTHORITY),
        "icb_told": record.first(FactKind.AUTHORITY_TOLD_ICB),
        "icb_to_tell": record.health_only
        and record.has(FactKind.AGREEMENT_MADE)
        and not record.has(FactKind.ICB_TOLD_AUTHORITY),
        "cannot_arrange": record.last(FactKind.AUTHORITY_CANNOT_ARRANGE),
        "concluded": record.last(FactKind.CONCLUDED),
        "cause_words": CAUSE_WORDS,
        "result_words": RESULT_WORDS,
    }
