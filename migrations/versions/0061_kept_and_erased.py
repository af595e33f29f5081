"""Cases are kept by a rule, held where they must be, and erased when their time is over, by a login
role of its own whose scope is the one case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0061"
down_revision = "0060"
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
    "ALTER TABLE retention_rule ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE retention_rule FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON retention_rule FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON retention_rule TO {prefix}_provider",
    "GRANT INSERT ON retention_rule TO {prefix}_provider",
    "CREATE POLICY provider_reader ON retention_rule FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON retention_rule TO {prefix}_provider_reader",
    "CREATE POLICY authority ON retention_rule FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON retention_rule TO {prefix}_authority",
    "CREATE POLICY eraser ON retention_rule FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON retention_rule TO {prefix}_eraser",
    "ALTER TABLE legal_hold ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE legal_hold FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON legal_hold FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON legal_hold TO {prefix}_provider",
    "GRANT INSERT ON legal_hold TO {prefix}_provider",
    "GRANT UPDATE (lifted_at, lifted_by_name, lifted_because) ON legal_hold TO {prefix}_provider",
    "CREATE POLICY provider_reader ON legal_hold FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON legal_hold TO {prefix}_provider_reader",
    "CREATE POLICY authority ON legal_hold FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, case_id, placed_at, lifted_at) ON legal_hold TO {prefix}_authority",
    "CREATE POLICY eraser ON legal_hold FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id, placed_at, lifted_at) ON legal_hold TO {prefix}_eraser",
    "GRANT DELETE ON legal_hold TO {prefix}_eraser",
    "ALTER TABLE case_erasure ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE case_erasure FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON case_erasure FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON case_erasure TO {prefix}_provider",
    "GRANT INSERT ON case_erasure TO {prefix}_provider",
    "GRANT UPDATE (taken_back_at, taken_back_by_name) ON case_erasure TO {prefix}_provider",
    "CREATE POLICY provider_reader ON case_erasure FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON case_erasure TO {prefix}_provider_reader",
    "CREATE POLICY authority ON case_erasure FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, reference, closed_on, kept_until, years, asked_on, asked_at, asked_by_name, taken_back_at, erased_at, erased, files, files_removed_at) ON case_erasure TO {prefix}_authority",
    "CREATE POLICY eraser ON case_erasure FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON case_erasure TO {prefix}_eraser",
    "GRANT UPDATE (case_id, erased_at, erased, files, files_left) ON case_erasure TO {prefix}_eraser",
    "GRANT DELETE ON case_erasure TO {prefix}_eraser",
    "CREATE POLICY worker ON case_erasure FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, case_id, asked_at, taken_back_at, erased_at, files_left, files_removed_at) ON case_erasure TO {prefix}_worker",
    "GRANT UPDATE (files_left, files_removed_at, refused) ON case_erasure TO {prefix}_worker",
    "CREATE POLICY eraser ON action_point FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON action_point TO {prefix}_eraser",
    "GRANT DELETE ON action_point TO {prefix}_eraser",
    "CREATE POLICY eraser ON agreed_step FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT ON agreed_step TO {prefix}_eraser",
    "GRANT UPDATE (wording, who, agreement_id) ON agreed_step TO {prefix}_eraser",
    "CREATE POLICY eraser ON agreement FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON agreement TO {prefix}_eraser",
    "GRANT DELETE ON agreement TO {prefix}_eraser",
    "CREATE POLICY eraser ON agreement_draft FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON agreement_draft TO {prefix}_eraser",
    "GRANT DELETE ON agreement_draft TO {prefix}_eraser",
    "CREATE POLICY eraser ON agreement_draft_step FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON agreement_draft_step TO {prefix}_eraser",
    "GRANT DELETE ON agreement_draft_step TO {prefix}_eraser",
    "CREATE POLICY eraser ON agreement_objection FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON agreement_objection TO {prefix}_eraser",
    "GRANT DELETE ON agreement_objection TO {prefix}_eraser",
    "CREATE POLICY eraser ON agreement_signature FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON agreement_signature TO {prefix}_eraser",
    "GRANT DELETE ON agreement_signature TO {prefix}_eraser",
    "CREATE POLICY eraser ON audit_entry FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant() AND (door = 'eraser'))",
    "GRANT INSERT ON audit_entry TO {prefix}_eraser",
    "CREATE POLICY eraser ON authority_task FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON authority_task TO {prefix}_eraser",
    "GRANT DELETE ON authority_task TO {prefix}_eraser",
    "CREATE POLICY eraser ON billed_usage FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, usage_entry_id, line_id) ON billed_usage TO {prefix}_eraser",
    "CREATE POLICY eraser ON case_document FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id, storage_key) ON case_document TO {prefix}_eraser",
    "GRANT DELETE ON case_document TO {prefix}_eraser",
    "CREATE POLICY eraser ON case_fact FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT ON case_fact TO {prefix}_eraser",
    "GRANT UPDATE (value, detail, recorded_by, recorded_by_name, reason) ON case_fact TO {prefix}_eraser",
    "CREATE POLICY eraser ON case_note FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON case_note TO {prefix}_eraser",
    "GRANT DELETE ON case_note TO {prefix}_eraser",
    "CREATE POLICY eraser ON case_notice FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON case_notice TO {prefix}_eraser",
    "GRANT DELETE ON case_notice TO {prefix}_eraser",
    "CREATE POLICY eraser ON case_officer FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, case_id) ON case_officer TO {prefix}_eraser",
    "GRANT DELETE ON case_officer TO {prefix}_eraser",
    "CREATE POLICY eraser ON case_party FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON case_party TO {prefix}_eraser",
    "GRANT DELETE ON case_party TO {prefix}_eraser",
    "CREATE POLICY eraser ON case_position FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT ON case_position TO {prefix}_eraser",
    "CREATE POLICY eraser ON certificate FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON certificate TO {prefix}_eraser",
    "GRANT DELETE ON certificate TO {prefix}_eraser",
    "CREATE POLICY eraser ON child FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, date_of_birth, primary_need) ON child TO {prefix}_eraser",
    "GRANT INSERT ON child TO {prefix}_eraser",
    "GRANT DELETE ON child TO {prefix}_eraser",
    "CREATE POLICY eraser ON complaint FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON complaint TO {prefix}_eraser",
    "GRANT UPDATE (words, answer, recorded_by) ON complaint TO {prefix}_eraser",
    "CREATE POLICY eraser ON correction_proposal FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON correction_proposal TO {prefix}_eraser",
    "GRANT DELETE ON correction_proposal TO {prefix}_eraser",
    "CREATE POLICY eraser ON dispute_answer FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, dispute_id) ON dispute_answer TO {prefix}_eraser",
    "CREATE POLICY eraser ON evaluation FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id, participant, given_on, rating) ON evaluation TO {prefix}_eraser",
    "GRANT UPDATE (comment, may_quote, recorded_by) ON evaluation TO {prefix}_eraser",
    "CREATE POLICY eraser ON facilitated_meeting FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, case_id) ON facilitated_meeting TO {prefix}_eraser",
    "GRANT DELETE ON facilitated_meeting TO {prefix}_eraser",
    "CREATE POLICY eraser ON facilitation_paper FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON facilitation_paper TO {prefix}_eraser",
    "GRANT DELETE ON facilitation_paper TO {prefix}_eraser",
    "CREATE POLICY eraser ON family_link FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON family_link TO {prefix}_eraser",
    "GRANT DELETE ON family_link TO {prefix}_eraser",
    "CREATE POLICY eraser ON incident FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, closed_at) ON incident TO {prefix}_eraser",
    "CREATE POLICY eraser ON invitee FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON invitee TO {prefix}_eraser",
    "GRANT DELETE ON invitee TO {prefix}_eraser",
    "CREATE POLICY eraser ON invoice_dispute FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, invoice_line_id) ON invoice_dispute TO {prefix}_eraser",
    "CREATE POLICY eraser ON message FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (subject_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (subject_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, subject_id) ON message TO {prefix}_eraser",
    "GRANT DELETE ON message TO {prefix}_eraser",
    "CREATE POLICY eraser ON panel_conflict FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON panel_conflict TO {prefix}_eraser",
    "GRANT DELETE ON panel_conflict TO {prefix}_eraser",
    "CREATE POLICY eraser ON participant FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON participant TO {prefix}_eraser",
    "GRANT DELETE ON participant TO {prefix}_eraser",
    "CREATE POLICY eraser ON party_notice_refusal FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, party_id) ON party_notice_refusal TO {prefix}_eraser",
    "GRANT DELETE ON party_notice_refusal TO {prefix}_eraser",
    "CREATE POLICY eraser ON record_correction FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON record_correction TO {prefix}_eraser",
    "GRANT DELETE ON record_correction TO {prefix}_eraser",
    "CREATE POLICY eraser ON said_fact FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id) ON said_fact TO {prefix}_eraser",
    "GRANT DELETE ON said_fact TO {prefix}_eraser",
    "CREATE POLICY eraser ON sen_case FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant() AND (id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (id = scope_person()))",
    "GRANT SELECT ON sen_case TO {prefix}_eraser",
    "GRANT UPDATE (child_id, coordinator_id, reference, authority_reference, external_reference) ON sen_case TO {prefix}_eraser",
    "CREATE POLICY eraser ON signing_link FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, agreement_id, message_id) ON signing_link TO {prefix}_eraser",
    "GRANT DELETE ON signing_link TO {prefix}_eraser",
    "CREATE POLICY eraser ON usage_entry FOR ALL TO {prefix}_eraser USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, case_reference) ON usage_entry TO {prefix}_eraser",
)
OPENED = (
    "action_point",
    "agreed_step",
    "agreement",
    "agreement_draft",
    "agreement_draft_step",
    "agreement_objection",
    "agreement_signature",
    "audit_entry",
    "authority_task",
    "billed_usage",
    "case_document",
    "case_fact",
    "case_note",
    "case_notice",
    "case_officer",
    "case_party",
    "case_position",
    "certificate",
    "child",
    "complaint",
    "correction_proposal",
    "dispute_answer",
    "evaluation",
    "facilitated_meeting",
    "facilitation_paper",
    "family_link",
    "incident",
    "invitee",
    "invoice_dispute",
    "message",
    "panel_conflict",
    "participant",
    "party_notice_refusal",
    "record_correction",
    "said_fact",
    "sen_case",
    "signing_link",
    "usage_entry",
)
DELETED = (
    "action_point",
    "agreement",
    "agreement_draft",
    "agreement_draft_step",
    "agreement_objection",
    "agreement_signature",
    "authority_task",
    "case_document",
    "case_note",
    "case_notice",
    "case_officer",
    "case_party",
    "certificate",
    "child",
    "correction_proposal",
    "facilitated_meeting",
    "facilitation_paper",
    "family_link",
    "invitee",
    "legal_hold",
    "message",
    "panel_conflict",
    "participant",
    "party_notice_refusal",
    "record_correction",
    "said_fact",
    "signing_link",
)
UPDATED = (
    "agreed_step",
    "case_fact",
    "complaint",
    "evaluation",
    "sen_case",
)
CONNECT = """
    DO $$ BEGIN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO {prefix}_eraser', current_database());
    END $$
    """
# What keeps a case that somebody would erase on a day, as words. Without a rule of its own an
# authority's cases are kept for six years.
WHAT_KEEPS_CASE = """
CREATE FUNCTION what_keeps_case(of_tenant uuid, of_case uuid, on_day date) RETURNS text[]
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
    CASE WHEN EXISTS (SELECT 1 FROM standing WHERE kind = 'appeal_registered')
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
# Nothing of a case is erased that was not asked for, or that must be kept, whoever tries.
ERASED_WHEN_ASKED = """
CREATE FUNCTION erased_when_asked() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked date;
    keeps text[];
BEGIN
    SELECT e.asked_on INTO asked FROM public.case_erasure e
    WHERE e.tenant_id = public.scope_tenant() AND e.case_id = public.scope_person()
        AND e.erased_at IS NULL AND e.taken_back_at IS NULL;
    IF asked IS NULL THEN
        RAISE insufficient_privilege USING MESSAGE = 'nobody asked for this case to be erased';
    END IF;
    keeps := public.what_keeps_case(public.scope_tenant(), public.scope_person(), asked);
    IF cardinality(keeps) > 0 THEN
        RAISE restrict_violation USING
            MESSAGE = 'this case must be kept', DETAIL = array_to_string(keeps, ' ');
    END IF;
    RETURN NULL;
END
$$
"""


def _moment(name: str, *, nullable: bool) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _of_case(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "case_id"],
        ["sen_case.tenant_id", "sen_case.id"],
        name=op.f(f"fk_{table}_tenant_id_case_id"),
    )


def _of_tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id"], ["subscriber.id"], name=op.f(f"fk_{table}_tenant_id")
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _keys() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
    )


def _tables() -> None:
    op.create_table(
        "retention_rule",
        *_keys(),
        sa.Column("years", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _moment("set_at", nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_by_name", sa.Text(), nullable=False),
        _check("retention_rule", "years_are_some_and_not_many", "years BETWEEN 1 AND 30"),
        _check("retention_rule", "a_rule_has_a_reason", "length(trim(reason)) > 0"),
        _of_tenant("retention_rule"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_retention_rule")),
    )
    op.create_index("ix_retention_rule_tenant_id_set_at", "retention_rule", ["tenant_id", "set_at"])
    op.create_table(
        "legal_hold",
        *_keys(),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _moment("placed_at", nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=True),
        sa.Column("placed_by_name", sa.Text(), nullable=False),
        _moment("lifted_at", nullable=True),
        sa.Column("lifted_by_name", sa.Text(), nullable=True),
        sa.Column("lifted_because", sa.Text(), nullable=True),
        _check("legal_hold", "a_hold_has_a_reason", "length(trim(reason)) > 0"),
        _check(
            "legal_hold",
            "a_lifting_says_who_and_why",
            "(lifted_at IS NULL) = (lifted_by_name IS NULL)"
            " AND (lifted_at IS NULL) = (lifted_because IS NULL)",
        ),
        _of_case("legal_hold"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_legal_hold")),
    )
    op.create_index("ix_legal_hold_tenant_id_case_id", "legal_hold", ["tenant_id", "case_id"])
    op.create_table(
        "case_erasure",
        *_keys(),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=False),
        sa.Column("years", sa.Integer(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        _moment("asked_at", nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_by_name", sa.Text(), nullable=False),
        _moment("taken_back_at", nullable=True),
        sa.Column("taken_back_by_name", sa.Text(), nullable=True),
        sa.Column("refused", sa.Text(), nullable=True),
        _moment("erased_at", nullable=True),
        sa.Column("erased", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("files_left", sa.ARRAY(sa.Text()), nullable=False),
        _moment("files_removed_at", nullable=True),
        _check("case_erasure", "not_before_its_time", "asked_on > kept_until"),
        _check(
            "case_erasure",
            "what_is_erased_is_not_found_again",
            "(erased_at IS NULL) = (case_id IS NOT NULL)",
        ),
        _check("case_erasure", "done_or_taken_back", "erased_at IS NULL OR taken_back_at IS NULL"),
        _check(
            "case_erasure",
            "files_go_after_the_rows",
            "files_removed_at IS NULL OR erased_at IS NOT NULL",
        ),
        _of_tenant("case_erasure"),
        _of_case("case_erasure"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_case_erasure")),
    )
    op.create_index("ix_case_erasure_tenant_id_asked_at", "case_erasure", ["tenant_id", "asked_at"])
    op.create_index(
        "ix_case_erasure_waiting",
        "case_erasure",
        ["tenant_id", "case_id"],
        unique=True,
        postgresql_where=sa.text("erased_at IS NULL AND taken_back_at IS NULL"),
    )
    op.create_index(
        "ix_case_erasure_files_left",
        "case_erasure",
        ["tenant_id"],
        postgresql_where=sa.text("erased_at IS NOT NULL AND files_removed_at IS NULL"),
    )


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    _tables()
    op.execute(CONNECT.format(prefix=prefix))
    for table in OPEN_TO_ALL:
        op.execute(f"GRANT SELECT ON {table} TO {prefix}_eraser")
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))
    op.execute(WHAT_KEEPS_CASE)
    op.execute(ERASED_WHEN_ASKED)
    for function in ("what_keeps_case(uuid, uuid, date)", "erased_when_asked()"):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    for function in ("what_keeps_case(uuid, uuid, date)", "measured_now(uuid, uuid[])"):
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {prefix}_eraser")
    for event, tables in (("DELETE", DELETED), ("UPDATE", UPDATED)):
        for table in tables:
            op.execute(
                f"CREATE TRIGGER erased_when_asked_{event.lower()} BEFORE {event} ON {table}"
                f" FOR EACH STATEMENT WHEN (current_user = '{prefix}_eraser')"
                " EXECUTE FUNCTION erased_when_asked()"
            )


def downgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    for event, tables in (("DELETE", DELETED), ("UPDATE", UPDATED)):
        for table in tables:
            op.execute(f"DROP TRIGGER erased_when_asked_{event.lower()} ON {table}")
    op.execute("DROP FUNCTION erased_when_asked()")
    op.execute("DROP FUNCTION what_keeps_case(uuid, uuid, date)")
    op.execute(f"REVOKE ALL ON FUNCTION measured_now(uuid, uuid[]) FROM {prefix}_eraser")
    for table in ("case_erasure", "legal_hold", "retention_rule"):
        op.drop_table(table)
    for table in OPENED:
        op.execute(f"DROP POLICY eraser ON {table}")
    for table in (*OPENED, *OPEN_TO_ALL):
        op.execute(f"REVOKE ALL ON {table} FROM {prefix}_eraser")
