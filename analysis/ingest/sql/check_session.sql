-- One row per session row of a file, with the first rule it breaks and whether it repeats a row.
create temp table checked_session as
with judged as (
    select
        p.* exclude (place_fault),
        try_cast(try_cast(p.session as double) as integer) as number,
        case
            when not regexp_full_match(p.session, '0*[1-9]\d{0,4}(\.0+)?')
                then fault('session', p.session, 'not_whole_number', 'a whole number from 1')
            when p.phase not in ('induction', 'continuation', 'maintenance', 'retreatment')
                then fault(
                    'phase', p.phase, 'unknown_phase',
                    'induction, continuation, maintenance or retreatment'
                )
            else p.place_fault
        end as fault
    from placed_session p
)
select
    j.*,
    j.fault is null and (
        s.episode_id is not null
        or row_number() over (
            partition by j.fault is null, j.episode_id, j.number, j.study_day, j.phase
            order by j.file, j.line
        ) > 1
    ) as duplicate
from judged j
left join stored_session s
    on j.fault is null
    and s.episode_id = j.episode_id
    and s.session is not distinct from j.number
    and s.day = j.study_day
    and s.phase is not distinct from j.phase
