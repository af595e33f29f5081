"""The evaluations that may be quoted are found by an index of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_evaluation_quotable",
            "evaluation",
            ["given_on"],
            postgresql_where=sa.text("may_quote"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_evaluation_quotable", table_name="evaluation")
