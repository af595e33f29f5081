"""The ground: people, subscribers, cases, reference figures, and the walls between tenants."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The seal of a scope, opened. `scope_claims` holds the only code that reads the key; the login
# roles may ask for what is in a good token (tenant, person, lowest), never for the key.
SCOPE = (
    """
    CREATE TABLE scope_seal (
        id integer CONSTRAINT pk_scope_seal PRIMARY KEY,
        inner_pad bytea NOT NULL CONSTRAINT ck_scope_seal_inner CHECK (length(inner_pad) = 64),
        outer_pad bytea NOT NULL CONSTRAINT ck_scope_seal_outer CHECK (length(outer_pad) = 64)
    )
    """,
    "REVOKE ALL ON scope_seal FROM PUBLIC",
    # The parts of a token: tenant, person, expiry (epoch seconds), login role, HMAC-SHA256.
    """
    CREATE FUNCTION scope_claims() RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        token text := nullif(current_setting('app.scope', true), '');
        parts text[];
        pads record;
    BEGIN
        IF token IS NULL THEN
            RETURN NULL;
        END IF;
        parts := string_to_array(token, '.');
        IF array_length(parts, 1) IS DISTINCT FROM 5
            OR parts[4] <> session_user
            OR parts[3] !~ '^[0-9]{{1,12}}$'
            OR parts[3]::bigint < extract(epoch FROM now())
        THEN
            RETURN NULL;
        END IF;
        FOR pads IN SELECT inner_pad, outer_pad FROM public.scope_seal LOOP
            IF encode(sha256(pads.outer_pad || sha256(pads.inner_pad
                || convert_to(array_to_string(parts[1:4], '.'), 'UTF8'))), 'hex') = parts[5]
            THEN
                RETURN parts;
            END IF;
        END LOOP;
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE FUNCTION scope_tenant() RETURNS uuid
    LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        named text := (public.scope_claims())[1];
    BEGIN
        RETURN CASE WHEN named ~ '^[0-9a-f]{{32}}$' THEN named::uuid END;
    END
    $$
    """,
    """
    CREATE FUNCTION scope_person() RETURNS uuid
    LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        named text := (public.scope_claims())[2];
    BEGIN
        RETURN CASE WHEN named ~ '^[0-9a-f]{{32}}$' THEN named::uuid END;
    END
    $$
    """,
    # For the roles that read every authority: the lowest tenant there can be, or NULL. A row is
    # compared with it, so that an index opens the seal once a scan; a yes or no would be asked of
    # every row (PostgreSQL keeps a policy's condition at its table). The cost says so.
    """
    CREATE FUNCTION scope_lowest() RETURNS uuid
    LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER COST 10000
    SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        RETURN CASE WHEN (public.scope_claims())[1] = 'all'
            THEN '00000000-0000-0000-0000-000000000000'::uuid END;
    END
    $$
    """,
    "REVOKE ALL ON FUNCTION scope_claims() FROM PUBLIC",
    # TEMPORARY tables serve the bulk paths; nobody else but our roles may connect.
    """
    DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()); END $$
    """,
    *(
        f"""
        DO $$ BEGIN
            EXECUTE format('GRANT CONNECT ON DATABASE %I TO {{prefix}}_{role}', current_database());
        END $$
        """
        for role in (
            "authority",
            "provider",
            "provider_reader",
            "finance",
            "finance_reader",
            "family",
            "public",
            "identity",
            "jobs",
        )
    ),
    """
    DO $$ BEGIN
        EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO {prefix}_provider', current_database());
    END $$
    """,
)

WALLS = (
    "ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY",
    "CREATE POLICY authority ON audit_entry FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT INSERT ON audit_entry TO {prefix}_authority",
    "CREATE POLICY provider ON audit_entry FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON audit_entry TO {prefix}_provider",
    "GRANT INSERT ON audit_entry TO {prefix}_provider",
    "CREATE POLICY finance ON audit_entry FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT INSERT ON audit_entry TO {prefix}_finance",
    "CREATE POLICY provider_reader ON audit_entry FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON audit_entry TO {prefix}_provider_reader",
    "GRANT SELECT ON dfe_appeal_rate TO {prefix}_authority",
    "GRANT SELECT ON dfe_appeal_rate TO {prefix}_provider",
    "GRANT SELECT ON dfe_appeal_rate TO {prefix}_provider_reader",
    "GRANT SELECT ON dfe_appeal_rate TO {prefix}_finance",
    "GRANT SELECT ON dfe_appeal_rate TO {prefix}_finance_reader",
    "GRANT SELECT ON dfe_appeal_rate TO {prefix}_family",
    "GRANT SELECT ON dfe_appeal_rate TO {prefix}_public",
    "GRANT SELECT ON dfe_appeal_rate TO {prefix}_identity",
    "GRANT SELECT ON dfe_appeal_rate TO {prefix}_jobs",
    "GRANT SELECT ON dfe_sen2_figure TO {prefix}_authority",
    "GRANT SELECT ON dfe_sen2_figure TO {prefix}_provider",
    "GRANT SELECT ON dfe_sen2_figure TO {prefix}_provider_reader",
    "GRANT SELECT ON dfe_sen2_figure TO {prefix}_finance",
    "GRANT SELECT ON dfe_sen2_figure TO {prefix}_finance_reader",
    "GRANT SELECT ON dfe_sen2_figure TO {prefix}_family",
    "GRANT SELECT ON dfe_sen2_figure TO {prefix}_public",
    "GRANT SELECT ON dfe_sen2_figure TO {prefix}_identity",
    "GRANT SELECT ON dfe_sen2_figure TO {prefix}_jobs",
    "GRANT SELECT ON education_authority TO {prefix}_authority",
    "GRANT SELECT ON education_authority TO {prefix}_provider",
    "GRANT SELECT ON education_authority TO {prefix}_provider_reader",
    "GRANT SELECT ON education_authority TO {prefix}_finance",
    "GRANT SELECT ON education_authority TO {prefix}_finance_reader",
    "GRANT SELECT ON education_authority TO {prefix}_family",
    "GRANT SELECT ON education_authority TO {prefix}_public",
    "GRANT SELECT ON education_authority TO {prefix}_identity",
    "GRANT SELECT ON education_authority TO {prefix}_jobs",
    "GRANT SELECT ON former_gss_code TO {prefix}_authority",
    "GRANT SELECT ON former_gss_code TO {prefix}_provider",
    "GRANT SELECT ON former_gss_code TO {prefix}_provider_reader",
    "GRANT SELECT ON former_gss_code TO {prefix}_finance",
    "GRANT SELECT ON former_gss_code TO {prefix}_finance_reader",
    "GRANT SELECT ON former_gss_code TO {prefix}_family",
    "GRANT SELECT ON former_gss_code TO {prefix}_public",
    "GRANT SELECT ON former_gss_code TO {prefix}_identity",
    "GRANT SELECT ON former_gss_code TO {prefix}_jobs",
    "GRANT SELECT ON person TO {prefix}_identity",
    "GRANT INSERT ON person TO {prefix}_identity",
    "GRANT UPDATE ON person TO {prefix}_identity",
    "GRANT SELECT (id, name) ON person TO {prefix}_provider",
    "GRANT SELECT (id, name) ON person TO {prefix}_provider_reader",
    "GRANT SELECT ON postcode TO {prefix}_authority",
    "GRANT SELECT ON postcode TO {prefix}_provider",
    "GRANT SELECT ON postcode TO {prefix}_provider_reader",
    "GRANT SELECT ON postcode TO {prefix}_finance",
    "GRANT SELECT ON postcode TO {prefix}_finance_reader",
    "GRANT SELECT ON postcode TO {prefix}_family",
    "GRANT SELECT ON postcode TO {prefix}_public",
    "GRANT SELECT ON postcode TO {prefix}_identity",
    "GRANT SELECT ON postcode TO {prefix}_jobs",
    "GRANT SELECT ON reference_load TO {prefix}_authority",
    "GRANT SELECT ON reference_load TO {prefix}_provider",
    "GRANT SELECT ON reference_load TO {prefix}_provider_reader",
    "GRANT SELECT ON reference_load TO {prefix}_finance",
    "GRANT SELECT ON reference_load TO {prefix}_finance_reader",
    "GRANT SELECT ON reference_load TO {prefix}_family",
    "GRANT SELECT ON reference_load TO {prefix}_public",
    "GRANT SELECT ON reference_load TO {prefix}_identity",
    "GRANT SELECT ON reference_load TO {prefix}_jobs",
    "GRANT SELECT ON sign_in_attempt TO {prefix}_identity",
    "GRANT INSERT ON sign_in_attempt TO {prefix}_identity",
    "GRANT UPDATE ON sign_in_attempt TO {prefix}_identity",
    "GRANT DELETE ON sign_in_attempt TO {prefix}_identity",
    "GRANT SELECT ON district TO {prefix}_authority",
    "GRANT SELECT ON district TO {prefix}_provider",
    "GRANT SELECT ON district TO {prefix}_provider_reader",
    "GRANT SELECT ON district TO {prefix}_finance",
    "GRANT SELECT ON district TO {prefix}_finance_reader",
    "GRANT SELECT ON district TO {prefix}_family",
    "GRANT SELECT ON district TO {prefix}_public",
    "GRANT SELECT ON district TO {prefix}_identity",
    "GRANT SELECT ON district TO {prefix}_jobs",
    "GRANT SELECT ON former_gss_successor TO {prefix}_authority",
    "GRANT SELECT ON former_gss_successor TO {prefix}_provider",
    "GRANT SELECT ON former_gss_successor TO {prefix}_provider_reader",
    "GRANT SELECT ON former_gss_successor TO {prefix}_finance",
    "GRANT SELECT ON former_gss_successor TO {prefix}_finance_reader",
    "GRANT SELECT ON former_gss_successor TO {prefix}_family",
    "GRANT SELECT ON former_gss_successor TO {prefix}_public",
    "GRANT SELECT ON former_gss_successor TO {prefix}_identity",
    "GRANT SELECT ON former_gss_successor TO {prefix}_jobs",
    "ALTER TABLE membership ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE membership FORCE ROW LEVEL SECURITY",
    "CREATE POLICY identity ON membership FOR ALL TO {prefix}_identity USING (true) WITH CHECK (true)",
    "GRANT SELECT ON membership TO {prefix}_identity",
    "GRANT INSERT ON membership TO {prefix}_identity",
    "GRANT UPDATE ON membership TO {prefix}_identity",
    "GRANT DELETE ON membership TO {prefix}_identity",
    "CREATE POLICY authority ON membership FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON membership TO {prefix}_authority",
    "GRANT SELECT ON provider_staff TO {prefix}_identity",
    "GRANT INSERT ON provider_staff TO {prefix}_identity",
    "GRANT UPDATE ON provider_staff TO {prefix}_identity",
    "GRANT DELETE ON provider_staff TO {prefix}_identity",
    "GRANT SELECT ON provider_staff TO {prefix}_provider",
    "GRANT SELECT ON provider_staff TO {prefix}_provider_reader",
    "ALTER TABLE subscriber ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE subscriber FORCE ROW LEVEL SECURITY",
    "CREATE POLICY authority ON subscriber FOR ALL TO {prefix}_authority USING (id = scope_tenant()) WITH CHECK (id = scope_tenant())",
    "GRANT SELECT ON subscriber TO {prefix}_authority",
    "CREATE POLICY provider ON subscriber FOR ALL TO {prefix}_provider USING (id = scope_tenant()) WITH CHECK (id = scope_tenant())",
    "GRANT SELECT ON subscriber TO {prefix}_provider",
    "GRANT INSERT ON subscriber TO {prefix}_provider",
    "GRANT UPDATE ON subscriber TO {prefix}_provider",
    "CREATE POLICY provider_reader ON subscriber FOR SELECT TO {prefix}_provider_reader USING (id >= scope_lowest())",
    "GRANT SELECT ON subscriber TO {prefix}_provider_reader",
    "CREATE POLICY finance ON subscriber FOR ALL TO {prefix}_finance USING (id = scope_tenant()) WITH CHECK (id = scope_tenant())",
    "GRANT SELECT ON subscriber TO {prefix}_finance",
    "CREATE POLICY finance_reader ON subscriber FOR SELECT TO {prefix}_finance_reader USING (id >= scope_lowest())",
    "GRANT SELECT ON subscriber TO {prefix}_finance_reader",
    "CREATE POLICY family ON subscriber FOR ALL TO {prefix}_family USING (id = scope_tenant()) WITH CHECK (id = scope_tenant())",
    "GRANT SELECT (id, slug, name, dfe_number, subscribed_from, subscribed_to) ON subscriber TO {prefix}_family",
    "CREATE POLICY public ON subscriber FOR ALL TO {prefix}_public USING (true) WITH CHECK (true)",
    "GRANT SELECT (id, slug, name, dfe_number, subscribed_from, subscribed_to) ON subscriber TO {prefix}_public",
    "CREATE POLICY identity ON subscriber FOR ALL TO {prefix}_identity USING (true) WITH CHECK (true)",
    "GRANT SELECT (id, slug, name, dfe_number, subscribed_from, subscribed_to) ON subscriber TO {prefix}_identity",
    "CREATE POLICY jobs ON subscriber FOR ALL TO {prefix}_jobs USING (true) WITH CHECK (true)",
    "GRANT SELECT (id, slug, name, dfe_number, subscribed_from, subscribed_to) ON subscriber TO {prefix}_jobs",
    "ALTER TABLE child ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE child FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON child FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON child TO {prefix}_provider",
    "GRANT INSERT ON child TO {prefix}_provider",
    "GRANT UPDATE ON child TO {prefix}_provider",
    "CREATE POLICY provider_reader ON child FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON child TO {prefix}_provider_reader",
    "CREATE POLICY authority ON child FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON child TO {prefix}_authority",
    "ALTER TABLE reference_counter ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE reference_counter FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON reference_counter FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON reference_counter TO {prefix}_provider",
    "GRANT INSERT ON reference_counter TO {prefix}_provider",
    "GRANT UPDATE ON reference_counter TO {prefix}_provider",
    "ALTER TABLE sen_case ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE sen_case FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON sen_case FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON sen_case TO {prefix}_provider",
    "GRANT INSERT ON sen_case TO {prefix}_provider",
    "GRANT UPDATE ON sen_case TO {prefix}_provider",
    "CREATE POLICY provider_reader ON sen_case FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON sen_case TO {prefix}_provider_reader",
    "CREATE POLICY authority ON sen_case FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON sen_case TO {prefix}_authority",
    "ALTER TABLE agreed_step ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE agreed_step FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON agreed_step FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON agreed_step TO {prefix}_provider",
    "GRANT INSERT ON agreed_step TO {prefix}_provider",
    "GRANT UPDATE ON agreed_step TO {prefix}_provider",
    "CREATE POLICY provider_reader ON agreed_step FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON agreed_step TO {prefix}_provider_reader",
    "CREATE POLICY authority ON agreed_step FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON agreed_step TO {prefix}_authority",
    "ALTER TABLE case_fact ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE case_fact FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON case_fact FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON case_fact TO {prefix}_provider",
    "GRANT INSERT ON case_fact TO {prefix}_provider",
    "CREATE POLICY provider_reader ON case_fact FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON case_fact TO {prefix}_provider_reader",
    "CREATE POLICY authority ON case_fact FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant() AND (audience IN ('parties', 'authority'))) WITH CHECK (tenant_id = scope_tenant() AND (audience IN ('parties', 'authority')))",
    "GRANT SELECT ON case_fact TO {prefix}_authority",
    "ALTER TABLE case_note ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE case_note FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON case_note FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON case_note TO {prefix}_provider",
    "GRANT INSERT ON case_note TO {prefix}_provider",
    "CREATE POLICY provider_reader ON case_note FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON case_note TO {prefix}_provider_reader",
    "CREATE POLICY authority ON case_note FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant() AND (audience IN ('parties', 'authority'))) WITH CHECK (tenant_id = scope_tenant() AND (audience IN ('parties', 'authority')))",
    "GRANT SELECT ON case_note TO {prefix}_authority",
    "ALTER TABLE case_party ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE case_party FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON case_party FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON case_party TO {prefix}_provider",
    "GRANT INSERT ON case_party TO {prefix}_provider",
    "GRANT UPDATE ON case_party TO {prefix}_provider",
    "CREATE POLICY provider_reader ON case_party FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON case_party TO {prefix}_provider_reader",
    "CREATE POLICY authority ON case_party FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, case_id, side, name, relation) ON case_party TO {prefix}_authority",
    "ALTER TABLE case_position ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE case_position FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON case_position FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON case_position TO {prefix}_provider",
    "GRANT INSERT ON case_position TO {prefix}_provider",
    "GRANT UPDATE ON case_position TO {prefix}_provider",
    "CREATE POLICY provider_reader ON case_position FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON case_position TO {prefix}_provider_reader",
    "CREATE POLICY authority ON case_position FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, case_id, stage, is_open, waiting_for, next_step, next_clock, next_part, next_due, notice_sent, mias_on, certificate_kind, certificate_on, certificate_due, mediation_started_on, mediation_due, date_fixed_on, meeting_on, held_on, concluded_on, outcome, delay_cause, appeal_on, closed_on) ON case_position TO {prefix}_authority",
    "ALTER TABLE certificate ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE certificate FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON certificate FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON certificate TO {prefix}_provider",
    "GRANT INSERT ON certificate TO {prefix}_provider",
    "CREATE POLICY provider_reader ON certificate FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON certificate TO {prefix}_provider_reader",
    "CREATE POLICY authority ON certificate FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON certificate TO {prefix}_authority",
)


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_tenant_id_at", "audit_entry", ["tenant_id", "at"], unique=False)
    op.create_index(
        "ix_audit_entry_tenant_id_subject_id",
        "audit_entry",
        ["tenant_id", "subject_id"],
        unique=False,
    )
    op.create_table(
        "dfe_appeal_rate",
        sa.Column("dfe_number", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("place_name", sa.Text(), nullable=False),
        sa.Column("appeals", sa.Integer(), nullable=True),
        sa.Column("appeals_mark", sa.Text(), nullable=True),
        sa.Column("decisions", sa.Integer(), nullable=True),
        sa.Column("decisions_mark", sa.Text(), nullable=True),
        sa.Column("rate_percent", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("rate_mark", sa.Text(), nullable=True),
        sa.Column("unusable_because", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "appeals_mark IN ('x', 'z', '-')", name=op.f("ck_dfe_appeal_rate_appeals_mark_known")
        ),
        sa.CheckConstraint(
            "decisions_mark IN ('x', 'z', '-')",
            name=op.f("ck_dfe_appeal_rate_decisions_mark_known"),
        ),
        sa.CheckConstraint(
            "rate_mark IN ('x', 'z', '-')", name=op.f("ck_dfe_appeal_rate_rate_mark_known")
        ),
        sa.CheckConstraint(
            "(appeals IS NULL) <> (appeals_mark IS NULL)",
            name=op.f("ck_dfe_appeal_rate_appeals_or_mark"),
        ),
        sa.CheckConstraint(
            "(decisions IS NULL) <> (decisions_mark IS NULL)",
            name=op.f("ck_dfe_appeal_rate_decisions_or_mark"),
        ),
        sa.CheckConstraint(
            "(rate_percent IS NULL) <> (rate_mark IS NULL)",
            name=op.f("ck_dfe_appeal_rate_rate_or_mark"),
        ),
        sa.PrimaryKeyConstraint("dfe_number", "year", name=op.f("pk_dfe_appeal_rate")),
    )
    op.create_table(
        "dfe_sen2_figure",
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("place_name", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("mark", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "level IN ('authority', 'region', 'england')",
            name=op.f("ck_dfe_sen2_figure_level_known"),
        ),
        sa.CheckConstraint("mark IN ('x', 'z', '-')", name=op.f("ck_dfe_sen2_figure_mark_known")),
        sa.CheckConstraint(
            "measure IN ('requests_received', 'requests_refused', 'request_mediation', 'request_tribunal', 'request_tribunal_after_mediation', 'assessments', 'plans_refused', 'assessment_mediation', 'assessment_tribunal', 'assessment_tribunal_after_mediation', 'other_mediation', 'other_tribunal', 'other_tribunal_after_mediation')",
            name=op.f("ck_dfe_sen2_figure_measure_known"),
        ),
        sa.CheckConstraint(
            "(number IS NULL) <> (mark IS NULL)", name=op.f("ck_dfe_sen2_figure_number_or_mark")
        ),
        sa.CheckConstraint("number >= 0", name=op.f("ck_dfe_sen2_figure_number_not_negative")),
        sa.PrimaryKeyConstraint("place", "year", "measure", name=op.f("pk_dfe_sen2_figure")),
    )
    op.create_table(
        "education_authority",
        sa.Column("dfe_number", sa.Text(), nullable=False),
        sa.Column("gss_code", sa.Text(), nullable=False),
        sa.Column("gss_valid_from", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor_dfe_number", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "dfe_number ~ '^[0-9]{3}$'", name=op.f("ck_education_authority_dfe_number_form")
        ),
        sa.CheckConstraint(
            "slug ~ '^[a-z]+(-[a-z]+)*$'", name=op.f("ck_education_authority_slug_form")
        ),
        sa.CheckConstraint(
            "type IN ('unitary authority', 'metropolitan district', 'London borough', 'county')",
            name=op.f("ck_education_authority_type_known"),
        ),
        sa.CheckConstraint(
            "valid_to >= valid_from", name=op.f("ck_education_authority_valid_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["successor_dfe_number"],
            ["education_authority.dfe_number"],
            name=op.f("fk_education_authority_successor_dfe_number"),
        ),
        sa.PrimaryKeyConstraint("dfe_number", name=op.f("pk_education_authority")),
        sa.UniqueConstraint("slug", name=op.f("uq_education_authority_slug")),
    )
    op.create_table(
        "former_gss_code",
        sa.Column("gss_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dfe_number", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "valid_to >= valid_from", name=op.f("ck_former_gss_code_valid_in_order")
        ),
        sa.PrimaryKeyConstraint("gss_code", name=op.f("pk_former_gss_code")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("last_signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_person_email_in_lower_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    op.create_table(
        "postcode",
        sa.Column("postcode", sa.Text(collation="C"), nullable=False),
        sa.Column("district_code", sa.Text(collation="C"), nullable=False),
        sa.Column("terminated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("postcode", name=op.f("pk_postcode")),
    )
    op.create_table(
        "reference_load",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column(
            "loaded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_load")),
    )
    op.create_index(
        op.f("ix_reference_load_source_loaded_at"),
        "reference_load",
        ["source", "loaded_at"],
        unique=False,
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index(op.f("ix_sign_in_attempt_at"), "sign_in_attempt", ["at"], unique=False)
    op.create_index(
        "ix_sign_in_attempt_email_key_at", "sign_in_attempt", ["email_key", "at"], unique=False
    )
    op.create_table(
        "district",
        sa.Column("lad_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dfe_number", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dfe_number"], ["education_authority.dfe_number"], name=op.f("fk_district_dfe_number")
        ),
        sa.PrimaryKeyConstraint("lad_code", name=op.f("pk_district")),
    )
    op.create_index(op.f("ix_district_dfe_number"), "district", ["dfe_number"], unique=False)
    op.create_table(
        "former_gss_successor",
        sa.Column("gss_code", sa.Text(), nullable=False),
        sa.Column("successor_gss_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["gss_code"],
            ["former_gss_code.gss_code"],
            name=op.f("fk_former_gss_successor_gss_code"),
        ),
        sa.PrimaryKeyConstraint(
            "gss_code", "successor_gss_code", name=op.f("pk_former_gss_successor")
        ),
    )
    op.create_table(
        "membership",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "role IN ('officer', 'manager', 'finance')", name=op.f("ck_membership_role_is_known")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "tenant_id", "person_id", name=op.f("uq_membership_tenant_id_person_id")
        ),
    )
    op.create_index("ix_membership_person_id", "membership", ["person_id"], unique=False)
    op.create_table(
        "provider_staff",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "role IN ('coordinator', 'mediator', 'manager', 'finance', 'admin')",
            name=op.f("ck_provider_staff_role_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_provider_staff_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", "role", name=op.f("pk_provider_staff")),
    )
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("reference_prefix", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dfe_number", sa.Text(), nullable=False),
        sa.Column("subscribed_from", sa.Date(), nullable=False),
        sa.Column("subscribed_to", sa.Date(), nullable=True),
        sa.Column("k5_starts", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "k5_starts IN ('earlier', 'family', 'adviser')",
            name=op.f("ck_subscriber_k5_starts_is_known"),
        ),
        sa.CheckConstraint(
            "reference_prefix ~ '^[A-Z]{3}$'", name=op.f("ck_subscriber_prefix_is_three_letters")
        ),
        sa.CheckConstraint("slug ~ '^[a-z0-9-]+$'", name=op.f("ck_subscriber_slug_is_plain")),
        sa.CheckConstraint(
            "subscribed_to >= subscribed_from", name=op.f("ck_subscriber_ends_after_it_starts")
        ),
        sa.ForeignKeyConstraint(
            ["dfe_number"],
            ["education_authority.dfe_number"],
            name=op.f("fk_subscriber_dfe_number"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
        sa.UniqueConstraint("dfe_number", name=op.f("uq_subscriber_dfe_number")),
        sa.UniqueConstraint("reference_prefix", name=op.f("uq_subscriber_reference_prefix")),
        sa.UniqueConstraint("slug", name=op.f("uq_subscriber_slug")),
    )
    op.create_table(
        "child",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("date_of_birth", sa.Date(), nullable=False),
        sa.Column("upn", sa.Text(), nullable=True),
        sa.Column("primary_need", sa.Text(), nullable=True),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["subscriber.id"], name=op.f("fk_child_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_child")),
    )
    op.create_index(
        "ix_child_tenant_id_search_key", "child", ["tenant_id", "search_key"], unique=False
    )
    op.create_index("ix_child_tenant_id_upn", "child", ["tenant_id", "upn"], unique=False)
    op.create_table(
        "reference_counter",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f("fk_reference_counter_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "series", "year", name=op.f("pk_reference_counter")),
    )
    op.create_table(
        "sen_case",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("decision_type", sa.Text(), nullable=True),
        sa.Column("sections", sa.Text(), nullable=False),
        sa.Column("health_issue", sa.Boolean(), nullable=False),
        sa.Column("social_care_issue", sa.Boolean(), nullable=False),
        sa.Column("authority_reference", sa.Text(), nullable=True),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("coordinator_id", sa.Uuid(), nullable=True),
        sa.Column("mediator_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "route IN ('parent', 'young_person', 'authority', 'sendiass', 'school', 'other')",
            name=op.f("ck_sen_case_route_is_known"),
        ),
        sa.CheckConstraint(
            "service <> 'mediation' OR decision_type IS NOT NULL",
            name=op.f("ck_sen_case_mediation_has_a_decision"),
        ),
        sa.CheckConstraint(
            "service IN ('mediation', 'disagreement_resolution', 'facilitation')",
            name=op.f("ck_sen_case_service_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "child_id"],
            ["child.tenant_id", "child.id"],
            name=op.f("fk_sen_case_tenant_id_child_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f("fk_sen_case_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sen_case")),
        sa.UniqueConstraint(
            "tenant_id", "external_reference", name=op.f("uq_sen_case_tenant_id_external_reference")
        ),
        sa.UniqueConstraint("tenant_id", "reference", name=op.f("uq_sen_case_tenant_id_reference")),
    )
    op.create_index("ix_sen_case_mediator_id", "sen_case", ["mediator_id"], unique=False)
    op.create_index(
        "ix_sen_case_tenant_id_child_id", "sen_case", ["tenant_id", "child_id"], unique=False
    )
    op.create_index(
        "ix_sen_case_tenant_id_opened_on", "sen_case", ["tenant_id", "opened_on"], unique=False
    )
    op.create_table(
        "agreed_step",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=True),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("responsible", sa.Text(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("default_due_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "responsible IN ('family', 'authority', 'health', 'school', 'other')",
            name=op.f("ck_agreed_step_responsible_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_agreed_step_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agreed_step")),
    )
    op.create_index(
        "ix_agreed_step_tenant_id_case_id", "agreed_step", ["tenant_id", "case_id"], unique=False
    )
    op.create_index(
        "ix_agreed_step_tenant_id_due_on", "agreed_step", ["tenant_id", "due_on"], unique=False
    )
    op.create_table(
        "case_fact",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_by_name", sa.Text(), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("retracted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "audience IN ('provider', 'authority', 'family', 'parties')",
            name=op.f("ck_case_fact_audience_is_known"),
        ),
        sa.CheckConstraint(
            "kind IN ('notice_sent', 'permission_given', 'contact_made', 'mias_held', 'choice_made', 'certificate_issued', 'certificate_sent', 'certificate_withdrawn', 'family_informed_authority', 'adviser_informed_authority', 'health_told_authority', 'authority_told_icb', 'authority_cannot_arrange', 'mediator_appointed', 'representative_named', 'dates_offered', 'dates_answered', 'summaries_exchanged', 'child_heard', 'agenda_agreed', 'consent_given', 'consent_refused', 'meeting_fixed', 'meeting_cancelled', 'meeting_held', 'concluded', 'agreement_made', 'agreement_drafted', 'agreement_signed', 'copies_sent', 'summary_shared', 'step_done', 'appeal_registered', 'appeal_outcome', 'closed')",
            name=op.f("ck_case_fact_kind_is_known"),
        ),
        sa.CheckConstraint(
            "NOT retracted OR replaces_id IS NOT NULL",
            name=op.f("ck_case_fact_a_retraction_names_a_fact"),
        ),
        sa.CheckConstraint(
            "replaces_id IS NULL OR length(trim(reason)) > 0",
            name=op.f("ck_case_fact_a_correction_has_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_case_fact_tenant_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "replaces_id"],
            ["case_fact.tenant_id", "case_fact.id"],
            name=op.f("fk_case_fact_tenant_id_replaces_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_case_fact")),
        sa.UniqueConstraint(
            "tenant_id", "replaces_id", name=op.f("uq_case_fact_tenant_id_replaces_id")
        ),
    )
    op.create_index(
        "ix_case_fact_tenant_id_case_id", "case_fact", ["tenant_id", "case_id"], unique=False
    )
    op.create_index(
        "ix_case_fact_tenant_id_recorded_at",
        "case_fact",
        ["tenant_id", "recorded_at"],
        unique=False,
    )
    op.create_table(
        "case_note",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("written_by_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "audience IN ('provider', 'authority', 'family', 'parties')",
            name=op.f("ck_case_note_audience_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_case_note_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_case_note")),
    )
    op.create_index(
        "ix_case_note_tenant_id_case_id", "case_note", ["tenant_id", "case_id"], unique=False
    )
    op.create_table(
        "case_party",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("telephone", sa.Text(), nullable=True),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("preferred_communication", sa.Text(), nullable=True),
        sa.Column("adjustments", sa.Text(), nullable=True),
        sa.Column("interpreter", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "side IN ('family', 'authority', 'health', 'school', 'other')",
            name=op.f("ck_case_party_side_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_case_party_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_case_party")),
    )
    op.create_index(
        "ix_case_party_tenant_id_case_id", "case_party", ["tenant_id", "case_id"], unique=False
    )
    op.create_table(
        "case_position",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("waiting_for", sa.Text(), nullable=True),
        sa.Column("next_step", sa.Text(), nullable=True),
        sa.Column("next_clock", sa.Text(), nullable=True),
        sa.Column("next_part", sa.Text(), nullable=True),
        sa.Column("next_due", sa.Date(), nullable=True),
        sa.Column("notice_sent", sa.Date(), nullable=True),
        sa.Column("mias_on", sa.Date(), nullable=True),
        sa.Column("choice", sa.Text(), nullable=True),
        sa.Column("choice_on", sa.Date(), nullable=True),
        sa.Column("certificate_kind", sa.Text(), nullable=True),
        sa.Column("certificate_on", sa.Date(), nullable=True),
        sa.Column("certificate_due", sa.Date(), nullable=True),
        sa.Column("mediation_started_on", sa.Date(), nullable=True),
        sa.Column("mediation_due", sa.Date(), nullable=True),
        sa.Column("date_fixed_on", sa.Date(), nullable=True),
        sa.Column("meeting_on", sa.Date(), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("concluded_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("delay_cause", sa.Text(), nullable=True),
        sa.Column("appeal_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('full', 'partial', 'none')",
            name=op.f("ck_case_position_outcome_is_known"),
        ),
        sa.CheckConstraint(
            "stage IN ('contact', 'choice', 'certificate', 'consent', 'arranging', 'fixed', 'met', 'steps', 'finished', 'closed')",
            name=op.f("ck_case_position_stage_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_case_position_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "case_id", name=op.f("pk_case_position")),
    )
    op.create_index(
        "ix_case_position_is_open_next_due",
        "case_position",
        ["is_open", "next_due", "tenant_id"],
        unique=False,
    )
    op.create_index(
        "ix_case_position_tenant_id_held_on",
        "case_position",
        ["tenant_id", "held_on"],
        unique=False,
    )
    op.create_index(
        "ix_case_position_tenant_id_is_open_next_due",
        "case_position",
        ["tenant_id", "is_open", "next_due"],
        unique=False,
    )
    op.create_table(
        "certificate",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('s55_4', 's55_5', 'deemed')", name=op.f("ck_certificate_kind_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_certificate_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_certificate_tenant_id_number")),
    )
    op.create_index(
        "ix_certificate_tenant_id_case_id", "certificate", ["tenant_id", "case_id"], unique=False
    )

    prefix = context.config.attributes["settings"].database_role_prefix
    for statement in (*SCOPE, *WALLS):
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("certificate")
    op.drop_table("case_position")
    op.drop_table("case_party")
    op.drop_table("case_note")
    op.drop_table("case_fact")
    op.drop_table("agreed_step")
    op.drop_table("sen_case")
    op.drop_table("reference_counter")
    op.drop_table("child")
    op.drop_table("subscriber")
    op.drop_table("provider_staff")
    op.drop_table("membership")
    op.drop_table("former_gss_successor")
    op.drop_table("district")
    op.drop_table("sign_in_attempt")
    op.drop_table("reference_load")
    op.drop_table("postcode")
    op.drop_table("person")
    op.drop_table("former_gss_code")
    op.drop_table("education_authority")
    op.drop_table("dfe_sen2_figure")
    op.drop_table("dfe_appeal_rate")
    op.drop_table("audit_entry")
    for name in ("scope_tenant", "scope_person", "scope_lowest", "scope_claims"):
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("scope_seal")
