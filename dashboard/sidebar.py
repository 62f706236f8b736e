"""The only place where widgets make a cohort and a definition."""

from functools import partial

import streamlit as st

from analysis.cohort import Cohort
from analysis.definition import (
    MODERATE,
    NO_MINIMUM,
    Definition,
    definition_from_query,
    parse_min_baseline,
)
from analysis.instruments import Instrument
from analysis.store import Store
from analysis.timepoints import TIMEPOINTS, parse_timepoint, parse_window
from dashboard import link, rules, saved, widgets, words
from dashboard.data import Choice

FIRST_FIELDS = ("modality", "site", "start_year", "treatment_resistant")
# The instrument that the rules on screen belong to.
RULES_OF = "rules_of"


def choose(store: Store) -> Choice:
    """Draw the sidebar and return what it has chosen."""
    link.read(store)
    with st.sidebar:
        st.button("Reset filters and definition", on_click=_reset, args=(store,), width="stretch")
        st.subheader("How outcomes are decided")
        definition = _definition(store)
        st.subheader("Which episodes")
        saved.choose(store)
        cohort = _cohort(store)
        saved.keep(store, cohort)
    _say_problems()
    return Choice(cohort, definition)


def _reset(store: Store) -> None:
    """Set everything back to what a first visit shows."""
    for name in (*link.DEFINITION_OPTIONS, *link.VIEW_OPTIONS):
        st.session_state.pop(name, None)
        st.session_state.pop(f"{name}_before", None)
    for name in store.fields:
        st.session_state[name] = []
    default = Definition(instrument=store.first_instrument())
    instrument = store.instrument(default.instrument)
    st.session_state["instrument"] = default.instrument
    st.session_state["timepoint"] = default.timepoint.text
    st.session_state["missing"] = default.missing
    st.session_state["min_baseline"] = link.first_minimum(instrument)
    st.session_state["baseline"] = default.baseline.text
    if instrument.default_remission is not None:
        st.session_state["remission"] = instrument.default_remission.id
    for name, rule in rules.RULES.items():
        st.session_state[name] = rule.first(instrument)
    st.session_state[link.PROBLEMS] = []


def _say_problems() -> None:
    """Say what the link asked for in vain, until it is dismissed."""
    problems = st.session_state.get(link.PROBLEMS, [])
    if problems:
        listed = "\n".join(f"- {words.plain(problem)}" for problem in problems)
        st.warning(
            f"{listed}\n\nThese parts were left out: the numbers below answer another question "
            "than the link asked.",
            title="This link was not understood in full",
        )
        st.button("Dismiss", on_click=_dismiss)


def _dismiss() -> None:
    st.session_state[link.PROBLEMS] = []


def _definition(store: Store) -> Definition:
    instrument_id = widgets.select(
        "Instrument",
        list(store.recorded),
        key="instrument",
        first=store.first_instrument(),
        words=lambda name: store.instruments[name].label,
        help="One rating scale in one version. Versions are never mixed.",
    )
    instrument = store.instruments[instrument_id]
    _follow(store, instrument)
    query = {"instrument": instrument_id}
    query["timepoint"] = widgets.typed(
        "Timepoint",
        list(TIMEPOINTS),
        key="timepoint",
        first=Definition().timepoint.text,
        shown=lambda name: words.TIMEPOINTS.get(name, name),
        parse=parse_timepoint,
        help="A preset, or a window of days you type: FROM:TO, FROM:TO:first, FROM:TO:best or "
        "FROM:TO:nearest@DAY, such as 28:56:nearest@42.",
    )
    query["missing"] = widgets.select(
        "Missing endpoints",
        list(words.MISSING_RULES),
        key="missing",
        first=Definition().missing,
        words=lambda name: words.MISSING_RULES[name],
        help="Which episodes a rate counts when the score at the timepoint is missing.",
    )
    query["min_baseline"] = widgets.typed(
        "Baseline severity",
        [NO_MINIMUM] if instrument.moderate is None else [MODERATE, NO_MINIMUM],
        key="min_baseline",
        first=link.first_minimum(instrument),
        shown=lambda name: _minimum_words(name, instrument),
        parse=lambda text: Definition(min_baseline=parse_min_baseline(text)).minimum(instrument),
        help="The severity from which an episode is eligible. It keeps people who were already "
        "well at baseline from being counted as better. Type a number for another score.",
    )
    query |= _remission(instrument)
    query["baseline"] = widgets.typed(
        "Baseline window (days)",
        [Definition().baseline.text],
        key="baseline",
        first=Definition().baseline.text,
        shown=lambda text: text.replace("-", "−").replace(":", " to "),
        parse=parse_window,
        help="Days since the first treatment day; the last score in the window is the baseline. "
        "Type another window as FROM:TO.",
    )
    query |= _further_rules(instrument)
    return definition_from_query(query, store.instruments)


def _follow(store: Store, instrument: Instrument) -> None:
    """Set the rules back to the instrument's own when another instrument has been chosen."""
    before = st.session_state.get(RULES_OF, instrument.id)
    st.session_state[RULES_OF] = instrument.id
    if before == instrument.id:
        return
    first = {name: rules.RULES[name].first(instrument) for name in rules.OF_INSTRUMENT}
    everybody = st.session_state.get("min_baseline") == NO_MINIMUM
    if not everybody or link.first_minimum(store.instruments[before]) == NO_MINIMUM:
        first["min_baseline"] = link.first_minimum(instrument)
    for name, text in first.items():
        st.session_state[name] = text
        st.session_state.pop(f"{name}_before", None)


def _minimum_words(name: str, instrument: Instrument) -> str:
    side = "or above" if instrument.higher_is_worse else "or below"
    if name == MODERATE:
        return f"Moderate: {instrument.moderate:g} {side}{instrument.moderate_mark}"
    return "Any" if name == NO_MINIMUM else f"{name} {side}"


def _remission(instrument: Instrument) -> dict[str, str]:
    """Return the chosen remission rule, where it is not the instrument's default one."""
    rules = {rule.id: rule for rule in instrument.remission}
    if not rules:
        return {}
    signs = ("<", "≤") if instrument.higher_is_worse else (">", "≥")

    def rule_words(name: str) -> str:
        rule = rules[name]
        unverified = " (unverified)" if rule.source == "unverified" else ""
        return f"{instrument.label} {signs[rule.operator == 'le']} {rule.cut}{unverified}"

    default = instrument.default_remission
    chosen = widgets.select(
        "Remission rule",
        list(rules),
        key="remission",
        first=next(iter(rules)) if default is None else default.id,
        words=rule_words,
        help="The cut and whether the cut itself still counts. Its source is on the page.",
    )
    return {} if default is not None and chosen == default.id else {"remission": chosen}


def _cohort(store: Store) -> Cohort:
    filters = {name: _filter(store, name) for name in FIRST_FIELDS}
    others = [name for name in store.fields if name not in FIRST_FIELDS]
    used = sum(bool(st.session_state.get(name)) for name in others)
    label = f"More fields ({used} in use)" if used else "More fields"
    with widgets.fold(label, "more_fields") as is_open:
        filters |= {name: _filter(store, name, drawn=is_open) for name in others}
    return Cohort.of(filters)


def _filter(store: Store, name: str, *, drawn: bool = True) -> list[str]:
    labels = words.level_labels(name, list(store.levels[name]), store.modalities)
    return widgets.select_many(
        store.fields[name],
        list(store.levels[name]),
        key=name,
        first=[],
        words=lambda value: labels[value],
        placeholder="All",
        drawn=drawn,
    )


def _further_rules(instrument: Instrument) -> dict[str, str]:
    """Return the rules of change that are not the instrument's own, and the horizon."""
    chosen: dict[str, str] = {}
    with widgets.fold("Further rules") as is_open:
        if is_open:
            label = words.plain(instrument.label)
            st.caption(f"The first of each list is the rule of {label} itself.")
        for name, rule in rules.RULES.items():
            offered = rule.offered(instrument)
            chosen[name] = widgets.typed(
                rule.label,
                list(offered),
                key=name,
                first=rule.first(instrument),
                shown=lambda text, offered=offered: offered.get(text, text),  # type: ignore[misc]
                parse=partial(_check, rule, instrument),
                help=rule.help,
                drawn=is_open,
            )
    return {
        name: text for name, text in chosen.items() if text != rules.RULES[name].first(instrument)
    }


def _check(rule: rules.Rule, instrument: Instrument, text: str) -> object:
    return rule.parse(text, instrument)
