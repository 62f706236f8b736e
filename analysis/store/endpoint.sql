-- One row per episode and instrument in the store, whether or not there is any score; an item on
-- suicidal thoughts that any assessment has is an instrument here.
-- Parts: timepoints one aggregate per preset timepoint, timepoint_names and fields the columns,
-- item_suffix what the name of an item's series ends in.
insert into endpoint
with series as (
    select distinct instrument from assessment
    union all
    select distinct cast(cast(instrument as varchar) || {item_suffix} as instrument_id)
    from assessment
    where suicidality is not null
),
picked as (
    select
        o.instrument,
        o.episode,
        max(o.baseline) as baseline
        {timepoints}
    from observation o
    join episode e on e.episode = o.episode
    group by o.instrument, o.episode
)
select
    i.instrument, e.episode, e.patient, e.follow_up_age, e.course_end,
    p.baseline
    {timepoint_names}
    {fields}
from episode e
cross join series i
left join picked p on p.instrument = i.instrument and p.episode = e.episode
order by i.instrument, e.episode
