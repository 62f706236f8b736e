-- One row per group, day and status: how many episodes wait until then. Days count from the first
-- treatment day; the status is met, censored, a competing event, or why nobody is followed.
-- Parameters: $instrument; inside of parts $baseline_from and $baseline_to. Parts: group the
-- grouping columns, text the same as text, cohort the filter, before the baseline of each episode,
-- after the scores after it, limits one row of eligible baseline and last score that shows the
-- event, shows whether a score does so, competing the competing events with their order on one day.
select {text} day, status, episodes
from (
    with members as (
        select {group} episode from endpoint where instrument = $instrument {cohort}
    ),
    before as (
        {before}
    ),
    scored as (
        {after}
    ),
    limits as (
        select baseline, end_limit from (values {limits}) listed(baseline, end_limit)
    ),
    seen as (
        select
            s.episode,
            min(case when {shows} then s.day end) as met_day,
            max(s.day) as last_day
        from scored s
        left join limits l on l.baseline = s.baseline
        group by s.episode
    ),
    ranked as (
        select e.episode, e.day, e.event, c.place
        from event e
        join (select event, place from (values {competing}) listed(event, place)) c
            on c.event = e.event
        where e.day > 0
    ),
    competing as (
        select episode, min(day) as day, min_by(event, cast(day as integer) * 10 + place) as event
        from ranked
        group by episode
    ),
    decided as (
        select
            m.*,
            b.baseline,
            l.baseline is not null as eligible,
            s.met_day,
            s.last_day,
            c.day as competing_day,
            c.event
        from members m
        left join before b on b.episode = m.episode
        left join limits l on l.baseline = b.baseline
        left join seen s on s.episode = m.episode
        left join competing c on c.episode = m.episode
    ),
    judged as (
        select
            *,
            case
                when baseline is null then 'no_baseline'
                when not eligible then 'not_eligible'
                when met_day is not null and (competing_day is null or met_day <= competing_day)
                    then 'met'
                when competing_day is not null then event
                when last_day is not null then 'censored'
                else 'not_followed'
            end as status
        from decided
    )
    select
        {group}
        case
            when status = 'met' then met_day
            when status = 'censored' then last_day
            when status in ('no_baseline', 'not_eligible', 'not_followed') then -1
            else competing_day
        end as day,
        status,
        count(*) as episodes
    from judged
    group by all
) counted
