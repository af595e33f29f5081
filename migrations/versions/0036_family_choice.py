"""A family chooses by its own link whether to mediate."""

from __future__ import annotations

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

SEEN = "tenant_id = scope_tenant() AND (case_id = scope_person() AND audience IN ('parties', 'family'))"
BY_NOBODY = "recorded_by IS NULL AND replaces_id IS NULL AND NOT retracted"
ANSWERS = "kind IN ('dates_answered', 'consent_given', 'consent_refused') AND value = 'family'"
CHOOSES = "kind = 'choice_made' AND value IN ('mediate', 'decline')"


def upgrade() -> None:
    op.execute(
        f"ALTER POLICY family ON case_fact WITH CHECK ({SEEN} AND (({ANSWERS} OR {CHOOSES})"
        f" AND {BY_NOBODY}))"
    )


def downgrade() -> None:
    op.execute(
        f"ALTER POLICY family ON case_fact WITH CHECK ({SEEN} AND ({ANSWERS} AND {BY_NOBODY}))"
    )
