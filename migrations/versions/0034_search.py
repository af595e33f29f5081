"""A case is found by the child's date of birth and UPN, of one authority or of all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_child_tenant_id_date_of_birth", ("tenant_id", "date_of_birth"), None),
    ("ix_child_date_of_birth", ("date_of_birth", "tenant_id"), None),
    ("ix_child_upn", ("upn", "tenant_id"), "upn IS NOT NULL"),
)


def upgrade() -> None:
    # A large table is written to while its index is made: nobody waits for it.
    with op.get_context().autocommit_block():
        for name, columns, where in INDEXES:
            op.create_index(
                name,
                "child",
                list(columns),
                postgresql_where=None if where is None else sa.text(where),
                postgresql_concurrently=True,
                if_not_exists=True,
            )


def downgrade() -> None:
    for name, _, _ in reversed(INDEXES):
        op.drop_index(name, table_name="child")
