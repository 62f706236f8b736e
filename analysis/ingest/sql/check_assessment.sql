-- One row per assessment row of a file, with the first rule it breaks, whether it repeats a row,
-- and whether its day holds two different scores. total is in steps of the scale: decimals are
-- counted exactly, never as floating point.
create temp table checked_assessment as
with counted as (
    select
        p.* exclude (instrument),
        p.instrument as their_instrument,
        i.* exclude (theirs, ours),
        i.ours as instrument,
        try_cast(p.score as decimal(28, 9)) * i.units as steps
    from placed_assessment p
    left join instrument_lookup i on i.theirs = p.instrument
),
judged as (
    select
        p.* exclude (units, scored, low, high, range_text, allowed, steps, place_fault),
        try_cast(p.steps as integer) as total,
        case
            when p.their_instrument is null
                then fault('instrument', null, 'missing_instrument', 'an instrument')
            when p.instrument is null
                then fault('instrument', p.their_instrument, 'unknown_instrument', p.allowed)
            when p.score is not null and not p.scored
                then fault('score', p.score, 'no_total', p.range_text)
            when not regexp_full_match(p.score, '[+-]?\d{1,6}(\.\d{1,9}0*)?') or p.steps % 1 <> 0
                then fault('score', p.score, 'not_whole_number', p.range_text)
            when p.steps not between p.low and p.high
                then fault('score', p.score, 'score_out_of_range', p.range_text)
            when p.items is not null and not regexp_full_match(p.items, '(\d{1,2}|-)( (\d{1,2}|-))*')
                then fault('items', p.items, 'not_whole_number', 'whole item scores')
            else p.place_fault
        end as fault
    from counted p
),
copies as (
    select
        j.*,
        row_number() over (
            partition by fault is null, episode_id, instrument, study_day, total, j.items
            order by file, line
        ) as copy
    from judged j
),
known as (
    select
        c.*,
        s.episode_id is not null as stored
    from copies c
    left join stored_assessment s
        on c.fault is null
        and s.episode_id = c.episode_id
        and s.instrument = c.instrument
        and s.day = c.study_day
        and s.score is not distinct from c.total
        and s.items is not distinct from c.items
),
days as (
    select episode_id, instrument, day
    from (
        select episode_id, instrument, study_day as day, total as score
        from known
        where fault is null and total is not null
        union all
        select episode_id, instrument, day, score
        from stored_assessment
        where score is not null
    ) scores
    group by episode_id, instrument, day
    having min(score) <> max(score)
)
select
    k.* exclude (fault),
    k.fault is null and (k.stored or k.copy > 1) as duplicate,
    k.fault is null and not k.stored and k.copy = 1 as valid,
    case
        when k.fault is not null then k.fault
        when k.stored or k.copy > 1 then null
        when d.episode_id is not null and k.total is not null
            then fault(
                'score', k.score, 'conflicting_scores',
                'one score per instrument and day; day ' || k.study_day || ' has several'
            )
    end as fault
from known k
left join days d
    on d.episode_id = k.episode_id and d.instrument = k.instrument and d.day = k.study_day
