"""What the public pages say and quote, what is offered where, how often a step was reached."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

WALLS = (
    "GRANT SELECT ON page_count TO {prefix}_public",
    "GRANT INSERT ON page_count TO {prefix}_public",
    "GRANT UPDATE (number) ON page_count TO {prefix}_public",
    "GRANT SELECT ON page_count TO {prefix}_provider_reader",
    "GRANT SELECT ON public_text TO {prefix}_public",
    "GRANT SELECT ON public_text TO {prefix}_provider_reader",
    "GRANT SELECT ON public_text TO {prefix}_panel",
    "GRANT INSERT ON public_text TO {prefix}_panel",
    "GRANT SELECT ON area_detail TO {prefix}_public",
    "GRANT SELECT ON area_detail TO {prefix}_provider_reader",
    "GRANT SELECT ON area_detail TO {prefix}_panel",
    "GRANT INSERT ON area_detail TO {prefix}_panel",
    "GRANT UPDATE ON area_detail TO {prefix}_panel",
    "GRANT SELECT (id, participant, words, shown_from) ON quotation TO {prefix}_public",
    "GRANT SELECT ON quotation TO {prefix}_provider_reader",
    "GRANT SELECT ON quotation TO {prefix}_provider",
    "GRANT SELECT ON quotation TO {prefix}_panel",
    "GRANT INSERT ON quotation TO {prefix}_panel",
    "GRANT UPDATE ON quotation TO {prefix}_panel",
)
WHO = "'parent', 'young_person', 'authority', 'school', 'health', 'other'"


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "page_count",
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_page_count_number_counts_something")),
        sa.CheckConstraint(
            "page ~ '^[a-z]+(-[a-z]+)*$' AND step ~ '^[a-z]+(-[a-z]+)*$'",
            name=op.f("ck_page_count_names_are_plain"),
        ),
        sa.PrimaryKeyConstraint("on_day", "page", "step", name=op.f("pk_page_count")),
    )
    op.create_table(
        "public_text",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("version > 0", name=op.f("ck_public_text_version_is_counted")),
        sa.CheckConstraint("length(markdown) <= 20000", name=op.f("ck_public_text_is_no_book")),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_public_text")),
    )
    op.create_table(
        "area_detail",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("services", postgresql.JSONB(), nullable=False),
        sa.Column("telephone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("video_href", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "video_href = '' OR video_href ~ '^https://'",
            name=op.f("ck_area_detail_video_is_safe"),
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_area_detail")),
    )
    op.create_table(
        "quotation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("shown_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            f"participant IN ({WHO})", name=op.f("ck_quotation_participant_is_known")
        ),
        sa.CheckConstraint("length(words) <= 600", name=op.f("ck_quotation_is_short")),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (words <> '')",
            name=op.f("ck_quotation_withdrawn_words_are_gone"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotation")),
        sa.UniqueConstraint("evaluation_id", name=op.f("uq_quotation_evaluation_id")),
    )
    op.create_index(
        "ix_quotation_shown", "quotation", ["shown_from"], postgresql_where=sa.text("words <> ''")
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("quotation")
    op.drop_table("area_detail")
    op.drop_table("public_text")
    op.drop_table("page_count")
