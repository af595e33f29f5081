"""Cases whose data is restricted or objected to: nobody writes in them what the law does not let."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE case_restriction ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE case_restriction FORCE ROW LEVEL SECURITY",
    "CREATE POLICY owner ON case_restriction FOR SELECT TO CURRENT_USER USING (tenant_id = scope_tenant())",
    "CREATE POLICY provider ON case_restriction FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON case_restriction TO {prefix}_provider",
    "GRANT INSERT ON case_restriction TO {prefix}_provider",
    "GRANT UPDATE (decision, decided_on, reason, told_on, lifted_on, lifted_because) ON case_restriction TO {prefix}_provider",
    "CREATE POLICY provider_reader ON case_restriction FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON case_restriction TO {prefix}_provider_reader",
    "CREATE POLICY authority ON case_restriction FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, case_id, ground, received_on, decision, lifted_on) ON case_restriction TO {prefix}_authority",
    "CREATE POLICY family ON case_restriction FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id, ground, received_on, decision, lifted_on) ON case_restriction TO {prefix}_family",
    "CREATE POLICY eraser ON case_restriction FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id, ground, decision, lifted_on) ON case_restriction TO {prefix}_eraser",
    "GRANT DELETE ON case_restriction TO {prefix}_eraser",
)
IN_FORCE = (
    "lifted_on IS NULL AND (decision = 'restricted' OR ground = 'objection' AND decision IS NULL)"
)
CHECKS = {
    "ground_is_known": "ground IN ('accuracy', 'unlawful', 'claim', 'objection')",
    "decision_is_known": "decision IS NULL OR decision IN ('restricted', 'refused')",
    "it_has_words": "length(trim(words)) > 0",
    "a_decision_has_a_day_and_a_reason": "(decision IS NULL) = (decided_on IS NULL)"
    " AND (decision IS NULL) = (reason IS NULL)",
    "who_asked_is_told_before_it_is_lifted": "(lifted_on IS NULL) = (lifted_because IS NULL)"
    " AND (lifted_on IS NULL OR decision = 'restricted' AND told_on <= lifted_on)",
    "one_follows_the_other": "decided_on >= received_on AND lifted_on >= decided_on",
}
# Certificates and appeals serve legal claims; corrections put right; the rest follows from what was
# done before, or from the day alone.
LET = (
    "'certificate_issued', 'certificate_sent', 'certificate_withdrawn', 'appeal_registered',"
    " 'appeal_outcome', 'dates_passed', 'agreement_signed', 'agreement_made'"
)
# Runs as its owner, who sees of the tenant in scope which cases are restricted: a signer, say, is
# granted nothing of that.
STAYS = """
CREATE FUNCTION {name}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM changed c
        JOIN public.case_restriction r ON r.tenant_id = c.tenant_id AND r.case_id = c.case_id
        WHERE r.{in_force}{of_these}
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'RE018', MESSAGE = 'this case is restricted';
    END IF;
    RETURN NULL;
END
$$
"""
NOT_TOLD = """
CREATE FUNCTION restricted_case_is_not_told() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM public.case_restriction r
        WHERE r.tenant_id = NEW.tenant_id AND r.case_id = NEW.case_id AND r.{in_force}
    ) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$$
"""
WRITTEN = {
    "INSERT": (
        *("case_note", "case_document", "agreement", "agreement_draft", "agreement_draft_step"),
        *("agreement_signature", "participant", "invitee", "facilitation_paper", "action_point"),
    ),
    "UPDATE": ("agreement_draft", "agreement_draft_step", "action_point"),
}
# As of migration 0061, and what is restricted besides.
WHAT_KEEPS_CASE = """
CREATE OR REPLACE FUNCTION what_keeps_case(of_tenant uuid, of_case uuid, on_day date) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
WITH standing AS (
    SELECT f.kind FROM public.case_fact f
    WHERE f.tenant_id = of_tenant AND f.case_id = of_case AND NOT f.retracted
        AND f.kind IN ('appeal_registered', 'appeal_outcome')
        AND NOT EXISTS (
            SELECT 1 FROM public.case_fact later
            WHERE later.tenant_id = f.tenant_id AND later.replaces_id = f.id
        )
)
SELECT array_remove(ARRAY[
    CASE WHEN p.is_open OR p.closed_on IS NULL THEN 'open' END,
    CASE WHEN p.closed_on + make_interval(years => coalesce((
        SELECT r.years FROM public.retention_rule r WHERE r.tenant_id = of_tenant
        ORDER BY r.set_at DESC, r.id DESC LIMIT 1
    ), 6)) >= on_day THEN 'early' END,
    CASE WHEN EXISTS (
        SELECT 1 FROM public.legal_hold h
        WHERE h.tenant_id = of_tenant AND h.case_id = of_case AND h.lifted_at IS NULL
    ) THEN 'hold' END,
{restricted}    CASE WHEN EXISTS (SELECT 1 FROM standing WHERE kind = 'appeal_registered')
        AND NOT EXISTS (SELECT 1 FROM standing WHERE kind = 'appeal_outcome') THEN 'appeal' END,
    CASE WHEN EXISTS (
        SELECT 1 FROM public.incident i WHERE i.tenant_id = of_tenant AND i.closed_at IS NULL
    ) THEN 'incident' END,
    CASE WHEN EXISTS (
        SELECT 1 FROM public.invoice_dispute d
        JOIN public.billed_usage b ON b.tenant_id = d.tenant_id AND b.line_id = d.invoice_line_id
        JOIN public.usage_entry u ON u.tenant_id = b.tenant_id AND u.id = b.usage_entry_id
        WHERE d.tenant_id = of_tenant AND u.case_reference = c.reference
            AND NOT EXISTS (
                SELECT 1 FROM public.dispute_answer a
                WHERE a.tenant_id = d.tenant_id AND a.dispute_id = d.id
            )
    ) THEN 'dispute' END
], NULL)
FROM public.case_position p
JOIN public.sen_case c ON c.tenant_id = p.tenant_id AND c.id = p.case_id
WHERE p.tenant_id = of_tenant AND p.case_id = of_case
$$
"""
RESTRICTED = """    CASE WHEN EXISTS (
        SELECT 1 FROM public.case_restriction x
        WHERE x.tenant_id = of_tenant AND x.case_id = of_case AND x.lifted_on IS NULL
            AND (x.decision = 'restricted' OR x.ground = 'objection' AND x.decision IS NULL)
    ) THEN 'restricted' END,
"""


def _in_force(alias: str) -> str:
    return (
        f"lifted_on IS NULL AND ({alias}.decision = 'restricted'"
        f" OR {alias}.ground = 'objection' AND {alias}.decision IS NULL)"
    )


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "case_restriction",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("lifted_on", sa.Date(), nullable=True),
        sa.Column("lifted_because", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_by_name", sa.Text(), nullable=False),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_case_restriction_{name}"))
            for name, condition in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_case_restriction_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_case_restriction")),
    )
    op.create_index(
        "ix_case_restriction_tenant_id_case_id", "case_restriction", ["tenant_id", "case_id"]
    )
    op.create_index(
        "ix_case_restriction_in_force",
        "case_restriction",
        ["tenant_id", "case_id"],
        postgresql_where=sa.text(IN_FORCE),
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))
    of_facts = f" AND c.kind NOT IN ({LET}) AND c.replaces_id IS NULL"
    for name, of_these in (
        ("restricted_case_stays", ""),
        ("restricted_case_takes_no_fact", of_facts),
    ):
        op.execute(STAYS.format(name=name, in_force=_in_force("r"), of_these=of_these))
        op.execute(f"REVOKE ALL ON FUNCTION {name}() FROM PUBLIC")
    op.execute(NOT_TOLD.format(in_force=_in_force("r")))
    op.execute("REVOKE ALL ON FUNCTION restricted_case_is_not_told() FROM PUBLIC")
    for event, tables in WRITTEN.items():
        for table in tables:
            op.execute(
                f"CREATE TRIGGER restricted_case_stays_{event.lower()} AFTER {event} ON {table}"
                " REFERENCING NEW TABLE AS changed FOR EACH STATEMENT"
                " EXECUTE FUNCTION restricted_case_stays()"
            )
    op.execute(
        "CREATE TRIGGER restricted_case_takes_no_fact AFTER INSERT ON case_fact"
        " REFERENCING NEW TABLE AS changed FOR EACH STATEMENT"
        " EXECUTE FUNCTION restricted_case_takes_no_fact()"
    )
    # What reminds of itself leaves a restricted case out.
    op.execute(
        "CREATE TRIGGER restricted_case_is_not_told BEFORE INSERT ON case_notice FOR EACH ROW"
        f" WHEN (current_user = '{prefix}_worker')"
        " EXECUTE FUNCTION restricted_case_is_not_told()"
    )
    op.execute(WHAT_KEEPS_CASE.format(restricted=RESTRICTED))
    op.execute(
        "CREATE TRIGGER erased_when_asked_delete BEFORE DELETE ON case_restriction"
        f" FOR EACH STATEMENT WHEN (current_user = '{prefix}_eraser')"
        " EXECUTE FUNCTION erased_when_asked()"
    )


def downgrade() -> None:
    op.execute(WHAT_KEEPS_CASE.format(restricted=""))
    op.execute("DROP TRIGGER restricted_case_is_not_told ON case_notice")
    op.execute("DROP TRIGGER restricted_case_takes_no_fact ON case_fact")
    for event, tables in WRITTEN.items():
        for table in tables:
            op.execute(f"DROP TRIGGER restricted_case_stays_{event.lower()} ON {table}")
    for name in (
        "restricted_case_is_not_told",
        "restricted_case_takes_no_fact",
        "restricted_case_stays",
    ):
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("case_restriction")
