"""Two different scores of one instrument on one day: the rule that an import chose to settle it."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from analysis.errors import InputError
from analysis.instruments import Instrument
from analysis.store.quoting import literal

RULES = ("first", "last", "mean", "worst")
SQL = Path(__file__).parent / "sql"


def conflict_rule(file: str, section: dict[str, object]) -> str | None:
    """Return the rule that [conflicts] of a mapping names, None where it names none.

    `first` and `last` go by the time of day of the assessments, `worst` takes the score with the
    most symptoms, `mean` the mean rounded half up to a step of the scale. Without a rule a day with
    several scores is not usable.
    """
    rule = section.get("rule")
    if rule is not None and rule not in RULES:
        raise InputError(file, f"[conflicts] rule must be one of {', '.join(RULES)}.")
    return str(rule) if rule is not None else None


def settle(con: duckdb.DuckDBPyConnection, rule: str, scales: Sequence[Instrument]) -> None:
    """Let one score of each contested day of this import count, as the rule says.

    Days on which a stored score differs stay in conflict, and for `first` and `last` those without
    different times. The scores that do not count are quarantined under `other_score_counts`.
    """
    lower = ", ".join(literal(s.id) for s in scales if s.direction != "higher_is_worse")
    order = {
        "first": "time_of_day",
        "last": "-time_of_day",
        "mean": "line",
        "worst": f"case when instrument in ({lower or 'null'}) then total else -total end",
    }[rule]
    con.execute(
        (SQL / "settle.sql")
        .read_text("utf-8")
        .format(
            order=order,
            needs_time="true" if rule in ("first", "last") else "false",
            takes_mean="true" if rule == "mean" else "false",
            rule=literal(rule),
        )
    )
