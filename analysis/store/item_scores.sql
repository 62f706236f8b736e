-- One row per episode and day with one score of an instrument's item on suicidal thoughts: on a day
-- with two different totals it is not usable.
-- Parts: instrument its name.
select episode, day, min(suicidality) as score
from assessment
where instrument = {instrument}
group by episode, day
having
    (min(score) is null or min(score) = max(score))
    and min(suicidality) = max(suicidality)
