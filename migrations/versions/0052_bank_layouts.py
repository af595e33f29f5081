"""What the columns of a bank's files hold, as finance said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

WALLS = (
    "GRANT SELECT ON bank_layout TO {prefix}_finance",
    "GRANT INSERT ON bank_layout TO {prefix}_finance",
    "GRANT UPDATE ON bank_layout TO {prefix}_finance",
    "GRANT DELETE ON bank_layout TO {prefix}_finance",
    "GRANT SELECT ON bank_layout TO {prefix}_finance_reader",
)


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "bank_layout",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("separator", sa.Text(), nullable=False),
        sa.Column("headings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("columns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "length(trim(bank)) > 0", name=op.f("ck_bank_layout_a_layout_has_a_bank")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_layout")),
        sa.UniqueConstraint("bank", name=op.f("uq_bank_layout_bank")),
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("bank_layout")
