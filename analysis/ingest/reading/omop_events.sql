-- One row per hospital stay or death of a person with a score, on its date.
-- Parts: raw the staged table, person its cell, date and where its expressions, event its literal,
-- scored the persons with a score.
select
    line as file_line,
    0 as place,
    cast(null as varchar) as source,
    cast(null as varchar) as rule,
    cast(null as varchar) as allowed,
    {person} as c0,
    {date} as c1,
    '{event}' as c2
from {raw}
where ({where}) and {person} in (select person_id from {scored})
