-- One row per score outside its range that another version of the instrument could have: the
-- reason names those versions. Versions never mix, so nothing is moved to another instrument.
with fitting as (
    select w.instrument, w.total, string_agg(v.label, ' or ' order by v.label) as versions
    from (
        select distinct instrument, total
        from checked_assessment
        where fault.rule = 'score_out_of_range'
    ) w
    join version_lookup v
        on v.instrument = w.instrument and w.total / v.units between v.low and v.high
    group by w.instrument, w.total
)
update checked_assessment
set fault = fault(
    'score', fault.value, 'score_out_of_range',
    fault.allowed || '; ' || fault.value || ' would fit ' || fitting.versions
)
from fitting
where
    checked_assessment.fault.rule = 'score_out_of_range'
    and checked_assessment.instrument = fitting.instrument
    and checked_assessment.total = fitting.total
