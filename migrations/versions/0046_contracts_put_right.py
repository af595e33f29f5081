"""A contract is put right, ended, replaced or called off; a credit note settles what is left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE contract_change ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE contract_change FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON contract_change FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON contract_change TO {prefix}_finance",
    "GRANT INSERT ON contract_change TO {prefix}_finance",
    "CREATE POLICY finance_reader ON contract_change FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON contract_change TO {prefix}_finance_reader",
)
CAUSES = "cause IN ('agreed', 'amendment', 'indexation'{more})"
MORE = ", 'correction'"
CAUSE = "ck_contract_terms_cause_is_known"
# The tables of contracts hold some hundred rows: a lock on them is short.
UNIQUE = "uq_contract_terms_tenant_id_contract_id_effective_from"


def _constrain(table: str, name: str, condition: str) -> None:
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid,disallowed-unique-constraint\n"
        f"ALTER TABLE {table} ADD CONSTRAINT {name} {condition}"
    )


def _forget(table: str, name: str) -> None:
    # Another takes its place in the same transaction.
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT {name}")


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.add_column("contract", sa.Column("cancelled_on", sa.Date(), nullable=True))
    op.add_column(
        "contract", sa.Column("years_from", sa.Text(), nullable=False, server_default="april")
    )
    op.add_column(
        "contract", sa.Column("prorated", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    _constrain(
        "contract",
        "ck_contract_years_from_is_known",
        "CHECK (years_from IN ('april', 'contract'))",
    )
    op.add_column(
        "contract_terms", sa.Column("turn", sa.Integer(), nullable=False, server_default="1")
    )
    _forget("contract_terms", UNIQUE)
    _constrain(
        "contract_terms",
        f"{UNIQUE}_turn",
        "UNIQUE (tenant_id, contract_id, effective_from, turn)",
    )
    _forget("contract_terms", CAUSE)
    _constrain("contract_terms", CAUSE, f"CHECK ({CAUSES.format(more=MORE)})")
    op.add_column(
        "credit_note",
        sa.Column("adjusts", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "contract_change",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("is_now", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "length(trim(reason)) > 0", name=op.f("ck_contract_change_a_change_has_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["contract.tenant_id", "contract.id"],
            name=op.f("fk_contract_change_tenant_id_contract_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_contract_change")),
    )
    op.create_index(
        "ix_contract_change_tenant_id_contract_id",
        "contract_change",
        ["tenant_id", "contract_id"],
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("contract_change")
    op.drop_column("credit_note", "adjusts")
    op.execute(
        "DELETE FROM contract_terms AS old USING contract_terms AS new"
        " WHERE old.tenant_id = new.tenant_id AND old.contract_id = new.contract_id"
        " AND old.effective_from = new.effective_from AND old.turn < new.turn"
    )
    op.execute("UPDATE contract_terms SET cause = 'amendment' WHERE cause = 'correction'")
    _forget("contract_terms", CAUSE)
    _constrain("contract_terms", CAUSE, f"CHECK ({CAUSES.format(more='')})")
    _forget("contract_terms", f"{UNIQUE}_turn")
    op.drop_column("contract_terms", "turn")
    _constrain("contract_terms", UNIQUE, "UNIQUE (tenant_id, contract_id, effective_from)")
    for column in ("prorated", "years_from", "cancelled_on"):
        op.drop_column("contract", column)
