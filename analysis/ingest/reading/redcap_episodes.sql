-- One row per record of a flat export of REDCap: what any of its rows says of the episode. A record
-- that says two things of one attribute has a rule.
-- Parts: raw the staged table, id the cell of the record, episode_id and patient_id their cells,
-- contradictory whether two of its rows disagree, attributes the aggregated cells in order.
select
    {id} as record,
    min(line) as file_line,
    0 as place,
    cast(null as varchar) as source,
    case when {contradictory} then 'conflicting_rows' end as rule,
    case when {contradictory} then 'one value per record in each field of [redcap.episode]' end
        as allowed,
    coalesce(max({episode_id}), max({patient_id}), {id}) as episode_id,
    coalesce(max({patient_id}), {id}) as patient_id
    {attributes}
from {raw}
where {id} is not null
group by {id}
