"""An authority sees who of the provider changes how its people sign in."""

from __future__ import annotations

from alembic import context, op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

BEFORE = (
    "case seen",
    "case opened",
    "case moved",
    "cases exported",
    "cases recorded in bulk",
    "SEN2 list exported",
    "certificate issued",
    "certificate downloaded",
    "agreement downloaded",
    "report pack released",
    "invoice issued",
    "billing contact changed",
)
NEW = (
    "sign-in connection changed",
    "sign-in connection switched on",
    "sign-in connection switched off",
    "sign-in connection removed",
    "e-mail domains bound",
)


def _tell(actions: tuple[str, ...]) -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    listed = ", ".join(f"'{action}'" for action in actions)
    rows = f"tenant_id = scope_tenant() AND ((door = 'authority' OR action IN ({listed})))"
    op.execute("DROP POLICY authority ON audit_entry")
    op.execute(
        f"CREATE POLICY authority ON audit_entry FOR ALL TO {prefix}_authority"
        f" USING ({rows}) WITH CHECK ({rows} AND (door = 'authority'))"
    )


def upgrade() -> None:
    _tell((*BEFORE, *NEW))


def downgrade() -> None:
    _tell(BEFORE)
