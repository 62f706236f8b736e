-- One row per episode and instrument with a usable score: the baseline and the preset timepoints.
-- Of the scores in a window the one of the highest rank is picked: rank and score are one whole
-- number, so that the highest of them holds the score.
-- Parts: timepoints one aggregate per preset timepoint, timepoint_names the columns, with_course
-- whether a timepoint ends with the course.
create temp table picked_score as
with score as (
    select
        f.word >> 31 as series,
        cast(f.day as bigint) as day,
        (f.word & 65535) as score,
        f.baseline,
        e.course_end
    from followed_score f
    left join (select episode, course_end from episode where course_end is not null) e
        on e.episode = (f.word >> 31) & 16777215
)
select
    series,
    max(baseline) as baseline
    {timepoints}
from score
group by series
