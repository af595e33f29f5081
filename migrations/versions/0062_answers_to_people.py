"""People who ask what is held about them: the log of their requests, with its clock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE subject_request ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE subject_request FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON subject_request FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON subject_request TO {prefix}_provider",
    "GRANT INSERT ON subject_request TO {prefix}_provider",
    "GRANT UPDATE (identity_on, how_known, acknowledged_on, extended_on, extended_because, decisions, made_at, answered_on, outcome, outcome_words) ON subject_request TO {prefix}_provider",
    "CREATE POLICY provider_reader ON subject_request FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON subject_request TO {prefix}_provider_reader",
)
CHECKS = {
    "how_is_known": "how_known IS NULL OR how_known IN ('known', 'document', 'questions', 'representative')",
    "who_asks_is_known_somehow": "(identity_on IS NULL) = (how_known IS NULL)",
    "outcome_is_known": "outcome IS NULL OR outcome IN ('given', 'nothing', 'refused', 'withdrawn')",
    "an_answer_has_an_outcome": "(answered_on IS NULL) = (outcome IS NULL)",
    "more_time_has_a_reason": "(extended_on IS NULL) = (extended_because IS NULL)",
    "nothing_comes_before_it": "identity_on >= received_on AND acknowledged_on >= received_on"
    " AND extended_on >= received_on AND answered_on >= received_on",
    "nothing_is_given_to_a_stranger": "made_at IS NULL OR identity_on IS NOT NULL",
}


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "subject_request",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("cases", postgresql.JSONB(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("identity_on", sa.Date(), nullable=True),
        sa.Column("how_known", sa.Text(), nullable=True),
        sa.Column("acknowledged_on", sa.Date(), nullable=True),
        sa.Column("extended_on", sa.Date(), nullable=True),
        sa.Column("extended_because", sa.Text(), nullable=True),
        sa.Column("decisions", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("outcome_words", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_by_name", sa.Text(), nullable=False),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_subject_request_{name}"))
            for name, condition in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f("fk_subject_request_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_subject_request")),
    )
    op.create_index(
        "ix_subject_request_tenant_id_received_on", "subject_request", ["tenant_id", "received_on"]
    )
    op.create_index(
        "ix_subject_request_unanswered",
        "subject_request",
        ["tenant_id"],
        postgresql_where=sa.text("answered_on IS NULL"),
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("subject_request")
