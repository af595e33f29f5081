"""A paper uploaded by mistake can be withdrawn: by the provider, or by the side whose it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

OF_AUTHORITY = "tenant_id = scope_tenant() AND (audience IN ('parties', 'authority')"
OF_FAMILY = (
    "tenant_id = scope_tenant() AND (case_id = scope_person() AND audience IN ('parties', 'family')"
)
FOR_AUTHORITY = f"{OF_AUTHORITY} AND (withdrawn_at IS NULL OR side = 'authority'))"
FOR_FAMILY = f"{OF_FAMILY} AND (withdrawn_at IS NULL OR side = 'family'))"
BY_AUTHORITY = "(side = 'authority' AND exchanged_at IS NULL AND (kind <> 'summary' OR audience = 'authority') AND CASE WHEN withdrawn_at IS NULL THEN uploaded_by = scope_person() ELSE withdrawn_by = scope_person() END)"
BY_FAMILY = "(side = 'family' AND exchanged_at IS NULL AND (kind <> 'summary' OR audience = 'family') AND CASE WHEN withdrawn_at IS NULL THEN uploaded_by IS NULL ELSE withdrawn_by IS NULL END)"
BY_AUTHORITY_BEFORE = "(side = 'authority' AND uploaded_by = scope_person() AND exchanged_at IS NULL AND (kind <> 'summary' OR audience = 'authority'))"
BY_FAMILY_BEFORE = "(side = 'family' AND uploaded_by IS NULL AND exchanged_at IS NULL AND (kind <> 'summary' OR audience = 'family'))"

STAYS = "withdrawn_at IS NULL OR exchanged_at IS NULL"
WHO_AND_WHY = (
    "(withdrawn_at IS NULL AND withdrawn_by IS NULL AND withdrawn_by_name IS NULL"
    " AND withdrawal_reason IS NULL)"
    " OR (withdrawn_at IS NOT NULL AND withdrawn_by_name IS NOT NULL"
    " AND length(trim(withdrawal_reason)) > 0)"
)
EVENTS_BEFORE = "event IN ('certificate_issued', 'certificate_withdrawn', 'adviser_informed_authority', 'family_informed_authority', 'health_told_authority', 'authority_told_icb', 'authority_cannot_arrange', 'mediator_appointed', 'representative_named', 'dates_offered', 'dates_answered', 'consent_given', 'consent_refused', 'meeting_fixed', 'meeting_cancelled', 'summaries_exchanged', 'agenda_agreed', 'summary_shared', 'agreement_drafted', 'agreement_signed', 'agreement_made', 'copies_sent', 'step_done', 'appeal_registered', 'closed', 'meeting_changed', 'document_shared', 'summary_received', 'step_due_soon', 'step_overdue', 'certificate_at_risk')"
EVENTS = EVENTS_BEFORE.replace(
    "'summary_received',", "'summary_received', 'document_withdrawn', 'summary_withdrawn',"
)
WITHDRAWING = "withdrawn_at, withdrawn_by, withdrawn_by_name, withdrawal_reason"


def _constrain(table: str, name: str, condition: str) -> None:
    # The tables of papers and notices are small: checking them whole takes no time that shows.
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition})"
    )


def _forget_events() -> None:
    # Another, wider list of events takes its place in the same transaction.
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE case_notice DROP CONSTRAINT ck_case_notice_event_is_known"
    )


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.add_column("case_document", sa.Column("withdrawn_at", sa.DateTime(timezone=True)))
    op.add_column("case_document", sa.Column("withdrawn_by", sa.Uuid()))
    op.add_column("case_document", sa.Column("withdrawn_by_name", sa.Text()))
    op.add_column("case_document", sa.Column("withdrawal_reason", sa.Text()))
    _constrain("case_document", "ck_case_document_what_was_exchanged_stays", STAYS)
    _constrain("case_document", "ck_case_document_a_withdrawal_says_who_and_why", WHO_AND_WHY)
    op.execute(
        f"ALTER POLICY authority ON case_document USING ({FOR_AUTHORITY})"
        f" WITH CHECK ({FOR_AUTHORITY} AND {BY_AUTHORITY})"
    )
    op.execute(
        f"ALTER POLICY family ON case_document USING ({FOR_FAMILY})"
        f" WITH CHECK ({FOR_FAMILY} AND {BY_FAMILY})"
    )
    for role in ("provider", "authority", "family"):
        op.execute(f"GRANT UPDATE ({WITHDRAWING}) ON case_document TO {prefix}_{role}")
    op.execute(
        f"GRANT SELECT (withdrawn_at, withdrawal_reason) ON case_document TO {prefix}_family"
    )
    _forget_events()
    _constrain("case_notice", "ck_case_notice_event_is_known", EVENTS)


def downgrade() -> None:
    _forget_events()
    _constrain("case_notice", "ck_case_notice_event_is_known", EVENTS_BEFORE)
    op.execute(
        f"ALTER POLICY authority ON case_document USING ({OF_AUTHORITY}))"
        f" WITH CHECK ({OF_AUTHORITY}) AND {BY_AUTHORITY_BEFORE})"
    )
    op.execute(
        f"ALTER POLICY family ON case_document USING ({OF_FAMILY}))"
        f" WITH CHECK ({OF_FAMILY}) AND {BY_FAMILY_BEFORE})"
    )
    op.drop_column("case_document", "withdrawal_reason")
    op.drop_column("case_document", "withdrawn_by_name")
    op.drop_column("case_document", "withdrawn_by")
    op.drop_column("case_document", "withdrawn_at")
