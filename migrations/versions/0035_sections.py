"""The family reads what its case is about alone: it decides whether there is a time to appeal."""

from __future__ import annotations

from alembic import context, op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    op.execute(f"GRANT SELECT (sections) ON sen_case TO {prefix}_family")


def downgrade() -> None:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    op.execute(f"REVOKE SELECT (sections) ON sen_case FROM {prefix}_family")
