-- One row per usable score, with the day of the next one of the same episode and instrument and
-- with the baseline (the last score on day -14 to 0). A day with two different scores is a
-- conflict and is not usable; equal scores on one day count once. The item on suicidal thoughts
-- is a series of its own by the same rules; on a day with two different totals it is not usable.
-- Scores are sorted once, as whole numbers of instrument, episode, day and score in that order, so
-- that what comes before and after a score stands in the row before and after it.
-- Parts: item_suffix what the name of an item's series ends in, instruments the enum as a list.
create temp table sorted_score as
with item_day as (
    select
        instrument, episode, day,
        min(suicidality) as lowest_item,
        max(suicidality) as highest_item
    from assessment
    where instrument in (select distinct instrument from assessment where suicidality is not null)
    group by instrument, episode, day
    having
        (min(score) is null or min(score) = max(score))
        and min(suicidality) = max(suicidality)
),
score as (
    select instrument, episode, day, score
    from assessment
    where score is not null
    union all
    select
        cast(cast(instrument as varchar) || {item_suffix} as instrument_id),
        episode, day, lowest_item
    from item_day
)
select
    (cast(enum_code(instrument) as bigint) << 55) | (cast(episode as bigint) << 31)
    | ((cast(day as bigint) + 8192) << 16) | (cast(score as bigint) + 32768) as word
from score
order by word;

create temp table followed_score as
with different as (
    select word
    from (select word, lag(word) over () as before from sorted_score) w
    where before is distinct from word
),
usable as (
    select word
    from (
        select
            word,
            lag(word >> 16) over () as day_before,
            lead(word >> 16) over () as day_after
        from different
    ) w
    where day_before is distinct from word >> 16 and day_after is distinct from word >> 16
),
followed as (
    select
        word,
        cast(((word >> 16) & 32767) - 8192 as smallint) as day,
        case when after >> 31 = word >> 31 then cast(((after >> 16) & 32767) - 8192 as smallint) end
            as next_day
    from (select word, lead(word) over () as after from usable) w
),
based as (
    select
        word, day, next_day,
        max(case when day between -14 and 0 and (next_day is null or next_day > 0) then word end)
            over (rows between unbounded preceding and current row) as base
    from followed
)
select
    word, day, next_day,
    case when base >> 31 = word >> 31 then cast((base & 65535) - 32768 as smallint) end as baseline
from based;

drop table sorted_score;

-- scores before the one that is the baseline
update followed_score
set baseline = late.baseline
from (
    select e.word, b.baseline
    from (select word from followed_score where next_day <= 0) e
    join (
        select word, baseline from followed_score
        where day between -14 and 0 and (next_day is null or next_day > 0)
    ) b on b.word >> 31 = e.word >> 31
) late
where followed_score.word = late.word;

insert into observation
select
    {instruments}[(word >> 55) + 1],
    cast((word >> 31) & 16777215 as integer),
    day,
    next_day,
    cast((word & 65535) - 32768 as smallint),
    baseline
from followed_score
