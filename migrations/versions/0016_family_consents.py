"""A family also answers by its own link whether it takes part: DR and facilitation are voluntary."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

SEEN = "tenant_id = scope_tenant() AND (case_id = scope_person() AND audience IN ('parties', 'family'))"
BY_NOBODY = "value = 'family' AND recorded_by IS NULL AND replaces_id IS NULL AND NOT retracted"
SAID = f"kind IN ('dates_answered', 'consent_given', 'consent_refused') AND {BY_NOBODY}"
SAID_BEFORE = f"kind = 'dates_answered' AND {BY_NOBODY}"


def upgrade() -> None:
    op.execute(f"ALTER POLICY family ON case_fact WITH CHECK ({SEEN} AND ({SAID}))")


def downgrade() -> None:
    op.execute(f"ALTER POLICY family ON case_fact WITH CHECK ({SEEN} AND ({SAID_BEFORE}))")
