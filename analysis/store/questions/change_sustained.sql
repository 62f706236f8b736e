-- One row per group, baseline, endpoint, worst later score and maturity: how many episodes share
-- them. Later scores are those after the endpoint up to $horizon.
-- Parameters: $instrument, $baseline_from, $baseline_to, $from_day, $horizon. Parts: group the
-- grouping columns, text the same as text, cohort the filter, immature whether window or horizon
-- is not over, last_day the last day of the window, rank the rank of a score among those of the
-- window, worst the aggregate that gives the worst score.
select {text} baseline, endpoint, _later, mature, episodes
from (
    with members as (
        select
            {group}
            episode,
            case when {immature} then 0 else 1 end as mature,
            {last_day} as last_day
        from endpoint
        where instrument = $instrument {cohort}
    ),
    scored as (
        select episode, day, score
        from observation
        where instrument = $instrument
    ),
    before as (
        select episode, max(day) as day, max_by(score, day) as baseline
        from scored
        where day between $baseline_from and $baseline_to
        group by episode
    ),
    picked as (
        select s.episode, max_by(s.score, {rank}) as endpoint, max_by(s.day, {rank}) as day
        from scored s
        join before b on b.episode = s.episode
        join members m on m.episode = s.episode
        where s.day > b.day and s.day >= $from_day and s.day <= m.last_day
        group by s.episode
    ),
    after as (
        select s.episode, {worst}(s.score) as _later
        from scored s
        join picked p on p.episode = s.episode
        where s.day > p.day and s.day <= $horizon
        group by s.episode
    )
    select {group} b.baseline, p.endpoint, a._later, m.mature, count(*) as episodes
    from members m
    left join before b on b.episode = m.episode
    left join picked p on p.episode = m.episode
    left join after a on a.episode = m.episode
    group by {group} b.baseline, p.endpoint, a._later, m.mature
) counted
