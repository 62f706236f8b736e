"""What a link asks for that cannot be had here.

Streamlit drops a value that a widget does not know without a word, which turns a stale link into
a right-looking answer to another question. So the link is read before the widgets are.
"""

from collections.abc import Callable, Iterable, Mapping

from analysis.definition import Definition, parse_min_baseline, parse_timepoint, parse_window
from analysis.errors import OutcomesError, StoreError, UnknownName
from analysis.outcomes import OUTCOMES
from analysis.store import Store
from analysis.trajectories import WIDTHS

DEFINITION_OPTIONS = ("instrument", "timepoint", "missing", "min_baseline", "remission", "baseline")
# What the views bind to the link, with the values that each of them knows.
VIEW_OPTIONS: dict[str, Callable[[Store], Iterable[str]]] = {
    "outcome": lambda store: list(OUTCOMES),
    "by": lambda store: list(store.fields),
    "lines": lambda store: list(store.fields),
    "interval": lambda store: list(WIDTHS),
}


def first_instrument(store: Store) -> str:
    """Return the instrument that is shown when nothing else is chosen."""
    if not store.recorded:
        raise StoreError("This store holds no scores yet: import a file with assessments.")
    default = Definition().instrument
    return default if default in store.recorded else next(iter(store.recorded))


def link_problems(store: Store, query: Mapping[str, list[str]]) -> list[str]:
    """Return one sentence for each part of a link that cannot be used here."""
    problems = []
    for name, values in query.items():
        if name in store.fields:
            known = store.levels[name]
            problems += [
                f'The link asks for {store.fields[name].lower()} "{value}", which this store '
                "does not have."
                for value in values
                if value not in known
            ]
        elif name in DEFINITION_OPTIONS:
            problem = _option_problem(store, name, values[-1], query)
            problems += [f"The link's {name} cannot be used: {problem}"] if problem else []
        elif name in VIEW_OPTIONS:
            offered = list(VIEW_OPTIONS[name](store))
            problems += [
                f"The link's {name} cannot be used: {UnknownName(name, value, offered)}"
                for value in values
                if value not in offered
            ]
        else:
            problems.append(f'The link asks for "{name}", which is not a field of this store.')
    return problems


def _option_problem(
    store: Store, name: str, value: str, query: Mapping[str, list[str]]
) -> str | None:
    """Return why one option of a definition cannot be used; None where it can."""
    try:
        if name == "instrument":
            store.instrument(value)
        elif name == "timepoint":
            parse_timepoint(value)
        elif name == "baseline":
            parse_window(value)
        elif name == "min_baseline":
            parse_min_baseline(value)
        elif name == "missing":
            Definition(missing=value)
        else:
            instrument = query.get("instrument", [first_instrument(store)])[-1]
            if value not in [rule.id for rule in store.instrument(instrument).remission]:
                return f'"{value}" is not a remission rule of {instrument}.'
    except OutcomesError as error:
        return str(error)
    return None
