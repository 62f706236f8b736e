-- One row per person with a diagnosis code that says something of the case mix.
-- Parts: target, levels (prefix, field, level, rank, and whether codes with that prefix fit it),
-- concept the concepts that were kept, stated one row per condition (person_id, concept_id), fields
-- one aggregate per attribute.
create or replace temp table {target} as
with meaning as (
    select c.concept_id, l.field, l.level, l.rank
    from {concept} c
    join {levels} l on starts_with(replace(upper(c.concept_code), '.', ''), l.prefix)
    where c.vocabulary_id = 'ICD10CM'
    group by all
    having bool_and(l.fits)
)
select s.person_id {fields}
from ({stated}) s
join meaning m using (concept_id)
group by s.person_id
