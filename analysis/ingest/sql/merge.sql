-- One row per row of the next snapshot, table by table: what is stored and what this import adds.
-- Parts: as_of the as-of date of the ages, older the days by which it moved on since the
-- current snapshot, said_fields, new_fields and stored_fields the episode attributes of either side,
-- resistance the fields that follow from the number of adequate trials.
create temp table aged_episode as
select
    episode_id,
    patient_id,
    follow_up_age + case when dated then {older} else 0 end as follow_up_age,
    dated,
    induction_end,
    planned_sessions,
    stated_trials
    {stored_fields}
from stored_episode;

-- What a file does not say about a stored episode stays as it was.
create temp table new_episode as
with said as (
    select
        episode_id,
        patient_id,
        coalesce(
            try_cast(try_cast(follow_up_days as double) as integer),
            {as_of} - start_day
        ) as follow_up_age,
        follow_up_days is null as dated,
        try_cast(try_cast(induction_end_day as double) as integer) as induction_end,
        try_cast(try_cast(planned_sessions as double) as integer) as planned_sessions,
        try_cast(try_cast(adequate_trials as double) as integer) as stated_trials
        {said_fields}
    from checked_episode
    where fault is null and copy = 1
)
select
    s.episode_id,
    s.patient_id,
    coalesce(s.follow_up_age, a.follow_up_age) as follow_up_age,
    case
        when s.follow_up_age is not null then s.dated else coalesce(a.dated, false)
    end as dated,
    coalesce(s.induction_end, a.induction_end) as induction_end,
    coalesce(s.planned_sessions, a.planned_sessions) as planned_sessions,
    coalesce(s.stated_trials, a.stated_trials) as stated_trials
    {new_fields}
from said s
left join aged_episode a on a.episode_id = s.episode_id;

create temp table unchanged_episode as
select episode_id
from (select * from new_episode intersect select * from aged_episode) same;

create temp table merged_prior_trial as
with added as (
    select episode_id, drug_class, adequate
    from checked_prior_trial
    where fault is null and not duplicate
)
select episode_id, drug_class, adequate from added
union all
select episode_id, drug_class, adequate
from stored_prior_trial
where episode_id not in (select episode_id from added);

-- What an episodes file states comes first, then the prior trials: those known to be adequate, and
-- those that may be.
create temp table merged_episode as
with every as (
    select * from new_episode
    union all
    select * from aged_episode where episode_id not in (select episode_id from new_episode)
),
listed as (
    select
        episode_id,
        count(*) filter (where adequate) as adequate,
        count(*) filter (where adequate is null) as unclear
    from merged_prior_trial
    group by episode_id
),
counted as (
    select
        e.*,
        coalesce(e.stated_trials, l.adequate) as adequate,
        case when e.stated_trials is null then l.unclear else 0 end as unclear
    from every e
    left join listed l on l.episode_id = e.episode_id
)
select
    * exclude (adequate, unclear),
    case when unclear = 0 then cast(adequate as varchar) else {unknown} end as adequate_trials
    {resistance}
from counted;

create temp table merged_assessment as
select episode_id, instrument, cast(study_day as smallint) as day,
    cast(total as smallint) as score, items, suicidality
from checked_assessment
where valid
union all by name
select episode_id, instrument, day, score, items, suicidality from stored_assessment;

create temp table merged_session as
select episode_id, number as session, cast(study_day as smallint) as day, phase
from checked_session
where fault is null and not duplicate
union all by name
select episode_id, session, day, phase from stored_session;

create temp table merged_event as
select episode_id, cast(study_day as smallint) as day, event
from checked_event
where fault is null and not duplicate
union all by name
select episode_id, day, event from stored_event;
