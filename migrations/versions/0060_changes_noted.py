"""Every change of a tenant's row is written down by a trigger, and linked to a chain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE row_change ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE row_change FORCE ROW LEVEL SECURITY",
    "CREATE POLICY owner ON row_change FOR SELECT TO CURRENT_USER USING (true)",
    "CREATE POLICY owner_adds ON row_change FOR INSERT TO CURRENT_USER WITH CHECK (true)",
    "CREATE POLICY provider ON row_change FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant() AND (for_provider)) WITH CHECK (tenant_id = scope_tenant() AND (for_provider))",
    "GRANT SELECT ON row_change TO {prefix}_provider",
    "CREATE POLICY provider_reader ON row_change FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest() AND (for_manager))",
    "GRANT SELECT ON row_change TO {prefix}_provider_reader",
    "CREATE POLICY finance ON row_change FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant() AND (for_finance)) WITH CHECK (tenant_id = scope_tenant() AND (for_finance))",
    "GRANT SELECT ON row_change TO {prefix}_finance",
    "CREATE POLICY finance_reader ON row_change FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest() AND (for_finance))",
    "GRANT SELECT ON row_change TO {prefix}_finance_reader",
    "CREATE POLICY worker ON row_change FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, at, about) ON row_change TO {prefix}_worker",
    "GRANT DELETE ON row_change TO {prefix}_worker",
    "ALTER TABLE row_change_link ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE row_change_link FORCE ROW LEVEL SECURITY",
    "CREATE POLICY worker ON row_change_link FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON row_change_link TO {prefix}_worker",
    "GRANT INSERT ON row_change_link TO {prefix}_worker",
    "CREATE POLICY provider_reader ON row_change_link FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON row_change_link TO {prefix}_provider_reader",
)
# Table, column of the tenant, of the row, of what it is about; who reads it; what is never copied.
WATCHED = (
    ("action_point", "tenant_id", "id", "case_id", "provider manager", ""),
    ("agreed_step", "tenant_id", "id", "case_id", "provider manager", ""),
    ("agreement", "tenant_id", "id", "case_id", "provider manager", ""),
    ("agreement_draft", "tenant_id", "id", "case_id", "provider", ""),
    ("agreement_draft_step", "tenant_id", "id", "case_id", "provider", ""),
    ("agreement_objection", "tenant_id", "id", "case_id", "provider manager", ""),
    ("agreement_signature", "tenant_id", "id", "case_id", "provider manager", ""),
    ("api_token", "tenant_id", "id", "id", "manager", "token_hash"),
    ("billed_usage", "tenant_id", "id", "usage_entry_id", "finance", ""),
    ("billing_contact", "tenant_id", "tenant_id", "tenant_id", "finance", ""),
    ("case_document", "tenant_id", "id", "case_id", "provider manager", ""),
    ("case_fact", "tenant_id", "id", "case_id", "provider manager", ""),
    ("case_note", "tenant_id", "id", "case_id", "provider manager", ""),
    ("case_officer", "tenant_id", "case_id", "case_id", "provider manager", ""),
    ("case_party", "tenant_id", "id", "case_id", "provider manager", ""),
    ("certificate", "tenant_id", "id", "case_id", "provider manager", ""),
    ("child", "tenant_id", "id", "id", "provider manager", ""),
    ("complaint", "tenant_id", "id", "case_id", "provider manager", ""),
    ("contract", "tenant_id", "id", "id", "finance", ""),
    ("contract_change", "tenant_id", "id", "contract_id", "finance", ""),
    ("contract_targets", "tenant_id", "id", "contract_id", "finance", ""),
    ("contract_terms", "tenant_id", "id", "contract_id", "finance", ""),
    ("correction_proposal", "tenant_id", "id", "case_id", "provider manager", ""),
    ("credit_note", "tenant_id", "id", "invoice_id", "finance", ""),
    ("credit_note_line", "tenant_id", "id", "credit_note_id", "finance", ""),
    ("dispute_answer", "tenant_id", "id", "dispute_id", "finance", ""),
    ("evaluation", "tenant_id", "id", "case_id", "provider manager", ""),
    ("facilitated_meeting", "tenant_id", "case_id", "case_id", "provider manager", ""),
    ("facilitation_paper", "tenant_id", "id", "case_id", "provider manager", ""),
    ("family_link", "tenant_id", "id", "case_id", "provider", "token_hash"),
    ("incident", "tenant_id", "id", "id", "provider manager", ""),
    ("invitee", "tenant_id", "id", "case_id", "provider manager", ""),
    ("invoice", "tenant_id", "id", "contract_id", "finance", ""),
    ("invoice_dispute", "tenant_id", "id", "invoice_line_id", "finance", ""),
    ("invoice_document", "tenant_id", "id", "id", "finance", "content"),
    ("invoice_draft", "tenant_id", "id", "contract_id", "finance", ""),
    ("invoice_draft_line", "tenant_id", "id", "draft_id", "finance", ""),
    ("invoice_line", "tenant_id", "id", "invoice_id", "finance", ""),
    ("invoice_run_part", "tenant_id", "id", "id", "finance", ""),
    ("late_payment_claim", "tenant_id", "id", "claim_invoice_id", "finance", ""),
    ("membership", "tenant_id", "id", "id", "manager", ""),
    ("order_share", "tenant_id", "id", "invoice_id", "finance", ""),
    ("panel_conflict", "tenant_id", "id", "case_id", "provider manager", ""),
    ("paper_delivery", "tenant_id", "id", "id", "finance", ""),
    ("participant", "tenant_id", "id", "case_id", "provider manager", ""),
    ("party_notice_refusal", "tenant_id", "party_id", "party_id", "provider", ""),
    ("payment", "tenant_id", "id", "id", "finance", ""),
    ("payment_allocation", "tenant_id", "id", "invoice_id", "finance", ""),
    ("payment_seen", "tenant_id", "id", "payment_id", "finance", ""),
    ("purchase_order", "tenant_id", "id", "contract_id", "finance", ""),
    ("purchase_order_change", "tenant_id", "id", "purchase_order_id", "finance", ""),
    ("record_correction", "tenant_id", "id", "case_id", "provider manager", ""),
    ("reminder", "tenant_id", "id", "invoice_id", "finance", ""),
    ("reminder_pause", "tenant_id", "id", "invoice_id", "finance", ""),
    ("report_pack", "tenant_id", "id", "id", "provider manager", "pdf xlsx"),
    ("sen_case", "tenant_id", "id", "id", "provider manager", ""),
    ("signing_link", "tenant_id", "id", "agreement_id", "provider", "token_hash"),
    ("subscriber", "id", "id", "id", "provider manager finance", ""),
    ("usage_entry", "tenant_id", "id", "id", "finance", ""),
    ("write_off", "tenant_id", "id", "invoice_id", "finance", ""),
)
EVENTS = {
    "insert": "REFERENCING NEW TABLE AS added",
    "update": "REFERENCING OLD TABLE AS gone NEW TABLE AS added",
    "delete": "REFERENCING OLD TABLE AS gone",
}
# Ids are UUIDv7 of the moment of the statement, so that the key is also the order. What is added is
# most of what is written, and of few shapes: only other shapes are read by way of JSON.
ID = (
    "encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING stamp FROM 1 FOR 6),"
    " 52, 1), 53, 1), 'hex')::uuid"
)
NOTE_CHANGE = """
    CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
    #variable_conflict use_variable
    DECLARE
        moment timestamptz := clock_timestamp();
        stamp bytea := substring(int8send(floor(extract(epoch FROM moment) * 1000)::bigint) FROM 3);
        door text := regexp_replace(session_user, '^{prefix}_', '');
        who uuid := CASE WHEN door NOT IN ('family', 'signer') THEN public.scope_person() END;
        party uuid := CASE WHEN door = 'family' THEN public.scope_party() END;
        readers text[] := string_to_array(TG_ARGV[3], ' ');
        provider boolean := 'provider' = ANY (readers);
        manager boolean := 'manager' = ANY (readers);
        finance boolean := 'finance' = ANY (readers);
        hidden text[] := string_to_array(TG_ARGV[4], ' ');
    BEGIN
        IF TG_OP = 'INSERT' AND TG_ARGV[0] = 'tenant_id' AND TG_ARGV[1] = 'id'
            AND TG_ARGV[2] = 'case_id'
        THEN
            INSERT INTO public.row_change
            SELECT tenant_id, {id}, moment, TG_TABLE_NAME, id, coalesce(case_id, id), 'insert', who, party, door,
                   NULL, NULL, provider, manager, finance
            FROM added;
        ELSIF TG_OP = 'INSERT' AND TG_ARGV[0] = 'tenant_id' AND TG_ARGV[1] = 'id'
            AND TG_ARGV[2] = 'id'
        THEN
            INSERT INTO public.row_change
            SELECT tenant_id, {id}, moment, TG_TABLE_NAME, id, id, 'insert', who, party, door,
                   NULL, NULL, provider, manager, finance
            FROM added;
        ELSIF TG_OP = 'INSERT' THEN
            INSERT INTO public.row_change
            SELECT (said ->> TG_ARGV[0])::uuid,
                   {id}, moment,
                   TG_TABLE_NAME, (said ->> TG_ARGV[1])::uuid,
                   coalesce(said ->> TG_ARGV[2], said ->> TG_ARGV[1])::uuid, 'insert', who, party,
                   door, NULL, NULL, provider, manager, finance
            FROM (SELECT to_jsonb(a) AS said FROM added a) x;
        ELSIF TG_OP = 'UPDATE' THEN
            INSERT INTO public.row_change
            SELECT (said ->> TG_ARGV[0])::uuid,
                   {id}, moment,
                   TG_TABLE_NAME, (said ->> TG_ARGV[1])::uuid,
                   coalesce(said ->> TG_ARGV[2], said ->> TG_ARGV[1])::uuid, act, who, party,
                   door, was, is_now, provider, manager, finance
            FROM (
                SELECT coalesce(n, o) AS said,
                       CASE WHEN o IS NULL THEN 'insert' WHEN n IS NULL THEN 'delete'
                           ELSE 'update' END AS act,
                       CASE WHEN n IS NULL THEN o - hidden ELSE differs.was END AS was,
                       differs.is_now
                FROM (SELECT to_jsonb(g) AS o FROM gone g) g
                FULL JOIN (SELECT to_jsonb(a) AS n FROM added a) a
                    ON o ->> TG_ARGV[0] = n ->> TG_ARGV[0] AND o ->> TG_ARGV[1] = n ->> TG_ARGV[1],
                LATERAL (
                    SELECT jsonb_object_agg(before.key,
                               CASE WHEN before.key <> ALL (hidden) THEN before.value END) AS was,
                           jsonb_object_agg(before.key,
                               CASE WHEN before.key <> ALL (hidden) THEN after.value END) AS is_now
                    FROM jsonb_each(o) before JOIN jsonb_each(n) after USING (key)
                    WHERE before.value IS DISTINCT FROM after.value
                ) differs
                WHERE o IS DISTINCT FROM n
            ) x;
        ELSE
            INSERT INTO public.row_change
            SELECT (said ->> TG_ARGV[0])::uuid,
                   {id}, moment,
                   TG_TABLE_NAME, (said ->> TG_ARGV[1])::uuid,
                   coalesce(said ->> TG_ARGV[2], said ->> TG_ARGV[1])::uuid, 'delete', who, party,
                   door, said - hidden, NULL, provider, manager, finance
            FROM (SELECT to_jsonb(g) AS said FROM gone g) x;
        END IF;
        RETURN NULL;
    END
    $$
"""
# For the worker, who links what it may not read: what each change says, as a SHA-256.
CHANGE_HASHES = """
    CREATE FUNCTION change_hashes(wanted uuid[]) RETURNS TABLE (id uuid, sha256 bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        SELECT c.id, sha256(convert_to(jsonb_build_array(
                   c.tenant_id, c.id, extract(epoch FROM c.at), c.table_name, c.row_id, c.about,
                   c.act, c.person_id, c.party_id, c.door, c.was, c.is_now,
                   c.for_provider, c.for_manager, c.for_finance)::text, 'UTF8'))
        FROM public.row_change c
        WHERE c.tenant_id = public.scope_tenant() AND c.id = ANY (wanted)
    $$
"""
GUARD = """
    CREATE FUNCTION keep_row_change() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        IF EXISTS (SELECT FROM gone WHERE at > now() - interval '6 years') THEN
            RAISE EXCEPTION 'what is younger than six years is kept in row_change'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NULL;
    END
    $$
"""


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "row_change",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("was", postgresql.JSONB(), nullable=True),
        sa.Column("is_now", postgresql.JSONB(), nullable=True),
        sa.Column("for_provider", sa.Boolean(), nullable=False),
        sa.Column("for_manager", sa.Boolean(), nullable=False),
        sa.Column("for_finance", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "act IN ('insert', 'update', 'delete')", name=op.f("ck_row_change_act_is_known")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_row_change")),
    )
    op.create_index("ix_row_change_tenant_id_about_id", "row_change", ["tenant_id", "about", "id"])
    op.create_table(
        "row_change_link",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("changes", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("newest", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "number", name=op.f("pk_row_change_link")),
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))
    for function, text in (
        ("note_change()", NOTE_CHANGE.replace("{prefix}", prefix).replace("{id}", ID)),
        ("change_hashes(uuid[])", CHANGE_HASHES),
        ("keep_row_change()", GUARD),
    ):
        op.execute(text)
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION change_hashes(uuid[]) TO {prefix}_worker")
    op.execute(
        "CREATE TRIGGER keep_on_delete AFTER DELETE ON row_change REFERENCING OLD TABLE AS gone"
        " FOR EACH STATEMENT EXECUTE FUNCTION keep_row_change()"
    )
    for table, *words in WATCHED:
        said = ", ".join(f"'{word}'" for word in words)
        for event, tables in EVENTS.items():
            op.execute(
                f"CREATE TRIGGER note_{event} AFTER {event.upper()} ON {table} {tables}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION note_change({said})"
            )


def downgrade() -> None:
    for table, *_ in WATCHED:
        for event in EVENTS:
            op.execute(f"DROP TRIGGER note_{event} ON {table}")
    op.drop_table("row_change_link")
    op.drop_table("row_change")
    for function in ("note_change()", "change_hashes(uuid[])", "keep_row_change()"):
        op.execute(f"DROP FUNCTION {function}")
