"""Program: how many respond and remit, how sure that is, and how many are missing."""

import streamlit as st

from dashboard import data, parts, words
from dashboard.charts import flow, rates
from dashboard.data import Choice, Rates


def show(choice: Choice) -> None:
    """Draw the page."""
    st.title("Program")
    outcomes = data.headline_outcomes(choice)
    answers = data.both_ways(choice, (), outcomes)
    chosen = answers[0]
    parts.about(chosen, data.store().as_of)
    if parts.empty(chosen):
        return
    _tiles(answers)
    st.subheader("By modality")
    grouped = data.both_ways(choice, ("modality",), outcomes)
    frame = data.rate_frame(*grouped)
    parts.chart(
        rates.figure(frame, parts.caption(grouped[0])),
        "rates-by-modality",
        "Response and remission per modality with 95 % intervals",
    )
    parts.limits("modality")
    with st.container(horizontal=True):
        for answer in grouped:
            parts.download(f"Rates: {words.missing_rule(answer)} (CSV)", answer)
    with st.expander("The same numbers as a table"):
        parts.table(data.rate_table(frame), "Rates per modality")
    st.subheader("Patient flow")
    st.caption("Episodes left at each step; what each step loses stands in brackets.")
    parts.chart(
        flow.figure(data.flow_frame(chosen), parts.caption(chosen)),
        "patient-flow",
        "Episodes left at each step of the patient flow",
    )
    with st.expander("Patient flow by modality"):
        parts.table(data.flow_table(grouped[0]), "Patient flow per modality")
        parts.download("Patient flow (CSV)", grouped[0], "flow")
    _help()


def _tiles(answers: tuple[Rates, ...]) -> None:
    step = answers[0].flow[0]
    with st.grid(4, min_column_width=210):
        for rows in zip(*(answer.rows for answer in answers), strict=True):
            for row in rows:
                parts.tile(row)
        parts.number_tile(
            "Completeness",
            words.percent(answers[0].rows[0].completeness),
            f"{words.count(step.with_endpoint)} of {words.count(step.mature)} eligible and mature "
            "episodes have an endpoint",
        )
        parts.number_tile(
            "Episodes",
            words.count(step.episodes),
            f"of {words.count(step.patients)} patients",
        )


def _help() -> None:
    with st.expander("How to read this page"):
        st.markdown(
            "**What it shows.** The share of eligible, mature episodes that respond and remit, "
            "once among those with an endpoint and once with every missing endpoint counted as "
            "not met. The truth lies between the two as long as the missing are no better off "
            "than the others.\n\n"
            "**What can be changed.** The instrument, the timepoint, the missing rule, the "
            "severity at baseline and the remission rule; and which episodes are looked at.\n\n"
            "**What to look for.** A wide gap between the two counts means that follow-up is "
            "missing. A wide interval means few episodes. Immature episodes, whose window has "
            "not closed, are left out and never counted as missing."
        )
