-- One row per episode of one series (an instrument, or an item on suicidal thoughts), whether or
-- not there is any score.
-- Parts: series its name, timepoint_names and fields the columns.
insert into endpoint
select
    cast({series} as instrument_id), e.episode, e.patient, e.follow_up_age, e.course_end,
    p.baseline
    {timepoint_names}
    {fields}
from episode e
left join (
    select cast(series & 16777215 as integer) as episode, * exclude (series)
    from picked_score
    where series >> 24 = enum_code(cast({series} as instrument_id))
) p on p.episode = e.episode
