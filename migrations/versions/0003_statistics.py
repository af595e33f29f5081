"""Evaluations, and the summary tables that keep the measures in step with the cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COUNTERS = (
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

# What a case adds to which counter on which day, read from its rows as they stand now. A fact
# that was corrected or retracted does not stand.
MEASURED_NOW = """
CREATE FUNCTION measured_now(of_tenant uuid, of_cases uuid[]) RETURNS SETOF public.measured_case
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
    UNION ALL
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

# The tally changes by what the cases add now, less what they added before.
KEEP_MEASURES = f"""
CREATE FUNCTION keep_measures(of_tenant uuid, of_cases uuid[]) RETURNS void
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
    INSERT INTO public.month_tally AS t (tenant_id, breakdown, month, value, {", ".join(COUNTERS)})
    SELECT of_tenant, b.breakdown, part.month, b.value,
        {", ".join(f"sum(part.{c})" for c in COUNTERS)}
    FROM (
        SELECT date_trunc('month', event.on_date)::date AS month,
            {", ".join(f"{source} AS {name}" for name, source in BREAKDOWNS[1:])},
            {", ".join(f"coalesce(sum(side.sign) FILTER (WHERE event.counter = '{c}'), 0) AS {c}" for c in COUNTERS)}
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
        {", ".join(f"{c} = t.{c} + excluded.{c}" for c in COUNTERS)};
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

# A statement may change cases of one tenant alone (the policies see to that), but nothing is
# taken for granted here: each tenant's cases are kept with that tenant's.
ON_CHANGE = """
CREATE FUNCTION keep_measures_of_{table}() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- A batch that writes many tables says so, and keeps the measures once at its end.
    IF coalesce(current_setting('app.measures_kept_later', true), '') = 'yes' THEN
        RETURN NULL;
    END IF;
    PERFORM public.keep_measures(one.tenant_id, one.cases)
    FROM (
        {cases}
    ) AS one;
    RETURN NULL;
END
$$
"""
BY_CASE_ID = (
    "SELECT tenant_id, array_agg(DISTINCT {column}) AS cases FROM changed GROUP BY tenant_id"
)
OF_CHILDREN = """SELECT c.tenant_id, array_agg(c.id) AS cases FROM public.sen_case c
        JOIN changed ON changed.tenant_id = c.tenant_id AND changed.id = c.child_id
        GROUP BY c.tenant_id"""
# What an authority may know of the others: of a year that is over, sums over five of them or more
# beside itself, rounded to 5, and nothing that rests on fewer than 5 of a kind, whether one takes
# its own part away or, from the sum of all, that of its region.
COMPARED = (
    ("choosing_mediation", "chose_mediation", "choices_recorded"),
    ("certificates_within_3_days", "certificates_in_time", "certificates"),
    ("fixed_within_30", "dates_fixed_within_30", "dates_fixed"),
    ("held_within_30", "mediations_held_within_30", "mediations_timed"),
    ("agreement_rate", "agreements", "mediations_held"),
    ("appeal_rate", "followed_by_appeal", "mediations_held"),
    ("authority_attended", "meetings_authority_attended", "meetings_attendance_known"),
    ("authority_could_decide", "meetings_could_decide", "meetings_power_known"),
    ("steps_on_time", "steps_in_time", "steps_due"),
    ("satisfaction", "satisfied_answers", "answers"),
)
MEASURES_COMPARED = f"""
CREATE FUNCTION measures_compared(of_year integer) RETURNS TABLE (
    share text, place text, authorities integer, numerator integer, denominator integer,
    low_percent integer, middle_percent integer, high_percent integer
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
WITH me AS (
    SELECT s.id, a.region, a.region_code
    FROM public.subscriber s
    JOIN public.education_authority a ON a.dfe_number = s.dfe_number
    WHERE s.id = public.scope_tenant() AND of_year < extract(year FROM current_date)
), part AS (
    SELECT v.share, t.tenant_id, t.tenant_id = me.id AS own,
        a.region_code = me.region_code AS near, sum(v.numerator) AS n, sum(v.denominator) AS d
    FROM me
    JOIN public.month_tally t ON t.breakdown = 'all'
        AND t.month BETWEEN make_date(of_year, 1, 1) AND make_date(of_year, 12, 1)
    JOIN public.subscriber s ON s.id = t.tenant_id
    JOIN public.education_authority a ON a.dfe_number = s.dfe_number
    CROSS JOIN LATERAL (VALUES
        {", ".join(f"('{share}', t.{n}, t.{d})" for share, n, d in COMPARED)}
    ) AS v (share, numerator, denominator)
    GROUP BY 1, 2, 3, 4
    HAVING sum(v.denominator) > 0
), pooled AS (
    SELECT part.share, grouping_of.place, count(*) AS authorities,
        sum(part.n) AS n, sum(part.d) AS d,
        count(*) FILTER (WHERE NOT own) AS others,
        sum(part.n) FILTER (WHERE NOT own) AS others_n,
        sum(part.d - part.n) FILTER (WHERE NOT own) AS others_rest,
        count(*) FILTER (WHERE part.d >= 10 AND NOT own) AS wide,
        percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY round(100 * part.n / part.d))
            FILTER (WHERE part.d >= 10) AS spread
    FROM part
    CROSS JOIN LATERAL (VALUES ('subscribers'), (CASE WHEN near THEN 'region' ELSE 'elsewhere' END))
        AS grouping_of (place)
    GROUP BY 1, 2
), safe AS (
    SELECT pooled.*, others >= 5 AND others_n >= 5 AND others_rest >= 5 AS is_safe FROM pooled
)
SELECT safe.share, safe.place, safe.authorities::integer,
    (round(safe.n / 5.0) * 5)::integer, (round(safe.d / 5.0) * 5)::integer,
    CASE WHEN safe.wide >= 8 THEN safe.spread[1] END::integer,
    CASE WHEN safe.wide >= 8 THEN safe.spread[2] END::integer,
    CASE WHEN safe.wide >= 8 THEN safe.spread[3] END::integer
FROM safe
WHERE safe.is_safe AND (
    safe.place = 'subscribers'
    -- The region goes unsaid where the rest, all less the region, would be too small to say.
    OR safe.place = 'region' AND EXISTS (
        SELECT 1 FROM safe AS rest
        WHERE rest.share = safe.share AND rest.place = 'elsewhere' AND rest.is_safe
    )
)
ORDER BY 1, 2
$$
"""
WATCHED = (
    ("case_position", BY_CASE_ID.format(column="case_id"), ("INSERT", "UPDATE")),
    ("agreed_step", BY_CASE_ID.format(column="case_id"), ("INSERT", "UPDATE")),
    ("evaluation", BY_CASE_ID.format(column="case_id"), ("INSERT",)),
    ("sen_case", BY_CASE_ID.format(column="id"), ("UPDATE",)),
    ("child", OF_CHILDREN, ("UPDATE",)),
)

WALLS = (
    "CREATE POLICY owner ON subscriber FOR SELECT TO CURRENT_USER USING (true)",
    "ALTER TABLE evaluation ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE evaluation FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON evaluation FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON evaluation TO {prefix}_provider",
    "GRANT INSERT ON evaluation TO {prefix}_provider",
    "CREATE POLICY provider_reader ON evaluation FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON evaluation TO {prefix}_provider_reader",
    "ALTER TABLE measured_case ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE measured_case FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON measured_case FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON measured_case TO {prefix}_provider",
    "GRANT INSERT ON measured_case TO {prefix}_provider",
    "GRANT UPDATE ON measured_case TO {prefix}_provider",
    "GRANT DELETE ON measured_case TO {prefix}_provider",
    "CREATE POLICY provider_reader ON measured_case FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON measured_case TO {prefix}_provider_reader",
    "CREATE POLICY authority ON measured_case FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, case_id, service, route, decision_type, need, age_band, phase, delay_cause, held_on, wait_days, shared_counters, shared_days) ON measured_case TO {prefix}_authority",
    "ALTER TABLE month_tally ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE month_tally FORCE ROW LEVEL SECURITY",
    "CREATE POLICY owner ON month_tally FOR SELECT TO CURRENT_USER USING (breakdown = 'all')",
    "CREATE POLICY provider ON month_tally FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON month_tally TO {prefix}_provider",
    "GRANT INSERT ON month_tally TO {prefix}_provider",
    "GRANT UPDATE ON month_tally TO {prefix}_provider",
    "GRANT DELETE ON month_tally TO {prefix}_provider",
    "CREATE POLICY provider_reader ON month_tally FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON month_tally TO {prefix}_provider_reader",
    "CREATE POLICY authority ON month_tally FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON month_tally TO {prefix}_authority",
)


def upgrade() -> None:
    # ### commands auto generated by Alembic - please adjust! ###
    op.create_table(
        "month_tally",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("breakdown", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("referrals", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("mias_delivered", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("choices_recorded", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("chose_mediation", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("certificates", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "certificates_no_mediation", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "certificates_after_mediation",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("certificates_deemed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "certificates_in_time", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("dates_fixed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "dates_fixed_within_30", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("mediations_held", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("mediations_timed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "mediations_held_within_30", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("full_agreements", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("partial_agreements", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("no_agreements", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("agreements", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("followed_by_appeal", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("resolutions_held", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("facilitations_held", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "meetings_attendance_known", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "meetings_authority_attended", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "meetings_power_known", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "meetings_could_decide", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("voices_heard", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("steps_due", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("steps_in_time", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("appeals_registered", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("answers", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("satisfied_answers", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f("fk_month_tally_tenant_id")
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "breakdown", "month", "value", name=op.f("pk_month_tally")
        ),
    )
    op.create_index(
        "ix_month_tally_breakdown_month",
        "month_tally",
        ["breakdown", "month", "tenant_id"],
        unique=False,
    )
    op.create_table(
        "evaluation",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("may_quote", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "participant IN ('parent', 'young_person', 'authority', 'school', 'health', 'other')",
            name=op.f("ck_evaluation_participant_is_known"),
        ),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_evaluation_rating_is_of_five")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_evaluation_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evaluation")),
    )
    op.create_index(
        "ix_evaluation_tenant_id_case_id", "evaluation", ["tenant_id", "case_id"], unique=False
    )
    op.create_index(
        "ix_evaluation_tenant_id_given_on", "evaluation", ["tenant_id", "given_on"], unique=False
    )
    op.create_table(
        "measured_case",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("decision_type", sa.Text(), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("age_band", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("mediator", sa.Text(), nullable=False),
        sa.Column("delay_cause", sa.Text(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("wait_days", sa.Integer(), nullable=True),
        sa.Column("counters", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("days", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column("participants", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("shared_counters", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("shared_days", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_measured_case_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "case_id", name=op.f("pk_measured_case")),
    )
    op.create_index(
        "ix_measured_case_held_on",
        "measured_case",
        ["held_on", "tenant_id", "wait_days"],
        unique=False,
    )
    op.create_index(
        "ix_measured_case_tenant_id_held_on",
        "measured_case",
        ["tenant_id", "held_on"],
        unique=False,
    )
    # ### end Alembic commands ###

    prefix = context.config.attributes["settings"].database_role_prefix
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))
    op.execute(MEASURED_NOW)
    op.execute(KEEP_MEASURES)
    for function in ("measured_now(uuid, uuid[])", "keep_measures(uuid, uuid[])"):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {prefix}_provider")
    op.execute(MEASURES_COMPARED)
    op.execute("REVOKE ALL ON FUNCTION measures_compared(integer) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION measures_compared(integer) TO {prefix}_authority")
    for table, cases, events in WATCHED:
        op.execute(ON_CHANGE.format(table=table, cases=cases))
        op.execute(f"REVOKE ALL ON FUNCTION keep_measures_of_{table}() FROM PUBLIC")
        for event in events:
            op.execute(
                f"CREATE TRIGGER keep_measures_on_{event.lower()} AFTER {event} ON {table}"
                " REFERENCING NEW TABLE AS changed FOR EACH STATEMENT"
                f" EXECUTE FUNCTION keep_measures_of_{table}()"
            )


def downgrade() -> None:
    for table, _, events in WATCHED:
        for event in events:
            op.execute(f"DROP TRIGGER keep_measures_on_{event.lower()} ON {table}")
        op.execute(f"DROP FUNCTION keep_measures_of_{table}()")
    op.execute("DROP FUNCTION measures_compared(integer)")
    op.execute("DROP POLICY owner ON subscriber")
    op.execute("DROP FUNCTION keep_measures(uuid, uuid[])")
    op.execute("DROP FUNCTION measured_now(uuid, uuid[])")
    op.drop_table("month_tally")
    op.drop_table("measured_case")
    op.drop_table("evaluation")
