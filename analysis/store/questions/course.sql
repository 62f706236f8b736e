-- One row per group, planned and received sessions, and later phases: how many episodes share them.
-- Received are the sessions of the induction phase; null where an episode has no session at all.
-- Parameters: none beside those of the cohort. Parts: group the grouping columns, text the same as
-- text, cohort the filter.
select {text} planned, received, continuation, maintenance, retreatment, episodes
from (
    with given as (
        select
            episode as given_episode,
            sum(case when coalesce(phase, 'induction') = 'induction' then 1 else 0 end) as received,
            max(case when phase = 'continuation' then 1 else 0 end) as continuation,
            max(case when phase = 'maintenance' then 1 else 0 end) as maintenance,
            max(case when phase = 'retreatment' then 1 else 0 end) as retreatment
        from session
        group by episode
    )
    select
        {group}
        planned_sessions as planned,
        cast(received as integer) as received,
        coalesce(continuation, 0) as continuation,
        coalesce(maintenance, 0) as maintenance,
        coalesce(retreatment, 0) as retreatment,
        count(*) as episodes
    from episode
    left join given on given_episode = episode
    where true {cohort}
    group by all
) counted
