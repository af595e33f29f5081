"""How the worker's tasks and the backups went, and what the service counts of itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

TABLES = ("task_run", "job_failure", "backup_run", "service_gauge")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "task_run",
        sa.Column("name", sa.Text(), nullable=False),
        _moment("started_at"),
        _moment("finished_at", nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_task_run")),
    )
    op.create_table(
        "job_failure",
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        _moment("failed_at"),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job_failure")),
    )
    op.create_index("ix_job_failure_failed_at", "job_failure", ["failed_at"])
    op.create_table(
        "backup_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        _moment("at"),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('backup', 'verify')", name=op.f("ck_backup_run_kind_is_known")
        ),
        sa.CheckConstraint("seconds >= 0 AND size >= 0", name=op.f("ck_backup_run_measured")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_run")),
    )
    op.create_index("ix_backup_run_kind_at", "backup_run", ["kind", "at"])
    op.create_table(
        "service_gauge",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        _moment("counted_at"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_service_gauge")),
    )
    for table in TABLES:
        for verb in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            op.execute(f"GRANT {verb} ON {table} TO {prefix}_jobs")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
