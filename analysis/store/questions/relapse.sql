-- One row per group, day and status: how many episodes wait until then. Days count from the first
-- assessment that meets the starting event; the status is met, censored, a competing event, or why
-- nobody is followed.
-- Day and status of an episode are one whole number until they are counted: texts take longer.
-- Parameters: $instrument; inside of parts $baseline_from and $baseline_to. Parts: group the
-- grouping columns, text the same as text, members the episodes with their baseline, after the
-- scores after it, limits one row of eligible baseline, last score that starts the clock and last
-- score that shows the event, starts and shows whether a score does so, competing the competing
-- events with their order on one day, confirming the events that confirm a single assessment,
-- statuses the words of each status by number, and the number of each under its name.
-- Names of its own that meet the fields of a clinic begin with a low line, which those never do.
select
    {text}
    cast(floor(_ended / 100.0) as integer) as day,
    _status,
    episodes
from (
    with members as (
        {members}
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
            cast(s.day as integer) as day,
            s.next_day,
            {starts} as starts,
            {shows} as shows
        from scored s
        left join limits l on l.baseline = s.baseline
    ),
    started as (
        select episode, min(day) as start_day from after where starts group by episode
    ),
    -- every episode that was assessed has one last assessment
    last as (
        select episode, day as last_day from after where next_day is null
    ),
    shown as (
        select a.episode, a.day, a.next_day
        from after a
        join started t on t.episode = a.episode and a.day > t.start_day
        where a.shows
    ),
    confirmed as (
        select f.episode, min(f.day) as met_day
        from shown f
        left join shown n on n.episode = f.episode and n.day = f.next_day
        left join event e
            on e.episode = f.episode
            and e.event in ({confirming})
            and e.day >= f.day
            and (f.next_day is null or e.day <= f.next_day)
        where n.episode is not null or e.episode is not null
        group by f.episode
    ),
    competing as (
        select
            e.episode,
            min((cast(e.day as integer) - t.start_day) * 100 + c.place) as ended
        from event e
        join started t on t.episode = e.episode and e.day > t.start_day
        join (select event, place from (values {competing}) listed(event, place)) c
            on c.event = e.event
        group by e.episode
    ),
    judged as (
        select
            m.*,
            case
                when m.baseline is null then {no_baseline} - 100
                when l.baseline is null then {not_eligible} - 100
                when z.last_day is null then {not_followed} - 100
                when t.start_day is null then {not_started} - 100
                when
                    r.met_day is not null
                    and (c.ended is null or (r.met_day - t.start_day) * 100 <= c.ended)
                    then (r.met_day - t.start_day) * 100 + {met}
                when c.ended is not null then c.ended
                when z.last_day > t.start_day then (z.last_day - t.start_day) * 100 + {censored}
                else {not_seen_again} - 100
            end as _ended
        from members m
        left join limits l on l.baseline = m.baseline
        left join last z on z.episode = m.episode
        left join started t on t.episode = m.episode
        left join confirmed r on r.episode = m.episode
        left join competing c on c.episode = m.episode
    )
    select {group} _ended, count(*) as episodes from judged group by {group} _ended
) counted
join (select _number, _status from (values {statuses}) named(_number, _status)) listed
    on _number = _ended - 100 * cast(floor(_ended / 100.0) as integer)
