"""How far what a person wrote last reaches in the log, for who reads from a replica."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "last_write",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_last_write")),
        prefixes=["UNLOGGED"],
    )
    for verb in ("SELECT", "INSERT", "UPDATE", "DELETE"):
        op.execute(f"GRANT {verb} ON last_write TO {prefix}_identity")


def downgrade() -> None:
    op.drop_table("last_write")
