-- One row per group, day and status: how many episodes wait until then. Days count from the first
-- treatment day; the status is met, censored, a competing event, or why nobody is followed.
-- Day and status of an episode are one whole number until they are counted: texts take longer.
-- Parameters: $instrument; inside of parts $baseline_from and $baseline_to. Parts: group the
-- grouping columns, text the same as text, members the episodes with their baseline, after the
-- scores after it, limits one row of eligible baseline and last score that shows the event, shows
-- whether a score does so, competing the competing events with their order on one day, statuses
-- the words of each status by number, and the number of each under its name.
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
        select baseline, end_limit from (values {limits}) listed(baseline, end_limit)
    ),
    seen as (
        select
            s.episode,
            cast(min(case when {shows} then s.day end) as integer) as met_day,
            cast(max(s.day) as integer) as last_day
        from scored s
        left join limits l on l.baseline = s.baseline
        group by s.episode
    ),
    competing as (
        select e.episode, min(cast(e.day as integer) * 100 + c.place) as ended
        from event e
        join (select event, place from (values {competing}) listed(event, place)) c
            on c.event = e.event
        where e.day > 0
        group by e.episode
    ),
    judged as (
        select
            m.*,
            case
                when m.baseline is null then {no_baseline} - 100
                when l.baseline is null then {not_eligible} - 100
                when s.met_day is not null and (c.ended is null or s.met_day * 100 <= c.ended)
                    then s.met_day * 100 + {met}
                when c.ended is not null then c.ended
                when s.last_day is not null then s.last_day * 100 + {censored}
                else {not_followed} - 100
            end as _ended
        from members m
        left join limits l on l.baseline = m.baseline
        left join seen s on s.episode = m.episode
        left join competing c on c.episode = m.episode
    )
    select {group} _ended, count(*) as episodes from judged group by {group} _ended
) counted
join (select _number, _status from (values {statuses}) named(_number, _status)) listed
    on _number = _ended - 100 * cast(floor(_ended / 100.0) as integer)
