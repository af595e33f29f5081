"""What came from several sides stands together: each new table of a tenant is watched, what is in it
of a case is erased with the case, the noted changes of an erased case are emptied, and what may be
quoted no more is not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0077"
down_revision = "0074"
branch_labels = None
depends_on = None

WALLS = (
    "CREATE POLICY owner_leaves ON row_change FOR UPDATE TO CURRENT_USER USING (true) WITH CHECK (was IS NULL AND is_now IS NULL AND emptied_as IS NOT NULL)",
    "CREATE POLICY owner ON case_erasure FOR SELECT TO CURRENT_USER USING (erased_at IS NOT NULL)",
)
# Table, column of the tenant, of the row, of what it is about; who reads it; what is never copied.
WATCHED = (
    ("call_back", "tenant_id", "id", "case_id", "provider manager", ""),
    ("case_erasure", "tenant_id", "id", "case_id", "provider manager", ""),
    ("case_restriction", "tenant_id", "id", "case_id", "provider manager", ""),
    ("family_check", "tenant_id", "party_id", "party_id", "provider", ""),
    ("front_referral", "tenant_id", "id", "case_id", "provider manager", "told source_key"),
    ("legal_hold", "tenant_id", "id", "case_id", "provider manager", ""),
    ("participant_link", "tenant_id", "id", "case_id", "provider", "token_hash"),
    ("party_telling", "tenant_id", "party_id", "party_id", "provider", ""),
    ("retention_rule", "tenant_id", "id", "id", "provider manager", ""),
    ("step_report", "tenant_id", "id", "case_id", "provider manager", ""),
    ("subject_request", "tenant_id", "id", "id", "provider manager", ""),
)
EVENTS = {
    "insert": "REFERENCING NEW TABLE AS added",
    "update": "REFERENCING OLD TABLE AS gone NEW TABLE AS added",
    "delete": "REFERENCING OLD TABLE AS gone",
}
OF_A_CASE = ("call_back", "front_referral", "participant_link", "step_report")
OF_A_COMPLAINT = "party_id, from_name, reply_to, case_as_written"
OF_A_PARTY = ("family_check", "party_telling")
QUOTED_NO_MORE = """
    CREATE FUNCTION quoted_no_more() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        UPDATE public.quotation SET words = '', withdrawn_at = now()
        WHERE evaluation_id = NEW.id AND withdrawn_at IS NULL;
        RETURN NULL;
    END
    $$
"""
HASH = """sha256(convert_to(jsonb_build_array(
                   c.tenant_id, c.id, extract(epoch FROM c.at), c.table_name, c.row_id, c.about,
                   c.act, c.person_id, c.party_id, c.door, c.was, c.is_now,
                   c.for_provider, c.for_manager, c.for_finance)::text, 'UTF8'))"""
# What was emptied counts as what it said, where an erasure that was done says so.
CHANGE_HASHES = f"""
    CREATE OR REPLACE FUNCTION change_hashes(wanted uuid[]) RETURNS TABLE (id uuid, sha256 bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        SELECT c.id, CASE
            WHEN c.emptied_as IS NOT NULL AND EXISTS (
                SELECT FROM public.case_erasure e
                WHERE e.tenant_id = c.tenant_id AND e.id = c.emptied_by AND e.erased_at IS NOT NULL)
            THEN c.emptied_as
            ELSE {HASH}
            END
        FROM public.row_change c
        WHERE c.tenant_id = public.scope_tenant() AND c.id = ANY (wanted)
    $$
"""
WITHOUT_EMPTIED = f"""
    CREATE OR REPLACE FUNCTION change_hashes(wanted uuid[]) RETURNS TABLE (id uuid, sha256 bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        SELECT c.id, {HASH}
        FROM public.row_change c
        WHERE c.tenant_id = public.scope_tenant() AND c.id = ANY (wanted)
    $$
"""
# Of the case that the eraser's scope names, and of the child, people and agreements that went with it.
EMPTY_CHANGES = f"""
    CREATE FUNCTION empty_changes(erasure uuid, named uuid[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        emptied integer;
    BEGIN
        UPDATE public.row_change c
        SET emptied_as = {HASH}, emptied_by = erasure, was = NULL, is_now = NULL
        WHERE c.tenant_id = public.scope_tenant() AND c.emptied_as IS NULL
            AND (c.about = public.scope_person() OR c.about = ANY (named));
        GET DIAGNOSTICS emptied = ROW_COUNT;
        RETURN emptied;
    END
    $$
"""


# What an erasure does is in its own log, and is not noted again with what it takes away.
SKIP, PLAIN = "BEGIN\n        IF door = 'eraser' THEN RETURN NULL; END IF;\n", "BEGIN\n"


def _note_change(old: str, new: str) -> None:
    """Change the function of migration 0060 where its body begins."""
    op.execute(
        f"""
        DO $change$
        DECLARE
            old text := pg_get_functiondef('public.note_change()'::regprocedure);
            at integer := position($old${old}$old$ IN old);
        BEGIN
            IF at = 0 THEN
                RAISE EXCEPTION 'note_change() is not as migration 0060 made it';
            END IF;
            EXECUTE overlay(old PLACING $new${new}$new$ FROM at FOR length($old${old}$old$));
        END
        $change$
        """
    )


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.add_column("row_change", sa.Column("emptied_as", sa.LargeBinary(), nullable=True))
    op.add_column("row_change", sa.Column("emptied_by", sa.Uuid(), nullable=True))
    op.execute(
        "ALTER TABLE row_change ADD CONSTRAINT ck_row_change_emptied_by_an_erasure CHECK ("
        "(emptied_as IS NULL) = (emptied_by IS NULL)"
        " AND (emptied_as IS NULL OR (was IS NULL AND is_now IS NULL))) NOT VALID"
    )
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        "ALTER TABLE row_change VALIDATE CONSTRAINT ck_row_change_emptied_by_an_erasure"
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))
    op.execute(CHANGE_HASHES)
    op.execute(EMPTY_CHANGES)
    op.execute("REVOKE ALL ON FUNCTION empty_changes(uuid, uuid[]) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION empty_changes(uuid, uuid[]) TO {prefix}_eraser")
    _note_change(PLAIN, SKIP)
    for table in OF_A_CASE:
        _erased(table, prefix, "id, case_id", " AND (case_id = scope_person())")
    for table in OF_A_PARTY:
        _erased(table, prefix, "party_id", "")
    op.execute(f"GRANT UPDATE (party_id) ON evaluation TO {prefix}_eraser")
    op.execute(f"GRANT UPDATE ({OF_A_COMPLAINT}) ON complaint TO {prefix}_eraser")
    for table, *words in WATCHED:
        said = ", ".join(f"'{word}'" for word in words)
        for event, tables in EVENTS.items():
            op.execute(
                f"CREATE TRIGGER note_{event} AFTER {event.upper()} ON {table} {tables}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION note_change({said})"
            )
    op.execute(QUOTED_NO_MORE)
    op.execute("REVOKE ALL ON FUNCTION quoted_no_more() FROM PUBLIC")
    op.execute(
        "CREATE TRIGGER quoted_no_more AFTER UPDATE OF may_quote ON evaluation FOR EACH ROW"
        " WHEN (OLD.may_quote AND NOT NEW.may_quote) EXECUTE FUNCTION quoted_no_more()"
    )


def _erased(table: str, prefix: str, keys: str, rows: str) -> None:
    condition = f"tenant_id = scope_tenant(){rows}"
    op.execute(
        f"CREATE POLICY eraser ON {table} FOR ALL TO {prefix}_eraser"
        f" USING ({condition}) WITH CHECK ({condition})"
    )
    op.execute(f"GRANT SELECT (tenant_id, {keys}) ON {table} TO {prefix}_eraser")
    op.execute(f"GRANT DELETE ON {table} TO {prefix}_eraser")
    op.execute(
        f"CREATE TRIGGER erased_when_asked_delete BEFORE DELETE ON {table}"
        f" FOR EACH STATEMENT WHEN (current_user = '{prefix}_eraser')"
        " EXECUTE FUNCTION erased_when_asked()"
    )


def downgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.execute("DROP TRIGGER quoted_no_more ON evaluation")
    op.execute("DROP FUNCTION quoted_no_more()")
    for table, *_ in WATCHED:
        for event in EVENTS:
            op.execute(f"DROP TRIGGER note_{event} ON {table}")
    op.execute(f"REVOKE UPDATE (party_id) ON evaluation FROM {prefix}_eraser")
    op.execute(f"REVOKE UPDATE ({OF_A_COMPLAINT}) ON complaint FROM {prefix}_eraser")
    for table in (*OF_A_CASE, *OF_A_PARTY):
        op.execute(f"DROP TRIGGER erased_when_asked_delete ON {table}")
        op.execute(f"DROP POLICY eraser ON {table}")
        op.execute(f"REVOKE ALL ON {table} FROM {prefix}_eraser")
    _note_change(SKIP, PLAIN)
    op.execute("DROP FUNCTION empty_changes(uuid, uuid[])")
    op.execute(WITHOUT_EMPTIED)
    op.execute("DROP POLICY owner_leaves ON row_change")
    op.execute("DROP POLICY owner ON case_erasure")
    op.drop_column("row_change", "emptied_by")
    op.drop_column("row_change", "emptied_as")
