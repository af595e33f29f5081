"""What the roles may read of a case: the rows, as conditions, and the columns."""

from __future__ import annotations

# A family's scope names its case (saas.database.scope): nothing of another one is there for it.
OF_FAMILYS_CASE = "case_id = scope_person()"
FOR_FAMILY = f"{OF_FAMILYS_CASE} AND audience IN ('parties', 'family')"

# How to reach somebody is the provider's to know alone: two parents may live apart.
PARTY_WITHOUT_CONTACT = ("tenant_id", "id", "case_id", "side", "name", "relation")

# The family knows its own choice; what the authority is waited for is not the family's clock.
POSITION_FOR_FAMILY = (
    "tenant_id",
    "case_id",
    "stage",
    "is_open",
    "waiting_for",
    "notice_sent",
    "mias_on",
    "choice",
    "choice_on",
    "certificate_kind",
    "certificate_on",
    "mediation_started_on",
    "mediation_due",
    "meeting_on",
    "held_on",
    "concluded_on",
    "outcome",
    "appeal_on",
    "closed_on",
)
# Not who recorded it: the two sides need not know each other's officers and advisers by name.
FACT_FOR_FAMILY = (
    "tenant_id",
    "id",
    "case_id",
    "kind",
    "on_date",
    "value",
    "detail",
    "audience",
    "recorded_at",
    "replaces_id",
    "retracted",
    "reason",
)

# Whether the one text that a signer's scope names is out, called back or signed by everyone.
OF_SIGNERS_AGREEMENT = (
    "kind IN ('agreement_drafted', 'agreement_made')"
    " AND (detail ->> 'agreement_id') = scope_agreement()::text"
)
FACT_FOR_SIGNER = (
    "tenant_id",
    "id",
    "case_id",
    "kind",
    "on_date",
    "detail",
    "replaces_id",
    "retracted",
)

# The family's choice is not among them: the authority learns of it by the facts that are shared, so
# never that the family was thinking before it first chose (SECURITY.md says why).
POSITION_FOR_AUTHORITY = (
    "tenant_id",
    "case_id",
    "stage",
    "is_open",
    "waiting_for",
    "next_step",
    "next_clock",
    "next_part",
    "next_due",
    "notice_sent",
    "mias_on",
    "certificate_kind",
    "certificate_on",
    "certificate_due",
    "mediation_started_on",
    "mediation_due",
    "date_fixed_on",
    "meeting_on",
    "held_on",
    "concluded_on",
    "outcome",
    "delay_cause",
    "appeal_on",
    "closed_on",
)

# The worker writes messages, and no name or need may come into one: it cannot read any.
WORKER_SEES_CASE = ("tenant_id", "id", "reference", "coordinator_id", "mediator_id")
WORKER_SEES_POSITION = (
    *("tenant_id", "case_id", "is_open", "closed_on"),
    *("certificate_on", "certificate_due", "held_on"),
)

# What an erasure needs of a child, and what it takes from the rows that stay for the figures.
CHILD_IN_NUMBERS = ("tenant_id", "id", "date_of_birth", "primary_need")
_NUMBERS = ("reference", "authority_reference", "external_reference")
ERASED_OF_CASE = ("child_id", "coordinator_id", *_NUMBERS)
ERASED_OF_FACT = ("value", "detail", "recorded_by", "recorded_by_name", "reason")
ERASED_OF_STEP = ("wording", "who", "agreement_id")
