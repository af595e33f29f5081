"""What an authority learns of the others: also whether children were heard, and by stage."""

from __future__ import annotations

from alembic import context, op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

COMPARED_BEFORE = (
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
COMPARED = (*COMPARED_BEFORE, ("voice_heard", "voices_heard", "mediations_held"))
# As of migration 0003 but for the shares.
MEASURES_COMPARED = """
CREATE OR REPLACE FUNCTION measures_compared(of_year integer) RETURNS TABLE (
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
        {values}
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

# By stage (`stage`, and nothing as `decision_type`) and by decision within its stage.
#
# A number is told only if it would still be of 5 authorities, of 5 cases with and of 5 without,
# after the largest part of any one authority is taken away: so nobody can take the own part away
# and learn of few, and all authorities are told the same. What is not told of a stage or of all is
# as large as that together too, or the smallest of what could be told is kept back beside it: so
# sums give nothing away either. Decisions are told only where their stage is.
BREAKDOWN_COMPARED = """
CREATE FUNCTION breakdown_compared(of_year integer) RETURNS TABLE (
    stage text, decision_type text, share text,
    authorities integer, numerator integer, denominator integer
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
WITH counted AS (
    SELECT t.tenant_id, t.value AS decision,
        CASE WHEN t.value = 'RTA' THEN 'request' WHEN t.value = 'RTI' THEN 'assessment'
            WHEN t.value IN ('CONTENT', 'PLACEMENT', 'RTRA', 'RTAM', 'CEASE') THEN 'other'
            ELSE 'none' END AS stage,
        sum(t.mediations_held) AS held, sum(t.agreements) AS agreed,
        sum(t.followed_by_appeal) AS appealed, sum(t.mediations_timed) AS timed,
        sum(t.mediations_held_within_30) AS in_time
    FROM public.subscriber me
    JOIN public.month_tally t ON t.breakdown = 'decision_type'
        AND t.month BETWEEN make_date(of_year, 1, 1) AND make_date(of_year, 12, 1)
    WHERE me.id = public.scope_tenant() AND of_year < extract(year FROM current_date)
    GROUP BY 1, 2, 3
), part AS (
    -- `beneath` is what the value is a part of: nothing of all, or a stage.
    SELECT v.share, layer.beneath, layer.value, c.tenant_id, sum(v.n) AS n, sum(v.d) AS d
    FROM counted c
    CROSS JOIN LATERAL (VALUES ('', c.stage), (c.stage, c.decision)) AS layer (beneath, value)
    CROSS JOIN LATERAL (VALUES
        ('agreement_rate', c.agreed, c.held),
        ('held_within_30', c.in_time, c.timed),
        ('appeal_rate', c.appealed, c.held)
    ) AS v (share, n, d)
    GROUP BY 1, 2, 3, 4
    HAVING sum(v.d) > 0
), cell AS (
    SELECT part.share, part.beneath, part.value, count(*) AS authorities,
        sum(part.n) AS n, sum(part.d) AS d,
        count(*) > 5 AND sum(part.n) - max(part.n) >= 5
            AND sum(part.d - part.n) - max(part.d - part.n) >= 5 AS is_safe
    FROM part
    GROUP BY 1, 2, 3
), untold AS (
    SELECT part.share, part.beneath, part.tenant_id, sum(part.n) AS n, sum(part.d) AS d
    FROM part
    JOIN cell ON cell.share = part.share AND cell.beneath = part.beneath
        AND cell.value = part.value AND NOT cell.is_safe
    GROUP BY 1, 2, 3
), rest AS (
    SELECT untold.share, untold.beneath,
        count(*) > 5 AND sum(untold.n) - max(untold.n) >= 5
            AND sum(untold.d - untold.n) - max(untold.d - untold.n) >= 5 AS is_safe
    FROM untold
    GROUP BY 1, 2
), ranked AS (
    SELECT cell.*,
        row_number() OVER (PARTITION BY cell.share, cell.beneath ORDER BY cell.d, cell.value)
            AS place
    FROM cell
    WHERE cell.is_safe
), told AS (
    SELECT ranked.*
    FROM ranked
    LEFT JOIN rest ON rest.share = ranked.share AND rest.beneath = ranked.beneath
    WHERE coalesce(rest.is_safe, true) OR ranked.place > 1
)
SELECT CASE told.beneath WHEN '' THEN told.value ELSE told.beneath END,
    CASE told.beneath WHEN '' THEN NULL ELSE told.value END,
    told.share, told.authorities::integer,
    (round(told.n / 5.0) * 5)::integer, (round(told.d / 5.0) * 5)::integer
FROM told
WHERE told.beneath = '' OR EXISTS (
    SELECT 1 FROM told AS whole
    WHERE whole.share = told.share AND whole.beneath = '' AND whole.value = told.beneath
)
ORDER BY 1, 2, 3
$$
"""


def _measures_compared(compared: tuple[tuple[str, str, str], ...]) -> str:
    values = ", ".join(f"('{share}', t.{n}, t.{d})" for share, n, d in compared)
    return MEASURES_COMPARED.format(values=values)


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.execute("ALTER POLICY owner ON month_tally USING (breakdown IN ('all', 'decision_type'))")
    op.execute(_measures_compared(COMPARED))
    op.execute(BREAKDOWN_COMPARED)
    op.execute("REVOKE ALL ON FUNCTION breakdown_compared(integer) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION breakdown_compared(integer) TO {prefix}_authority")


def downgrade() -> None:
    op.execute("DROP FUNCTION breakdown_compared(integer)")
    op.execute(_measures_compared(COMPARED_BEFORE))
    op.execute("ALTER POLICY owner ON month_tally USING (breakdown = 'all')")
