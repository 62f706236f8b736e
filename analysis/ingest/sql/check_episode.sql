-- One row per episode row of a file, with the first rule it breaks (fault is null where none).
-- Parts: attributes the episode attributes, attribute_faults one branch per attribute,
-- distinct_attributes the attributes as one comparable text.
create temp table checked_episode as
with described as (
    select *, {distinct_attributes} as description from text_episode
),
typed as (
    select
        t.*,
        m.ours as known_modality,
        m.allowed as modality_hint,
        try_cast(t.start_date as date) as start_day,
        regexp_full_match(t.start_date, '\d{{4}}-\d{{2}}-\d{{2}}') as iso_date,
        count(*) over (partition by t.episode_id) as same_id,
        count(distinct t.description) over (partition by t.episode_id) as versions,
        row_number() over (
            partition by t.episode_id, t.description order by t.file, t.line
        ) as copy,
        s.patient_id as stored_patient
    from described t
    left join modality_lookup m on m.theirs = t.modality
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
        when start_date is not null and (not iso_date or start_day is null)
            then fault('start_date', start_date, 'not_a_date', 'a date such as 2025-03-31')
        when start_day > current_date
            then fault('start_date', start_date, 'date_in_future', 'a date up to today')
        when not regexp_full_match(start_year, '(19|20)\d{{2}}')
            then fault('start_year', start_year, 'not_a_year', 'a year such as 2025')
        when not regexp_full_match(follow_up_days, '\d{{1,5}}(\.0+)?')
            then fault('follow_up_days', follow_up_days, 'not_whole_number', 'whole days from 0')
        when not regexp_full_match(induction_end_day, '\d{{1,4}}(\.0+)?')
            then fault(
                'induction_end_day', induction_end_day, 'not_whole_number', 'whole days from 0'
            )
        when not regexp_full_match(planned_sessions, '\d{{1,4}}(\.0+)?')
            then fault(
                'planned_sessions', planned_sessions, 'not_whole_number', 'a whole number from 0'
            )
        when not regexp_full_match(adequate_trials, '\d{{1,2}}(\.0+)?')
            then fault(
                'adequate_trials', adequate_trials, 'not_whole_number', 'a whole number from 0'
            )
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
