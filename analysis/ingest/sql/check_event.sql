-- One row per event row of a file, with the first rule it breaks and whether it repeats a row.
-- Parts: known the known events as a list of literals, known_words the same in words.
create temp table checked_event as
with judged as (
    select
        p.* exclude (place_fault),
        case
            when p.event is null then fault('event', null, 'missing_event', {known_words})
            when p.event not in ({known})
                then fault('event', p.event, 'unknown_event', {known_words})
            else p.place_fault
        end as fault
    from placed_event p
)
select
    j.*,
    j.fault is null and (
        s.episode_id is not null
        or row_number() over (
            partition by j.fault is null, j.episode_id, j.event, j.study_day
            order by j.file, j.line
        ) > 1
    ) as duplicate
from judged j
left join stored_event s
    on j.fault is null
    and s.episode_id = j.episode_id
    and s.event = j.event
    and s.day = j.study_day
