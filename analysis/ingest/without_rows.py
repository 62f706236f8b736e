"""The kinds of rows that a clinic may have none of: of those no check is worked out."""

import duckdb

FAULT = 'fault struct("column" varchar, value varchar, rule varchar, allowed varchar)'
PLACED = (
    f"file integer, line integer, episode_id varchar, on_date date, start_day date, "
    f"study_day integer, duplicate boolean, {FAULT}"
)
# What is asked later of the checked rows of each.
WITHOUT_ROWS = {
    "long": f"file integer, line integer, {FAULT}",
    "session": f"{PLACED}, number integer, phase varchar",
    "event": f"{PLACED}, event varchar",
    "prior_trial": f"{PLACED}, drug_class varchar, adequate boolean",
}


def kinds_with_rows(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the kinds of WITHOUT_ROWS that have rows; of the others the checked table is made."""
    present = []
    for kind, columns in WITHOUT_ROWS.items():
        if con.execute(f"select 1 from text_{kind} limit 1").fetchone():
            present.append(kind)
        else:
            con.execute(f"create temp table checked_{kind} ({columns})")
    return present
