"""Furniture of the Compare page about precision: weights with their balance, small groups."""

from collections.abc import Mapping

import streamlit as st

from dashboard import (
    data,
    frames_balance,
    frames_compare,
    frames_gates,
    parts,
    parts_compare,
    widgets,
)
from dashboard.charts import love, overlap, shrunk
from dashboard.data_compare import Compared
from dashboard.words import plain


def weights(answer: Compared, labels: Mapping[str, str]) -> None:
    """Show what the weights did to each pair, one pair in full."""
    if not answer.adjustments:
        return
    st.subheader("What the weights did to the case mix")
    st.caption(
        "Weights make the two groups of a pair alike in what is recorded, as far as they overlap; "
        "what is not recorded stays as it is. Effective n: how many episodes without weights would "
        "be as precise. SMD: standardised mean difference; above 0.1 the groups are not alike."
    )
    sizes = frames_balance.size_table(answer.adjustments, labels)
    parts_compare.long_table(sizes, "Effective sizes and largest differences per weighted pair")
    for measure in ("weighted_rate", "weighted_mean_change"):
        frame = frames_compare.group_frame(answer, measure, labels)
        if not frame.empty:
            name = frames_compare.row_label(measure)
            with widgets.fold(f"{name} per group and pair") as is_open:
                if is_open:
                    table = frames_compare.group_table(frame, measure)
                    parts_compare.long_table(table, f"{name} per group and pair")
    _pair(answer, labels)


def _pair(answer: Compared, labels: Mapping[str, str]) -> None:
    pairs = frames_balance.pair_labels(answer.adjustments, labels)
    chosen = next(iter(pairs))
    if len(pairs) > 1:
        st.session_state[f"compare_pair{widgets.FIRST}"] = [chosen]
        chosen = widgets.select(
            "Pair",
            list(pairs),
            key="compare_pair",
            first=chosen,
            words=lambda pair: pairs[pair],
            width=360,
        )
    adjustment = next(a for a in answer.adjustments if frames_balance.pair_id(a) == chosen)
    names_of = (data.field_labels(), data.modalities())
    frame = frames_balance.balance_frame(adjustment, *names_of)
    names = (labels[adjustment.group], labels[adjustment.against])
    caption = f"{pairs[chosen]}. {parts.caption(answer)}"
    parts.chart(
        love.figure(frames_balance.love_frame(adjustment, *names_of), caption),
        "balance",
        "How far the two groups differ in each field of the case mix, before and after "
        "weighting, with a line at 0.1",
    )
    parts.chart(
        overlap.figure(frames_balance.overlap_frame(adjustment), names, caption),
        "overlap",
        "Episodes of the two groups by the estimated probability of the first, mirrored",
    )
    for value in answer.e_values:
        if (value.group, value.against) == (adjustment.group, adjustment.against):
            st.markdown(plain(frames_gates.e_value_sentence(value, labels)))
    merged = frames_balance.merged_sentence(adjustment)
    if merged:
        st.caption(plain(merged))
    with widgets.fold("Balance as a table") as is_open:
        if is_open:
            parts.table(
                frames_balance.balance_table(frame, adjustment, labels),
                "Shares of each level of the case mix before and after weighting",
                height=420,
            )


def small_groups(answer: Compared, labels: Mapping[str, str]) -> None:
    """Show rates as counted and drawn together, in the order of the groups and never by size."""
    if not answer.shrunk:
        return
    st.subheader("How much a rate of few episodes can be trusted")
    frame = frames_gates.shrunk_frame(answer, labels)
    parts.chart(
        shrunk.figure(frame, parts.caption(answer)),
        "drawn-together",
        "The rate of each group as counted and drawn towards the rate of all groups",
    )
    st.caption(
        "The fewer episodes a group has, the more its rate is drawn towards that of all: a rate "
        "far from the others that moves much rests on little. Groups stand in their own order."
    )
    parts.table(frames_gates.shrunk_table(frame), "Rates as counted and drawn together")
