"""The cases of a coordinator are found by an index: all cases there ever were were read for them."""

from __future__ import annotations

from alembic import op

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None

NAME = "ix_sen_case_coordinator"


def upgrade() -> None:
    # A large table is written to while its index is made: nobody waits for it.
    with op.get_context().autocommit_block():
        op.create_index(
            NAME,
            "sen_case",
            ["coordinator_id", "tenant_id", "id"],
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index(NAME, table_name="sen_case")
