"""Facilitated meetings: who is invited, the papers, the action points."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE facilitated_meeting ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE facilitated_meeting FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON facilitated_meeting FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON facilitated_meeting TO {prefix}_provider",
    "GRANT INSERT ON facilitated_meeting TO {prefix}_provider",
    "GRANT UPDATE ON facilitated_meeting TO {prefix}_provider",
    "CREATE POLICY provider_reader ON facilitated_meeting FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON facilitated_meeting TO {prefix}_provider_reader",
    "CREATE POLICY authority ON facilitated_meeting FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON facilitated_meeting TO {prefix}_authority",
    "CREATE POLICY family ON facilitated_meeting FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, case_id, meeting_type, purpose, requested_by, requested_by_side) ON facilitated_meeting TO {prefix}_family",
    "ALTER TABLE invitee ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE invitee FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON invitee FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON invitee TO {prefix}_provider",
    "GRANT INSERT ON invitee TO {prefix}_provider",
    "GRANT UPDATE ON invitee TO {prefix}_provider",
    "CREATE POLICY provider_reader ON invitee FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON invitee TO {prefix}_provider_reader",
    "CREATE POLICY authority ON invitee FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, case_id, name, role, side, coming) ON invitee TO {prefix}_authority",
    "CREATE POLICY family ON invitee FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id, name, role, side, coming) ON invitee TO {prefix}_family",
    "ALTER TABLE facilitation_paper ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE facilitation_paper FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON facilitation_paper FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON facilitation_paper TO {prefix}_provider",
    "GRANT INSERT ON facilitation_paper TO {prefix}_provider",
    "CREATE POLICY provider_reader ON facilitation_paper FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON facilitation_paper TO {prefix}_provider_reader",
    "CREATE POLICY authority ON facilitation_paper FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant() AND (audience IN ('parties', 'authority'))) WITH CHECK (tenant_id = scope_tenant() AND (audience IN ('parties', 'authority')))",
    "GRANT SELECT ON facilitation_paper TO {prefix}_authority",
    "CREATE POLICY family ON facilitation_paper FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person() AND audience IN ('parties', 'family'))) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person() AND audience IN ('parties', 'family')))",
    "GRANT SELECT (tenant_id, id, case_id, kind, audience, text, written_at, written_by_name) ON facilitation_paper TO {prefix}_family",
    "ALTER TABLE action_point ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE action_point FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON action_point FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON action_point TO {prefix}_provider",
    "GRANT INSERT ON action_point TO {prefix}_provider",
    "GRANT UPDATE ON action_point TO {prefix}_provider",
    "CREATE POLICY provider_reader ON action_point FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON action_point TO {prefix}_provider_reader",
    "CREATE POLICY authority ON action_point FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON action_point TO {prefix}_authority",
    "CREATE POLICY family ON action_point FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id, what, who, side, agreed_on, due_on, done_on) ON action_point TO {prefix}_family",
)


def upgrade() -> None:
    op.create_table(
        "action_point",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "side IN ('family', 'authority', 'health', 'school', 'other')",
            name=op.f("ck_action_point_side_is_known"),
        ),
        sa.CheckConstraint(
            "done_on >= agreed_on", name=op.f("ck_action_point_done_after_it_was_agreed")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_action_point_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_action_point")),
    )
    op.create_index(
        "ix_action_point_tenant_id_case_id", "action_point", ["tenant_id", "case_id"], unique=False
    )
    op.create_index(
        "ix_action_point_tenant_id_due_on", "action_point", ["tenant_id", "due_on"], unique=False
    )
    op.create_table(
        "facilitated_meeting",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_type", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_by_side", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "meeting_type IN ('annual_review', 'team_around_the_child', 'draft_plan', 'ehc_plan', 'iep', 'other')",
            name=op.f("ck_facilitated_meeting_meeting_type_is_known"),
        ),
        sa.CheckConstraint(
            "requested_by_side IN ('family', 'authority', 'health', 'school', 'other')",
            name=op.f("ck_facilitated_meeting_requested_by_side_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_facilitated_meeting_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "case_id", name=op.f("pk_facilitated_meeting")),
    )
    op.create_table(
        "facilitation_paper",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("written_by_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "audience IN ('provider', 'authority', 'family', 'parties')",
            name=op.f("ck_facilitation_paper_audience_is_known"),
        ),
        sa.CheckConstraint(
            "kind IN ('agenda', 'summary')", name=op.f("ck_facilitation_paper_kind_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_facilitation_paper_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_facilitation_paper")),
    )
    op.create_index(
        "ix_facilitation_paper_tenant_id_case_id",
        "facilitation_paper",
        ["tenant_id", "case_id"],
        unique=False,
    )
    op.create_table(
        "invitee",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("coming", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "coming IN ('asked', 'yes', 'no')", name=op.f("ck_invitee_coming_is_known")
        ),
        sa.CheckConstraint(
            "side IN ('family', 'authority', 'health', 'school', 'other')",
            name=op.f("ck_invitee_side_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_invitee_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invitee")),
    )
    op.create_index(
        "ix_invitee_tenant_id_case_id", "invitee", ["tenant_id", "case_id"], unique=False
    )
    prefix = context.config.attributes["settings"].database_role_prefix
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("invitee")
    op.drop_table("facilitation_paper")
    op.drop_table("facilitated_meeting")
    op.drop_table("action_point")
