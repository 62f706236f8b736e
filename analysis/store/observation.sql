-- One row per usable score, with the day of the next one of the same episode and instrument and
-- with the baseline (the last score on day -14 to 0). A day with two different scores is a
-- conflict and is not usable; equal scores on one day count once.
insert into observation
with usable as (
    select instrument, episode, day, min(score) as score
    from assessment
    where score is not null
    group by instrument, episode, day
    having min(score) = max(score)
),
followed as (
    select
        instrument, episode, day, score,
        lead(day) over (partition by instrument, episode order by day) as next_day
    from usable
),
baseline as (
    select instrument, episode, score as baseline
    from followed
    where day between -14 and 0 and (next_day is null or next_day > 0)
)
select f.instrument, f.episode, f.day, f.next_day, f.score, b.baseline
from followed f
left join baseline b on b.instrument = f.instrument and b.episode = f.episode
order by f.instrument, f.episode, f.day
