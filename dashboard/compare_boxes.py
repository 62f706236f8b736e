"""The boxes of the Compare page: which groups, on what, and what is done about differences."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import data, data_compare, frames_time, widgets, words
from dashboard.data import Choice
from dashboard.data_compare import ADJUST, KINDS, MOST_GROUPS, REPEATED, Comparison, Named

FIELD, TWO = "field", "two"
WAYS = {FIELD: "Groups of one field", TWO: "Two groups of your own"}
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
    way = widgets.switch("Compare", list(WAYS), key="compare", words=lambda name: WAYS[name])
    groups = _field(choice) if way == FIELD else _two(choice)
    options = {**_measure(choice), **_handling()}
    if isinstance(groups, Missing):
        return groups
    narrowed, who = groups
    return Asked(narrowed, Comparison(**who, **options))


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


def _measure(choice: Choice) -> dict[str, Any]:
    """Draw what is compared on, and what belongs to it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = widgets.switch("On", list(KINDS), key="compare_kind", words=lambda n: KINDS[n])
        if kind == "rates":
            return {
                "kind": kind,
                "outcome": widgets.outcome_box(data.outcome_labels(choice), width=300),
            }
        if kind == "time":
            events = frames_time.EVENT_LABELS
            event = widgets.switch("Event", list(events), key="event", words=lambda n: events[n])
            return {"kind": kind, "event": event}
        if kind == "visits":
            text = widgets.select(
                "Visits",
                list(VISITS),
                key="compare_visits",
                first=next(iter(VISITS)),
                words=lambda text: VISITS[text],
                help="Each visit is the time since the one before; its last score counts.",
                width=300,
            )
            return {"kind": kind, "visits": data_compare.parse_visits(text)}
    return {"kind": kind}


def _handling() -> dict[str, Any]:
    """Draw what is done about repeated episodes, different case mixes, and a margin."""
    kind = st.session_state["compare_kind"]
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
        if kind != "time":
            with st.container(width=240):
                found["margin"] = _margin(kind)
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
