"""The authority is reminded of a summary that is not there yet."""

from __future__ import annotations

from alembic import context, op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

SEEN = "case_id, kind, side, withdrawn_at"


def upgrade() -> None:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    op.execute(f"GRANT SELECT ({SEEN}) ON case_document TO {prefix}_worker")


def downgrade() -> None:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    op.execute(f"REVOKE SELECT ({SEEN}) ON case_document FROM {prefix}_worker")
