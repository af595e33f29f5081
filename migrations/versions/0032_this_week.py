"""The meetings of this week are found by an index of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A large table is written to while its index is made: nobody waits for it.
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_case_position_meeting_ahead",
            "case_position",
            ["meeting_on", "tenant_id", "case_id"],
            postgresql_where=sa.text("stage = 'fixed'"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_case_position_meeting_ahead", table_name="case_position")
