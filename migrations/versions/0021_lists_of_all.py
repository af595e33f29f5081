"""What spans every authority finds its rows without reading them all: trays, searches, overdue steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_case_position_next_due", "case_position", ("next_due", "case_id", "tenant_id"), None),
    ("ix_sen_case_opened_on", "sen_case", ("opened_on", "id", "tenant_id"), None),
    ("ix_sen_case_reference", "sen_case", ("reference", "id", "tenant_id"), None),
    (
        "ix_sen_case_authority_reference",
        "sen_case",
        ("authority_reference", "tenant_id"),
        "authority_reference IS NOT NULL",
    ),
    (
        "ix_sen_case_mediator",
        "sen_case",
        ("mediator_id", "tenant_id", "id"),
        "mediator_id IS NOT NULL",
    ),
    ("ix_child_search_key", "child", ("search_key", "tenant_id"), None),
    ("ix_agreed_step_undone", "agreed_step", ("due_on", "tenant_id"), "done_on IS NULL"),
)


def upgrade() -> None:
    # A large table is written to while its index is made: nobody waits for it.
    with op.get_context().autocommit_block():
        for name, table, columns, where in INDEXES:
            op.create_index(
                name,
                table,
                list(columns),
                postgresql_where=None if where is None else sa.text(where),
                postgresql_concurrently=True,
                if_not_exists=True,
            )
        # The one by mediator holds what it held.
        op.drop_index(
            "ix_sen_case_mediator_id",
            table_name="sen_case",
            postgresql_concurrently=True,
            if_exists=True,
        )


def downgrade() -> None:
    op.create_index("ix_sen_case_mediator_id", "sen_case", ["mediator_id"])
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
