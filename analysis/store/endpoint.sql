-- One row per episode and instrument in the store, whether or not there is any score.
-- timepoints: one aggregate per preset timepoint; fields: the filter columns.
insert into endpoint
with picked as (
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
cross join (select distinct instrument from assessment) i
left join picked p on p.instrument = i.instrument and p.episode = e.episode
order by i.instrument, e.episode
