-- One row per group, baseline, endpoint and maturity: how many episodes share them; 1 is mature.
-- The immature are counted beside all: to group by maturity takes longer, most of all by a truth
-- value, since only whole numbers are grouped in a table with a place per key.
-- Parameters: $instrument. Parts: group the grouping columns, text the same as text, cohort the
-- filter, timepoint a preset timepoint, immature whether its window is not over.
select
    {text}
    baseline,
    endpoint,
    mature,
    case when mature = 1 then everyone - immature else immature end as episodes
from (
    select
        {group}
        baseline,
        {timepoint} as endpoint,
        count(*) as everyone,
        count(*) filter (where {immature}) as immature
    from endpoint
    where instrument = $instrument {cohort}
    group by {group} baseline, {timepoint}
) counted
cross join (values (1), (0)) listed(mature)
where case when mature = 1 then everyone - immature else immature end > 0
