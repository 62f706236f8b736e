"""The boxes of the Compare page: which groups, on what, and what is done about differences."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from analysis.cohort import Cohort
from dashboard import data, data_compare, frames_time, widgets, words
from dashboard.data import Choice
from dashboard.data_compare import ADJUST, KINDS, MOST_GROUPS, REPEATED, Comparison, Named

FIELD, TWO, SAVED = "field", "two", "saved"
WAYS = {FIELD: "Groups of one field", TWO: "Two groups of your own", SAVED: "Saved cohorts"}
HERE = ""  # the episodes chosen on the left, beside the names of saved cohorts
VISITS = {
    "14,28,42,56,70,84": "Every 2 weeks up to week 12",
    "7,14,21,28,35,42": "Every week up to week 6",
    "28,56,84": "Every 4 weeks up to week 12",
    "42,84,183,365": "Week 6, week 12, month 6, month 12",
}
REPEATED_WORDS = {"first": "First only", "clustered": "All (clustered)"}
PERCENT_MARGINS, POINT_MARGINS = ["", "5", "10", "15"], ["", "1", "2", "3"]


@dataclass(frozen=True)
class Asked:
    """What the boxes hold: the sidebar's choice, narrowed where need be, and the comparison."""

    choice: Choice
    comparison: Comparison


@dataclass(frozen=True)
class Missing:
    """Why there is no comparison yet, and what would mend it."""

    title: str
    mend: str


Groups = tuple[Choice, dict[str, Any]]


def asked(choice: Choice) -> Asked | Missing:
    """Draw the boxes; return what they ask, or what is missing."""
    saved = data_compare.saved_cohorts()
    way = widgets.switch("Compare", ways(saved), key="compare", words=lambda name: WAYS[name])
    groups = _saved(choice, saved) if way == SAVED else (_field if way == FIELD else _two)(choice)
    options = {**_measure(choice), **_handling(st.session_state["compare_kind"])}
    if isinstance(groups, Missing):
        return groups
    narrowed, who = groups
    return Asked(narrowed, Comparison(**who, **options))


def ways(saved: Mapping[str, Cohort]) -> list[str]:
    """Return the ways to make groups; by saved cohorts where there are any."""
    return [way for way in WAYS if way != SAVED or saved]


def _field(choice: Choice) -> Groups | Missing:
    """Draw the box of fields, and which of its groups; a field may have more than can be shown."""
    fields = data.field_labels()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = widgets.select(
            "Grouped by",
            list(fields),
            key="compare_by",
            first="modality",
            words=lambda name: fields[name],
            width=300,
        )
        levels, labels = data_compare.levels_left(choice, by), data_compare.level_words(by)
        shown = widgets.select_many(
            "Groups",
            levels,
            key="compare_shown",
            first=levels[:MOST_GROUPS],
            words=lambda level: labels[level],
            most=MOST_GROUPS,
            help=f"Up to {MOST_GROUPS} groups are compared at once.",
        )
    if len(levels) > MOST_GROUPS:
        st.caption(
            f"{words.plain(fields[by])} has {len(levels)} groups, more than the {MOST_GROUPS} that "
            "are compared at once: choose which under Groups."
        )
    if len(shown) < 2:
        return Missing("Fewer than two groups are chosen", "Choose at least two under Groups.")
    return data_compare.narrowed(choice, by, shown), {"by": by}


def _two(choice: Choice) -> Groups | Missing:
    left, right = st.columns(2)
    with left, st.container(border=True):
        a = _own(choice, "a", 0)
    with right, st.container(border=True):
        b = _own(choice, "b", 1)
    if a is None or b is None:
        return Missing("A group is empty", "Choose at least one level for each group.")
    try:
        a, b = data_compare.told_apart(a, b)
    except data_compare.DefinitionError as error:
        return Missing("Nothing to compare", str(error))
    return choice, {"a": a, "b": b}


def _own(choice: Choice, letter: str, first: int) -> Named | None:
    """Draw the boxes of one group of one's own: a field and its levels."""
    fields, name = data.field_labels(), f"Group {letter.upper()}"
    field = widgets.select(
        f"{name}: field",
        list(fields),
        key=f"compare_{letter}_field",
        first="modality",
        words=lambda field: fields[field],
    )
    levels, labels = data_compare.levels_left(choice, field), data_compare.level_words(field)
    chosen = widgets.select_many(
        f"{name}: levels",
        levels,
        key=f"compare_{letter}_levels",
        first=levels[first : first + 1] or levels[:1],
        words=lambda level: labels[level],
    )
    return data_compare.own_group(field, chosen) if chosen else None


def _saved(choice: Choice, saved: Mapping[str, Cohort]) -> Groups | Missing:
    """Draw two boxes of saved cohorts, which stand on their own whatever is chosen on the left."""
    here = "The episodes chosen on the left"
    chosen = []
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for letter, first in (("a", HERE), ("b", next(iter(saved)))):
            key = f"compare_{letter}_saved"
            st.session_state[f"{key}{widgets.FIRST}"] = [first]
            name = widgets.select(
                f"Group {letter.upper()}",
                [HERE, *saved],
                key=key,
                first=first,
                words=lambda name: name or here,
                width=360,
            )
            cohort = choice.cohort if name == HERE else saved[name]
            chosen.append(Named(name or here, cohort))
    st.caption("A saved cohort keeps its own filters: those on the left do not narrow it.")
    a, b = chosen
    if a.cohort == b.cohort:
        return Missing("Nothing to compare", "Both groups hold the same episodes: choose another.")
    return data_compare.everybody(choice), {"a": a, "b": b}


def _measure(choice: Choice) -> dict[str, Any]:
    """Draw what is compared on, what belongs to it, and a margin."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = widgets.select(
            "Compared on",
            list(KINDS),
            key="compare_kind",
            first=next(iter(KINDS)),
            words=lambda name: KINDS[name],
            width=280,
        )
        found: dict[str, Any] = {"kind": kind}
        if kind == "rates":
            found["outcome"] = widgets.outcome_box(data.outcome_labels(choice), width=280)
        if kind == "time":
            events = frames_time.EVENT_LABELS
            found["event"] = widgets.switch(
                "Event", list(events), key="event", words=lambda name: events[name]
            )
            return found
        if kind == "visits":
            text = widgets.select(
                "Visits",
                list(VISITS),
                key="compare_visits",
                first=next(iter(VISITS)),
                words=lambda text: VISITS[text],
                help="Each visit is the time since the one before; its last score counts.",
                width=280,
            )
            found["visits"] = data_compare.parse_visits(text)
        with st.container(width=240):
            found["margin"] = _margin(kind)
    return found


def _handling(kind: str) -> dict[str, Any]:
    """Draw what is done about repeated episodes and different case mixes."""
    found: dict[str, Any] = {}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if kind != "time":  # is compared on first episodes only
            found["repeated"] = widgets.switch(
                "Episodes of a patient",
                list(REPEATED),
                key="compare_repeated",
                words=lambda name: REPEATED_WORDS[name],
                help="A patient may have several episodes. "
                + " ".join(f"{REPEATED_WORDS[n]}: {text}." for n, text in REPEATED.items()),
            )
        if kind in ("rates", "change"):
            found["adjust"] = widgets.switch(
                "Case mix",
                list(ADJUST),
                key="compare_adjust",
                words=lambda name: words.sentence(ADJUST[name]),
                help="Weights make the groups of a pair alike in what is recorded of their case "
                "mix. Overlap weights look at people who could be in either group; "
                "inverse-probability weights at everybody in both.",
            )
    return found


def _margin(kind: str) -> float | None:
    rates = kind == "rates"
    text = widgets.typed(
        f"Margin ({'percentage points' if rates else 'points'})",
        PERCENT_MARGINS if rates else POINT_MARGINS,
        key="compare_margin" if rates else "compare_margin_points",
        first="",
        shown=lambda text: text or "None",
        parse=data_compare.parse_margin,
        help="The largest difference that would still count as no worse (non-inferiority). Choose "
        "it before looking at the numbers. Type another number.",
    )
    return data_compare.margin(text, kind)
