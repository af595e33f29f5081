"""At 8 each of an authority's team is told what is theirs to do, unless they do not want it."""

from __future__ import annotations

from alembic import context, op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

TOPICS = "'meetings', 'certificates', 'agreements', 'documents', 'progress', 'reminders'"
TABLES = ("person_notice_refusal", "party_notice_refusal")


def _know(more: str) -> None:
    for table in TABLES:
        name = f"ck_{table}_topic_is_known"
        # In the place of the constraint comes one that knows a word more, or less.
        op.execute(
            f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT {name}"
        )
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (topic IN ({TOPICS}{more})) NOT VALID"
        )
        op.execute(
            "-- squawk-ignore constraint-missing-not-valid\n"
            f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}"
        )


def upgrade() -> None:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    _know(", 'daily'")
    op.execute(
        f"CREATE POLICY worker ON case_officer FOR ALL TO {prefix}_worker"
        " USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())"
    )
    op.execute(f"GRANT SELECT ON case_officer TO {prefix}_worker")


def downgrade() -> None:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    op.execute(f"REVOKE SELECT ON case_officer FROM {prefix}_worker")
    op.execute("DROP POLICY worker ON case_officer")
    _know("")
