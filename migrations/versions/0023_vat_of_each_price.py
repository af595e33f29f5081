"""Each price of a contract is treated for VAT by itself, with the reason where none is charged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("late_fee_vat", "day_rate_vat"):
        # With the column, so that no row need be looked through.
        op.execute(
            f"ALTER TABLE contract_terms ADD COLUMN {name} TEXT"
            f" CONSTRAINT ck_contract_terms_{name}_is_known"
            f" CHECK ({name} IN ('standard', 'exempt', 'outside_scope'))"
        )
    op.add_column(
        "contract_terms",
        sa.Column(
            "vat_reasons",
            postgresql.JSONB(),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
    )


def downgrade() -> None:
    op.drop_column("contract_terms", "vat_reasons")
    op.drop_column("contract_terms", "day_rate_vat")
    op.drop_column("contract_terms", "late_fee_vat")
