-- One row per row of a contested day of this import: the score that counts, or why it does not.
-- Parts: order what the rule sorts by, needs_time whether it goes by the time of day, takes_mean
-- whether the mean counts, rule its name.
create temp table contested as
with timed as (
    select
        file, line, episode_id, instrument, study_day, total, units, score,
        epoch(try_cast(time as time)) as time_of_day
    from checked_assessment
    where fault.rule = 'conflicting_scores' and not against_stored
),
ranked as (
    select
        *,
        row_number() over (
            partition by episode_id, instrument, study_day order by {order}, total, file, line
        ) as place,
        cast(floor(avg(total) over (
            partition by episode_id, instrument, study_day
        ) + 0.5) as integer) as mean,
        count(time_of_day) over (partition by episode_id, instrument, study_day) as times,
        count(distinct time_of_day) over (partition by episode_id, instrument, study_day)
            as different_times,
        count(*) over (partition by episode_id, instrument, study_day) as scores
    from timed
),
chosen as (
    select
        *,
        case when {takes_mean} then mean else total end as counts
    from ranked
    where not {needs_time} or (times = scores and different_times = scores)
)
select
    *,
    first_value(counts) over (
        partition by episode_id, instrument, study_day order by place
    ) as kept
from chosen;

update checked_assessment
set
    fault = case
        when c.place > 1
            then fault(
                'score', c.score, 'other_score_counts',
                'one score per instrument and day; by the rule ' || {rule} || ' '
                || points(c.kept, c.units) || ' counts on day ' || c.study_day
            )
    end,
    valid = c.place = 1,
    total = case when c.place = 1 then c.kept else checked_assessment.total end,
    items = case when c.place = 1 and c.kept = c.total then items end
from contested c
where checked_assessment.file = c.file and checked_assessment.line = c.line
