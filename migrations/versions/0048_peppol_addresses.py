"""Where an authority receives e-invoices on the Peppol network."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

WHOLE = "ck_billing_contact_an_address_is_whole"


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    for column in ("peppol_scheme", "peppol_id"):
        op.add_column(
            "billing_contact", sa.Column(column, sa.Text(), nullable=False, server_default="")
        )
    op.execute(
        f"ALTER TABLE billing_contact ADD CONSTRAINT {WHOLE}"
        " CHECK ((peppol_scheme = '') = (peppol_id = '')) NOT VALID"
    )
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE billing_contact VALIDATE CONSTRAINT {WHOLE}"
    )
    op.execute(f"GRANT UPDATE (peppol_scheme, peppol_id) ON billing_contact TO {prefix}_authority")


def downgrade() -> None:
    for column in ("peppol_id", "peppol_scheme"):
        op.drop_column("billing_contact", column)
