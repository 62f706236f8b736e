-- One row per group, baseline and endpoint: how many episodes share them, and how many of these are
-- immature. To group by maturity takes longer, most of all by a truth value, since only whole numbers
-- are grouped in a table with a place per key.
-- Parameters: $instrument. Parts: group the grouping columns, text the same as text, cohort the
-- filter, timepoint a preset timepoint, immature whether its window is not over.
select {text} baseline, endpoint, episodes, _immature
from (
    select
        {group}
        baseline,
        {timepoint} as endpoint,
        count(*) as episodes,
        count(*) filter (where {immature}) as _immature
    from endpoint
    where instrument = $instrument {cohort}
    group by {group} baseline, {timepoint}
) counted
