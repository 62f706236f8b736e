"""The only place where widgets make a cohort and a definition.

Every widget is bound to the URL under the name of its field or option, so that a link carries the
state. What a link asks for in vain is reported before any widget is drawn.
"""

import streamlit as st

from analysis.cohort import Cohort
from analysis.definition import (
    MODERATE,
    NO_MINIMUM,
    TIMEPOINTS,
    Definition,
    definition_from_query,
)
from analysis.instruments import Instrument
from analysis.store import Store
from dashboard import words
from dashboard.data import Choice
from dashboard.link import DEFINITION_OPTIONS, first_instrument, link_problems

FIRST_FIELDS = ("modality", "site", "start_year", "treatment_resistant")
PROBLEMS = "link_problems"


def choose(store: Store) -> Choice:
    """Draw the sidebar and return what it has chosen."""
    _report_link(store)
    with st.sidebar:
        st.button("Reset filters and definition", on_click=_reset, args=(store,), width="stretch")
        st.subheader("How outcomes are decided")
        definition = _definition(store)
        st.subheader("Which episodes")
        cohort = _cohort(store)
    return Choice(cohort, definition)


def _reset(store: Store) -> None:
    for name in (*DEFINITION_OPTIONS, *store.fields):
        st.session_state.pop(name, None)
    for name in store.fields:
        st.session_state[name] = []
    default = Definition()
    st.session_state["instrument"] = first_instrument(store)
    st.session_state["timepoint"] = default.timepoint.name
    st.session_state["missing"] = default.missing
    st.session_state["min_baseline"] = str(default.min_baseline)
    st.session_state["baseline"] = default.baseline.text
    st.session_state.pop(PROBLEMS, None)


def _definition(store: Store) -> Definition:
    names = list(store.recorded)
    instrument = st.selectbox(
        "Instrument",
        names,
        index=names.index(first_instrument(store)),
        format_func=lambda name: store.instruments[name].label,
        key="instrument",
        bind="query-params",
        help="One rating scale in one version. Versions are never mixed.",
    )
    timepoint = st.selectbox(
        "Timepoint",
        list(TIMEPOINTS),
        format_func=lambda name: words.TIMEPOINTS.get(name, name),
        accept_new_options=True,
        key="timepoint",
        bind="query-params",
        help="A preset, or a window of days you type: FROM:TO, FROM:TO:first, FROM:TO:best or "
        "FROM:TO:nearest@DAY, such as 28:56:nearest@42.",
    )
    missing = st.selectbox(
        "Missing endpoints",
        list(words.MISSING_RULES),
        format_func=lambda name: words.MISSING_RULES[name],
        key="missing",
        bind="query-params",
        help="Which episodes a rate counts when the score at the timepoint is missing.",
    )
    minimum = st.selectbox(
        "Baseline severity",
        _minimum_options(store.instruments[instrument]),
        format_func=lambda name: _minimum_words(name, store.instruments[instrument]),
        accept_new_options=True,
        key="min_baseline",
        bind="query-params",
        help="The severity from which an episode is eligible. It keeps people who were already "
        "well at baseline from being counted as better. Type a number for another score.",
    )
    remission = _remission(store.instruments[instrument])
    baseline = st.text_input(
        "Baseline window (days)",
        Definition().baseline.text,
        key="baseline",
        bind="query-params",
        help="FROM:TO in days since the first treatment day; the last score in it is the baseline.",
    )
    query = {
        "instrument": instrument,
        "timepoint": timepoint,
        "missing": missing,
        "min_baseline": minimum,
        "baseline": baseline,
    }
    if remission is not None:
        query["remission"] = remission
    return definition_from_query(query, store.instruments)


def _minimum_options(instrument: Instrument) -> list[str]:
    return [NO_MINIMUM] if instrument.moderate is None else [MODERATE, NO_MINIMUM]


def _minimum_words(name: str, instrument: Instrument) -> str:
    side = "or above" if instrument.higher_is_worse else "or below"
    if name == MODERATE:
        return f"Moderate: {instrument.moderate} {side}"
    return "Any" if name == NO_MINIMUM else f"{name} {side}"


def _remission(instrument: Instrument) -> str | None:
    """Return the chosen remission rule; None for the instrument's default one."""
    rules = {rule.id: rule for rule in instrument.remission}
    if not rules:
        return None
    operators = {"lt": "<" if instrument.higher_is_worse else ">"}
    operators["le"] = "≤" if instrument.higher_is_worse else "≥"

    def rule_words(name: str) -> str:
        rule = rules[name]
        unverified = " (unverified)" if rule.source == "unverified" else ""
        return f"{instrument.label} {operators[rule.operator]} {rule.cut}{unverified}"

    default = instrument.default_remission
    chosen = st.selectbox(
        "Remission rule",
        list(rules),
        index=list(rules).index(default.id) if default is not None else 0,
        format_func=rule_words,
        key="remission",
        bind="query-params",
        help="The cut and whether the cut itself still counts. Its source is on the page.",
    )
    return None if default is not None and chosen == default.id else chosen


def _cohort(store: Store) -> Cohort:
    filters = {name: _filter(store, name) for name in FIRST_FIELDS}
    others = [name for name in store.fields if name not in FIRST_FIELDS]
    used = sum(bool(st.session_state.get(name)) for name in others)
    with st.expander(f"More fields ({used} in use)" if used else "More fields"):
        filters |= {name: _filter(store, name) for name in others}
    return Cohort.of(filters)


def _filter(store: Store, name: str) -> list[str]:
    modalities = dict(store.modalities)
    return st.multiselect(
        store.fields[name],
        list(store.levels[name]),
        format_func=lambda value: words.level(name, value, modalities),
        key=name,
        bind="query-params",
        placeholder="All",
    )


def _report_link(store: Store) -> None:
    """Remember what the link asked for in vain, and keep saying so until it is dismissed."""
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    found = link_problems(store, query)
    kept = list(dict.fromkeys([*st.session_state.get(PROBLEMS, []), *found]))
    st.session_state[PROBLEMS] = kept
    if kept:
        listed = "\n".join(f"- {words.plain(problem)}" for problem in kept)
        st.warning(
            f"{listed}\n\nThese parts were left out: the numbers below answer a wider question "
            "than the link asked.",
            title="This link was not understood in full",
        )
        st.button("Dismiss", on_click=_dismiss)


def _dismiss() -> None:
    st.session_state[PROBLEMS] = []
