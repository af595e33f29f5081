"""Text messages and letters beside e-mail, and how each of a family wants to be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE party_telling ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE party_telling FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON party_telling FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON party_telling TO {prefix}_provider",
    "GRANT INSERT ON party_telling TO {prefix}_provider",
    "GRANT UPDATE ON party_telling TO {prefix}_provider",
    "CREATE POLICY family ON party_telling FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (party_id = scope_party())) WITH CHECK (tenant_id = scope_tenant() AND (party_id = scope_party()))",
    "GRANT SELECT (tenant_id, party_id, first, email_safe, text_safe, letter_safe, mobile, postal_address, said_at, said_by_name) ON party_telling TO {prefix}_family",
    "GRANT INSERT (tenant_id, party_id, first, email_safe, text_safe, letter_safe, mobile, postal_address, said_at, said_by_name) ON party_telling TO {prefix}_family",
    "GRANT UPDATE (first, email_safe, text_safe, letter_safe, mobile, postal_address, said_at, said_by_name) ON party_telling TO {prefix}_family",
    "CREATE POLICY worker ON party_telling FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON party_telling TO {prefix}_worker",
    "GRANT SELECT (telephone) ON case_party TO {prefix}_worker",
    "GRANT UPDATE (state, sent_at, posted_by_name) ON message TO {prefix}_provider",
    "CREATE POLICY provider_reader ON message FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT (tenant_id, id, subject_id, state, channel, created_at) ON message TO {prefix}_provider_reader",
)
CHECKS = {
    "first_is_known": "first IN ('email', 'text', 'letter')",
    "the_first_is_safe": "CASE first WHEN 'email' THEN email_safe WHEN 'text' THEN text_safe ELSE letter_safe END",
    "a_letter_has_an_address": "NOT letter_safe OR postal_address <> ''",
}
STATES = "'waiting', 'sent', 'bounced', 'given_up'"
STATE = "ck_message_state_is_known"
OF_MESSAGES = {
    "ck_message_channel_is_known": "CHECK (channel IN ('email', 'text', 'letter'))",
    "ck_message_letters_are_printed": "CHECK (state <> 'to_print' OR channel = 'letter')",
}


def _constrain(name: str, rule: str) -> None:
    op.execute(f"ALTER TABLE message ADD CONSTRAINT {name} {rule} NOT VALID")
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE message VALIDATE CONSTRAINT {name}"
    )


def _know(more: str) -> None:
    # In the place of the constraint comes one that knows a state more, or less.
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE message DROP CONSTRAINT {STATE}")
    _constrain(STATE, f"CHECK (state IN ({STATES}{more}))")


def _text(name: str, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=default is None)


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "party_telling",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        *(
            sa.Column(f"{one}_safe", sa.Boolean(), nullable=False)
            for one in ("email", "text", "letter")
        ),
        _text("mobile", ""),
        _text("postal_address", ""),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_by_name", sa.Text(), nullable=False),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_party_telling_{name}"))
            for name, condition in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["case_party.tenant_id", "case_party.id"],
            name=op.f("fk_party_telling_tenant_id_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "party_id", name=op.f("pk_party_telling")),
    )
    op.add_column("message", _text("channel", "email"))
    op.add_column("message", _text("tried", ""))
    op.add_column("message", _text("handed_over_as"))
    op.add_column("message", sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("message", _text("posted_by_name"))
    op.execute("ALTER TABLE message NO FORCE ROW LEVEL SECURITY")
    for name, rule in OF_MESSAGES.items():
        _constrain(name, rule)
    _know(", 'to_print'")
    op.execute("ALTER TABLE message FORCE ROW LEVEL SECURITY")
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_message_to_print ON message (created_at, tenant_id)"
        " WHERE state = 'to_print'"
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_message_texts_under_way ON message (tenant_id, next_attempt_at)"
        " WHERE channel = 'text' AND state = 'sent' AND delivered_at IS NULL"
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.execute("DROP POLICY provider_reader ON message")
    op.execute(f"REVOKE ALL ON message FROM {prefix}_provider_reader")
    op.execute(f"REVOKE UPDATE (state, sent_at, posted_by_name) ON message FROM {prefix}_provider")
    op.execute(f"REVOKE SELECT (telephone) ON case_party FROM {prefix}_worker")
    op.execute("ALTER TABLE message NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE message SET state = 'given_up' WHERE state = 'to_print'")
    op.drop_index("ix_message_texts_under_way", "message")
    op.drop_index("ix_message_to_print", "message")
    _know("")
    for name in OF_MESSAGES:
        op.drop_constraint(name, "message")
    op.execute("ALTER TABLE message FORCE ROW LEVEL SECURITY")
    for column in ("posted_by_name", "delivered_at", "handed_over_as", "tried", "channel"):
        op.drop_column("message", column)
    op.drop_table("party_telling")
