-- One row per group, interval and score: how many eligible episodes have it as their last score
-- in the interval. Interval 0 is the baseline; interval k covers days (k - 1) * $width + 1 to
-- k * $width.
-- Parameters: $instrument, $width, $intervals, $lowest, $highest (the eligible baseline scores).
-- Parts: group the grouping columns, text the same as text, cohort the filter.
select {text} "interval", score, episodes
from (
    select {group} "interval", score, count(*) as episodes
    from endpoint
    join (
        select
            episode as scored_episode,
            score,
            case when day <= 0 then 0 else cast(floor((day - 1) / $width) as integer) + 1 end
                as "interval"
        from observation
        where
            instrument = $instrument
            and day between -14 and $width * $intervals
            and baseline between $lowest and $highest
            and (
                next_day is null
                or (day <= 0 and next_day > 0)
                or (day > 0 and floor((next_day - 1) / $width) > floor((day - 1) / $width))
            )
    ) scored on scored_episode = episode
    where instrument = $instrument {cohort}
    group by {group} "interval", score
) counted
