"""Saved cohorts in the sidebar: one fills the filters, and filters are kept under a name."""

from collections.abc import Callable

import streamlit as st

from analysis.cohort import Cohort
from analysis.errors import OutcomesError
from analysis.policy import LOCAL
from analysis.saved_cohorts import (
    LONGEST_NAME,
    SavedCohort,
    forget_cohort,
    put_back,
    save_cohort,
    saved_cohorts,
)
from analysis.store import Store
from dashboard import data, widgets
from dashboard.words import plain

CHOSEN, NAME = "saved_cohort", "saved_cohort_name"
# What could not be done, and what was forgotten last: both stand until the next step.
PROBLEM, FORGOTTEN = "saved_cohort_problem", "saved_cohort_forgotten"


def choose(store: Store) -> None:
    """Draw the list of saved cohorts; it shows the one that the filters are, or none."""
    saved = _saved(store)
    filters = _filters(store)
    alike = [name for name, entry in saved.items() if entry.cohort == filters]
    if st.session_state.get(CHOSEN) not in alike:
        st.session_state[CHOSEN] = alike[0] if alike else None
    if saved:
        st.selectbox(
            "Saved cohorts",
            list(saved),
            index=None,
            key=CHOSEN,
            placeholder="None of them",
            on_change=_fill,
            args=(store, saved),
            help="Choosing one sets the filters below; the link follows.",
        )


def keep(store: Store, cohort: Cohort) -> None:
    """Offer to save the filters under a name and to forget the chosen cohort, with a way back.

    Only where nothing is withheld: a shared dashboard reads the list and never changes the store.
    """
    if data.policy() == LOCAL:
        with widgets.fold("Save these filters") as is_open:
            if is_open:
                _naming(store, cohort)
        forgotten = st.session_state.get(FORGOTTEN)
        if forgotten is not None:
            st.caption(plain(f'"{forgotten.name}" is forgotten.'))
            st.button("Undo", on_click=_undo, args=(store, forgotten))
    problem = st.session_state.get(PROBLEM)
    if problem is not None:
        st.error(plain(problem))


def _naming(store: Store, cohort: Cohort) -> None:
    st.text_input(
        "Name",
        key=NAME,
        max_chars=LONGEST_NAME,
        persist_state="session",
        help="Everyone who opens this store sees the names: name no patient.",
    )
    st.button("Save", on_click=_save, args=(store, cohort), disabled=not cohort.where, key="save")
    chosen = st.session_state.get(CHOSEN)
    if chosen is not None:
        st.button(plain(f"Forget {chosen}"), on_click=_forget, args=(store, chosen))


def _saved(store: Store) -> dict[str, SavedCohort]:
    """Return the saved cohorts; where their file is damaged that is said, and there are none."""
    try:
        return saved_cohorts(store.path)
    except OutcomesError as error:
        st.warning(plain(str(error)))
        return {}


def _filters(store: Store) -> Cohort:
    """Return the cohort that the filters of this store are set to."""
    return Cohort.of({name: st.session_state.get(name) or [] for name in store.fields})


def _attempt(act: Callable[[], object]) -> bool:
    """Do a step; say what the person can mend, and return whether it was done."""
    st.session_state[PROBLEM] = st.session_state[FORGOTTEN] = None
    try:
        act()
    except OutcomesError as error:
        st.session_state[PROBLEM] = str(error)
        return False
    return True


def _fill(store: Store, saved: dict[str, SavedCohort]) -> None:
    """Set the filters to the chosen cohort; to none where the choice was cleared."""
    chosen = st.session_state[CHOSEN]
    cohort = Cohort() if chosen is None else saved[chosen].cohort
    if _attempt(lambda: cohort.check(store.levels)):
        kept = dict(cohort.where)
        for name in store.fields:
            st.session_state[name] = list(kept.get(name, ()))


def _save(store: Store, cohort: Cohort) -> None:
    name = st.session_state[NAME]
    if _attempt(lambda: save_cohort(store.path, name, cohort)):
        st.session_state[NAME] = ""


def _forget(store: Store, name: str) -> None:
    forgotten: list[SavedCohort] = []
    if _attempt(lambda: forgotten.append(forget_cohort(store.path, name))):
        st.session_state[FORGOTTEN] = forgotten[0]


def _undo(store: Store, forgotten: SavedCohort) -> None:
    _attempt(lambda: put_back(store.path, forgotten))
