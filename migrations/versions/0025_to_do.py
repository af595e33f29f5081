"""What an authority must do, kept beside the facts; dates it offers and people it brings itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

KINDS = (
    "'notice_sent', 'permission_given', 'contact_made', 'mias_held', 'choice_made',"
    " 'certificate_issued', 'certificate_sent', 'certificate_withdrawn',"
    " 'family_informed_authority', 'adviser_informed_authority', 'health_told_authority',"
    " 'authority_told_icb', {more}'authority_cannot_arrange', 'mediator_appointed',"
    " 'representative_named', 'dates_offered', 'dates_answered', 'summaries_exchanged',"
    " 'child_heard', 'agenda_agreed', 'consent_given', 'consent_refused', 'meeting_fixed',"
    " 'meeting_cancelled', 'meeting_held', 'concluded', 'agreement_made', 'agreement_drafted',"
    " 'agreement_signed', 'copies_sent', 'summary_shared', 'step_done', 'appeal_registered',"
    " 'appeal_outcome', 'closed'"
)
SEEN = "tenant_id = scope_tenant() AND (audience IN ('parties', 'authority'))"
SAID = (
    "kind IN ('family_informed_authority', 'health_told_authority', 'authority_told_icb',"
    " 'authority_cannot_arrange', 'representative_named', 'dates_offered', 'dates_answered',"
    " 'consent_given', 'consent_refused', 'step_done', 'appeal_registered', 'appeal_outcome')"
    " AND recorded_by = scope_person() AND replaces_id IS NULL AND NOT retracted"
    " AND (kind NOT IN ({own}) OR value = 'authority')"
)
OWN = "'consent_given', 'consent_refused', 'dates_answered'"
OF_FAMILY = "tenant_id = scope_tenant() AND (case_id = scope_person())"
WALLS = (
    "ALTER TABLE authority_task ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE authority_task FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON authority_task FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON authority_task TO {prefix}_provider",
    "GRANT INSERT ON authority_task TO {prefix}_provider",
    "GRANT UPDATE ON authority_task TO {prefix}_provider",
    "GRANT DELETE ON authority_task TO {prefix}_provider",
    "CREATE POLICY provider_reader ON authority_task FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON authority_task TO {prefix}_provider_reader",
    "CREATE POLICY authority ON authority_task FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON authority_task TO {prefix}_authority",
    # Each side names those whom it brings, for itself.
    "ALTER POLICY authority ON participant WITH CHECK (tenant_id = scope_tenant() AND (side = 'authority'))",
    "GRANT INSERT ON participant TO {prefix}_authority",
    f"ALTER POLICY family ON participant WITH CHECK ({OF_FAMILY} AND (side = 'family'))",
    "GRANT INSERT ON participant TO {prefix}_family",
)


def _prefix() -> str:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    return prefix


def _know_kinds(more: str) -> None:
    name = "ck_case_fact_kind_is_known"
    # In its place comes one that knows a kind more.
    op.execute(
        f"-- squawk-ignore ban-drop-constraint\nALTER TABLE case_fact DROP CONSTRAINT {name}"
    )
    op.execute(
        f"ALTER TABLE case_fact ADD CONSTRAINT {name}"
        f" CHECK (kind IN ({KINDS.format(more=more)})) NOT VALID"
    )
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE case_fact VALIDATE CONSTRAINT {name}"
    )


def _said(own: str) -> None:
    op.execute(
        f"ALTER POLICY authority ON case_fact WITH CHECK ({SEEN} AND ({SAID.format(own=own)}))"
    )


def upgrade() -> None:
    op.create_table(
        "authority_task",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("step_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('consent', 'tell_icb', 'offer_dates', 'answer_dates',"
            " 'name_representative', 'upload_summary', 'sign', 'do_step')",
            name=op.f("ck_authority_task_kind_is_known"),
        ),
        sa.CheckConstraint(
            "(kind = 'do_step') = (step_id IS NOT NULL)",
            name=op.f("ck_authority_task_a_step_is_named"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_authority_task_tenant_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "step_id"],
            ["agreed_step.tenant_id", "agreed_step.id"],
            name=op.f("fk_authority_task_tenant_id_step_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_authority_task")),
    )
    op.create_index(
        "ix_authority_task_tenant_id_case_id", "authority_task", ["tenant_id", "case_id"]
    )
    op.create_index(
        "ix_authority_task_tenant_id_step_id", "authority_task", ["tenant_id", "step_id"]
    )
    op.create_index("ix_authority_task_tenant_id_due_on", "authority_task", ["tenant_id", "due_on"])
    prefix = _prefix()
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))
    _know_kinds("'icb_told_authority', ")
    _said(f"{OWN}, 'dates_offered'")


def downgrade() -> None:
    prefix = _prefix()
    _said(OWN)
    _know_kinds("")
    op.execute(f"REVOKE INSERT ON participant FROM {prefix}_family")
    op.execute(f"ALTER POLICY family ON participant WITH CHECK ({OF_FAMILY})")
    op.execute(f"REVOKE INSERT ON participant FROM {prefix}_authority")
    op.execute("ALTER POLICY authority ON participant WITH CHECK (tenant_id = scope_tenant())")
    op.drop_table("authority_task")
