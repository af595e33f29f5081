"""Referrals by the front door: drafts, counts, and what came in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

WALLS = (
    "GRANT SELECT ON referral_draft TO {prefix}_identity",
    "GRANT INSERT ON referral_draft TO {prefix}_identity",
    "GRANT UPDATE ON referral_draft TO {prefix}_identity",
    "GRANT DELETE ON referral_draft TO {prefix}_identity",
    "GRANT SELECT ON referral_attempt TO {prefix}_identity",
    "GRANT INSERT ON referral_attempt TO {prefix}_identity",
    "GRANT UPDATE ON referral_attempt TO {prefix}_identity",
    "GRANT DELETE ON referral_attempt TO {prefix}_identity",
    "ALTER TABLE front_referral ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE front_referral FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON front_referral FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON front_referral TO {prefix}_provider",
    "GRANT UPDATE (told, state, held_because, case_id, decided_at, decided_by_name) ON front_referral TO {prefix}_provider",
    "CREATE POLICY provider_reader ON front_referral FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON front_referral TO {prefix}_provider_reader",
    "CREATE POLICY authority ON front_referral FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant() AND (came_by = 'authority')) WITH CHECK (tenant_id = scope_tenant() AND (came_by = 'authority') AND (sent_by = scope_person() AND state = 'waiting'))",
    "GRANT SELECT (tenant_id, id, receipt, received_at, sent_by, case_id) ON front_referral TO {prefix}_authority",
    "GRANT INSERT (tenant_id, id, receipt, came_by, route, told, received_at, source_key, sent_by, state, held_because) ON front_referral TO {prefix}_authority",
    "CREATE POLICY public ON front_referral FOR ALL TO {prefix}_public USING (came_by = 'front_door') WITH CHECK (came_by = 'front_door' AND (sent_by IS NULL AND state IN ('waiting', 'held')))",
    "GRANT INSERT (tenant_id, id, receipt, came_by, route, told, received_at, source_key, sent_by, state, held_because) ON front_referral TO {prefix}_public",
)


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "referral_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_sha256", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("return_email", sa.Text(), nullable=True),
        sa.Column("return_email_key", sa.Text(), nullable=True),
        sa.Column("return_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_times", sa.Integer(), nullable=False),
        sa.Column("return_key_sha256", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "length(sealed) <= 65536", name=op.f("ck_referral_draft_sealed_is_not_huge")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_draft")),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_referral_draft_key_sha256")),
        sa.UniqueConstraint("return_key_sha256", name=op.f("uq_referral_draft_return_key_sha256")),
    )
    op.create_index("ix_referral_draft_kept_until", "referral_draft", ["kept_until"], unique=False)
    op.create_index(
        "ix_referral_draft_return_email_key", "referral_draft", ["return_email_key"], unique=False
    )
    op.create_index(
        "ix_referral_draft_source_key_started_at",
        "referral_draft",
        ["source_key", "started_at"],
        unique=False,
    )
    op.create_index(
        "ix_referral_draft_unsent",
        "referral_draft",
        ["return_asked_at"],
        unique=False,
        postgresql_where=sa.text("return_email IS NOT NULL"),
    )
    op.create_table(
        "referral_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("straight", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_attempt")),
    )
    op.create_index(op.f("ix_referral_attempt_at"), "referral_attempt", ["at"], unique=False)
    op.create_index(
        "ix_referral_attempt_source_key_at", "referral_attempt", ["source_key", "at"], unique=False
    )
    op.create_table(
        "front_referral",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("came_by", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("told", postgresql.JSONB(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("held_because", sa.Text(), server_default="", nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(case_id IS NOT NULL) = (state = 'taken')",
            name=op.f("ck_front_referral_taken_into_a_case"),
        ),
        sa.CheckConstraint(
            "came_by IN ('authority', 'front_door')",
            name=op.f("ck_front_referral_came_by_is_known"),
        ),
        sa.CheckConstraint(
            "route IN ('parent', 'young_person', 'authority', 'sendiass', 'school', 'other')",
            name=op.f("ck_front_referral_route_is_known"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'held', 'taken', 'discarded')",
            name=op.f("ck_front_referral_state_is_known"),
        ),
        sa.CheckConstraint(
            "told IS NOT NULL OR state IN ('taken', 'discarded')",
            name=op.f("ck_front_referral_told_until_decided"),
        ),
        sa.CheckConstraint(
            "length(told::text) <= 40000", name=op.f("ck_front_referral_told_is_not_huge")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_front_referral_tenant_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f("fk_front_referral_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_front_referral")),
        sa.UniqueConstraint(
            "tenant_id", "receipt", name=op.f("uq_front_referral_tenant_id_receipt")
        ),
    )
    op.create_index(
        "ix_front_referral_state",
        "front_referral",
        ["state", "received_at", "tenant_id"],
        unique=False,
    )
    op.create_index(
        "ix_front_referral_tenant_id_case_id",
        "front_referral",
        ["tenant_id", "case_id"],
        unique=False,
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    for table in ("front_referral", "referral_attempt", "referral_draft"):
        op.drop_table(table)
