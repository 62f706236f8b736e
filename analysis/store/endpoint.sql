-- One row per episode of one series (an instrument, or an item on suicidal thoughts), whether or
-- not there is any score. Episodes and what was picked for them stand in the same order.
-- Parts: series its name, timepoints and fields the columns.
insert into endpoint
select
    cast({series} as instrument_id), e.episode, e.patient, e.follow_up_age, e.course_end
    {timepoints}
    {fields}
from episode e
positional join worked_out p
