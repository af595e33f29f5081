"""The provider's price list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

WALLS = (
    "GRANT SELECT ON list_price TO {prefix}_finance",
    "GRANT INSERT ON list_price TO {prefix}_finance",
    "GRANT SELECT ON list_price TO {prefix}_finance_reader",
)


def upgrade() -> None:
    op.create_table(
        "list_price",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("price_pence", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "item IN ('mediation', 'facilitation', 'mias', 'disagreement_resolution', 'late_fee_2', 'late_fee_5', 'day_rate')",
            name=op.f("ck_list_price_item_is_known"),
        ),
        sa.CheckConstraint("price_pence >= 0", name=op.f("ck_list_price_no_price_is_negative")),
        sa.CheckConstraint(
            "valid_to >= valid_from", name=op.f("ck_list_price_ends_after_it_starts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_price")),
        sa.UniqueConstraint("item", "valid_from", name=op.f("uq_list_price_item_valid_from")),
    )
    prefix = context.config.attributes["settings"].database_role_prefix
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("list_price")
