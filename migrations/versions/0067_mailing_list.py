"""Who wants the provider's news by e-mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

WALLS = (
    "GRANT SELECT ON mailing_address TO {prefix}_identity",
    "GRANT INSERT ON mailing_address TO {prefix}_identity",
    "GRANT UPDATE ON mailing_address TO {prefix}_identity",
    "GRANT DELETE ON mailing_address TO {prefix}_identity",
    "GRANT SELECT (id, email, asked_at, sent_at, confirmed_at, failure) ON mailing_address TO {prefix}_jobs",
    "GRANT UPDATE (sent_at, failure) ON mailing_address TO {prefix}_jobs",
    "GRANT DELETE ON mailing_address TO {prefix}_jobs",
)
CHECKS = {
    "email_is_lower": "email = lower(email)",
    "was_asked_for": "times_asked > 0",
    "a_confirmed_one_came_from_nowhere": "confirmed_at IS NULL OR source_key = ''",
}


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "mailing_address",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times_asked", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_mailing_address_{name}"))
            for name, condition in CHECKS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_address")),
        sa.UniqueConstraint("email", name=op.f("uq_mailing_address_email")),
    )
    op.create_index("ix_mailing_address_asked_at", "mailing_address", ["asked_at"])
    op.create_index("ix_mailing_address_confirmed_at", "mailing_address", ["confirmed_at"])
    op.create_index(
        "ix_mailing_address_source_key_asked_at", "mailing_address", ["source_key", "asked_at"]
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("mailing_address")
