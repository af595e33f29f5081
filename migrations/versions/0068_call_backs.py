"""Calls at a time that the family chooses, and advisers' hours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

WALLS = (
    "GRANT SELECT ON adviser_hours TO {prefix}_panel",
    "GRANT INSERT ON adviser_hours TO {prefix}_panel",
    "GRANT DELETE ON adviser_hours TO {prefix}_panel",
    "GRANT SELECT ON adviser_hours TO {prefix}_provider",
    "GRANT SELECT ON adviser_hours TO {prefix}_provider_reader",
    "GRANT SELECT ON adviser_hours TO {prefix}_family",
    "GRANT SELECT ON adviser_hours TO {prefix}_public",
    "GRANT SELECT ON adviser_absence TO {prefix}_panel",
    "GRANT INSERT ON adviser_absence TO {prefix}_panel",
    "GRANT DELETE ON adviser_absence TO {prefix}_panel",
    "GRANT SELECT ON adviser_absence TO {prefix}_provider",
    "GRANT SELECT ON adviser_absence TO {prefix}_provider_reader",
    "GRANT SELECT ON adviser_absence TO {prefix}_family",
    "GRANT SELECT ON adviser_absence TO {prefix}_public",
    "GRANT SELECT ON adviser_slot TO {prefix}_provider",
    "GRANT INSERT ON adviser_slot TO {prefix}_provider",
    "GRANT DELETE ON adviser_slot TO {prefix}_provider",
    "GRANT SELECT (person_id, starts_at) ON adviser_slot TO {prefix}_provider_reader",
    "GRANT SELECT (person_id, starts_at) ON adviser_slot TO {prefix}_family",
    "GRANT SELECT (person_id, starts_at) ON adviser_slot TO {prefix}_public",
    "ALTER TABLE call_back ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE call_back FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON call_back FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON call_back TO {prefix}_provider",
    "GRANT INSERT ON call_back TO {prefix}_provider",
    "GRANT UPDATE ON call_back TO {prefix}_provider",
    "CREATE POLICY provider_reader ON call_back FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON call_back TO {prefix}_provider_reader",
    "CREATE POLICY family ON call_back FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id, party_id, starts_at, state) ON call_back TO {prefix}_family",
    "CREATE POLICY worker ON call_back FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, case_id, party_id, starts_at, state) ON call_back TO {prefix}_worker",
)
EVENTS = (
    "'certificate_issued', 'certificate_withdrawn', 'adviser_informed_authority', "
    "'family_informed_authority', 'health_told_authority', 'authority_told_icb', "
    "'authority_cannot_arrange', 'mediator_appointed', 'representative_named', 'dates_offered', "
    "'dates_answered', 'consent_given', 'consent_refused', 'meeting_fixed', "
    "'meeting_cancelled', 'ended_early', 'summaries_exchanged', 'agenda_agreed', "
    "'summary_shared', 'agreement_drafted', 'agreement_signed', 'agreement_made', "
    "'copies_sent', 'step_done', 'appeal_registered', 'closed', 'meeting_changed', "
    "'document_shared', 'summary_received', 'document_withdrawn', 'document_received', "
    "'document_taken_back', 'summary_withdrawn', 'personal_link', 'signing_link', "
    "'message_bounced', 'agreement_questioned', 'correction_proposed', 'step_due_soon', "
    "'step_overdue', 'certificate_at_risk', 'task_due_soon', 'task_waits' "
)
CALLS = ", 'call_booked', 'call_moved', 'call_cancelled', 'call_soon'"
NAME = "ck_case_notice_event_is_known"


def _know(more: str) -> None:
    # In the place of the constraint comes one that knows some words more, or less.
    op.execute(
        f"-- squawk-ignore ban-drop-constraint\nALTER TABLE case_notice DROP CONSTRAINT {NAME}"
    )
    op.execute(
        f"ALTER TABLE case_notice ADD CONSTRAINT {NAME}"
        f" CHECK (event IN ({EVENTS.strip()}{more})) NOT VALID"
    )
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE case_notice VALIDATE CONSTRAINT {NAME}"
    )


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "adviser_hours",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("from_time", sa.Time(), nullable=False),
        sa.Column("to_time", sa.Time(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "from_time >= TIME '09:00' AND to_time <= TIME '18:00'",
            name=op.f("ck_adviser_hours_in_the_services_hours"),
        ),
        sa.CheckConstraint(
            "most BETWEEN 1 AND 18", name=op.f("ck_adviser_hours_most_is_a_number_of_calls")
        ),
        sa.CheckConstraint(
            "to_time > from_time", name=op.f("ck_adviser_hours_ends_after_it_starts")
        ),
        sa.CheckConstraint(
            "weekday BETWEEN 0 AND 4", name=op.f("ck_adviser_hours_weekday_is_worked")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_adviser_hours_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adviser_hours")),
    )
    op.create_index("ix_adviser_hours_person_id", "adviser_hours", ["person_id"], unique=False)
    op.create_table(
        "adviser_absence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "last_day >= first_day", name=op.f("ck_adviser_absence_ends_after_it_starts")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_adviser_absence_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adviser_absence")),
    )
    op.create_index("ix_adviser_absence_person_id", "adviser_absence", ["person_id"], unique=False)
    op.create_table(
        "adviser_slot",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call_back_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_adviser_slot_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", "starts_at", name=op.f("pk_adviser_slot")),
        sa.UniqueConstraint("call_back_id", name=op.f("uq_adviser_slot_call_back_id")),
    )
    op.create_index("ix_adviser_slot_starts_at", "adviser_slot", ["starts_at"], unique=False)
    op.create_table(
        "call_back",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("adviser_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_by_name", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_name", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('booked', 'cancelled', 'held', 'missed')",
            name=op.f("ck_call_back_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["adviser_id"], ["person.id"], name=op.f("fk_call_back_adviser_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_call_back_tenant_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["case_party.tenant_id", "case_party.id"],
            name=op.f("fk_call_back_tenant_id_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_call_back")),
    )
    op.create_index("ix_call_back_starts_at", "call_back", ["starts_at", "tenant_id"], unique=False)
    op.create_index(
        "ix_call_back_tenant_id_case_id", "call_back", ["tenant_id", "case_id"], unique=False
    )
    op.create_index(
        "uq_call_back_booked",
        "call_back",
        ["tenant_id", "case_id"],
        unique=True,
        postgresql_where=sa.text("state = 'booked'"),
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))
    _know(CALLS)


def downgrade() -> None:
    # An older release knows no notices of calls.
    op.execute("ALTER TABLE case_notice NO FORCE ROW LEVEL SECURITY")
    op.execute(f"DELETE FROM case_notice WHERE event IN ({CALLS[2:]})")
    op.execute("ALTER TABLE case_notice FORCE ROW LEVEL SECURITY")
    _know("")
    for table in ("call_back", "adviser_slot", "adviser_absence", "adviser_hours"):
        op.drop_table(table)
