"""Outcomes: any instrument, outcome, timepoint and missing rule, grouped by any field."""

import streamlit as st

from dashboard import data, parts, words
from dashboard.charts import rates
from dashboard.data import Choice


def show(choice: Choice) -> None:
    """Draw the page."""
    st.title("Outcomes")
    outcomes, fields = data.outcome_labels(choice), data.field_labels()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        outcome = st.selectbox(
            "Outcome",
            list(outcomes),
            format_func=lambda name: outcomes[name],
            key="outcome",
            bind="query-params",
            width=220,
        )
        by = st.multiselect(
            "Grouped by",
            list(fields),
            default=["modality"],
            format_func=lambda name: fields[name],
            max_selections=2,
            key="by",
            bind="query-params",
            placeholder="All episodes together",
        )
    whole = data.both_ways(choice, (), (outcome,))[0]
    parts.about(whole, data.store().as_of)
    if parts.empty(whole):
        return
    st.subheader("All episodes of the cohort")
    parts.formula(whole.rows[0], whole.flow[0].mature)
    answers = data.both_ways(choice, tuple(by), (outcome,))
    frame = data.rate_frame(*answers)
    names = " and ".join(fields[name].lower() for name in by)
    st.subheader(f"By {names}" if by else "Both counts")
    parts.chart(
        rates.figure(frame, parts.caption(answers[0])),
        "outcome-by-group",
        f"{outcomes[outcome]} per group with 95 % intervals",
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
