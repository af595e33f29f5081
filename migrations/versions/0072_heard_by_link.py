"""Feedback and complaints by links of one's own; what a family says of a step; who comes to a meeting."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE step_report ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE step_report FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON step_report FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON step_report TO {prefix}_provider",
    "GRANT INSERT ON step_report TO {prefix}_provider",
    "GRANT UPDATE (dealt_with_at, dealt_with_by_name) ON step_report TO {prefix}_provider",
    "CREATE POLICY provider_reader ON step_report FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON step_report TO {prefix}_provider_reader",
    "CREATE POLICY family ON step_report FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()) AND (party_id = scope_party()))",
    "GRANT SELECT (tenant_id, id, case_id, step_id, said_at, dealt_with_at) ON step_report TO {prefix}_family",
    "GRANT INSERT (tenant_id, id, case_id, step_id, party_id, words, said_at, said_by_name) ON step_report TO {prefix}_family",
    "ALTER TABLE participant_link ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE participant_link FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON participant_link FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, created_at, created_by_name, expires_at, revoked_at, revoked_by_name, last_used_at, message_id, case_id, party_id, reference, meeting, held_on) ON participant_link TO {prefix}_provider",
    "GRANT UPDATE (revoked_at, revoked_by_name) ON participant_link TO {prefix}_provider",
    "CREATE POLICY identity ON participant_link FOR ALL TO {prefix}_identity USING (true) WITH CHECK (true)",
    "GRANT SELECT (tenant_id, id, token_hash, expires_at, revoked_at, last_used_at, case_id, party_id, reference, meeting, held_on) ON participant_link TO {prefix}_identity",
    "GRANT UPDATE (last_used_at) ON participant_link TO {prefix}_identity",
    "CREATE POLICY worker ON participant_link FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, case_id, party_id, message_id, revoked_at) ON participant_link TO {prefix}_worker",
    "GRANT INSERT (tenant_id, id, token_hash, created_at, created_by_name, expires_at, message_id, case_id, party_id, reference, meeting, held_on) ON participant_link TO {prefix}_worker",
    "GRANT UPDATE (revoked_at, revoked_by_name, meeting, held_on) ON participant_link TO {prefix}_worker",
    "GRANT UPDATE (may_quote, quote_withdrawn_at) ON evaluation TO {prefix}_provider",
    "CREATE POLICY family ON evaluation FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person() AND party_id = scope_party())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person() AND party_id = scope_party()))",
    "GRANT SELECT (tenant_id, id, case_id, meeting_on, given_on, may_quote, quote_withdrawn_at, party_id, rating, comment) ON evaluation TO {prefix}_family",
    "CREATE POLICY authority ON evaluation FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant() AND (recorded_by = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (recorded_by = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id, meeting_on, given_on, may_quote, quote_withdrawn_at, recorded_by) ON evaluation TO {prefix}_authority",
    "CREATE POLICY worker ON evaluation FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, case_id, meeting_on, given_on, may_quote, quote_withdrawn_at, party_id, rating, comment) ON evaluation TO {prefix}_worker",
    "CREATE POLICY family ON complaint FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person() AND party_id = scope_party())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person() AND party_id = scope_party()) AND (way = 'family' AND acknowledged_on IS NULL AND answered_on IS NULL AND ending IS NULL))",
    "GRANT SELECT (tenant_id, id, case_id, party_id, received_on, about, acknowledged_on, answered_on) ON complaint TO {prefix}_family",
    "GRANT INSERT ON complaint TO {prefix}_family",
    "CREATE POLICY public ON complaint FOR ALL TO {prefix}_public USING (way = 'public') WITH CHECK (way = 'public' AND (case_id IS NULL AND acknowledged_on IS NULL AND answered_on IS NULL AND ending IS NULL))",
    "GRANT SELECT (recorded_at, way) ON complaint TO {prefix}_public",
    "GRANT INSERT ON complaint TO {prefix}_public",
)
EVENTS = (
    "'certificate_issued', 'certificate_withdrawn', 'adviser_informed_authority', "
    "'family_informed_authority', 'health_told_authority', 'authority_told_icb', "
    "'authority_cannot_arrange', 'mediator_appointed', 'representative_named', "
    "'dates_offered', 'dates_answered', 'consent_given', 'consent_refused', 'meeting_fixed', "
    "'meeting_cancelled', 'ended_early', 'summaries_exchanged', 'agenda_agreed', 'summary_shared', "
    "'agreement_drafted', 'agreement_signed', 'agreement_made', 'copies_sent', 'step_done', "
    "'appeal_registered', 'closed', 'meeting_changed', 'document_shared', 'summary_received',"
    " 'document_withdrawn', {more}'document_received', 'document_taken_back', "
    "'summary_withdrawn', 'personal_link', 'signing_link', "
    "'message_bounced', 'step_due_soon', 'step_overdue', 'certificate_at_risk', 'task_due_soon', "
    "'task_waits', 'agreement_questioned', 'correction_proposed', 'call_booked', 'call_moved', "
    "'call_cancelled', 'call_soon'"
)
NAME = "ck_case_notice_event_is_known"
VALIDATE = (
    "-- squawk-ignore constraint-missing-not-valid\nALTER TABLE {table} VALIDATE CONSTRAINT {name}"
)
KEPT_OF_A_KEY = (
    ("token_hash", sa.Text(), False),
    ("created_at", sa.DateTime(timezone=True), False),
    ("created_by_name", sa.Text(), False),
    ("expires_at", sa.DateTime(timezone=True), False),
    ("revoked_at", sa.DateTime(timezone=True), True),
    ("revoked_by_name", sa.Text(), True),
    ("last_used_at", sa.DateTime(timezone=True), True),
    ("message_id", sa.Uuid(), True),
)
BY_A_PARTY = "FOREIGN KEY (tenant_id, party_id) REFERENCES case_party (tenant_id, id)"
ADDED = {
    "evaluation": (
        ("fk_evaluation_tenant_id_party_id", BY_A_PARTY),
        ("ck_evaluation_withdrawn_is_not_quoted",
         "CHECK (quote_withdrawn_at IS NULL OR NOT may_quote)"),
    ),
    "complaint": (
        ("fk_complaint_tenant_id_party_id", BY_A_PARTY),
        ("ck_complaint_way_is_known", "CHECK (way IN ('recorded', 'family', 'public'))"),
    ),
}  # fmt: skip


def _know(more: str) -> None:
    # In the place of the constraint comes one that knows some words more, or less.
    op.execute(
        f"-- squawk-ignore ban-drop-constraint\nALTER TABLE case_notice DROP CONSTRAINT {NAME}"
    )
    op.execute(
        f"ALTER TABLE case_notice ADD CONSTRAINT {NAME}"
        f" CHECK (event IN ({EVENTS.format(more=more)})) NOT VALID"
    )
    op.execute(VALIDATE.format(table="case_notice", name=NAME))


def _to(table: str, *columns: str) -> sa.ForeignKeyConstraint:
    own = {"case_party": "party_id", "sen_case": "case_id", "agreed_step": "step_id",
           "message": "message_id"}[table]  # fmt: skip
    return sa.ForeignKeyConstraint(
        ["tenant_id", own], [f"{table}.tenant_id", f"{table}.id"],
        name=op.f(f"fk_{columns[0]}_tenant_id_{own}"),
    )  # fmt: skip


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _uuid(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.execute(f"GRANT SELECT (held_on) ON case_position TO {prefix}_worker")
    name = "step_report"
    op.create_table(
        name,
        *(_uuid(one) for one in ("tenant_id", "id", "case_id", "step_id", "party_id")),
        sa.Column("words", sa.Text(), nullable=False),
        _moment("said_at", nullable=False),
        sa.Column("said_by_name", sa.Text(), nullable=False),
        _moment("dealt_with_at"),
        sa.Column("dealt_with_by_name", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(dealt_with_at IS NULL) = (dealt_with_by_name IS NULL)",
            name=op.f("ck_step_report_someone_dealt_with_it"),
        ),
        *(_to(table, name) for table in ("sen_case", "agreed_step", "case_party")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_step_report")),
    )
    op.create_index("ix_step_report_tenant_id_case_id", name, ["tenant_id", "case_id"])
    op.create_index(
        "ix_step_report_waiting", name, ["said_at", "tenant_id"],
        postgresql_where=sa.text("dealt_with_at IS NULL"),
    )  # fmt: skip
    name = "participant_link"
    op.create_table(
        name,
        _uuid("tenant_id"),
        _uuid("id"),
        *(sa.Column(one, kind, nullable=may) for one, kind, may in KEPT_OF_A_KEY),
        _uuid("case_id"),
        _uuid("party_id"),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("meeting", JSONB(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "token_hash ~ '^[0-9a-f]{64}$'",
            name=op.f("ck_participant_link_token_is_kept_as_its_hash"),
        ),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by_name IS NULL)",
            name=op.f("ck_participant_link_a_revocation_names_someone"),
        ),
        *(_to(table, name) for table in ("sen_case", "case_party", "message")),
        sa.UniqueConstraint(
            "tenant_id", "token_hash", name=op.f("uq_participant_link_tenant_id_token_hash")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_participant_link")),
    )
    op.create_index("ix_participant_link_token_hash", name, ["token_hash"])
    for column in ("case_id", "party_id", "message_id"):
        op.create_index(f"ix_participant_link_tenant_id_{column}", name, ["tenant_id", column])
    op.add_column("evaluation", _moment("quote_withdrawn_at"))
    op.add_column("evaluation", sa.Column("party_id", sa.Uuid(), nullable=True))
    op.add_column("evaluation", sa.Column("meeting_on", sa.Date(), nullable=True))
    op.add_column(
        "complaint", sa.Column("way", sa.Text(), server_default="recorded", nullable=False)
    )
    op.add_column("complaint", sa.Column("party_id", sa.Uuid(), nullable=True))
    for column in ("from_name", "reply_to", "case_as_written"):
        op.add_column("complaint", sa.Column(column, sa.Text(), nullable=True))
    for table, constraints in ADDED.items():
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        for constraint, rule in constraints:
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {rule} NOT VALID")
            op.execute(VALIDATE.format(table=table, name=constraint))
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid,disallowed-unique-constraint\n"
        "ALTER TABLE evaluation ADD CONSTRAINT uq_evaluation_tenant_id_case_id_party_id_meeting_on"
        " UNIQUE (tenant_id, case_id, party_id, meeting_on)"
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_evaluation_tenant_id_party_id ON evaluation (tenant_id, party_id)"
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_complaint_public ON complaint (recorded_at) WHERE way = 'public'"
    )
    _know("'step_not_done', 'feedback_asked', ")
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.execute("DELETE FROM case_notice WHERE event IN ('step_not_done', 'feedback_asked')")
    _know("")
    op.drop_index("ix_complaint_public", "complaint")
    op.drop_index("ix_evaluation_tenant_id_party_id", "evaluation")
    for table, roles in (
        ("evaluation", ("family", "authority", "worker")),
        ("complaint", ("family", "public")),
    ):
        for role in roles:
            op.execute(f"DROP POLICY {role} ON {table}")
            op.execute(f"REVOKE ALL ON {table} FROM {prefix}_{role}")
    op.drop_constraint(
        "uq_evaluation_tenant_id_case_id_party_id_meeting_on", "evaluation", type_="unique"
    )
    for table, constraints in ADDED.items():
        for constraint, _ in constraints:
            op.drop_constraint(constraint, table)
    for column in ("case_as_written", "reply_to", "from_name", "party_id", "way"):
        op.drop_column("complaint", column)
    for column in ("meeting_on", "party_id", "quote_withdrawn_at"):
        op.drop_column("evaluation", column)
    op.drop_table("participant_link")
    op.drop_table("step_report")
    op.execute(f"REVOKE SELECT (held_on) ON case_position FROM {prefix}_worker")
