-- One row per row of MEASUREMENT or OBSERVATION that holds the total of an instrument.
-- A code of the site counts before the standard concept, and that before the source concept.
-- Parts: raw the staged table, codes (source_value, instrument), resolved (concept_id, instrument),
-- person, concept, source_concept, source_value, date, datetime, value its cells.
select
    r.line as file_line,
    0 as place,
    cast(null as varchar) as source,
    cast(null as varchar) as rule,
    cast(null as varchar) as allowed,
    r.{person} as c0,
    coalesce(site.instrument, standard.instrument, coded.instrument) as c1,
    left(coalesce({date}, {datetime}), 10) as c2,
    {value} as c3
from {raw} r
left join {codes} site on site.source_value = {source_value}
left join {resolved} standard on standard.concept_id = try_cast({concept} as bigint)
left join {resolved} coded on coded.concept_id = try_cast({source_concept} as bigint)
where coalesce(site.instrument, standard.instrument, coded.instrument) is not null
