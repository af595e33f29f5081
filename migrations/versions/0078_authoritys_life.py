"""An authority's life: suspended, leaving with an export, who comes after it, and what is deleted last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE authority_suspension ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE authority_suspension FORCE ROW LEVEL SECURITY",
    "CREATE POLICY owner ON authority_suspension FOR SELECT TO CURRENT_USER USING (tenant_id = scope_tenant())",
    "CREATE POLICY provider ON authority_suspension FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON authority_suspension TO {prefix}_provider",
    "GRANT INSERT ON authority_suspension TO {prefix}_provider",
    "GRANT UPDATE (reason, words, first_day, told_at, begun_at, lifted_at, lifted_by_name, lifting_told_at) ON authority_suspension TO {prefix}_provider",
    "CREATE POLICY provider_reader ON authority_suspension FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON authority_suspension TO {prefix}_provider_reader",
    "CREATE POLICY finance ON authority_suspension FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON authority_suspension TO {prefix}_finance",
    "CREATE POLICY finance_reader ON authority_suspension FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON authority_suspension TO {prefix}_finance_reader",
    "CREATE POLICY authority ON authority_suspension FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, reason, words, first_day, lifted_at) ON authority_suspension TO {prefix}_authority",
    "CREATE POLICY identity ON authority_suspension FOR ALL TO {prefix}_identity USING (lifted_at IS NULL) WITH CHECK (lifted_at IS NULL)",
    "GRANT SELECT (tenant_id, first_day, lifted_at) ON authority_suspension TO {prefix}_identity",
    "CREATE POLICY worker ON authority_suspension FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON authority_suspension TO {prefix}_worker",
    "GRANT UPDATE (told_at, begun_at, lifting_told_at) ON authority_suspension TO {prefix}_worker",
    "CREATE TRIGGER note_insert AFTER INSERT ON authority_suspension REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_change('tenant_id', 'id', 'id', 'provider manager finance', '')",
    "CREATE TRIGGER note_update AFTER UPDATE ON authority_suspension REFERENCING OLD TABLE AS gone NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_change('tenant_id', 'id', 'id', 'provider manager finance', '')",
    "CREATE TRIGGER note_delete AFTER DELETE ON authority_suspension REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_change('tenant_id', 'id', 'id', 'provider manager finance', '')",
    "ALTER TABLE authority_leaving ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE authority_leaving FORCE ROW LEVEL SECURITY",
    "CREATE POLICY owner ON authority_leaving FOR SELECT TO CURRENT_USER USING (tenant_id = scope_tenant())",
    "CREATE POLICY provider ON authority_leaving FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON authority_leaving TO {prefix}_provider",
    "GRANT INSERT ON authority_leaving TO {prefix}_provider",
    "GRANT UPDATE (last_day, reads_until, reason, told_at, ended_at, access_ended_at, taken_back_at, taken_back_by_name) ON authority_leaving TO {prefix}_provider",
    "CREATE POLICY provider_reader ON authority_leaving FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON authority_leaving TO {prefix}_provider_reader",
    "CREATE POLICY finance ON authority_leaving FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON authority_leaving TO {prefix}_finance",
    "CREATE POLICY finance_reader ON authority_leaving FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON authority_leaving TO {prefix}_finance_reader",
    "CREATE POLICY authority ON authority_leaving FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, last_day, reads_until, taken_back_at) ON authority_leaving TO {prefix}_authority",
    "CREATE POLICY identity ON authority_leaving FOR ALL TO {prefix}_identity USING (taken_back_at IS NULL) WITH CHECK (taken_back_at IS NULL)",
    "GRANT SELECT (tenant_id, last_day, reads_until, taken_back_at) ON authority_leaving TO {prefix}_identity",
    "CREATE POLICY worker ON authority_leaving FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON authority_leaving TO {prefix}_worker",
    "GRANT UPDATE (told_at, ended_at, access_ended_at) ON authority_leaving TO {prefix}_worker",
    "CREATE TRIGGER note_insert AFTER INSERT ON authority_leaving REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_change('tenant_id', 'id', 'id', 'provider manager finance', '')",
    "CREATE TRIGGER note_update AFTER UPDATE ON authority_leaving REFERENCING OLD TABLE AS gone NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_change('tenant_id', 'id', 'id', 'provider manager finance', '')",
    "CREATE TRIGGER note_delete AFTER DELETE ON authority_leaving REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_change('tenant_id', 'id', 'id', 'provider manager finance', '')",
    "ALTER TABLE authority_successor ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE authority_successor FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON authority_successor FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON authority_successor TO {prefix}_provider",
    "GRANT INSERT ON authority_successor TO {prefix}_provider",
    "GRANT UPDATE (from_day, taken_back_at) ON authority_successor TO {prefix}_provider",
    "CREATE POLICY provider_reader ON authority_successor FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON authority_successor TO {prefix}_provider_reader",
    "CREATE POLICY authority ON authority_successor FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, dfe_number, from_day, taken_back_at) ON authority_successor TO {prefix}_authority",
    "CREATE POLICY public ON authority_successor FOR ALL TO {prefix}_public USING (taken_back_at IS NULL) WITH CHECK (taken_back_at IS NULL)",
    "GRANT SELECT (tenant_id, dfe_number, from_day, taken_back_at) ON authority_successor TO {prefix}_public",
    "CREATE TRIGGER note_insert AFTER INSERT ON authority_successor REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_change('tenant_id', 'id', 'id', 'provider manager', '')",
    "CREATE TRIGGER note_update AFTER UPDATE ON authority_successor REFERENCING OLD TABLE AS gone NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_change('tenant_id', 'id', 'id', 'provider manager', '')",
    "CREATE TRIGGER note_delete AFTER DELETE ON authority_successor REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_change('tenant_id', 'id', 'id', 'provider manager', '')",
    "ALTER TABLE authority_export ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE authority_export FORCE ROW LEVEL SECURITY",
    "CREATE POLICY authority ON authority_export FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON authority_export TO {prefix}_authority",
    "GRANT INSERT (tenant_id, id, asked_at, asked_by, asked_by_name, asked_side, state) ON authority_export TO {prefix}_authority",
    "CREATE POLICY provider ON authority_export FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON authority_export TO {prefix}_provider",
    "GRANT INSERT (tenant_id, id, asked_at, asked_by, asked_by_name, asked_side, state) ON authority_export TO {prefix}_provider",
    "CREATE POLICY provider_reader ON authority_export FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON authority_export TO {prefix}_provider_reader",
    "CREATE POLICY worker ON authority_export FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON authority_export TO {prefix}_worker",
    "GRANT UPDATE (state, tables_done, tables_of, rows_written, files_written, begun_at, size, sha256, ready_at, kept_until) ON authority_export TO {prefix}_worker",
    "CREATE POLICY eraser ON authority_export FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (rest_is_deleted())) WITH CHECK (tenant_id = scope_tenant() AND (rest_is_deleted()))",
    "GRANT SELECT (tenant_id, id) ON authority_export TO {prefix}_eraser",
    "GRANT DELETE ON authority_export TO {prefix}_eraser",
    "CREATE TRIGGER note_insert AFTER INSERT ON authority_export REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_change('tenant_id', 'id', 'id', 'provider manager', '')",
    "CREATE TRIGGER note_update AFTER UPDATE ON authority_export REFERENCING OLD TABLE AS gone NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_change('tenant_id', 'id', 'id', 'provider manager', '')",
    "CREATE TRIGGER note_delete AFTER DELETE ON authority_export REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_change('tenant_id', 'id', 'id', 'provider manager', '')",
    "ALTER TABLE authority_deletion ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE authority_deletion FORCE ROW LEVEL SECURITY",
    "CREATE POLICY owner ON authority_deletion FOR SELECT TO CURRENT_USER USING (tenant_id = scope_tenant())",
    "CREATE POLICY provider ON authority_deletion FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON authority_deletion TO {prefix}_provider",
    "GRANT INSERT (tenant_id, id, asked_at, asked_by, asked_by_name, last_day, counts, stays, certificate, files_left) ON authority_deletion TO {prefix}_provider",
    "CREATE POLICY provider_reader ON authority_deletion FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT (tenant_id, id, asked_at, asked_by_name, done_at) ON authority_deletion TO {prefix}_provider_reader",
    "CREATE POLICY worker ON authority_deletion FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, asked_at, done_at, files_left) ON authority_deletion TO {prefix}_worker",
    "GRANT UPDATE (done_at, files_left) ON authority_deletion TO {prefix}_worker",
    "CREATE TRIGGER note_insert AFTER INSERT ON authority_deletion REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_change('tenant_id', 'id', 'id', 'provider', 'certificate')",
    "CREATE TRIGGER note_update AFTER UPDATE ON authority_deletion REFERENCING OLD TABLE AS gone NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_change('tenant_id', 'id', 'id', 'provider', 'certificate')",
    "CREATE TRIGGER note_delete AFTER DELETE ON authority_deletion REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_change('tenant_id', 'id', 'id', 'provider', 'certificate')",
    # What is deleted with the rest of an authority that left.
    "CREATE POLICY eraser ON api_token FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (rest_is_deleted())) WITH CHECK (tenant_id = scope_tenant() AND (rest_is_deleted()))",
    "GRANT SELECT (tenant_id, id) ON api_token TO {prefix}_eraser",
    "GRANT DELETE ON api_token TO {prefix}_eraser",
    "CREATE POLICY eraser ON api_use FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (rest_is_deleted())) WITH CHECK (tenant_id = scope_tenant() AND (rest_is_deleted()))",
    "GRANT SELECT (tenant_id, id) ON api_use TO {prefix}_eraser",
    "GRANT DELETE ON api_use TO {prefix}_eraser",
    "CREATE POLICY eraser ON subject_request FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (rest_is_deleted())) WITH CHECK (tenant_id = scope_tenant() AND (rest_is_deleted()))",
    "GRANT SELECT (tenant_id, id) ON subject_request TO {prefix}_eraser",
    "GRANT DELETE ON subject_request TO {prefix}_eraser",
    "CREATE POLICY eraser ON billing_contact FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (rest_is_deleted())) WITH CHECK (tenant_id = scope_tenant() AND (rest_is_deleted()))",
    "GRANT SELECT (tenant_id) ON billing_contact TO {prefix}_eraser",
    "GRANT DELETE ON billing_contact TO {prefix}_eraser",
)
# Whoever is suspended or has left writes here no more.
READ_ONLY = (
    "CREATE TRIGGER authority_changes_nothing BEFORE INSERT ON agreement_objection FOR EACH STATEMENT WHEN (current_user = '{prefix}_authority') EXECUTE FUNCTION authority_changes_nothing()",
    "CREATE TRIGGER authority_changes_nothing BEFORE INSERT ON agreement_signature FOR EACH STATEMENT WHEN (current_user = '{prefix}_authority') EXECUTE FUNCTION authority_changes_nothing()",
    "CREATE TRIGGER authority_changes_nothing BEFORE INSERT ON api_token FOR EACH STATEMENT WHEN (current_user = '{prefix}_authority') EXECUTE FUNCTION authority_changes_nothing()",
    "CREATE TRIGGER authority_changes_nothing BEFORE INSERT OR UPDATE ON billing_contact FOR EACH STATEMENT WHEN (current_user = '{prefix}_authority') EXECUTE FUNCTION authority_changes_nothing()",
    "CREATE TRIGGER authority_changes_nothing BEFORE INSERT OR UPDATE ON case_document FOR EACH STATEMENT WHEN (current_user = '{prefix}_authority') EXECUTE FUNCTION authority_changes_nothing()",
    "CREATE TRIGGER authority_changes_nothing BEFORE INSERT ON case_fact FOR EACH STATEMENT WHEN (current_user = '{prefix}_authority') EXECUTE FUNCTION authority_changes_nothing()",
    "CREATE TRIGGER authority_changes_nothing BEFORE INSERT ON case_notice FOR EACH STATEMENT WHEN (current_user = '{prefix}_authority') EXECUTE FUNCTION authority_changes_nothing()",
    "CREATE TRIGGER authority_changes_nothing BEFORE INSERT OR UPDATE OR DELETE ON case_officer FOR EACH STATEMENT WHEN (current_user = '{prefix}_authority') EXECUTE FUNCTION authority_changes_nothing()",
    "CREATE TRIGGER authority_changes_nothing BEFORE INSERT ON correction_proposal FOR EACH STATEMENT WHEN (current_user = '{prefix}_authority') EXECUTE FUNCTION authority_changes_nothing()",
    "CREATE TRIGGER authority_changes_nothing BEFORE INSERT ON front_referral FOR EACH STATEMENT WHEN (current_user = '{prefix}_authority') EXECUTE FUNCTION authority_changes_nothing()",
    "CREATE TRIGGER authority_changes_nothing BEFORE INSERT ON invoice_dispute FOR EACH STATEMENT WHEN (current_user = '{prefix}_authority') EXECUTE FUNCTION authority_changes_nothing()",
    "CREATE TRIGGER authority_changes_nothing BEFORE INSERT ON participant FOR EACH STATEMENT WHEN (current_user = '{prefix}_authority') EXECUTE FUNCTION authority_changes_nothing()",
    "CREATE TRIGGER authority_changes_nothing BEFORE INSERT ON purchase_order FOR EACH STATEMENT WHEN (current_user = '{prefix}_authority') EXECUTE FUNCTION authority_changes_nothing()",
    "CREATE TRIGGER authority_changes_nothing BEFORE INSERT ON said_fact FOR EACH STATEMENT WHEN (current_user = '{prefix}_authority') EXECUTE FUNCTION authority_changes_nothing()",
)
TOLD = (
    "case seen",
    "case opened",
    "case moved",
    "cases exported",
    "cases recorded in bulk",
    "SEN2 list exported",
    "certificate issued",
    "certificate downloaded",
    "agreement downloaded",
    "report pack released",
    "invoice issued",
    "billing contact changed",
    "sign-in connection changed",
    "sign-in connection switched on",
    "sign-in connection switched off",
    "sign-in connection removed",
    "e-mail domains bound",
)
TOLD_NOW = (
    "authority suspended",
    "suspension lifted",
    "leaving recorded",
    "leaving taken back",
    "export asked for",
    "export made",
    "export taken away",
)
LAST = "old entries removed"
OF_A_CASE = "subject_id = scope_person()"
CHANGES_NOTHING = """
    CREATE FUNCTION authority_changes_nothing() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        IF EXISTS (
            SELECT 1 FROM public.authority_suspension s
            WHERE s.tenant_id = public.scope_tenant()
                AND s.begun_at IS NOT NULL AND s.lifted_at IS NULL
        ) OR EXISTS (
            SELECT 1 FROM public.authority_leaving l
            WHERE l.tenant_id = public.scope_tenant()
                AND l.ended_at IS NOT NULL AND l.taken_back_at IS NULL
        ) THEN
            RAISE EXCEPTION USING ERRCODE = 'RO001', MESSAGE = 'this authority reads only';
        END IF;
        RETURN NULL;
    END
    $$
"""
# The scope of the role `eraser` names a deletion in the place of a case.
REST_IS_DELETED = """
    CREATE FUNCTION rest_is_deleted() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        SELECT EXISTS (
            SELECT 1 FROM public.authority_deletion d
            WHERE d.tenant_id = public.scope_tenant() AND d.id = public.scope_person()
                AND d.done_at IS NULL
        )
    $$
"""
PLAIN, WITH_THE_REST = (
    "BEGIN\n",
    "BEGIN\n    IF public.rest_is_deleted() THEN RETURN NULL; END IF;\n",
)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _table(name: str, *rest: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *rest,
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f(f"fk_{name}_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{name}")),
    )


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _standing(table: str, columns: list[str], until: str) -> None:
    op.create_index(
        f"uq_{table}_standing", table, columns, unique=True,
        postgresql_where=sa.text(f"{until} IS NULL"),
    )  # fmt: skip


def _told_to_authority(told: tuple[str, ...]) -> None:
    said = ", ".join(f"'{one}'" for one in (*told, LAST))
    rows = f"(door = 'authority' OR action IN ({said}))"
    prefix = context.config.attributes["settings"].database_role_prefix
    op.execute("DROP POLICY authority ON audit_entry")
    op.execute(
        f"CREATE POLICY authority ON audit_entry FOR ALL TO {prefix}_authority"
        f" USING (tenant_id = scope_tenant() AND ({rows}))"
        f" WITH CHECK (tenant_id = scope_tenant() AND ({rows}) AND (door = 'authority'))"
    )


def _erases_messages(rows: str) -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.execute("DROP POLICY eraser ON message")
    op.execute(
        f"CREATE POLICY eraser ON message FOR ALL TO {prefix}_eraser"
        f" USING (tenant_id = scope_tenant() AND ({rows}))"
        f" WITH CHECK (tenant_id = scope_tenant() AND ({rows}))"
    )


def _erased_when_asked(old: str, new: str) -> None:
    """Change the function of migration 0061 where its body begins."""
    op.execute(
        f"""
        DO $change$
        DECLARE
            old text := pg_get_functiondef('public.erased_when_asked()'::regprocedure);
            at integer := position($old${old}$old$ IN old);
        BEGIN
            IF at = 0 THEN
                RAISE EXCEPTION 'erased_when_asked() is not as migration 0061 made it';
            END IF;
            EXECUTE overlay(old PLACING $new${new}$new$ FROM at FOR length($old${old}$old$));
        END
        $change$
        """
    )


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    name = "authority_suspension"
    _table(
        name,
        _text("reason"),
        _text("words"),
        sa.Column("first_day", sa.Date(), nullable=False),
        _moment("suspended_at", nullable=False),
        sa.Column("suspended_by", sa.Uuid(), nullable=True),
        _text("suspended_by_name"),
        _moment("told_at"),
        _moment("begun_at"),
        _moment("lifted_at"),
        _text("lifted_by_name", nullable=True),
        _moment("lifting_told_at"),
        _check(name, "reason_is_known", "reason IN ('unpaid', 'contract', 'other')"),
        _check(name, "somebody_lifted_it", "(lifted_at IS NULL) = (lifted_by_name IS NULL)"),
    )
    _standing(name, ["tenant_id"], "lifted_at")
    name = "authority_leaving"
    _table(
        name,
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reads_until", sa.Date(), nullable=False),
        _text("reason"),
        _moment("recorded_at", nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        _text("recorded_by_name"),
        _moment("told_at"),
        _moment("ended_at"),
        _moment("access_ended_at"),
        _moment("taken_back_at"),
        _text("taken_back_by_name", nullable=True),
        _check(name, "reads_until_the_last_day_or_longer", "reads_until >= last_day"),
        _check(
            name, "somebody_took_it_back", "(taken_back_at IS NULL) = (taken_back_by_name IS NULL)"
        ),
    )
    _standing(name, ["tenant_id"], "taken_back_at")
    name = "authority_successor"
    _table(
        name,
        _text("dfe_number"),
        sa.Column("from_day", sa.Date(), nullable=False),
        _moment("recorded_at", nullable=False),
        _text("recorded_by_name"),
        _moment("taken_back_at"),
        sa.ForeignKeyConstraint(
            ["dfe_number"],
            ["education_authority.dfe_number"],
            name=op.f("fk_authority_successor_dfe_number"),
        ),
    )
    _standing(name, ["tenant_id", "dfe_number"], "taken_back_at")
    name = "authority_export"
    _table(
        name,
        _moment("asked_at", nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        _text("asked_by_name"),
        _text("asked_side"),
        _text("state"),
        *(
            sa.Column(one, sa.Integer(), server_default="0", nullable=False)
            for one in ("tables_done", "tables_of", "files_written")
        ),
        sa.Column("rows_written", sa.BigInteger(), server_default="0", nullable=False),
        _moment("begun_at"),
        sa.Column("size", sa.BigInteger(), nullable=True),
        _text("sha256", nullable=True),
        _moment("ready_at"),
        sa.Column("kept_until", sa.Date(), nullable=True),
        _check(
            name, "state_is_known",
            "state IN ('waiting', 'making', 'ready', 'failed', 'removed')",
        ),
        _check(name, "asked_side_is_known", "asked_side IN ('authority', 'provider')"),
        _check(
            name, "what_is_ready_is_whole",
            "state <> 'ready' OR sha256 IS NOT NULL AND size IS NOT NULL AND ready_at IS NOT NULL",
        ),
    )  # fmt: skip
    op.create_index(f"ix_{name}_tenant_id_asked_at", name, ["tenant_id", "asked_at"])
    op.create_index(
        f"ix_{name}_under_way", name, ["tenant_id"],
        postgresql_where=sa.text("state IN ('waiting', 'making', 'ready')"),
    )  # fmt: skip
    name = "authority_deletion"
    _table(
        name,
        _moment("asked_at", nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        _text("asked_by_name"),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("counts", JSONB(), nullable=False),
        sa.Column("stays", JSONB(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("files_left", ARRAY(sa.Text()), nullable=False),
        _moment("done_at"),
    )
    op.create_index(f"ix_{name}_tenant_id_asked_at", name, ["tenant_id", "asked_at"])
    for function in (CHANGES_NOTHING, REST_IS_DELETED):
        op.execute(function)
    for function in ("authority_changes_nothing()", "rest_is_deleted()"):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION rest_is_deleted() TO {prefix}_eraser")
    for statement in (*WALLS, *READ_ONLY):
        op.execute(statement.format(prefix=prefix))
    _told_to_authority((*TOLD, *TOLD_NOW))
    _erases_messages(f"{OF_A_CASE} OR rest_is_deleted()")
    _erased_when_asked(PLAIN, WITH_THE_REST)


def downgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    _erased_when_asked(WITH_THE_REST, PLAIN)
    _erases_messages(OF_A_CASE)
    _told_to_authority(TOLD)
    for statement in READ_ONLY:
        table = statement.split(" ON ")[1].split()[0]
        op.execute(f"DROP TRIGGER authority_changes_nothing ON {table}")
    op.execute("DROP FUNCTION authority_changes_nothing()")
    for table in ("api_token", "api_use", "subject_request", "billing_contact"):
        op.execute(f"DROP POLICY eraser ON {table}")
        op.execute(f"REVOKE ALL ON {table} FROM {prefix}_eraser")
    for table in (
        *("authority_export", "authority_successor"),
        *("authority_leaving", "authority_suspension"),
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION rest_is_deleted()")
    op.drop_table("authority_deletion")
