-- One row per group, baseline, endpoint and maturity: how many episodes share them.
-- Parameters: $instrument, $window_end. Parts: group the grouping columns, text the same as
-- text, cohort the filter, timepoint a preset timepoint, mature whether its window is over.
select {text} baseline, endpoint, mature, episodes
from (
    select {group} baseline, {timepoint} as endpoint, {mature} as mature, count(*) as episodes
    from endpoint
    where instrument = $instrument {cohort}
    group by {group} baseline, {timepoint}, {mature}
) counted
