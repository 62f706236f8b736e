"""Sensitivity: one outcome under many definitions, and what the missing endpoints could do."""

import streamlit as st

from dashboard import data, data_time, parts, widgets, words
from dashboard import frames_sensitivity as frames
from dashboard.charts import bounds, specification
from dashboard.data import Choice
from dashboard.data_time import Sensitivity

HALF = 50


def show(choice: Choice) -> None:
    """Draw the page."""
    st.title("Sensitivity")
    outcomes, fields = data.outcome_labels(choice), data.field_labels()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        outcome = widgets.outcome_box(outcomes, width=240)
        field = widgets.grouping_box(fields, key="sens_by", first=widgets.TOGETHER, width=240)
        beside = st.container(width=240)
    by = (field,) if field else ()
    try:
        answer = data_time.variants(choice, outcome, by)
    except data_time.DefinitionError as error:
        st.info(words.plain(str(error)), title="Not shown")
        return
    parts.about(answer)
    if parts.empty(data.both_ways(choice, (), (outcome,))[0]):
        return
    groups = frames.groups_of(answer, data.modalities())
    group = next(iter(groups))
    if by:
        with beside:
            group = widgets.select(
                "Group",
                list(groups),
                key="sens_group",
                first=group,
                words=lambda name: groups[name],
            )
    _variants(answer, group, groups[group])
    _extremes(choice, answer)
    _help()
    parts.foot(answer, data.store().as_of)


def _variants(answer: Sensitivity, group: str, label: str) -> None:
    scales = data.store().instruments
    frame = frames.variant_frame(answer, group, scales)
    st.subheader("The same outcome under each definition")
    st.markdown(f"##### {words.plain(frames.range_sentence(frame))}")
    parts.chart(
        specification.figure(
            frame,
            frames.matrix_frame(frame),
            frames.option_order(answer, scales),
            f"{label}. {parts.caption(answer)}" if answer.by else parts.caption(answer),
        ),
        "specification-curve",
        "The rate under each definition with its 95 % interval, above what each definition chooses",
    )
    st.caption(
        words.plain(
            f"{frames.same_everywhere(frame)} No definition is better than another: what holds "
            "under most of them does not hang on a choice. Each rate has its own denominator."
        )
    )
    with widgets.fold("All definitions as a table") as is_open:
        if is_open:
            parts.table(frames.variant_table(frame), "The rate under each definition", height=420)
    parts.download("All definitions and groups (CSV)", answer, "sensitivity")


def _extremes(choice: Choice, answer: Sensitivity) -> None:
    st.subheader("What the missing endpoints could do")
    reach = widgets.whole_number(
        "Rate to reach (%)",
        key="reach",
        first=HALF,
        low=0,
        high=100,
        help="How many of those without an endpoint would have to meet the outcome for this rate.",
        width=200,
    )
    found = data_time.extremes(choice, answer.outcome, answer.by, reach)
    frame = frames.bounds_frame(found, answer.by, data.modalities())
    parts.chart(
        bounds.figure(frame, reach, parts.caption(answer)),
        "bounds",
        "The rate per group if none, and if all, of the missing endpoints met the outcome",
    )
    parts.table(frames.bounds_table(frame, reach), "Bounds per group")
    st.caption(
        "Counts all eligible and mature episodes under the chosen definition, whatever its "
        "missing rule. The rate of everybody lies between the two ends, whatever the missing "
        "endpoints were."
    )
    if answer.by:
        parts.limits(words.listed(data.field_labels()[name] for name in answer.by))


def _help() -> None:
    with st.expander("How to read this page"):
        st.markdown(
            "**What it shows.** One outcome under many definitions at once, and how far the "
            "missing endpoints could move the rate under the chosen one.\n\n"
            "**What can be changed.** The outcome, the group, the rate to reach; on the left the "
            "definition that the others are set beside, and the episodes.\n\n"
            "**What to look for.** A flat row of dots means that the choice of definition "
            "matters little. Steps show which choice moves the rate: look which row of dots "
            "changes there. A long line between the two ends means that many endpoints are "
            "missing."
        )
