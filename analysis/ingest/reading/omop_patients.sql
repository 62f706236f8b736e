-- One row per row of PERSON whose person has a score: sex, and what diagnosis codes say of the case
-- mix. Nothing of the date of birth is read. What no code says is null, which is unknown.
-- Parts: person the staged table, conditions one row per person, scored the persons with a score,
-- id and gender its cells, concept the concepts that were kept, fields the attributes in order.
select
    p.line as file_line,
    0 as place,
    cast(null as varchar) as source,
    cast(null as varchar) as rule,
    cast(null as varchar) as allowed,
    p.{id} as c0,
    case lower(g.concept_name)
        when 'female' then 'female'
        when 'male' then 'male'
        when 'other' then 'other'
        when 'ambiguous' then 'other'
    end as c1
    {fields}
from {person} p
left join {concept} g
    on g.concept_id = try_cast({gender} as bigint) and g.vocabulary_id = 'Gender'
left join {conditions} d on d.person_id = p.{id}
where p.{id} in (select person_id from {scored})
