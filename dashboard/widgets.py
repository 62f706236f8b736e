"""Boxes to choose from that keep their value across pages and never hold what is not offered.

Their keys are the names that a link uses; `dashboard/link.py` reads and writes them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

import streamlit as st

from analysis.errors import OutcomesError
from dashboard.words import plain

TOGETHER = ""  # no grouping, as in the command line's `--by ""`
# Beside each box for several values: what it holds when nothing else is chosen.
FIRST = "_first"
OPEN = False  # whether parts that a reader can open are open at first


@contextmanager
def fold(label: str, key: str | None = None) -> Iterator[bool]:
    """Draw a part to open, closed at first; say whether it is open, and its contents are needed.

    A label that changes needs a key, so that the part stays as it is.
    """
    name = f"open_{key or label}"
    # said at each run: to Streamlit a part with another label, or after another page, is a new one
    st.session_state[name] = st.session_state.get(name, OPEN)
    part = st.expander(label, key=name, on_change="rerun")
    with part:
        yield bool(part.open)


def select(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    first: str,
    words: Callable[[str], str],
    help: str | None = None,
    free: bool = False,
    width: int | Literal["stretch"] = "stretch",
    drawn: bool = True,
) -> str:
    """Draw a select box that keeps its value across pages; `free` takes typed values too.

    Where it is not `drawn`, it is only asked what it holds; so are the other boxes.
    """
    if st.session_state.get(key) is None or not (free or st.session_state[key] in options):
        st.session_state[key] = first
    if not drawn:
        return str(st.session_state[key])
    chosen = st.selectbox(
        label,
        options,
        format_func=words,
        accept_new_options=free,
        key=key,
        persist_state="session",
        help=help,
        width=width,
    )
    return first if chosen is None else chosen


def outcome_box(outcomes: Mapping[str, str], *, width: int) -> str:
    """Draw the box of outcomes that several pages share; `outcomes` maps ids to words."""
    return select(
        "Outcome",
        list(outcomes),
        key="outcome",
        first=next(iter(outcomes)),
        words=lambda name: outcomes[name],
        width=width,
    )


def grouping_box(fields: Mapping[str, str], *, key: str, first: str, width: int) -> str:
    """Draw a box for one grouping field or none; `fields` maps ids to words."""
    return select(
        "Grouped by",
        [TOGETHER, *fields],
        key=key,
        first=first,
        words=lambda name: fields.get(name, "All episodes together"),
        width=width,
    )


def select_many(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    first: Sequence[str],
    words: Callable[[str], str],
    placeholder: str | None = None,
    most: int | None = None,
    help: str | None = None,
    drawn: bool = True,
) -> list[str]:
    """Draw a box for several values that keeps them across pages."""
    st.session_state[f"{key}{FIRST}"] = list(first)
    chosen = st.session_state.get(key)
    kept = [value for value in (first if chosen is None else chosen) if value in options][:most]
    if chosen and not kept:
        kept = list(first)  # all of it belonged to other options
    if kept != chosen:
        st.session_state[key] = kept
    if not drawn:
        return kept
    return st.multiselect(
        label,
        options,
        format_func=words,
        key=key,
        persist_state="session",
        placeholder=placeholder,
        max_selections=most,
        help=help,
    )


def switch(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    words: Callable[[str], str] = str,
    help: str | None = None,
) -> str:
    """Draw a row of options of which one is chosen, kept across pages."""
    if st.session_state.get(key) not in options:
        st.session_state[key] = options[0]
    chosen = st.segmented_control(
        label,
        options,
        format_func=words,
        required=True,
        key=key,
        persist_state="session",
        help=help,
    )
    return options[0] if chosen is None else chosen


def typed(
    label: str,
    options: list[str],
    *,
    key: str,
    first: str,
    shown: Callable[[str], str],
    parse: Callable[[str], object],
    help: str,
    drawn: bool = True,
) -> str:
    """Draw a select box that also takes what is typed; a slip is said and not used."""
    before = f"{key}_before"
    chosen = select(
        label, options, key=key, first=first, words=shown, help=help, free=True, drawn=drawn
    )
    try:
        parse(chosen)
    except OutcomesError as error:
        if drawn:
            st.error(plain(f"{error} Until then the last one that could be used counts."))
        kept = str(st.session_state.get(before, first))
        return kept if kept in options or _parses(parse, kept) else first
    st.session_state[before] = chosen
    return chosen


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except OutcomesError:
        return False
    return True


def whole_number(
    label: str, *, key: str, first: int, low: int, high: int, help: str, width: int
) -> int:
    """Draw a box for a whole number; under its key stands the number as text, as in a link."""
    box = f"{key}_box"
    if str(st.session_state.get(key)) not in map(str, range(low, high + 1)):
        st.session_state[key] = str(first)
        st.session_state[box] = first
    elif box not in st.session_state:
        st.session_state[box] = int(st.session_state[key])
    chosen = st.number_input(
        label, low, high, step=1, key=box, persist_state="session", help=help, width=width
    )
    st.session_state[key] = str(chosen)
    return int(chosen)
