-- One row per row of a one-file long form, with its episode and the first rule that the episode
-- part of the row breaks. A patient has one episode per modality, unless episode ids are given; an
-- episode that is known by another id (from an episodes file or the store) keeps that id.
-- Parts: contradictions whether any attribute of an episode has two values, attribute_faults one
-- branch per attribute.
create temp table checked_long as
with known as (
    select patient_id, modality, min(episode_id) as episode_id, count(*) as episodes
    from (
        select t.patient_id, m.ours as modality, t.episode_id
        from text_episode t
        join modality_lookup m on m.theirs = t.modality
        union
        select patient_id, modality, episode_id from stored_episode
    ) episodes
    where patient_id in (select patient_id from text_long)
    group by patient_id, modality
),
named as (
    select
        t.* exclude (episode_id),
        m.ours as known_modality,
        m.allowed as modality_hint,
        t.episode_id is null and k.episodes > 1 as several,
        coalesce(t.episode_id, k.episode_id, t.patient_id || ':' || m.ours) as episode_id
    from text_long t
    left join modality_lookup m on m.theirs = t.modality
    left join known k on k.patient_id = t.patient_id and k.modality = m.ours
),
contradicted as (
    select episode_id, {contradictions} as contradictory
    from named
    group by episode_id
)
select
    n.*,
    case
        when patient_id is null then fault('patient_id', null, 'missing_id', 'a patient id')
        when modality is null
            then fault('modality', null, 'missing_modality', 'a modality of the registry')
        when known_modality is null
            then fault('modality', modality, 'unknown_modality', modality_hint)
        {attribute_faults}
        when several
            then fault(
                'patient_id', patient_id, 'several_episodes',
                'an episode_id, since this patient has several episodes'
            )
        when contradictory
            then fault(
                'patient_id', patient_id, 'conflicting_rows',
                'the same episode attributes on all rows of a patient and modality'
            )
    end as fault
from named n
left join contradicted c on c.episode_id = n.episode_id
