"""Why an authority is suspended is said on each page of its people: the reason is read with them."""

from __future__ import annotations

from alembic import context, op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None


def _prefix() -> str:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    return prefix


def upgrade() -> None:
    op.execute(f"GRANT SELECT (reason) ON authority_suspension TO {_prefix()}_identity")


def downgrade() -> None:
    op.execute(f"REVOKE SELECT (reason) ON authority_suspension FROM {_prefix()}_identity")
