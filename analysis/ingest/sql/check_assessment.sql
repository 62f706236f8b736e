-- One row per assessment row of a file, with its total and the first rule it breaks, whether it
-- repeats a row, and whether its day holds two different scores. Totals are in steps of the scale:
-- decimals are counted exactly, never as floating point.
-- Parts: wrong_item, domains and suicidality, each with a branch per instrument; rivals whether
-- stored scores of the same day are in conflict, or corrected.
create temp table checked_assessment as
with counted as (
    select
        p.* exclude (instrument),
        p.instrument as their_instrument,
        i.* exclude (theirs, ours),
        i.ours as instrument,
        try_cast(p.score as decimal(28, 9)) * i.units as steps,
        string_split(p.items, ' ') as places,
        try_cast(string_split(p.items, ' ') as smallint[]) as answers
    from placed_assessment p
    left join instrument_lookup i on i.theirs = p.instrument
),
answered as (
    select
        *,
        {wrong_item} as wrong_item,
        {domains} as domains,
        {suicidality} as suicidality
    from counted
),
summed as (
    select
        *,
        -- the mean of the answered domains times their number, rounded half up
        case
            when list_count(domains) >= needed
                then times * units * cast(floor(
                    (2 * list_sum(domains) * len(domains) + list_count(domains))
                    / (2 * list_count(domains))
                ) as integer)
        end as made
    from answered
),
judged as (
    select
        p.* exclude (
            scored, low, high, range_text, allowed, label, item_count, lows, highs, needed,
            needed_text, times, steps, places, answers, wrong_item, domains, made, items, score,
            place_fault
        ),
        coalesce(p.score, points(p.made, p.units)) as score,
        coalesce(try_cast(p.steps as integer), p.made) as total,
        -- places after the last item of the instrument are empty: they are no part of it
        case
            when len(p.places) > p.item_count
                then regexp_replace(array_to_string(p.places[:p.item_count], ' '), '( \.)+$', '')
            else p.items
        end as items,
        case
            when p.their_instrument is null
                then fault('instrument', null, 'missing_instrument', 'an instrument')
            when p.instrument is null
                then fault('instrument', p.their_instrument, 'unknown_instrument', p.allowed)
            when p.score is not null and not p.scored
                then fault('score', p.score, 'no_total', p.range_text)
            when
                not regexp_full_match(p.score, '[+-]?\d{{1,6}}(\.\d{{1,9}}0*)?')
                or p.steps % 1 <> 0
                then fault('score', p.score, 'not_whole_number', p.range_text)
            when contains(p.items, '?')
                then misread_fault(p.places, p.lows, p.highs)
            when list_count(p.answers[p.item_count + 1:]) > 0
                then fault(
                    'item_' || last_answer(p.answers), p.answers[last_answer(p.answers)],
                    'too_many_items', p.label || ' has ' || p.item_count || ' items'
                )
            when p.wrong_item is not null
                then fault(
                    'item_' || p.wrong_item, p.answers[p.wrong_item], 'item_out_of_range',
                    item_range(p.lows[p.wrong_item], p.highs[p.wrong_item])
                )
            when coalesce(p.steps, p.made) not between p.low and p.high
                then fault(
                    'score', coalesce(p.score, points(p.made, p.units)), 'score_out_of_range',
                    p.range_text
                )
            when p.steps <> p.made
                then fault(
                    'score', 'score ' || p.score || ', items ' || points(p.made, p.units),
                    'total_disagrees', 'the total that the items make, or a score without items'
                )
            when p.score is not null and list_count(p.domains) < p.needed
                then fault(
                    'score', p.score, 'too_few_items',
                    p.needed_text || '; the file says ' || p.score
                )
            else p.place_fault
        end as fault
    from summed p
),
copies as (
    select
        j.*,
        row_number() over (
            partition by fault is null, episode_id, instrument, study_day, total, j.items
            order by file, line
        ) as copy
    from judged j
),
days as (
    select episode_id, instrument, day, bool_or(stored) as against_stored
    from (
        select episode_id, instrument, study_day as day, total as score, false as stored
        from copies
        where fault is null and total is not null
        union all
        select episode_id, instrument, day, score, true
        from stored_assessment
        where score is not null and {rivals}
    ) scores
    group by episode_id, instrument, day
    having min(score) <> max(score)
),
-- a correction of a day that has several scores counts anew, even if one of them is the same
unclear_days as (
    select episode_id, instrument, day
    from stored_assessment
    where score is not null and not {rivals}
    group by episode_id, instrument, day
    having min(score) <> max(score)
),
known as (
    select
        c.*,
        s.episode_id is not null and u.episode_id is null and (d.episode_id is null or {rivals})
            as stored,
        d.episode_id is not null and c.total is not null as contested,
        coalesce(d.against_stored, false) as against_stored
    from copies c
    left join stored_assessment s
        on c.fault is null
        and s.episode_id = c.episode_id
        and s.instrument = c.instrument
        and s.day = c.study_day
        and s.score is not distinct from c.total
        and s.items is not distinct from c.items
    left join days d
        on d.episode_id = c.episode_id and d.instrument = c.instrument and d.day = c.study_day
    left join unclear_days u
        on u.episode_id = c.episode_id and u.instrument = c.instrument and u.day = c.study_day
)
select
    k.* exclude (fault, contested),
    k.fault is null and (k.stored or k.copy > 1) as duplicate,
    k.fault is null and not k.stored and k.copy = 1 as valid,
    case
        when k.fault is not null then k.fault
        when k.stored or k.copy > 1 then null
        when k.contested
            then fault(
                'score', k.score, 'conflicting_scores',
                'one score per instrument and day; day ' || k.study_day || ' has several'
                || case
                    when k.against_stored then '; --corrections lets the later import count'
                    else ''
                end
            )
    end as fault
from known k
