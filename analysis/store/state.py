"""Working out what counts, from every row that is kept and the batches that count."""

from collections.abc import Sequence

import duckdb

from analysis.fields import STATED_FIELDS, TREATMENT_RESISTANT_RULES, UNKNOWN
from analysis.store.batches import Batch
from analysis.store.quoting import column, literal

# The rows of a table without their episode and batch.
SHAPES = {
    "assessment": {
        "instrument": "varchar",
        "day": "smallint",
        "score": "smallint",
        "items": "varchar",
        "suicidality": "smallint",
    },
    "session": {"session": "integer", "day": "smallint", "phase": "varchar"},
    "event": {"day": "smallint", "event": "varchar"},
    "prior_trial": {"drug_class": "varchar", "adequate": "boolean"},
}
# What is said of an episode, beside its fields.
SAID = ("induction_end", "planned_sessions", "stated_trials")


def as_of_date(batches: Sequence[Batch]) -> str | None:
    """Return the as-of date of a state: the latest that a batch brought."""
    return max((b.as_of for b in batches if b.as_of is not None), default=None)


def every_row(
    con: duckdb.DuckDBPyConnection,
    source: str | None,
    fields: Sequence[str],
    known: Sequence[str],
    packed: str = "false",
) -> None:
    """Create every_said_episode and every_* of the tables of SHAPES, with what is kept.

    What is said of episodes from now on goes to added_said_episode. `source` is the schema of an
    attached snapshot, None where there is no store yet; `known` are the fields that it has. Rows
    carry episode ids instead of the snapshot's keys. Assessments `t` that meet the condition
    `packed` are left out: they are kept as words (see packed.py).
    """
    names = [name for name in (*STATED_FIELDS, *fields) if source is None or name in known]
    extra = "".join(f", {column(n)} varchar" for n in (*STATED_FIELDS, *fields))
    con.execute(
        "create temp table added_said_episode (batch integer, episode_id varchar, "
        "patient_id varchar, follow_up_age integer, dated boolean, induction_end integer, "
        f"planned_sessions integer, stated_trials integer, start_day date {extra})"
    )
    for table, shape in SHAPES.items():
        typed = "".join(f", {name} {kind}" for name, kind in shape.items())
        con.execute(f"create temp table every_{table} (episode_id varchar {typed}, batch integer)")
    every_said = "create temp view every_said_episode as from added_said_episode"
    if source is None:
        con.execute(every_said)
        return
    said = "".join(f", {column(name)}" for name in names)
    has_start = con.execute(
        "select count(*) from duckdb_columns() where database_name = ? "
        "and table_name = 'said_episode' and column_name = 'start_day'",
        [source],
    ).fetchone()
    start = ", start_day" if has_start and has_start[0] else ""
    con.execute(
        f"{every_said} union all by name select batch, episode_id, patient_id, follow_up_age, "
        f"dated, induction_end, planned_sessions, stated_trials {start} {said} "
        f"from {source}.said_episode"
    )
    for table, shape in SHAPES.items():
        typed = "".join(f", t.{name}::{kind} as {name}" for name, kind in shape.items())
        kept = f"not ({packed})" if table == "assessment" else "true"
        con.execute(
            f"insert into every_{table} select e.episode_id {typed}, t.batch from {source}.{table} "
            f"t join {source}.episode e on e.episode = t.episode where {kept}"
        )
        con.execute(
            f"insert into every_{table} select t.episode_id {typed}, t.batch "
            f"from {source}.past_{table} t where {kept}"
        )


def kept_episodes(con: duckdb.DuckDBPyConnection, source: str, fields: Sequence[str]) -> str:
    """Return a view of the episodes of an attached snapshot as PREFIX_episode has them.

    It is one that keeps no dates and has just these fields.
    """
    texts = "".join(f", {column(name)}::varchar as {column(name)}" for name in fields)
    con.execute(
        "create temp view kept_episode as select episode_id, patient_id, follow_up_age, dated, "
        f"{', '.join(SAID)}, cast(null as date) as start_day {texts} from {source}.episode"
    )
    return "kept_episode"


def work_out(
    con: duckdb.DuckDBPyConnection,
    batches: Sequence[Batch],
    fields: Sequence[str],
    prefix: str,
    same_episodes: str | None = None,
) -> None:
    """Create PREFIX_episode and PREFIX_* of SHAPES: what counts when these batches count.

    The tables of SHAPES keep their batch. An episode of which no batch that counts says anything
    is not there, and neither are its rows. `same_episodes` is a table of a state with the same
    episodes, which are those of this one.
    """
    con.execute(
        "create or replace temp table counting_batch "
        "(batch integer, corrections boolean, as_of date)"
    )
    for b in batches:
        values = [b.batch, b.corrections, b.as_of]
        con.execute("insert into counting_batch values (?, ?, ?)", values)
    if same_episodes is None:
        _episodes(con, batches, fields, prefix)
    else:
        con.execute(f"create temp view {prefix}_episode as from {same_episodes}")
    assessments(con, any(b.corrections for b in batches), prefix)
    for table in ("session", "event"):
        names = ", ".join(SHAPES[table])
        con.execute(
            f"create temp table {prefix}_{table} as "
            f"select episode_id, {names}, min(batch) as batch from {_rows(table, prefix)} "
            f"group by episode_id, {names}"
        )
    con.execute(
        f"create temp table {prefix}_prior_trial as "
        f"select * from {_rows('prior_trial', prefix)} "
        f"qualify batch = max(batch) over (partition by episode_id)"
    )
    if same_episodes is None:
        _resistance(con, fields, prefix)


def _rows(table: str, prefix: str) -> str:
    """Return the rows of the batches and episodes that count, as a subquery."""
    return (
        f"(select t.* from every_{table} t semi join counting_batch b on b.batch = t.batch "
        f"semi join {prefix}_episode e on e.episode_id = t.episode_id) counted"
    )


def _episodes(
    con: duckdb.DuckDBPyConnection, batches: Sequence[Batch], fields: Sequence[str], prefix: str
) -> None:
    """Create PREFIX_episode: of each attribute, the last that was said."""
    names = (*STATED_FIELDS, *fields)
    attributes = [column(name) for name in (*SAID, "start_day", *names)]
    last = "".join(
        f", max_by({a}, batch) filter (where {a} is not null) as {a}" for a in attributes
    )
    as_of = as_of_date(batches)
    today = f"date {literal(as_of)}" if as_of else "cast(null as date)"
    unknown = literal(UNKNOWN)
    filled = ", ".join(f"coalesce({column(n)}, {unknown}) as {column(n)}" for n in names)
    con.execute(
        f"""
        create temp table {prefix}_episode as
        with said as (
            select s.* replace (
                s.follow_up_age
                + case when s.dated then coalesce({today} - b.as_of, 0) else 0 end
                as follow_up_age
            )
            from every_said_episode s join counting_batch b on b.batch = s.batch
        ),
        repeated as (
            select episode_id from said group by episode_id having count(*) > 1
        ),
        merged as (
            select * exclude (batch) from said anti join repeated using (episode_id)
            union all by name
            select
                episode_id,
                max_by(patient_id, batch) as patient_id,
                max_by(follow_up_age, batch) filter (where follow_up_age is not null)
                    as follow_up_age,
                coalesce(max_by(dated, batch) filter (where follow_up_age is not null), false)
                    as dated
                {last}
            from said semi join repeated using (episode_id)
            group by episode_id
        )
        select * replace ({filled}) from merged
        """
    )


def assessments(con: duckdb.DuckDBPyConnection, corrected: bool, prefix: str) -> None:
    """Create PREFIX_assessment: all scores, or from the last correction of a day on."""
    rows = _rows("assessment", prefix)
    values = "episode_id, instrument, day, score, items, suicidality"
    if not corrected:
        con.execute(
            f"create temp table {prefix}_assessment as "
            f"select {values}, min(batch) as batch from {rows} group by {values}"
        )
        return
    con.execute(
        f"""
        create temp table {prefix}_assessment as
        with counted as (select * from {rows}),
        corrected as (
            select c.episode_id, c.instrument, c.day, max(c.batch) as since
            from counted c join counting_batch b on b.batch = c.batch and b.corrections
            group by c.episode_id, c.instrument, c.day
        )
        select c.episode_id, c.instrument, c.day, score, items, suicidality, min(batch) as batch
        from counted c
        left join corrected k
            on k.episode_id = c.episode_id and k.instrument = c.instrument and k.day = c.day
        where k.since is null or c.batch >= k.since
        group by c.episode_id, c.instrument, c.day, score, items, suicidality
        """
    )


def _resistance(con: duckdb.DuckDBPyConnection, fields: Sequence[str], prefix: str) -> None:
    """Add the fields that follow from the number of adequate trials.

    What an episodes file states comes first, then the prior trials: those known to be adequate,
    and those that may be. A rule is met as soon as enough trials are known, and not met once those
    that are unclear could not make it so.
    """
    rules = "".join(
        f", case when adequate >= {trials} then 'yes' when adequate + unclear < {trials} then 'no' "
        f"else '{UNKNOWN}' end as {name}"
        for name, trials in TREATMENT_RESISTANT_RULES.items()
    )
    con.execute(
        f"""
        create or replace temp table {prefix}_episode as
        with listed as (
            select
                episode_id,
                count(*) filter (where adequate) as adequate,
                count(*) filter (where adequate is null) as unclear
            from {prefix}_prior_trial
            group by episode_id
        ),
        counted as (
            select
                e.*,
                coalesce(e.stated_trials, l.adequate) as adequate,
                case when e.stated_trials is null then l.unclear else 0 end as unclear
            from {prefix}_episode e
            left join listed l on l.episode_id = e.episode_id
        )
        select
            * exclude (adequate, unclear),
            case when unclear = 0 then cast(adequate as varchar) else '{UNKNOWN}' end
                as adequate_trials
            {rules}
        from counted
        """
    )


def set_aside(con: duckdb.DuckDBPyConnection, prefix: str) -> None:
    """Create past_* of SHAPES: every row that is kept and does not count."""
    for table, shape in SHAPES.items():
        names = ["episode_id", *shape, "batch"]
        listed = ", ".join(names)
        con.execute(
            f"create temp table aside_{table} as select {listed} from every_{table} "
            f"except all select {listed} from {prefix}_{table}"
        )
