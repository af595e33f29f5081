"""A family answers the dates offered, by its own link: that one fact, of its own case."""

from __future__ import annotations

from alembic import context, op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SEEN = "tenant_id = scope_tenant() AND (case_id = scope_person() AND audience IN ('parties', 'family'))"
SAID = (
    "kind = 'dates_answered' AND value = 'family' AND recorded_by IS NULL"
    " AND replaces_id IS NULL AND NOT retracted"
)
OWN = "tenant_id = scope_tenant() AND (case_id = scope_person())"


def _role() -> str:
    return f"{context.config.attributes['settings'].database_role_prefix}_family"


def upgrade() -> None:
    op.execute(f"ALTER POLICY family ON case_fact WITH CHECK ({SEEN} AND ({SAID}))")
    op.execute(f"GRANT INSERT ON case_fact TO {_role()}")
    op.execute(
        f"CREATE POLICY family ON said_fact FOR ALL TO {_role()} USING ({OWN}) WITH CHECK ({OWN})"
    )
    op.execute(f"GRANT INSERT ON said_fact TO {_role()}")
    # What the rules of a new fact are asked with.
    op.execute(f"GRANT SELECT (route) ON sen_case TO {_role()}")
    op.execute(f"GRANT SELECT (k5_starts) ON subscriber TO {_role()}")


def downgrade() -> None:
    op.execute(f"REVOKE SELECT (k5_starts) ON subscriber FROM {_role()}")
    op.execute(f"REVOKE SELECT (route) ON sen_case FROM {_role()}")
    op.execute(f"REVOKE INSERT ON said_fact FROM {_role()}")
    op.execute("DROP POLICY family ON said_fact")
    op.execute(f"REVOKE INSERT ON case_fact FROM {_role()}")
    op.execute(f"ALTER POLICY family ON case_fact WITH CHECK ({SEEN})")
