"""The coordinator's tray opens on what waits for the provider, and finds it without reading all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A large table is written to while its index is made: nobody waits for it.
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_case_position_for_us",
            "case_position",
            ["next_due", "case_id", "tenant_id"],
            postgresql_where=sa.text("is_open IS TRUE AND waiting_for = 'provider'"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_case_position_for_us", table_name="case_position")
