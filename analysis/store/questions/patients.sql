-- One row per group: how many different patients its episodes belong to.
-- Parameters: $instrument. Parts: group the grouping columns, text the same as text,
-- cohort the filter.
select {text} patients
from (
    select {group} count(distinct patient) as patients
    from endpoint
    where instrument = $instrument {cohort}
    {group_by}
) counted
