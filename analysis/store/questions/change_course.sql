-- One row per group, baseline, endpoint and maturity: how many episodes share them, with the last
-- score from a day up to the end of the window after each course as endpoint and the preset
-- baseline.
-- Parameters: $instrument, $from_day. Parts: group the grouping columns, text the same as text,
-- cohort the filter, immature whether the window is not over, last_day the last day of the window.
select {text} baseline, endpoint, mature, episodes
from (
    with members as (
        select
            {group}
            episode,
            baseline,
            case when {immature} then 0 else 1 end as mature,
            {last_day} as last_day
        from endpoint
        where instrument = $instrument {cohort}
    )
    select {group} m.baseline, o.score as endpoint, m.mature, count(*) as episodes
    from members m
    left join (
        select episode, day, coalesce(next_day, cast(32767 as smallint)) as next_day, score
        from observation
        where instrument = $instrument and day >= $from_day
    ) o on o.episode = m.episode and o.day <= m.last_day and o.next_day > m.last_day
    group by {group} m.baseline, o.score, m.mature
) counted
