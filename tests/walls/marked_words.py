"""Columns of marked rows whose words mean something, so that no marker may stand there, or not
alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from tenants.papers.models import WITHDRAWING
from tests.factories import NOW

NOT_MEASURED = ("counters", "days", "participants", "shared_counters", "shared_days")
UNDECIDED = ("decision", "decided_on", "reason", "lifted_on", "lifted_because")
NOTHING_NEXT = (
    *("waiting_for", "next_clock", "next_part", "certificate_kind", "choice", "delay_cause"),
    "closed_on",
)
# Columns whose words mean something to a page, so that a marker cannot stand there.
MEANINGFUL: Mapping[tuple[str, str], Any] = {
    ("agreed_step", "kind"): "continue",
    ("agreed_step", "part"): None,
    ("case_document", "media_type"): "application/pdf",
    ("case_document", "scan_result"): "clean",
    # A withdrawn paper is listed for its own side alone: documents/test_withdrawal.py tries that.
    **dict.fromkeys([("case_document", name) for name in WITHDRAWING]),
    ("case_erasure", "kept_until"): dt.date(2026, 6, 1),
    ("case_erasure", "files_left"): [],
    ("case_fact", "value"): None,
    **dict.fromkeys([("case_position", name) for name in NOTHING_NEXT]),
    ("case_position", "is_open"): True,
    ("api_token", "allows"): "statistics",
    ("billing_contact", "customer_email"): "accounts@billing.example",
    ("child", "date_of_birth"): dt.date(2016, 3, 9),
    ("contract", "ends_on"): dt.date(2029, 3, 31),
    ("contract", "cancelled_on"): None,
    ("payment", "method"): "bank",
    ("payment", "of_payment_id"): None,
    ("contract_targets", "at_least"): Jsonb({}),
    ("contract_terms", "prices"): Jsonb({}),
    ("contract_terms", "late_fees"): Jsonb([]),
    ("invoice", "gross_pence"): 2,
    ("invoice_draft_line", "clause"): "mediation",
    ("invoice_run_part", "entries"): Jsonb([]),
    ("invoice_line", "clause"): "mediation",
    ("credit_note_line", "clause"): "mediation",
    ("report_pack", "period"): "2026-q1",
    ("invoice_draft_line", "usage_ids"): Jsonb([]),
    ("invoice_draft_line", "position"): 99,
    ("invoice_line", "position"): 99,
    ("invoice_line", "usage_ids"): Jsonb([]),
    **{("measured_case", name): [] for name in NOT_MEASURED},
    ("measured_case", "mediator"): "none",
    ("month_tally", "month"): dt.date(2026, 5, 1),
    ("reference_counter", "series"): "markers",
    ("usage_entry", "amount_pence"): None,
    ("usage_entry", "notice_days"): None,
    ("row_change", "act"): "update",
    ("row_change", "for_provider"): True,
    ("row_change", "for_manager"): True,
    ("row_change", "for_finance"): True,
    ("row_change_link", "changes"): [],
    ("sen_case", "decision_type"): "RTA",
    ("sen_case", "sections"): "B",
    # Asked for and not decided: it restricts nothing.
    **dict.fromkeys([("case_restriction", name) for name in UNDECIDED]),
    ("signing_link", "signer"): "health",
    # Lifted, and taken back: everybody works as always.
    ("authority_suspension", "lifted_at"): NOW,
    ("authority_leaving", "taken_back_at"): NOW,
    ("authority_leaving", "reads_until"): dt.date(2026, 12, 31),
    ("authority_leaving", "access_ended_at"): None,
    ("authority_export", "state"): "ready",
    ("authority_export", "kept_until"): dt.date(2026, 12, 31),
    ("authority_deletion", "done_at"): NOW,
    ("authority_deletion", "files_left"): [],
    ("subject_request", "side"): "family",
    ("subject_request", "cases"): Jsonb([]),
}
# A JSON column whose reader expects more than one word: the marker goes wherever a text is.
SHAPES: Mapping[tuple[str, str], Any] = {
    ("agreement", "content"): {
        "reference": "%",
        "version": 1,
        "service": "mediation",
        "child_name": "%",
        "authority_name": "%",
        "decision": "%",
        "held_on": "2026-05-28",
        "sent_on": "2026-05-29",
        "wording": "%",
        "steps": [
            {
                "kind": "continue",
                "wording": "%",
                "responsible": "authority",
                "who": "%",
                "agreed_due_on": None,
                "by_when": ["%"],
            }
        ],
        "signers": [{"key": "%", "side": "family", "name": "%", "role": "%"}],
        "provider": {"name": "%", "address": ["%"], "telephone": "%", "email": "%"},
    },
    ("front_referral", "told"): {"answers": {"about": [["about", "%"]]}, "by": "%"},
    ("contract_terms", "vat_reasons"): {"exempt": "%"},
    ("row_change", "was"): {"wording": "%"},
    ("row_change", "is_now"): {"wording": "%"},
    ("certificate", "content"): {
        "number": "%",
        "issued_to": ["%"],
        "child_name": "%",
        "authority_name": "%",
        "decision": "%",
        "notice_sent_on": "2026-04-20",
        "issued_by": "%",
        "issued_by_role": "%",
        "case_reference": "%",
        "established_on": None,
        "last_day_to_appeal": "2026-07-10",
        "last_day_counted": "%",
        "provider": {
            "name": "%",
            "address": ["%"],
            "telephone": "%",
            "email": "%",
        },
    },
    ("invoice", "words"): {
        "supplier": {
            "name": "%",
            "address": ["%"],
            "telephone": "%",
            "email": "%",
            "vat_number": "%",
            "bank_details": ["%"],
        },
        "customer": {"name": "%", "address": ["%"], "email": "%", "buyer_reference": "%"},
        "contract": "%",
        "vat_reason": "%",
    },
}
