"""A receipt is taken back, split, moved or refunded with a reason, and recognised on a statement."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE payment_seen ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE payment_seen FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON payment_seen FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON payment_seen TO {prefix}_finance",
    "GRANT INSERT ON payment_seen TO {prefix}_finance",
    "CREATE POLICY finance_reader ON payment_seen FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON payment_seen TO {prefix}_finance_reader",
)
METHOD, AMOUNT = "ck_payment_method_is_known", "ck_payment_amount_is_money"
NAMES_WHAT = "ck_payment_what_goes_back_names_what"


def _constrain(name: str, condition: str) -> None:
    op.execute(f"ALTER TABLE payment ADD CONSTRAINT {name} {condition} NOT VALID")
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE payment VALIDATE CONSTRAINT {name}"
    )


def _forget(*names: str) -> None:
    # Others take their place in the same transaction.
    for name in names:
        op.execute(
            f"-- squawk-ignore ban-drop-constraint\nALTER TABLE payment DROP CONSTRAINT {name}"
        )


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.add_column("payment", sa.Column("of_payment_id", sa.Uuid(), nullable=True))
    for table in ("payment", "payment_allocation"):
        op.add_column(table, sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    # A refund has named its payment in its source: 'refund:<payment>:<own>'. The owner is bound by
    # the walls, and would see no row of it.
    op.execute("ALTER TABLE payment NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE payment SET of_payment_id = split_part(source, ':', 2)::uuid"
        " WHERE method = 'refund'"
    )
    op.execute("ALTER TABLE payment FORCE ROW LEVEL SECURITY")
    # Payments are some thousands: the index is made in no time that shows.
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_payment_tenant_id_of_payment_id ON payment (tenant_id, of_payment_id)"
    )
    _forget(METHOD, AMOUNT)
    _constrain(METHOD, "CHECK (method IN ('bank', 'stripe', 'other', 'refund', 'reversal'))")
    _constrain(
        AMOUNT,
        "CHECK (amount_pence <> 0 AND (amount_pence < 0) = (method IN ('refund', 'reversal')))",
    )
    _constrain(
        NAMES_WHAT, "CHECK ((of_payment_id IS NOT NULL) = (method IN ('refund', 'reversal')))"
    )
    _constrain(
        "fk_payment_tenant_id_of_payment_id",
        "FOREIGN KEY (tenant_id, of_payment_id) REFERENCES payment (tenant_id, id)",
    )
    op.create_table(
        "payment_seen",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payment_id"],
            ["payment.tenant_id", "payment.id"],
            name=op.f("fk_payment_seen_tenant_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payment_seen")),
        sa.UniqueConstraint("tenant_id", "source", name=op.f("uq_payment_seen_tenant_id_source")),
    )
    op.create_index(
        "ix_payment_seen_tenant_id_payment_id", "payment_seen", ["tenant_id", "payment_id"]
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("payment_seen")
    # What was taken back is, to what knew no reversals, money that went back.
    _forget(NAMES_WHAT, METHOD, AMOUNT)
    op.execute("UPDATE payment SET method = 'refund' WHERE method = 'reversal'")
    _constrain(METHOD, "CHECK (method IN ('bank', 'stripe', 'other', 'refund'))")
    _constrain(AMOUNT, "CHECK (amount_pence <> 0 AND (amount_pence < 0) = (method = 'refund'))")
    for table, column in (
        ("payment", "of_payment_id"),
        ("payment", "reason"),
        ("payment_allocation", "reason"),
    ):
        op.drop_column(table, column)
