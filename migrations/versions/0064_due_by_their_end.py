"""What is due to be erased is looked for by the day on which a case closed."""

from __future__ import annotations

from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

NAME = "ix_case_position_tenant_id_closed_on"


def upgrade() -> None:
    # A large table is written to while its index is made: nobody waits for it.
    with op.get_context().autocommit_block():
        op.create_index(
            NAME,
            "case_position",
            ["tenant_id", "closed_on"],
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index(NAME, table_name="case_position")
