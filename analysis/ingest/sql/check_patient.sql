-- One row per patient row of a file, with the first rule it breaks (fault is null where none).
-- Parts: attribute_faults one branch per attribute, distinct_attributes the attributes as one
-- comparable text.
create temp table checked_patient as
with described as (
    select
        t.*,
        {distinct_attributes} as description,
        p.patient_id is not null as has_episode
    from text_patient t
    left join (select distinct patient_id from known_episode) p on p.patient_id = t.patient_id
),
counted as (
    select
        *,
        count(distinct description) over (partition by patient_id) as versions,
        row_number() over (partition by patient_id, description order by file, line) as copy
    from described
)
select
    *,
    case
        when patient_id is null then fault('patient_id', null, 'missing_id', 'a patient id')
        {attribute_faults}
        when not has_episode
            then fault('patient_id', patient_id, 'unknown_patient', 'a patient with an episode')
        when versions > 1
            then fault(
                'patient_id', patient_id, 'conflicting_rows',
                'one row per patient; these rows differ'
            )
    end as fault
from counted
