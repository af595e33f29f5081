"""Sessions kept here, second proofs, links by which a password is chosen, and who is let in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

TABLES = ("web_session", "recovery_code", "passkey", "account_link")
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")
ROLES = {
    "membership": ("officer", "manager", "finance", "auditor"),
    "provider_staff": (
        *("coordinator", "adviser", "mediator", "manager", "finance", "admin", "auditor"),
    ),
}
ROLES_BEFORE = {
    "membership": ("officer", "manager", "finance"),
    "provider_staff": ("coordinator", "mediator", "manager", "finance", "admin"),
}


def _roles(table: str, roles: tuple[str, ...]) -> None:
    # Another takes its place in the same transaction.
    name = f"ck_{table}_role_is_known"
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (role IN {roles}) NOT VALID")
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}"
    )


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.add_column("person", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("person", sa.Column("code_secret", sa.LargeBinary(), nullable=True))
    op.add_column(
        "person", sa.Column("code_step", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column(
        "membership", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "sign_in_attempt", sa.Column("source_key", sa.Text(), nullable=False, server_default="")
    )
    # Attempts are kept for a day: the index is made in no time that shows.
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_sign_in_attempt_source_key_at ON sign_in_attempt (source_key, at)"
    )
    for table, roles in ROLES.items():
        _roles(table, roles)
    op.create_table(
        "web_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key_sha256", sa.Text(), nullable=False),
        sa.Column("works_in", sa.Uuid(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_web_session_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_web_session_key_sha256")),
    )
    op.create_index("ix_web_session_person_id_began_at", "web_session", ["person_id", "began_at"])
    op.create_table(
        "recovery_code",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_recovery_code_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", "letter", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_passkey_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index("ix_passkey_person_id", "passkey", ["person_id"])
    op.create_table(
        "account_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("told_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_sha256", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('invitation', 'password', 'unused')",
            name=op.f("ck_account_link_purpose_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_account_link_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_link")),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_account_link_key_sha256")),
    )
    op.create_index("ix_account_link_person_id_asked_at", "account_link", ["person_id", "asked_at"])
    op.create_index(
        "ix_account_link_unsent",
        "account_link",
        ["asked_at"],
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    for table in TABLES:
        for right in RIGHTS:
            op.execute(f"GRANT {right} ON {table} TO {prefix}_identity")
    op.execute(f"GRANT SELECT (suspended_at) ON membership TO {prefix}_worker")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    for table, roles in ROLES_BEFORE.items():
        _roles(table, roles)
    op.drop_index("ix_sign_in_attempt_source_key_at", "sign_in_attempt")
    op.drop_column("sign_in_attempt", "source_key")
    op.drop_column("membership", "suspended_at")
    for column in ("code_step", "code_secret", "suspended_at"):
        op.drop_column("person", column)
