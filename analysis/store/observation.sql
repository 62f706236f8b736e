-- One row per usable score, with the day of the next one of the same episode and instrument and
-- with the baseline (the last score on day -14 to 0). A day with two different scores is a
-- conflict and is not usable; equal scores on one day count once. The item on suicidal thoughts
-- is a series of its own by the same rules; on a day with two different totals it is not usable.
-- Parts: item_suffix what the name of an item's series ends in.
insert into observation
with days as (
    select
        instrument, episode, day,
        min(score) as score,
        min(suicidality) as lowest_item,
        max(suicidality) as highest_item
    from assessment
    where score is not null or suicidality is not null
    group by instrument, episode, day
    having min(score) is null or min(score) = max(score)
),
usable as (
    select instrument, episode, day, score
    from days
    where score is not null
    union all
    select
        cast(cast(instrument as varchar) || {item_suffix} as instrument_id),
        episode, day, lowest_item
    from days
    where lowest_item = highest_item
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
