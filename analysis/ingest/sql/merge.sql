-- One row per row that this import adds to what is kept, table by table.
-- Parts: batch its number, own its as-of date, as_of the as-of date of the state that it makes,
-- older the days by which that moved on, said_fields, told_fields, either_fields, new_fields and stored_fields the episode
-- attributes as this import says them, as they are then, and as they are stored, said_start the
-- start date where the profile keeps it.
create temp table said_now as
with whole as (
    select
        episode_id,
        patient_id,
        coalesce(try_cast(try_cast(follow_up_days as double) as integer), {own} - start_day)
            as follow_up_age,
        follow_up_days is null and start_day is not null as dated,
        try_cast(try_cast(induction_end_day as double) as integer) as induction_end,
        try_cast(try_cast(planned_sessions as double) as integer) as planned_sessions,
        try_cast(try_cast(adequate_trials as double) as integer) as stated_trials,
        {said_start} as start_day
        {said_fields}
    from checked_episode
    where fault is null and copy = 1
),
told as (
    select k.episode_id, k.patient_id {told_fields}
    from checked_patient p
    join known_episode k on k.patient_id = p.patient_id
    where p.fault is null and p.copy = 1
)
select
    coalesce(w.episode_id, t.episode_id) as episode_id,
    coalesce(w.patient_id, t.patient_id) as patient_id,
    w.follow_up_age,
    coalesce(w.dated, false) as dated,
    w.induction_end,
    w.planned_sessions,
    w.stated_trials,
    w.start_day
    {either_fields}
from whole w
full join told t on t.episode_id = w.episode_id;

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
from stored_episode
where episode_id in (select episode_id from said_now);

-- What a file does not say about a stored episode stays as it was.
create temp table new_episode as
select
    s.episode_id,
    s.patient_id,
    coalesce(
        s.follow_up_age + case when s.dated then {as_of} - {own} else 0 end, a.follow_up_age
    ) as follow_up_age,
    case
        when s.follow_up_age is not null then s.dated else coalesce(a.dated, false)
    end as dated,
    coalesce(s.induction_end, a.induction_end) as induction_end,
    coalesce(s.planned_sessions, a.planned_sessions) as planned_sessions,
    coalesce(s.stated_trials, a.stated_trials) as stated_trials
    {new_fields}
from said_now s
left join aged_episode a on a.episode_id = s.episode_id;

create temp table unchanged_episode as
select episode_id
from (select * from new_episode intersect select * from aged_episode) same;

insert into added_said_episode by name
select {batch} as batch, *
from said_now
where episode_id not in (select episode_id from unchanged_episode);

insert into every_assessment by name
select episode_id, instrument, cast(study_day as smallint) as day,
    cast(total as smallint) as score, items, suicidality, {batch} as batch
from checked_assessment
where valid;

insert into every_session by name
select episode_id, number as session, cast(study_day as smallint) as day, phase, {batch} as batch
from checked_session
where fault is null and not duplicate;

insert into every_event by name
select episode_id, cast(study_day as smallint) as day, event, {batch} as batch
from checked_event
where fault is null and not duplicate;

insert into every_prior_trial by name
select episode_id, drug_class, adequate, {batch} as batch
from checked_prior_trial
where fault is null and not duplicate
