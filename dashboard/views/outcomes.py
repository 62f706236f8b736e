"""Outcomes: any instrument, outcome, timepoint and missing rule, grouped by any field."""

import streamlit as st

from dashboard import data, parts, widgets, words
from dashboard.charts import rates
from dashboard.data import Choice


def show(choice: Choice) -> None:
    """Draw the page."""
    st.title("Outcomes")
    outcomes, fields = data.outcome_labels(choice), data.field_labels()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        outcome = widgets.select(
            "Outcome",
            list(outcomes),
            key="outcome",
            first=next(iter(outcomes)),
            words=lambda name: outcomes[name],
            width=220,
        )
        by = widgets.select_many(
            "Grouped by",
            list(fields),
            key="by",
            first=["modality"],
            words=lambda name: fields[name],
            placeholder="All episodes together",
            most=2,
        )
    whole = data.both_ways(choice, (), (outcome,))[0]
    parts.about(whole)
    if parts.empty(whole):
        return
    st.subheader("All episodes of the cohort")
    parts.formula(whole.rows[0], whole.flow[0].mature)
    _groups(choice, outcome, by)
    parts.foot(whole, data.store().as_of)


def _groups(choice: Choice, outcome: str, by: list[str]) -> None:
    answers = data.both_ways(choice, tuple(by), (outcome,))
    frame = data.rate_frame(*answers)
    names = words.listed(data.field_labels()[name] for name in by)
    st.subheader(f"By {names}" if by else "Both counts")
    if parts.nothing_drawn(frame):
        return
    parts.chart(
        rates.figure(frame, parts.caption(answers[0])),
        "outcome-by-group",
        f"{data.outcome_labels(choice)[outcome]} per group with 95 % intervals",
    )
    if by:
        parts.limits(names)
    parts.table(data.rate_table(frame), "Rates per group")
    with st.container(horizontal=True):
        for answer in answers:
            parts.download(f"Rates: {words.missing_rule(answer)} (CSV)", answer)
    with st.expander("Patient flow by group"):
        parts.table(data.flow_table(answers[0]), "Patient flow per group")
        parts.download("Patient flow (CSV)", answers[0], "flow")
