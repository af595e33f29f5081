"""What a case is about alone, and how long a plan is maintained.

The family reads the first: it decides whether there is a time to appeal.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    op.add_column("sen_case", sa.Column("plan_maintained_until", sa.Date(), nullable=True))
    op.execute(f"GRANT SELECT (sections) ON sen_case TO {prefix}_family")


def downgrade() -> None:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    op.execute(f"REVOKE SELECT (sections) ON sen_case FROM {prefix}_family")
    op.drop_column("sen_case", "plan_maintained_until")
