"""`trd-outcomes compare`: how groups differ, where the difference can be defended."""

import argparse
import math
from dataclasses import replace

from analysis.compare.code import code_as_of, typed_margin
from analysis.compare.plan import VISITS, Comparison, Named, parse_visits
from analysis.compare.results import Compared
from analysis.errors import DefinitionError
from analysis.export_comparison import comparison_csv, comparison_json
from analysis.policy import check_policy
from analysis.progress import Meter
from analysis.saved_cohorts import cohorts_of, named_cohort
from analysis.store import Store
from dashboard.commands.compare_tables import print_tables
from dashboard.commands.progress import quiet, watched
from dashboard.commands.question import as_of_record, cohort_of, definition_of, names, opened


def run(options: argparse.Namespace) -> None:
    """Answer one comparison and print it in the format asked for."""
    from analysis.compare import compare, release_compared

    check_policy(options.release)
    with opened(options) as (store, batch):
        comparison = comparison_of(options, store)
        cohort, definition = cohort_of(options), definition_of(options, store)

        def work(meter: Meter) -> Compared:
            meter.look(lambda: None, store.engine.interrupt)
            return compare(store, cohort, definition, comparison, progress=meter.at)

        answer = watched(work, quiet())
    if batch is not None:
        answer = replace(answer, code=code_as_of(answer.code, batch.batch))
    answer = release_compared(answer, options.release)
    if options.format == "json":
        print(comparison_json(answer, as_of_record(batch)))
    elif options.format == "csv":
        print(comparison_csv(answer, as_of_record(batch)), end="")
    else:
        print_tables(answer, batch)


def comparison_of(options: argparse.Namespace, store: Store) -> Comparison:
    """Return the comparison that the options describe; raises DefinitionError where they do not.

    Saved cohorts are looked up in the folder of the store, where a or b name one.
    """
    by = names(options.by)
    if len(by) > 1:
        raise DefinitionError("Compare the groups of one field: --by takes one name here.")
    return Comparison(
        by=by[0] if by else None,
        a=_side(options.a, options.a_name, store),
        b=_side(options.b, options.b_name, store),
        kind=options.measure,
        outcome=options.outcome,
        event=options.event,
        repeated=options.repeated,
        adjust=options.adjust,
        margin=_margin(options),
        visits=VISITS if options.visits is None else parse_visits(options.visits),
    )


def _side(texts: list[str], name: str | None, store: Store) -> Named | None:
    if not texts and name is None:
        return None
    if not texts:
        raise DefinitionError(f'Say which episodes "{name}" are: a saved cohort, filters, or all.')
    named = any("=" not in text for text in texts)
    saved = cohorts_of(store) if named else {}
    return named_cohort(texts, saved, name, store.fields, store.modalities)


def _margin(options: argparse.Namespace) -> float | None:
    """Return the margin as the engine takes it; it is typed in percentage points for rates."""
    if options.margin is None:
        return None
    highest = 100 if options.measure == "rates" else math.inf
    if not 0 < options.margin < highest:
        unit = "percentage points, below 100" if options.measure == "rates" else "points"
        raise DefinitionError(f"The margin is a number of {unit}, larger than 0.")
    return typed_margin(options.measure, options.margin)
