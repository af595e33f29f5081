"""From when a contract that ran before is billed here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contract", sa.Column("billed_from", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("contract", "billed_from")
