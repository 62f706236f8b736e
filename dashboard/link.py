"""The link: read once when a session opens, written after every run.

Widgets are not bound to the address by Streamlit itself: it would write their labels there, and
drop what it does not know without a word, which turns a stale link into a right-looking answer to
another question. Here a link holds the same names as the command line, and whatever cannot be used
is said.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from itertools import permutations
from typing import Any

import streamlit as st

from analysis.cohort import Cohort
from analysis.compare.plan import ADJUST, KINDS, REPEATED
from analysis.crosswalks import crosswalks
from analysis.definition import (
    MODERATE,
    NO_MINIMUM,
    Definition,
    definition_from_query,
    parse_min_baseline,
)
from analysis.errors import OutcomesError, UnknownName
from analysis.events import EVENTS
from analysis.instruments import Instrument
from analysis.instruments.catalogue import FAMILIES
from analysis.outcomes import OUTCOMES
from analysis.saved_cohorts import read_cohorts
from analysis.store import Store
from analysis.timepoints import WIDTHS, parse_timepoint, parse_window
from dashboard import compare_boxes, rules
from dashboard.data import Choice, not_asked
from dashboard.data_compare import MARGINS
from dashboard.frames_time import EVENT_FREE, INCIDENCE
from dashboard.widgets import FIRST, TOGETHER
from dashboard.words import SECTIONS

DEFINITION_OPTIONS = (
    "instrument",
    "timepoint",
    "missing",
    "min_baseline",
    "remission",
    "baseline",
    *rules.RULES,
)
# What the views choose, with the values that each of them knows and the one it starts with.
VIEW_OPTIONS: dict[str, tuple[Callable[[Store], Iterable[str]], str]] = {
    "outcome": (lambda store: OUTCOMES, "response"),
    "by": (lambda store: store.fields, "modality"),
    "lines": (lambda store: store.fields, "modality"),
    "interval": (lambda store: WIDTHS, next(iter(WIDTHS))),
    "course_by": (lambda store: store.fields, "modality"),
    "section": (lambda store: SECTIONS, next(iter(SECTIONS))),
    "scale": (lambda store: store.instruments, ""),
    "families": (lambda store: FAMILIES, ""),
    "scale_shown": (lambda store: ("own", *crosswalks()), "own"),
    "shown": (lambda store: _every_level(store), ""),
    "event": (lambda store: EVENTS, "response"),
    "curve": (lambda store: (INCIDENCE, EVENT_FREE), INCIDENCE),
    "curve_by": (lambda store: (TOGETHER, *store.fields), "modality"),
    "curve_shown": (lambda store: _every_level(store), ""),
    "sens_by": (lambda store: (TOGETHER, *store.fields), TOGETHER),
    "sens_group": (lambda store: _every_level(store), ""),
    "reach": (lambda store: map(str, range(101)), "50"),
    "compare": (lambda store: compare_boxes.ways(read_cohorts(store.path)), compare_boxes.FIELD),
    "compare_a_saved": (lambda store: ("", *read_cohorts(store.path)), ""),
    "compare_b_saved": (lambda store: ("", *read_cohorts(store.path)), ""),
    "compare_by": (lambda store: store.fields, "modality"),
    "compare_shown": (lambda store: _every_level(store), ""),
    "compare_a_field": (lambda store: store.fields, "modality"),
    "compare_a_levels": (lambda store: _every_level(store), ""),
    "compare_b_field": (lambda store: store.fields, "modality"),
    "compare_b_levels": (lambda store: _every_level(store), ""),
    "compare_kind": (lambda store: KINDS, next(iter(KINDS))),
    "compare_visits": (lambda store: compare_boxes.VISITS, next(iter(compare_boxes.VISITS))),
    "compare_repeated": (lambda store: REPEATED, next(iter(REPEATED))),
    "compare_adjust": (lambda store: ADJUST, next(iter(ADJUST))),
    "compare_margin": (lambda store: ("", *MARGINS), ""),
    "compare_margin_points": (lambda store: ("", *MARGINS), ""),
    "compare_against": (lambda store: ("", *_every_level(store)), ""),
    "compare_pair": (lambda store: _every_pair(store), ""),
}
MANY = {"by", "shown", "families", "curve_shown"}
MANY |= {"compare_shown", "compare_a_levels", "compare_b_levels"}
# Groups of a field, each with the option that names the field.
LEVELS_OF = {
    "sens_group": ("sens_by", TOGETHER),
    "compare_against": ("compare_by", "modality"),
    "compare_pair": ("compare_by", "modality"),
}
LISTED = 200  # more values than this are not listed when one of them is asked for in vain
READ, PROBLEMS = "link_was_read", "link_problems"

Query = Mapping[str, list[str]]


def _every_level(store: Store) -> Iterable[str]:
    return (value for levels in store.levels.values() for value in levels)


def _every_pair(store: Store) -> Iterable[str]:
    for levels in store.levels.values():
        yield from (f"{a}:{b}" for a, b in permutations(levels, 2))


def first_minimum(instrument: Instrument) -> str:
    """Return the severity from which an episode is eligible when nothing else is chosen."""
    return NO_MINIMUM if instrument.moderate is None else MODERATE


def first_choice(store: Store) -> Choice:
    """Return what is chosen on a first visit, without a link."""
    instrument = store.instrument(store.first_instrument())
    query = Definition(instrument=instrument.id).to_query()
    query["min_baseline"] = first_minimum(instrument)
    return Choice(Cohort(), definition_from_query(query, store.instruments))


def read(store: Store) -> None:
    """Take over what the link asks for, once per session, and remember what it asks in vain."""
    if READ in st.session_state:
        return
    st.session_state[READ] = True
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    good, problems = understood(store, query)
    for name, value in good.items():
        st.session_state[name] = value
    st.session_state[PROBLEMS] = problems


def write(store: Store, choice: Choice) -> None:
    """Put the choices into the address, without those that everyone starts with."""
    wanted = written(
        store, choice, {str(name): st.session_state[name] for name in st.session_state}
    )
    present = {name: st.query_params.get_all(name) for name in st.query_params}
    if wanted != present:
        st.query_params.from_dict(wanted)


def understood(store: Store, query: Query) -> tuple[dict[str, Any], list[str]]:
    """Return the part of a link that can be used, and a sentence for each part that cannot."""
    good: dict[str, Any] = {}
    problems: list[str] = []
    for name, values in query.items():
        if name in DEFINITION_OPTIONS:
            problem = _option_problem(store, name, values[-1], query)
            if problem is None:
                good[name] = values[-1]
            else:
                problems.append(f"The link's {name} cannot be used: {problem}")
        elif name in store.fields or name in VIEW_OPTIONS:
            _take(store, name, values, good, problems)
        else:
            problems.append(f'The link asks for "{name}", which is not a field of this store.')
    problem = _outcome_problem(store, good)
    if problem is not None:
        outcome = good.pop("outcome")
        problems.append(f'The link\'s outcome "{outcome}" cannot be used: {problem}')
    for name in LEVELS_OF:
        if name in good and not _belongs(store, name, good):
            group = good.pop(name)
            problems.append(
                f'The link asks for the group "{group}", which its grouping does not have.'
            )
    return good, problems


def _outcome_problem(store: Store, good: Mapping[str, Any]) -> str | None:
    """Return why the outcome of a link cannot be asked for under its definition."""
    if "outcome" not in good:
        return None
    chosen = {name: good[name] for name in DEFINITION_OPTIONS if name in good}
    query = {"instrument": store.first_instrument(), **chosen}
    return not_asked(
        store, OUTCOMES[good["outcome"]], definition_from_query(query, store.instruments)
    )


def _take(
    store: Store,
    name: str,
    values: list[str],
    good: MutableMapping[str, Any],
    problems: list[str],
) -> None:
    """Sort the values of a field or of a view's option into those that are known and the rest."""
    field = name in store.fields
    offered = list(store.levels[name] if field else VIEW_OPTIONS[name][0](store))
    known = [value for value in values if value in offered]
    if known or (name in MANY and values == [""]):
        good[name] = known if field or name in MANY else known[-1]
    for value in values:
        if value in offered or (name in MANY and value == ""):
            continue
        if field:
            problems.append(
                f'The link asks for {store.fields[name].lower()} "{value}", which this store does '
                "not have."
            )
        elif len(offered) > LISTED:
            problems.append(f'The link\'s {name} cannot be used: there is no "{value}" here.')
        else:
            problems.append(
                f"The link's {name} cannot be used: {UnknownName(name, value, offered)}"
            )


def _asked(store: Store, query: Query) -> str:
    """Return the instrument that a link is about."""
    return query.get("instrument", [store.first_instrument()])[-1]


def _option_problem(store: Store, name: str, value: str, query: Query) -> str | None:
    """Return why one option of a definition cannot be used; None where it can."""
    try:
        if name == "instrument":
            if value not in store.recorded:
                raise UnknownName("instrument in this store", value, store.recorded)
        elif name == "timepoint":
            parse_timepoint(value)
        elif name == "baseline":
            parse_window(value)
        elif name == "min_baseline":
            parse_min_baseline(value)
        elif name == "missing":
            Definition(missing=value)
        elif name in rules.RULES:
            rules.RULES[name].parse(value, store.instrument(_asked(store, query)))
        else:
            asked = _asked(store, query)
            if value not in [rule.id for rule in store.instrument(asked).remission]:
                return f'"{value}" is not a remission rule of {asked}.'
    except OutcomesError as error:
        return str(error)
    return None


def written(store: Store, choice: Choice, state: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the link of a choice and of what the views have chosen."""
    first = Definition(instrument=store.first_instrument()).to_query()
    first["min_baseline"] = first_minimum(store.instrument(choice.definition.instrument))
    link = {
        name: [value]
        for name, value in choice.definition.to_query().items()
        if first.get(name) != value
    }
    link |= {name: list(levels) for name, levels in choice.cohort.where}
    for name, (_, start) in VIEW_OPTIONS.items():
        value = state.get(name)
        if value is None:
            continue
        values = list(value) if name in MANY else [value]
        if values != state.get(f"{name}{FIRST}", [start]):
            link[name] = values or [""]
    for name in LEVELS_OF:
        if name in link and not _belongs(store, name, state):
            del link[name]  # chosen under another grouping
    return link


def _belongs(store: Store, name: str, chosen: Mapping[str, Any]) -> bool:
    """Return whether what an option names are levels of the field that it belongs to."""
    by, first = LEVELS_OF[name]
    levels = store.levels.get(chosen.get(by) or first, ())
    if name == "compare_pair":
        return chosen[name] in [f"{a}:{b}" for a, b in permutations(levels, 2)]
    return chosen[name] == "" or chosen[name] in levels
