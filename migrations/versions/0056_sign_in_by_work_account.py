"""Signing in by the account that people have at work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

TABLES = ("external_identity", "email_domain", "identity_connection")
GRANTS = (
    "GRANT SELECT ON {table} TO {prefix}_identity",
    "GRANT INSERT ON {table} TO {prefix}_identity",
    "GRANT UPDATE ON {table} TO {prefix}_identity",
    "GRANT DELETE ON {table} TO {prefix}_identity",
)
DOMAIN_SHAPE = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$"


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "identity_connection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("client_secret", sa.LargeBinary(), nullable=True),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("must_use", sa.Boolean(), nullable=False),
        sa.Column("asks_second", sa.Boolean(), nullable=False),
        _moment("changed_at"),
        sa.CheckConstraint(
            "kind IN ('microsoft', 'google', 'other')",
            name=op.f("ck_identity_connection_kind_is_known"),
        ),
        sa.CheckConstraint(
            "NOT is_on OR client_secret IS NOT NULL",
            name=op.f("ck_identity_connection_on_with_a_secret"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_connection")),
        sa.UniqueConstraint(
            "authority_id",
            name=op.f("uq_identity_connection_authority_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "email_domain",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=True),
        _moment("bound_at"),
        sa.CheckConstraint(
            f"domain ~ '{DOMAIN_SHAPE}'", name=op.f("ck_email_domain_domain_is_plain")
        ),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_email_domain")),
    )
    op.create_index("ix_email_domain_authority_id", "email_domain", ["authority_id"])
    op.create_table(
        "external_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        _moment("linked_at"),
        _moment("used_at"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_external_identity_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_identity")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_external_identity_issuer_subject")),
        sa.UniqueConstraint(
            "person_id", "issuer", name=op.f("uq_external_identity_person_id_issuer")
        ),
    )
    op.add_column("web_session", sa.Column("connection_id", sa.Uuid(), nullable=True))
    op.add_column(
        "web_session",
        sa.Column("second_elsewhere", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_web_session_connection_id ON web_session (connection_id)"
    )
    for table in TABLES:
        for statement in GRANTS:
            op.execute(statement.format(table=table, prefix=prefix))


def downgrade() -> None:
    op.drop_index("ix_web_session_connection_id", "web_session")
    op.drop_column("web_session", "second_elsewhere")
    op.drop_column("web_session", "connection_id")
    for table in TABLES:
        op.drop_table(table)
