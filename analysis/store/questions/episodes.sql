-- One row per group: how many episodes it has, with or without scores.
-- Parameters: none beside those of the cohort. Parts: group the grouping columns, text the same as
-- text, cohort the filter.
select {text} episodes
from (
    select {group} count(*) as episodes
    from episode
    where true {cohort}
    group by all
) counted
