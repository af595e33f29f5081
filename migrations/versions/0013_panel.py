"""The panel of mediators and facilitators, kept by a login role of its own; who takes part."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OPEN_TO_ALL = (
    "dfe_appeal_rate",
    "dfe_sen2_figure",
    "district",
    "education_authority",
    "former_gss_code",
    "former_gss_successor",
    "postcode",
    "reference_load",
)
WALLS = (
    """
    DO $$ BEGIN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO {prefix}_panel', current_database());
    END $$
    """,
    "GRANT SELECT (id, name) ON person TO {prefix}_panel",
    *(f"GRANT SELECT ON {table} TO {{prefix}}_panel" for table in OPEN_TO_ALL),
    "GRANT SELECT ON provider_staff TO {prefix}_panel",
    "GRANT SELECT ON panel_member TO {prefix}_panel",
    "GRANT INSERT ON panel_member TO {prefix}_panel",
    "GRANT UPDATE ON panel_member TO {prefix}_panel",
    "GRANT SELECT ON panel_member TO {prefix}_provider",
    "GRANT SELECT ON panel_member TO {prefix}_provider_reader",
    "GRANT SELECT ON panel_area TO {prefix}_panel",
    "GRANT INSERT ON panel_area TO {prefix}_panel",
    "GRANT DELETE ON panel_area TO {prefix}_panel",
    "GRANT SELECT ON panel_area TO {prefix}_provider",
    "GRANT SELECT ON panel_area TO {prefix}_provider_reader",
    "GRANT SELECT ON panel_absence TO {prefix}_panel",
    "GRANT INSERT ON panel_absence TO {prefix}_panel",
    "GRANT DELETE ON panel_absence TO {prefix}_panel",
    "GRANT SELECT ON panel_absence TO {prefix}_provider",
    "GRANT SELECT ON panel_absence TO {prefix}_provider_reader",
    "ALTER TABLE panel_conflict ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE panel_conflict FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON panel_conflict FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON panel_conflict TO {prefix}_provider",
    "GRANT INSERT ON panel_conflict TO {prefix}_provider",
    "GRANT DELETE ON panel_conflict TO {prefix}_provider",
    "CREATE POLICY provider_reader ON panel_conflict FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON panel_conflict TO {prefix}_provider_reader",
    "ALTER TABLE participant ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE participant FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON participant FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON participant TO {prefix}_provider",
    "GRANT INSERT ON participant TO {prefix}_provider",
    "GRANT DELETE ON participant TO {prefix}_provider",
    "CREATE POLICY provider_reader ON participant FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON participant TO {prefix}_provider_reader",
    "CREATE POLICY authority ON participant FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, case_id, side, name, role) ON participant TO {prefix}_authority",
    "CREATE POLICY family ON participant FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id, side, name, role) ON participant TO {prefix}_family",
)
SEEN = "tenant_id = scope_tenant() AND (audience IN ('parties', 'authority'))"
SAID = (
    "kind IN ('family_informed_authority', 'health_told_authority', 'authority_told_icb',"
    " 'authority_cannot_arrange', 'representative_named', 'dates_offered', 'dates_answered',"
    " 'consent_given', 'consent_refused', 'step_done', 'appeal_registered',"
    " 'appeal_outcome')"
    " AND recorded_by = scope_person() AND replaces_id IS NULL AND NOT retracted"
    " AND (kind NOT IN ({kinds}) OR value = 'authority')"
)
BEFORE, NOW = (
    "'consent_given', 'consent_refused'",
    "'consent_given', 'consent_refused', 'dates_answered'",
)


def _prefix() -> str:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    return prefix


def _authority_says(kinds: str) -> str:
    said = SAID.format(kinds=kinds)
    return f"ALTER POLICY authority ON case_fact WITH CHECK ({SEEN} AND ({said}))"


def upgrade() -> None:
    op.create_table(
        "panel_member",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("mediates", sa.Boolean(), nullable=False),
        sa.Column("facilitates", sa.Boolean(), nullable=False),
        sa.Column("register_body", sa.Text(), nullable=False),
        sa.Column("register_number", sa.Text(), nullable=False),
        sa.Column("register_expires_on", sa.Date(), nullable=True),
        sa.Column("cpd_hours", sa.Integer(), nullable=False),
        sa.Column("cpd_on", sa.Date(), nullable=True),
        sa.Column("dbs_on", sa.Date(), nullable=True),
        sa.Column("dbs_expires_on", sa.Date(), nullable=True),
        sa.Column("insurance_expires_on", sa.Date(), nullable=True),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("public_employer", sa.Text(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "register_body IN ('cmc', 'college', 'none')",
            name=op.f("ck_panel_member_register_body_is_known"),
        ),
        sa.CheckConstraint("cpd_hours >= 0", name=op.f("ck_panel_member_cpd_hours_are_counted")),
        sa.CheckConstraint("mediates OR facilitates", name=op.f("ck_panel_member_does_something")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_panel_member_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_panel_member")),
    )
    op.create_table(
        "panel_area",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("dfe_number", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dfe_number"],
            ["education_authority.dfe_number"],
            name=op.f("fk_panel_area_dfe_number"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["panel_member.person_id"], name=op.f("fk_panel_area_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", "dfe_number", name=op.f("pk_panel_area")),
    )
    op.create_table(
        "panel_absence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "last_day >= first_day", name=op.f("ck_panel_absence_ends_after_it_starts")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["panel_member.person_id"], name=op.f("fk_panel_absence_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_absence")),
    )
    op.create_index("ix_panel_absence_person_id", "panel_absence", ["person_id"], unique=False)
    op.create_table(
        "panel_conflict",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "length(trim(reason)) > 0", name=op.f("ck_panel_conflict_a_conflict_has_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_panel_conflict_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_panel_conflict_tenant_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f("fk_panel_conflict_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_panel_conflict")),
    )
    op.create_index(
        "ix_panel_conflict_tenant_id_person_id",
        "panel_conflict",
        ["tenant_id", "person_id"],
        unique=False,
    )
    op.create_table(
        "participant",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "side IN ('family', 'authority', 'health', 'school', 'other')",
            name=op.f("ck_participant_side_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_participant_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_participant")),
    )
    op.create_index(
        "ix_participant_tenant_id_case_id", "participant", ["tenant_id", "case_id"], unique=False
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=_prefix()))
    op.execute(_authority_says(NOW))


def downgrade() -> None:
    op.execute(_authority_says(BEFORE))
    for table in ("participant", "panel_conflict", "panel_absence", "panel_area", "panel_member"):
        op.drop_table(table)
    op.execute(f"REVOKE ALL ON person FROM {_prefix()}_panel")
    op.execute(f"REVOKE ALL (id, name) ON person FROM {_prefix()}_panel")
    for table in OPEN_TO_ALL:
        op.execute(f"REVOKE ALL ON {table} FROM {_prefix()}_panel")
    op.execute(f"REVOKE ALL ON provider_staff FROM {_prefix()}_panel")
