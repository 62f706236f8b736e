-- One row per filled form of one instrument in a flat export of REDCap, with the day of its event
-- or its own date. A form that is not complete has a rule.
-- Parts: raw the staged table, episodes one row per record (record, patient_id, episode_id), place
-- the number of the instrument, form its words, id, event, total, date the cells of the export,
-- episode_id the episode of the record, filled whether anything is answered, incomplete and undated whether the form cannot be used,
-- days a branch per event, instrument its literal, items the cells of the items in order.
select
    r.line as file_line,
    {place} as place,
    {form} as source,
    case
        when {incomplete} then 'incomplete_form'
        when {undated} then 'undeclared_event'
    end as rule,
    case
        when {incomplete} then 'a complete form (2), or complete = "any" in [[redcap.scores]]'
        when {undated} then 'an event that [redcap] events gives a day, or a date on the form'
    end as allowed,
    {episode_id} as c0,
    coalesce(e.patient_id, {id}) as c1,
    {instrument} as c2,
    case when {date} is null then case {event} {days} end end as c3,
    {date} as c4,
    {total} as c5
    {items}
from {raw} r
left join {episodes} e on e.record = {id}
where {filled}
