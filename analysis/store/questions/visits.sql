-- One row per episode, visit and score: the last score of each eligible and mature episode in each
-- of the visit windows that follow one another.
-- Parameters: $instrument, $baseline_from, $baseline_to, $lowest, $highest (the eligible baseline
-- scores), $last_visit. Parts: group the grouping columns, text the same as text, cohort the filter,
-- visits the windows as rows of number, first day and last day.
select {text} patient, episode, baseline, visit, score
from (
    with members as (
        select {group} patient, episode
        from endpoint
        where
            instrument = $instrument
            and coalesce(follow_up_age > $last_visit, true)
            {cohort}
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
    windows as (
        select visit, from_day, to_day from (values {visits}) listed(visit, from_day, to_day)
    ),
    seen as (
        select s.episode, w.visit, max_by(s.score, s.day) as score
        from scored s
        join before b on b.episode = s.episode
        join windows w on s.day between w.from_day and w.to_day
        where s.day > b.day
        group by s.episode, w.visit
    )
    select {group} m.patient, m.episode, b.baseline, v.visit, v.score
    from members m
    join before b on b.episode = m.episode
    left join seen v on v.episode = m.episode
    where b.baseline between $lowest and $highest
) listed
