-- One row per concept that stands for the total of one instrument: the LOINC concept itself, and
-- the standard concept that it maps to. A concept that two instruments map to stands for neither.
-- Parts: concept the concepts that were kept, loinc (code, instrument), relationship (concept_id,
-- target) of the LOINC concepts.
create or replace temp table {target} as
with coded as (
    select c.concept_id, l.instrument
    from {concept} c
    join {loinc} l on l.code = c.concept_code
    where c.vocabulary_id = 'LOINC'
),
reached as (
    select concept_id, instrument from coded
    union
    select r.target as concept_id, coded.instrument
    from {relationship} r
    join coded on coded.concept_id = r.concept_id
)
select concept_id, min(instrument) as instrument
from reached
group by concept_id
having count(distinct instrument) = 1
