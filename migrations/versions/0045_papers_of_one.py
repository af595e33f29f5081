"""What one of a family hands in is theirs alone, until both sides may read it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

# A family's token holds the case in the place of the person, and who of the family asks.
FUNCTION = """
    CREATE OR REPLACE FUNCTION {name}() RETURNS uuid
    LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        named text := (public.scope_claims())[2];
    BEGIN
        RETURN CASE WHEN named ~ '{shape}' THEN {half}(named, 32)::uuid END;
    END
    $$
"""
ONE, AND_PARTY = "^[0-9a-f]{32}$", "^[0-9a-f]{32}(p[0-9a-f]{32})?$"
WITH_PARTY = "^[0-9a-f]{32}p[0-9a-f]{32}$"

SEEN_BEFORE = (
    "tenant_id = scope_tenant() AND (case_id = scope_person()"
    " AND audience IN ('parties', 'family') AND (withdrawn_at IS NULL OR side = 'family'){more})"
)
THEIRS = "party_id IS NULL OR party_id = scope_party()"
GIVEN_BEFORE = (
    "side = 'family' AND exchanged_at IS NULL AND (kind <> 'summary' OR audience = 'family')"
    " AND CASE WHEN withdrawn_at IS NULL THEN uploaded_by IS NULL"
    " ELSE withdrawn_by IS NULL END{more}"
)
EVENTS = (
    "'certificate_issued', 'certificate_withdrawn', 'adviser_informed_authority', "
    "'family_informed_authority', 'health_told_authority', 'authority_told_icb', "
    "'authority_cannot_arrange', 'mediator_appointed', 'representative_named', "
    "'dates_offered', 'dates_answered', 'consent_given', 'consent_refused', 'meeting_fixed', "
    "'meeting_cancelled', 'ended_early', 'summaries_exchanged', 'agenda_agreed', 'summary_shared', "
    "'agreement_drafted', 'agreement_signed', 'agreement_made', 'copies_sent', 'step_done', "
    "'appeal_registered', 'closed', 'meeting_changed', 'document_shared', 'summary_received',"
    " 'document_withdrawn', {more}'summary_withdrawn', 'personal_link', 'signing_link', "
    "'message_bounced', 'step_due_soon', 'step_overdue', 'certificate_at_risk', 'task_due_soon', "
    "'task_waits', 'agreement_questioned', 'correction_proposed'"
)
NAME = "ck_case_notice_event_is_known"


def _know(more: str) -> None:
    # In the place of the constraint comes one that knows some words more, or less.
    op.execute(
        f"-- squawk-ignore ban-drop-constraint\nALTER TABLE case_notice DROP CONSTRAINT {NAME}"
    )
    op.execute(
        f"ALTER TABLE case_notice ADD CONSTRAINT {NAME}"
        f" CHECK (event IN ({EVENTS.format(more=more)})) NOT VALID"
    )
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE case_notice VALIDATE CONSTRAINT {NAME}"
    )


def _function(name: str, shape: str, half: str) -> None:
    op.execute(FUNCTION.format(name=name, shape=shape, half=half))


def _seen_and_given(seen: str, given: str) -> None:
    sees = SEEN_BEFORE.format(more=seen)
    op.execute(
        f"ALTER POLICY family ON case_document USING ({sees})"
        f" WITH CHECK ({sees} AND ({GIVEN_BEFORE.format(more=given)}))"
    )


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    _function("scope_person", AND_PARTY, "left")
    _function("scope_party", WITH_PARTY, "right")
    op.add_column("case_document", sa.Column("party_id", sa.Uuid(), nullable=True))
    for name, condition in (
        (
            "fk_case_document_tenant_id_party_id",
            "FOREIGN KEY (tenant_id, party_id) REFERENCES case_party (tenant_id, id)",
        ),
        ("ck_case_document_one_of_the_family", "CHECK (party_id IS NULL OR side = 'family')"),
    ):
        op.execute(f"ALTER TABLE case_document ADD CONSTRAINT {name} {condition} NOT VALID")
        op.execute(
            "-- squawk-ignore constraint-missing-not-valid\n"
            f"ALTER TABLE case_document VALIDATE CONSTRAINT {name}"
        )
    op.execute(f"GRANT SELECT (party_id) ON case_document TO {prefix}_family")
    _seen_and_given(f" AND (audience = 'parties' OR {THEIRS})", f" AND ({THEIRS})")
    _know("'document_received', 'document_taken_back', ")


def downgrade() -> None:
    _seen_and_given("", "")
    op.drop_column("case_document", "party_id")
    op.execute(
        "DELETE FROM case_notice WHERE event IN ('document_received', 'document_taken_back')"
    )
    _know("")
    op.execute("DROP FUNCTION scope_party()")
    _function("scope_person", ONE, "left")
