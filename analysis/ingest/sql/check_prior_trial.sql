-- One row per prior trial of a file, with the first rule it breaks and whether it adds nothing.
-- The prior trials of an episode are one list: equal rows are different trials, a list that is
-- stored already adds nothing, another one replaces it. A list with a row that is kept aside is
-- not used, since too few trials would make an episode look less treatment-resistant than it is.
-- Parts: known the drug classes as a list of literals, known_words the same in words.
create temp table checked_prior_trial as
with judged as (
    select
        p.file,
        p.line,
        p.episode_id,
        lower(p.drug_class) as drug_class,
        case lower(p.adequate) when 'yes' then true when 'no' then false end as adequate,
        case
            when p.drug_class is null
                then fault('drug_class', null, 'missing_drug_class', {known_words})
            when lower(p.drug_class) not in ({known})
                then fault('drug_class', p.drug_class, 'unknown_drug_class', {known_words})
            when lower(p.adequate) not in ('yes', 'no')
                then fault('adequate', p.adequate, 'not_yes_or_no', 'yes, no or empty')
            else p.place_fault
        end as fault
    from placed_prior_trial p
),
described as (
    select 'file' as origin, file, episode_id, drug_class, adequate, fault is not null as aside
    from judged
    where episode_id is not null
    union all
    select 'store', -1, episode_id, drug_class, adequate, false
    from stored_prior_trial
),
listed as (
    select
        origin,
        file,
        episode_id,
        bool_or(aside) as incomplete,
        string_agg(
            drug_class || ' ' || coalesce(cast(adequate as varchar), 'unknown'), ', '
            order by drug_class, adequate
        ) as trials
    from described
    group by origin, file, episode_id
),
compared as (
    select
        file,
        episode_id,
        count(distinct trials) filter (where origin = 'file')
            over (partition by episode_id) as versions,
        row_number() over (partition by episode_id, trials order by file) as copy
    from listed
    where not incomplete
)
select
    j.* exclude (fault),
    j.fault is null and c.versions = 1 and c.copy > 1 as duplicate,
    case
        when j.fault is not null then j.fault
        when c.file is null
            then fault(
                'drug_class', j.drug_class, 'incomplete_trials',
                'all prior trials of an episode; another row of it was kept aside'
            )
        when c.versions > 1
            then fault(
                'episode_id', j.episode_id, 'conflicting_rows',
                'the prior trials of an episode in one file; these files differ'
            )
    end as fault
from judged j
left join compared c on c.file = j.file and c.episode_id = j.episode_id
