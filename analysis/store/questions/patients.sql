-- One row per group: how many different patients its episodes belong to. Of sixty patients each is
-- one bit of a number, so that a group needs a place for every sixty and not for every patient.
-- Parameters: $instrument. Parts: group the grouping columns, text the same as text,
-- cohort the filter.
select {text} patients
from (
    select {group} cast(coalesce(sum(bit_count(seen)), 0) as bigint) as patients
    from (
        select {group} bit_or(cast(1 as bigint) << (patient % 60)) as seen
        from endpoint
        where instrument = $instrument {cohort}
        group by {group} patient - patient % 60
    ) sixties
    {group_by}
) counted
