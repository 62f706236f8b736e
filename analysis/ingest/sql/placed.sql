-- One row per row of source, with its episode and its day since the episode's day 0.
-- An episode is found by its id, else by the patient: the only one, or for a date the latest that
-- had started by then (or starts within the 14 days after it, when baselines are taken). Where an
-- episode of the patient has no start date, a date could belong to it, and none is chosen.
create temp table {target} as
with by_patient as (
    select
        patient_id,
        count(*) as episodes,
        count(start_day) as started,
        min(episode_id) as only_episode
    from known_episode
    where patient_id in (select patient_id from {source})
    group by patient_id
),
dated as (
    select
        t.*,
        v.visit_day,
        case
            when regexp_full_match(t.date, '\d{{4}}-\d{{2}}-\d{{2}}') then try_cast(t.date as date)
        end as on_date,
        p.episodes,
        p.started,
        p.only_episode
    from {source} t
    left join visit_lookup v on v.visit = t.visit
    left join by_patient p on p.patient_id = t.patient_id
),
started as (
    select d.file, d.line, max_by(k.episode_id, (k.start_day, k.episode_id)) as episode_id
    from dated d
    join known_episode k
        on k.patient_id = d.patient_id and k.start_day - 14 <= d.on_date
    where d.episode_id is null and d.episodes > 1 and d.started = d.episodes
    group by d.file, d.line
),
resolved as (
    select
        d.*,
        coalesce(
            d.episode_id,
            case when d.episodes = 1 then d.only_episode else s.episode_id end
        ) as own_episode
    from dated d
    left join started s on s.file = d.file and s.line = d.line
),
counted as (
    select
        r.* exclude (episode_id),
        k.episode_id,
        k.start_day,
        k.patient_id as own_patient,
        case
            when r.day is not null then try_cast(try_cast(r.day as double) as integer)
            when r.visit_day is not null then r.visit_day
            else r.on_date - k.start_day
        end as study_day
    from resolved r
    left join known_episode k on k.episode_id = r.own_episode
)
select
    *,
    case
        when own_episode is null and patient_id is null
            then fault('patient_id', null, 'missing_id', 'an episode id or a patient id')
        when own_episode is null and episodes > 1
            then fault(
                'patient_id', patient_id, 'several_episodes',
                'an episode_id, since this patient has several episodes'
            )
        when own_episode is null
            then fault('patient_id', patient_id, 'unknown_patient', 'a patient with an episode')
        when episode_id is null
            then fault('episode_id', own_episode, 'unknown_episode', 'an episode that was loaded')
        when patient_id <> own_patient
            then fault(
                'patient_id', patient_id, 'other_patient', 'the patient of the episode named'
            )
        when day is not null and not regexp_full_match(day, '[+-]?\d{{1,5}}(\.0+)?')
            then fault('day', day, 'not_whole_number', 'whole days since the first treatment day')
        when day is null and visit is not null and date is null and visit_day is null
            then fault('visit', visit, 'unknown_visit', 'a visit declared in [visits] days')
        when day is null and visit_day is null and date is not null and on_date is null
            then fault('date', date, 'not_a_date', 'a date such as 2025-03-31')
        when on_date > current_date
            then fault('date', date, 'date_in_future', 'a date up to today')
        when study_day is null and date is not null
            then fault(
                'date', date, 'unknown_start',
                'a day, or the episode''s start_date in the same import'
            )
        when study_day is null then fault('day', null, 'missing_day', 'a day, a visit or a date')
        when study_day not between {earliest} and {latest}
            then fault('day', cast(study_day as varchar), 'day_out_of_range', '{earliest} to {latest}')
    end as place_fault
from counted
