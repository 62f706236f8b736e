-- One row per group, day and status: how many episodes wait until then. Days count from the first
-- assessment that meets the starting event; the status is met, censored, a competing event, or why
-- nobody is followed.
-- Parameters: $instrument; inside of parts $baseline_from and $baseline_to. Parts: group the
-- grouping columns, text the same as text, cohort the filter, before the baseline of each episode,
-- after the scores after it, limits one row of eligible baseline, last score that starts the clock
-- and last score that shows the event, starts and shows whether a score does so, competing the
-- competing events with their order on one day, confirming the events that confirm a single
-- assessment.
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
        select baseline, start_limit, end_limit
        from (values {limits}) listed(baseline, start_limit, end_limit)
    ),
    after as (
        select
            s.episode,
            s.day,
            {starts} as starts,
            {shows} as shows
        from scored s
        left join limits l on l.baseline = s.baseline
    ),
    started as (
        select episode, min(day) as start_day from after where starts group by episode
    ),
    followed as (
        select
            a.episode,
            a.day,
            a.shows,
            lead(a.day) over (partition by a.episode order by a.day) as next_day,
            lead(a.shows) over (partition by a.episode order by a.day) as next_shows
        from after a
        join started t on t.episode = a.episode and a.day > t.start_day
    ),
    confirmed as (
        select f.episode, min(f.day) as met_day
        from followed f
        left join event e
            on e.episode = f.episode
            and e.event in ({confirming})
            and e.day >= f.day
            and (f.next_day is null or e.day <= f.next_day)
        where f.shows and (f.next_shows or e.episode is not null)
        group by f.episode
    ),
    seen as (
        select episode, max(day) as last_day from followed group by episode
    ),
    ranked as (
        select e.episode, e.day, e.event, c.place
        from event e
        join started t on t.episode = e.episode and e.day > t.start_day
        join (select event, place from (values {competing}) listed(event, place)) c
            on c.event = e.event
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
            a.episode is not null as assessed,
            t.start_day,
            r.met_day,
            s.last_day,
            c.day as competing_day,
            c.event
        from members m
        left join before b on b.episode = m.episode
        left join limits l on l.baseline = b.baseline
        left join (select distinct episode from after) a on a.episode = m.episode
        left join started t on t.episode = m.episode
        left join confirmed r on r.episode = m.episode
        left join seen s on s.episode = m.episode
        left join competing c on c.episode = m.episode
    ),
    judged as (
        select
            *,
            case
                when baseline is null then 'no_baseline'
                when not eligible then 'not_eligible'
                when not assessed then 'not_followed'
                when start_day is null then 'not_started'
                when met_day is not null and (competing_day is null or met_day <= competing_day)
                    then 'met'
                when competing_day is not null then event
                when last_day is not null then 'censored'
                else 'not_seen_again'
            end as status
        from decided
    )
    select
        {group}
        case
            when status = 'met' then met_day - start_day
            when status = 'censored' then last_day - start_day
            when status in (
                'no_baseline', 'not_eligible', 'not_followed', 'not_started', 'not_seen_again'
            ) then -1
            else competing_day - start_day
        end as day,
        status,
        count(*) as episodes
    from judged
    group by all
) counted
