-- One row per episode and instrument with a usable score: the baseline and the preset timepoints.
-- Of the scores in a window the one of the highest rank is picked: rank and score are one whole
-- number, so that the highest of them holds the score.
-- Parts: timepoints one aggregate per preset timepoint, course_end and course the end of each
-- score's course and the join that it takes.
create temp table picked_score as
with score as (
    select
        f.word >> 31 as series,
        cast(f.day as integer) as day,
        cast(f.word & 65535 as integer) as score,
        f.baseline,
        {course_end} as course_end
    from followed_score f
    {course}
)
select
    series,
    max(baseline) as baseline
    {timepoints}
from score
group by series
