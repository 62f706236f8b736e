-- One row per episode row of a file, with the first rule it breaks (fault is null where none).
-- Parts: attributes the episode attributes, attribute_faults one branch per attribute,
-- distinct_attributes the attributes as one comparable text.
create temp table checked_episode as
with described as (
    select
        t.*,
        m.ours as known_modality,
        m.allowed as modality_hint,
        concat_ws(chr(31), coalesce(m.ours, t.modality, chr(30)), {distinct_attributes})
            as description
    from text_episode t
    left join modality_lookup m on m.theirs = t.modality
),
typed as (
    select
        t.*,
        try_cast(t.start_date as date) as start_day,
        count(distinct t.description) over (partition by t.episode_id) as versions,
        row_number() over (
            partition by t.episode_id, t.description order by t.file, t.line
        ) as copy,
        s.patient_id as stored_patient
    from described t
    left join stored_episode s on s.episode_id = t.episode_id
)
select
    *,
    case
        when episode_id is null then fault('episode_id', null, 'missing_id', 'an episode id')
        when patient_id is null then fault('patient_id', null, 'missing_id', 'a patient id')
        when modality is null
            then fault('modality', null, 'missing_modality', 'a modality of the registry')
        when known_modality is null
            then fault('modality', modality, 'unknown_modality', modality_hint)
        {attribute_faults}
        when stored_patient <> patient_id
            then fault(
                'patient_id', patient_id, 'other_patient',
                'the patient that this episode was loaded with before'
            )
        when versions > 1
            then fault(
                'episode_id', episode_id, 'conflicting_rows',
                'one row per episode; these rows differ'
            )
    end as fault
from typed
