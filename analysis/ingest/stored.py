"""What the current snapshot holds, brought beside the rows of an import."""

import duckdb

from analysis.fields import STATED_FIELDS, UNKNOWN
from analysis.store.quoting import column, literal
from analysis.store.reader import Store

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
QUARANTINE = 'import integer, file varchar, line integer, "column" varchar, value varchar, '
QUARANTINE += "rule varchar, allowed varchar"
LOG = "import integer, file varchar, kind varchar, sha256 varchar, rows_in_file integer, "
LOG += "ignored integer, rows_read integer, loaded integer, quarantined integer, "
LOG += "exact_duplicates integer"


def stored_tables(
    con: duckdb.DuckDBPyConnection, current: Store | None, fields: tuple[str, ...]
) -> None:
    """Create stored_episode and one stored_* table for each table of SHAPES.

    They carry episode ids instead of the snapshot's keys. merged_quarantine and merged_import
    start with what is stored. All are empty where there is no store yet.
    """
    names = (*STATED_FIELDS, *fields)
    con.execute(f"create temp table merged_quarantine ({QUARANTINE})")
    con.execute(f"create temp table merged_import ({LOG})")
    if current is None:
        columns = "".join(f", {column(name)} varchar" for name in names)
        con.execute(
            "create temp table stored_episode (episode_id varchar, patient_id varchar, "
            "follow_up_age integer, dated boolean, induction_end integer, "
            f"planned_sessions integer, stated_trials integer {columns})"
        )
        for table, shape in SHAPES.items():
            typed = "".join(f", {name} {kind}" for name, kind in shape.items())
            con.execute(f"create temp table stored_{table} (episode_id varchar {typed})")
        return
    file = str(current.path / current.manifest.file)
    con.execute(f"attach {literal(file)} as current_store (read_only)")
    columns = "".join(
        f", {column(n) if n in current.fields else literal(UNKNOWN)}::varchar as {column(n)}"
        for n in names
    )
    con.execute(
        "create temp table stored_episode as select episode_id, patient_id, follow_up_age, "
        f"dated, induction_end, planned_sessions, stated_trials {columns} "
        "from current_store.episode"
    )
    for table, shape in SHAPES.items():
        typed = "".join(f", t.{name}::{kind} as {name}" for name, kind in shape.items())
        con.execute(
            f"create temp table stored_{table} as select e.episode_id {typed} "
            f"from current_store.{table} t join current_store.episode e on e.episode = t.episode"
        )
    con.execute("insert into merged_quarantine from current_store.quarantine")
    con.execute("insert into merged_import from current_store.import_log")
