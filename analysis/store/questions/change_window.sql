-- One row per group, baseline, endpoint and maturity: how many episodes share them, with the last
-- score between two days as endpoint and the preset baseline.
-- Parameters: $instrument, $from_day, $window_end. Parts: group the grouping columns, text the
-- same as text, cohort the filter, immature whether the window is not over.
select {text} baseline, endpoint, mature, episodes
from (
    select
        {group}
        baseline,
        endpoint,
        case when {immature} then 0 else 1 end as mature,
        count(*) as episodes
    from endpoint
    left join (
        select episode as picked_episode, score as endpoint
        from observation
        where
            instrument = $instrument
            and day between $from_day and $window_end
            and (next_day is null or next_day > $window_end)
    ) picked on picked_episode = episode
    where instrument = $instrument {cohort}
    group by {group} baseline, endpoint, case when {immature} then 0 else 1 end
) counted
