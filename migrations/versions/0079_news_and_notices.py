"""News for the mailing list; advisers are told of their calls, and who handles complaints of those;
who left makes no calls.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None

WALLS = (
    "GRANT SELECT ON news TO {prefix}_provider_reader",
    "GRANT SELECT ON news TO {prefix}_panel",
    "GRANT INSERT ON news TO {prefix}_panel",
    "GRANT UPDATE ON news TO {prefix}_panel",
    "GRANT DELETE ON news TO {prefix}_panel",
    "GRANT SELECT (id, heading, markdown, sending_since, copies_made_at, try_at, written_at) ON news TO {prefix}_jobs",
    "GRANT UPDATE (copies_made_at, try_at) ON news TO {prefix}_jobs",
    "GRANT SELECT (news_id, state) ON news_copy TO {prefix}_provider_reader",
    "GRANT SELECT (news_id, address_id, state, attempts, next_attempt_at) ON news_copy TO {prefix}_jobs",
    "GRANT INSERT (news_id, address_id, state, attempts, next_attempt_at) ON news_copy TO {prefix}_jobs",
    "GRANT UPDATE (state, attempts, next_attempt_at) ON news_copy TO {prefix}_jobs",
    "CREATE POLICY worker ON complaint FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, received_on, about, acknowledged_on, answered_on, recorded_at, recorded_by) ON complaint TO {prefix}_worker",
    "GRANT SELECT ON provider_staff TO {prefix}_worker",
)
# Only ids: whoever looks for a free time learns who makes calls, and of nobody why not.
ADVISING = """
    CREATE FUNCTION advising_people() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
        SELECT p.id FROM public.person p
        WHERE p.active AND EXISTS (
            SELECT FROM public.provider_staff s
            WHERE s.person_id = p.id AND s.role IN ('adviser', 'coordinator'))
    $$
"""
ASK_WHO_ADVISES = ("provider", "provider_reader", "panel", "family", "public")
EVENTS = (
    "'certificate_issued', 'certificate_withdrawn', 'adviser_informed_authority', "
    "'family_informed_authority', 'health_told_authority', 'authority_told_icb', "
    "'authority_cannot_arrange', 'mediator_appointed', 'representative_named', "
    "'dates_offered', 'dates_answered', 'consent_given', 'consent_refused', 'meeting_fixed', "
    "'meeting_cancelled', 'ended_early', 'summaries_exchanged', 'agenda_agreed', 'summary_shared', "
    "'agreement_drafted', 'agreement_signed', 'agreement_made', 'copies_sent', 'step_done', "
    "'appeal_registered', 'closed', 'meeting_changed', 'document_shared', 'summary_received',"
    " 'document_withdrawn', 'step_not_done', 'feedback_asked', 'document_received', "
    "'document_taken_back', 'summary_withdrawn', 'personal_link', 'signing_link', "
    "'message_bounced', 'step_due_soon', 'step_overdue', 'certificate_at_risk', 'task_due_soon', "
    "'task_waits', 'agreement_questioned', 'correction_proposed', 'call_booked', 'call_moved', "
    "'call_cancelled', 'call_soon'"
)
OWN_CALLS = "'own_call_booked', 'own_call_moved', 'own_call_cancelled'"
TOPICS = "'meetings', 'certificates', 'agreements', 'documents', 'progress', 'reminders', 'daily'"


def _know(table: str, column: str, words: str) -> None:
    name = f"ck_{table}_{column}_is_known"
    # In the place of the constraint comes one that knows some words more, or less.
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({words})) NOT VALID")
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}"
    )


def _forget(table: str, which: str) -> None:
    op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(f"DELETE FROM {table} WHERE {which}")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "news",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        _moment("written_at", nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        _moment("sending_since"),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        _moment("copies_made_at"),
        sa.Column("try_at", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "length(heading) BETWEEN 1 AND 120", name=op.f("ck_news_heading_is_a_line")
        ),
        sa.CheckConstraint("length(markdown) BETWEEN 1 AND 20000", name=op.f("ck_news_is_no_book")),
        sa.CheckConstraint(
            "copies_made_at IS NULL OR sending_since IS NOT NULL",
            name=op.f("ck_news_copies_are_of_what_is_sent"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_news")),
    )
    op.create_index(
        "ix_news_to_copy",
        "news",
        ["sending_since"],
        postgresql_where=sa.text("sending_since IS NOT NULL AND copies_made_at IS NULL"),
    )
    op.create_index(
        "ix_news_to_try", "news", ["written_at"], postgresql_where=sa.text("try_at <> ''")
    )
    op.create_table(
        "news_copy",
        sa.Column("news_id", sa.Uuid(), nullable=False),
        sa.Column("address_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _moment("next_attempt_at", nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'not_taken', 'left')",
            name=op.f("ck_news_copy_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["news_id"], ["news.id"], name=op.f("fk_news_copy_news_id")),
        sa.PrimaryKeyConstraint("news_id", "address_id", name=op.f("pk_news_copy")),
    )
    op.create_index("ix_news_copy_news_id_state", "news_copy", ["news_id", "state"])
    op.create_index(
        "ix_news_copy_due",
        "news_copy",
        ["next_attempt_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))
    op.execute(ADVISING)
    op.execute("REVOKE ALL ON FUNCTION advising_people() FROM PUBLIC")
    for role in ASK_WHO_ADVISES:
        op.execute(f"GRANT EXECUTE ON FUNCTION advising_people() TO {prefix}_{role}")
    _know("case_notice", "event", f"{EVENTS}, {OWN_CALLS}")
    for table in ("person_notice_refusal", "party_notice_refusal"):
        _know(table, "topic", f"{TOPICS}, 'complaints'")


def downgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.execute("DELETE FROM person_notice_refusal WHERE topic = 'complaints'")
    _forget("party_notice_refusal", "topic = 'complaints'")
    for table in ("person_notice_refusal", "party_notice_refusal"):
        _know(table, "topic", TOPICS)
    _forget("case_notice", f"event IN ({OWN_CALLS})")
    _know("case_notice", "event", EVENTS)
    op.execute("DROP FUNCTION advising_people()")
    op.execute(f"REVOKE SELECT ON provider_staff FROM {prefix}_worker")
    op.execute("DROP POLICY worker ON complaint")
    op.execute(f"REVOKE ALL ON complaint FROM {prefix}_worker")
    op.drop_table("news_copy")
    op.drop_table("news")
