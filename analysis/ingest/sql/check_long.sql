-- One row per row of a one-file long form, with its episode and the first rule that the episode
-- part of the row breaks. A patient has one episode per modality.
-- Parts: attributes the episode attributes as one comparable text, attribute_faults one branch
-- per attribute.
create temp table checked_long as
with named as (
    select
        t.* exclude (episode_id),
        m.ours as known_modality,
        m.allowed as modality_hint,
        t.patient_id || ':' || m.ours as episode_id
    from text_long t
    left join modality_lookup m on m.theirs = t.modality
),
typed as (
    select
        n.*,
        count(distinct ({attributes})) over (partition by n.episode_id) as versions
    from named n
)
select
    *,
    case
        when patient_id is null then fault('patient_id', null, 'missing_id', 'a patient id')
        when modality is null
            then fault('modality', null, 'missing_modality', 'a modality of the registry')
        when known_modality is null
            then fault('modality', modality, 'unknown_modality', modality_hint)
        {attribute_faults}
        when versions > 1
            then fault(
                'patient_id', patient_id, 'conflicting_rows',
                'the same episode attributes on all rows of a patient and modality'
            )
    end as fault
from typed
