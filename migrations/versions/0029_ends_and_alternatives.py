"""How a case ended before a meeting; an agreed step is done as one of its alternatives."""

from __future__ import annotations

from alembic import context, op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

KINDS = (
    "'notice_sent', 'permission_given', 'contact_made', 'mias_held', 'choice_made',"
    " 'certificate_issued', 'certificate_sent', 'certificate_withdrawn',"
    " 'family_informed_authority', 'adviser_informed_authority', 'health_told_authority',"
    " 'authority_told_icb', 'icb_told_authority', 'authority_cannot_arrange', 'mediator_appointed',"
    " 'representative_named', 'dates_offered', 'dates_answered', 'summaries_exchanged',"
    " 'child_heard', 'agenda_agreed', 'consent_given', 'consent_refused', 'meeting_fixed',"
    " 'meeting_cancelled', 'meeting_held', {more}'concluded', 'agreement_made', 'agreement_drafted',"
    " 'agreement_signed', 'copies_sent', 'summary_shared', 'step_done', 'appeal_registered',"
    " 'appeal_outcome', 'closed'"
)
EVENTS = (
    "'certificate_issued', 'certificate_withdrawn', 'adviser_informed_authority', "
    "'family_informed_authority', 'health_told_authority', 'authority_told_icb', "
    "'authority_cannot_arrange', 'mediator_appointed', 'representative_named', "
    "'dates_offered', 'dates_answered', 'consent_given', 'consent_refused', 'meeting_fixed', "
    "'meeting_cancelled', {more}'summaries_exchanged', 'agenda_agreed', 'summary_shared', "
    "'agreement_drafted', 'agreement_signed', 'agreement_made', 'copies_sent', 'step_done', "
    "'appeal_registered', 'closed', 'meeting_changed', 'document_shared', 'summary_received',"
    " 'document_withdrawn', 'summary_withdrawn', 'personal_link', 'signing_link', "
    "'message_bounced', 'step_due_soon', 'step_overdue', 'certificate_at_risk'"
)
COUNTERS_BEFORE = (
    "referrals",
    "mias_delivered",
    "choices_recorded",
    "chose_mediation",
    "certificates",
    "certificates_no_mediation",
    "certificates_after_mediation",
    "certificates_deemed",
    "certificates_in_time",
    "dates_fixed",
    "dates_fixed_within_30",
    "mediations_held",
    "mediations_timed",
    "mediations_held_within_30",
    "full_agreements",
    "partial_agreements",
    "no_agreements",
    "agreements",
    "followed_by_appeal",
    "resolutions_held",
    "facilitations_held",
    "meetings_attendance_known",
    "meetings_authority_attended",
    "meetings_power_known",
    "meetings_could_decide",
    "voices_heard",
    "steps_due",
    "steps_in_time",
    "appeals_registered",
    "answers",
    "satisfied_answers",
)
ENDS = ("ended_conceded", "ended_withdrawn", "ended_superseded", "ended_moved")
# The breakdowns that a month's tally is kept for, and where each is read from.
BREAKDOWNS = (
    ("all", "'all'"),
    ("service", "side.service"),
    ("route", "side.route"),
    ("decision_type", "side.decision_type"),
    ("need", "side.need"),
    ("age_band", "side.age_band"),
    ("phase", "side.phase"),
    ("mediator", "side.mediator"),
    ("delay_cause", "side.delay_cause"),
    ("participant", "event.participant"),
)

# As of migration 0003 but for how a case ended before a meeting. What a case adds to which counter on which day, read from its rows as they stand now. A fact
# that was corrected or retracted does not stand.
MEASURED_NOW = """
CREATE OR REPLACE FUNCTION measured_now(of_tenant uuid, of_cases uuid[]) RETURNS SETOF public.measured_case
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
WITH event AS (
    SELECT c.id AS case_id, e.counter, e.on_date, NULL::text AS participant
    FROM public.sen_case c
    JOIN public.case_position p ON p.tenant_id = c.tenant_id AND p.case_id = c.id
    CROSS JOIN LATERAL (VALUES
        ('referrals', c.opened_on),
        ('mias_delivered', p.mias_on),
        ('choices_recorded', CASE WHEN p.choice IN ('mediate', 'decline') THEN p.choice_on END),
        ('chose_mediation', CASE p.choice WHEN 'mediate' THEN p.choice_on END),
        ('certificates', p.certificate_on),
        ('certificates_no_mediation',
            CASE p.certificate_kind WHEN 's55_4' THEN p.certificate_on END),
        ('certificates_after_mediation',
            CASE p.certificate_kind WHEN 's55_5' THEN p.certificate_on END),
        ('certificates_deemed', CASE p.certificate_kind WHEN 'deemed' THEN p.certificate_on END),
        ('certificates_in_time',
            CASE WHEN p.certificate_on <= p.certificate_due THEN p.certificate_on END),
        ('appeals_registered', p.appeal_on),
        ('resolutions_held', CASE c.service WHEN 'disagreement_resolution' THEN p.held_on END),
        ('facilitations_held', CASE c.service WHEN 'facilitation' THEN p.held_on END)
    ) AS e (counter, on_date)
    WHERE c.tenant_id = of_tenant AND c.id = ANY (of_cases)
    UNION ALL
    SELECT c.id, e.counter, e.on_date, NULL
    FROM public.sen_case c
    JOIN public.case_position p ON p.tenant_id = c.tenant_id AND p.case_id = c.id
    CROSS JOIN LATERAL (VALUES
        ('dates_fixed', CASE WHEN p.mediation_due IS NOT NULL THEN p.date_fixed_on END),
        ('dates_fixed_within_30',
            CASE WHEN p.date_fixed_on <= p.mediation_due THEN p.date_fixed_on END),
        ('mediations_held', p.held_on),
        ('mediations_timed', CASE WHEN p.mediation_due IS NOT NULL THEN p.held_on END),
        ('mediations_held_within_30', CASE WHEN p.held_on <= p.mediation_due THEN p.held_on END),
        ('full_agreements', CASE p.outcome WHEN 'full' THEN p.held_on END),
        ('partial_agreements', CASE p.outcome WHEN 'partial' THEN p.held_on END),
        ('no_agreements', CASE p.outcome WHEN 'none' THEN p.held_on END),
        ('agreements', CASE WHEN p.outcome IN ('full', 'partial') THEN p.held_on END),
        ('followed_by_appeal', CASE WHEN p.appeal_on IS NOT NULL THEN p.held_on END)
    ) AS e (counter, on_date)
    WHERE c.tenant_id = of_tenant AND c.id = ANY (of_cases) AND c.service = 'mediation'
    UNION ALL
    SELECT f.case_id, e.counter, f.on_date, NULL
    FROM public.case_fact f
    JOIN public.sen_case c ON c.tenant_id = f.tenant_id AND c.id = f.case_id
    CROSS JOIN LATERAL (VALUES
        (f.detail ->> 'authority_attended', f.detail ->> 'authority_could_decide')
    ) AS told (attended, decide)
    CROSS JOIN LATERAL (VALUES
        ('meetings_attendance_known', told.attended IN ('true', 'false')),
        ('meetings_authority_attended', told.attended = 'true'),
        ('meetings_power_known', told.attended = 'true' AND told.decide IN ('true', 'false')),
        ('meetings_could_decide', told.attended = 'true' AND told.decide = 'true')
    ) AS e (counter, counts)
    WHERE f.tenant_id = of_tenant AND f.case_id = ANY (of_cases) AND c.service = 'mediation'
        AND f.kind = 'meeting_held' AND NOT f.retracted AND e.counts
        AND NOT EXISTS (
            SELECT 1 FROM public.case_fact later
            WHERE later.tenant_id = f.tenant_id AND later.replaces_id = f.id
        )
    UNION ALL
    SELECT DISTINCT c.id, 'voices_heard', p.held_on, NULL
    FROM public.case_fact f
    JOIN public.sen_case c ON c.tenant_id = f.tenant_id AND c.id = f.case_id
    JOIN public.case_position p ON p.tenant_id = c.tenant_id AND p.case_id = c.id
    WHERE f.tenant_id = of_tenant AND f.case_id = ANY (of_cases) AND c.service = 'mediation'
        AND (f.kind = 'child_heard'
            OR f.kind = 'meeting_held' AND f.detail ->> 'voice_heard' = 'true')
        AND NOT f.retracted
        AND NOT EXISTS (
            SELECT 1 FROM public.case_fact later
            WHERE later.tenant_id = f.tenant_id AND later.replaces_id = f.id
        )
{ends}    UNION ALL
    SELECT s.case_id, e.counter, s.due_on, NULL
    FROM public.agreed_step s
    CROSS JOIN LATERAL (VALUES
        ('steps_due', true), ('steps_in_time', s.done_on <= s.due_on)
    ) AS e (counter, counts)
    WHERE s.tenant_id = of_tenant AND s.case_id = ANY (of_cases) AND e.counts
    UNION ALL
    SELECT v.case_id, e.counter, v.given_on, v.participant
    FROM public.evaluation v
    CROSS JOIN LATERAL (VALUES
        ('answers', true), ('satisfied_answers', v.rating >= 4)
    ) AS e (counter, counts)
    WHERE v.tenant_id = of_tenant AND v.case_id = ANY (of_cases) AND e.counts
), gathered AS (
    SELECT event.case_id,
        array_agg(event.counter ORDER BY event.on_date, event.counter, event.participant)
            AS counters,
        array_agg(event.on_date ORDER BY event.on_date, event.counter, event.participant) AS days,
        array_agg(event.participant ORDER BY event.on_date, event.counter, event.participant)
            AS participants,
        coalesce(array_agg(event.counter ORDER BY event.on_date, event.counter)
            FILTER (WHERE NOT event.counter = ANY (told)), ARRAY[]::text[]) AS shared_counters,
        coalesce(array_agg(event.on_date ORDER BY event.on_date, event.counter)
            FILTER (WHERE NOT event.counter = ANY (told)), ARRAY[]::date[]) AS shared_days
    FROM event
    -- What a family told its adviser, and how it was content, the authority learns of no case.
    CROSS JOIN (VALUES (ARRAY[
        'choices_recorded', 'chose_mediation', 'answers', 'satisfied_answers'
    ])) AS confidence (told)
    WHERE event.on_date IS NOT NULL GROUP BY event.case_id
)
SELECT c.tenant_id, c.id, c.service, c.route, coalesce(c.decision_type, 'none'),
    coalesce(k.primary_need, 'unknown'),
    CASE WHEN born.years < 5 THEN '0-4' WHEN born.years < 11 THEN '5-10'
        WHEN born.years < 16 THEN '11-15' WHEN born.years < 20 THEN '16-19' ELSE '20-25' END,
    CASE WHEN born.in_august < 4 THEN 'early_years' WHEN born.in_august < 11 THEN 'primary'
        WHEN born.in_august < 16 THEN 'secondary' ELSE 'post_16' END,
    coalesce(c.mediator_id::text, 'none'), coalesce(p.delay_cause, 'none'),
    CASE c.service WHEN 'mediation' THEN p.held_on END,
    CASE c.service WHEN 'mediation' THEN p.held_on - p.mediation_started_on END,
    gathered.counters, gathered.days, gathered.participants,
    gathered.shared_counters, gathered.shared_days
FROM public.sen_case c
JOIN public.case_position p ON p.tenant_id = c.tenant_id AND p.case_id = c.id
JOIN public.child k ON k.tenant_id = c.tenant_id AND k.id = c.child_id
JOIN gathered ON gathered.case_id = c.id
CROSS JOIN LATERAL (
    SELECT extract(year FROM age(c.opened_on, k.date_of_birth)) AS years,
        extract(year FROM age(make_date(
            extract(year FROM c.opened_on)::integer
                - CASE WHEN extract(month FROM c.opened_on) < 9 THEN 1 ELSE 0 END, 8, 31
        ), k.date_of_birth)) AS in_august
) AS born
WHERE c.tenant_id = of_tenant AND c.id = ANY (of_cases)
$$
"""
ENDED_EARLY = """    UNION ALL
    SELECT f.case_id, 'ended_' || f.value, f.on_date, NULL
    FROM public.case_fact f
    WHERE f.tenant_id = of_tenant AND f.case_id = ANY (of_cases)
        AND f.kind = 'ended_early' AND NOT f.retracted
        AND NOT EXISTS (
            SELECT 1 FROM public.case_fact later
            WHERE later.tenant_id = f.tenant_id AND later.replaces_id = f.id
        )
"""


def _keep_measures(counters: tuple[str, ...]) -> str:
    return f"""
CREATE OR REPLACE FUNCTION keep_measures(of_tenant uuid, of_cases uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fresh public.measured_case[];
BEGIN
    -- One writer at a time in a tenant, so that nobody subtracts what another has changed and no
    -- two wait for each other's months.
    PERFORM pg_advisory_xact_lock(hashtextextended('measures ' || of_tenant::text, 0));
    -- Of an authority whose first cases are in this transaction the planner knows nothing yet: it
    -- would expect one row and join each of many with all.
    IF cardinality(of_cases) > 50 THEN
        SET LOCAL enable_nestloop = off;
    END IF;
    -- A row that stays as it is changes no tally.
    fresh := ARRAY(
        SELECT n FROM public.measured_now(of_tenant, of_cases) AS n
        WHERE NOT EXISTS (
            SELECT 1 FROM public.measured_case AS o
            WHERE o.tenant_id = n.tenant_id AND o.case_id = n.case_id
                AND o IS NOT DISTINCT FROM n
        )
    );
    SET LOCAL enable_nestloop = on;
    IF cardinality(fresh) = 0 THEN
        RETURN;
    END IF;
    -- First by everything at once, which leaves few rows, then by each breakdown.
    INSERT INTO public.month_tally AS t (tenant_id, breakdown, month, value, {", ".join(counters)})
    SELECT of_tenant, b.breakdown, part.month, b.value,
        {", ".join(f"sum(part.{c})" for c in counters)}
    FROM (
        SELECT date_trunc('month', event.on_date)::date AS month,
            {", ".join(f"{source} AS {name}" for name, source in BREAKDOWNS[1:])},
            {", ".join(f"coalesce(sum(side.sign) FILTER (WHERE event.counter = '{c}'), 0) AS {c}" for c in counters)}
        FROM (
            SELECT 1 AS sign, n.* FROM unnest(fresh) AS n
            UNION ALL
            SELECT -1, o.* FROM public.measured_case AS o
            WHERE o.tenant_id = of_tenant
                AND o.case_id IN (SELECT n.case_id FROM unnest(fresh) AS n)
        ) AS side
        CROSS JOIN LATERAL unnest(side.counters, side.days, side.participants)
            AS event (counter, on_date, participant)
        GROUP BY {", ".join(str(n + 1) for n in range(len(BREAKDOWNS)))}
    ) AS part
    CROSS JOIN LATERAL (VALUES
        ('all', 'all'), {", ".join(f"('{name}', part.{name})" for name, _ in BREAKDOWNS[1:])}
    ) AS b (breakdown, value)
    WHERE b.value IS NOT NULL
    GROUP BY 2, 3, 4
    ORDER BY 2, 3, 4
    ON CONFLICT (tenant_id, breakdown, month, value) DO UPDATE SET
        {", ".join(f"{c} = t.{c} + excluded.{c}" for c in counters)};
    INSERT INTO public.measured_case SELECT n.* FROM unnest(fresh) AS n
    ON CONFLICT (tenant_id, case_id) DO UPDATE SET
        service = excluded.service, route = excluded.route,
        decision_type = excluded.decision_type, need = excluded.need,
        age_band = excluded.age_band, phase = excluded.phase, mediator = excluded.mediator,
        delay_cause = excluded.delay_cause, held_on = excluded.held_on,
        wait_days = excluded.wait_days, counters = excluded.counters, days = excluded.days,
        participants = excluded.participants, shared_counters = excluded.shared_counters,
        shared_days = excluded.shared_days;
END
$$
"""


# What is known to the database: the table, its constraint, the column and the words.
KNOWN = (
    ("case_fact", "ck_case_fact_kind_is_known", "kind", KINDS),
    ("case_notice", "ck_case_notice_event_is_known", "event", EVENTS),
)


def _know(more: str) -> None:
    """In the place of each constraint comes one that knows a word more, or less."""
    for table, name, column, words in KNOWN:
        op.execute(
            f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT {name}"
        )
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {name}"
            f" CHECK ({column} IN ({words.format(more=more)})) NOT VALID"
        )
        op.execute(
            "-- squawk-ignore constraint-missing-not-valid\n"
            f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}"
        )


SAID = (
    "tenant_id = scope_tenant() AND (audience IN ('parties', 'authority'))"
    " AND (kind IN ('family_informed_authority', 'health_told_authority', 'authority_told_icb',"
    " 'authority_cannot_arrange', 'representative_named', 'dates_offered', 'dates_answered',"
    " 'consent_given', 'consent_refused', 'step_done', 'appeal_registered', 'appeal_outcome')"
    " AND recorded_by = scope_person() AND {new}"
    " AND (kind NOT IN ('consent_given', 'consent_refused', 'dates_answered', 'dates_offered')"
    " OR value = 'authority'))"
)
NEW = "replaces_id IS NULL AND NOT retracted"
OR_TAKEN_BACK = f"({NEW} OR retracted AND kind IN ('authority_cannot_arrange', 'step_done'))"
# What somebody else said is not an authority's to take back.
TAKES_BACK_ITS_OWN = """
CREATE FUNCTION authority_takes_back_its_own() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.replaces_id IS NOT NULL AND current_user = '{prefix}_authority' AND NOT EXISTS (
        SELECT 1 FROM public.case_fact AS known
        WHERE known.tenant_id = NEW.tenant_id AND known.id = NEW.replaces_id
            AND known.case_id = NEW.case_id AND known.kind = NEW.kind
            AND known.recorded_by = NEW.recorded_by
    ) THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'an authority takes back what it recorded itself, and nothing else';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    _know("'ended_early', ")
    for counter in ENDS:
        op.execute(f"ALTER TABLE month_tally ADD COLUMN {counter} integer DEFAULT 0 NOT NULL")
    op.execute(MEASURED_NOW.replace("{ends}", ENDED_EARLY))
    op.execute(_keep_measures((*COUNTERS_BEFORE, *ENDS)))
    op.execute(f"GRANT UPDATE (part, due_on) ON agreed_step TO {prefix}_provider")
    op.execute(f"ALTER POLICY authority ON case_fact WITH CHECK ({SAID.format(new=OR_TAKEN_BACK)})")
    op.execute(TAKES_BACK_ITS_OWN.format(prefix=prefix))
    op.execute("REVOKE ALL ON FUNCTION authority_takes_back_its_own() FROM PUBLIC")
    op.execute(
        "CREATE TRIGGER authority_takes_back_its_own BEFORE INSERT ON case_fact"
        " FOR EACH ROW WHEN (NEW.replaces_id IS NOT NULL)"
        " EXECUTE FUNCTION authority_takes_back_its_own()"
    )


def downgrade() -> None:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    op.execute("DROP TRIGGER authority_takes_back_its_own ON case_fact")
    op.execute("DROP FUNCTION authority_takes_back_its_own()")
    op.execute(f"ALTER POLICY authority ON case_fact WITH CHECK ({SAID.format(new=NEW)})")
    op.execute(f"REVOKE UPDATE (part, due_on) ON agreed_step FROM {prefix}_provider")
    op.execute(MEASURED_NOW.replace("{ends}", ""))
    op.execute(_keep_measures(COUNTERS_BEFORE))
    for counter in ENDS:
        op.execute(f"ALTER TABLE month_tally DROP COLUMN {counter}")
    _know("")
