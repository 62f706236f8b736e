-- One row per group, baseline, endpoint and maturity: how many episodes share them, with the last
-- score from a day up to the end of the window after each course as endpoint and the preset
-- baseline.
-- Parameters: $instrument, $from_day. Parts: group the grouping columns, text the same as text,
-- cohort the filter, immature whether the window is not over, last_day the last day of the window.
-- Names of its own that meet the fields of a clinic begin with a low line, which those never do.
select {text} baseline, endpoint, mature, episodes
from (
    with members as (
        select
            {group}
            episode,
            baseline,
            case when {immature} then 0 else 1 end as mature,
            {last_day} as _last_day
        from endpoint
        where instrument = $instrument {cohort}
    )
    select {group} m.baseline, _score as endpoint, m.mature, count(*) as episodes
    from members m
    left join (
        select episode as _episode, day as _day, next_day as _next_day, score as _score
        from observation
        where instrument = $instrument and day >= $from_day
    ) o
        on _episode = m.episode
        and _day <= m._last_day
        and (_next_day is null or _next_day > m._last_day)
    group by {group} m.baseline, _score, m.mature
) counted
