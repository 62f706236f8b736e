"""Program: how many respond and remit, how sure that is, and how many are missing."""

import streamlit as st

from dashboard import data, parts, widgets, words
from dashboard.charts import flow, rates
from dashboard.data import Choice, Rates


def show(choice: Choice) -> None:
    """Draw the page."""
    st.title("Program")
    outcomes = data.headline_outcomes(choice)
    answers = data.both_ways(choice, (), outcomes)
    parts.about(answers[0])
    if parts.empty(answers[0]):
        return
    parts.headline(answers)
    _tiles(answers)
    st.subheader("By modality")
    _rates(choice, "modality", outcomes)
    st.subheader("By start year")
    _rates(choice, "start_year", outcomes)
    st.subheader("Patient flow")
    st.caption("Episodes left at each step; what each step loses stands in brackets.")
    parts.chart(
        flow.figure(data.flow_frame(answers[0]), parts.caption(answers[0])),
        "patient-flow",
        "Episodes left at each step of the patient flow",
    )
    with widgets.fold("Patient flow by modality") as is_open:
        if is_open:
            grouped = data.both_ways(choice, ("modality",), outcomes)[0]
            parts.table(data.flow_table(grouped), "Patient flow per modality")
            parts.download("Patient flow (CSV)", grouped, "flow")
    _help()
    parts.foot(answers[0], data.store().as_of)


def _tiles(answers: tuple[Rates, ...]) -> None:
    complete, episodes = data.completeness_words(answers[0]), data.episode_words(answers[0])
    numbers = [("Completeness", *complete), ("Episodes", *episodes)]
    with st.grid(3, min_column_width=210):
        for rows in zip(*(answer.rows for answer in answers), strict=True):
            for row in rows:
                parts.tile(row)
            if len(rows) > 1 and numbers:
                parts.number_tile(*numbers.pop(0))
        for number in numbers:
            parts.number_tile(*number)


def _rates(choice: Choice, by: str, outcomes: tuple[str, ...]) -> None:
    answers = data.both_ways(choice, (by,), outcomes)
    frame = data.rate_frame(*answers)
    if parts.nothing_drawn(frame):
        return
    label = words.lowered(data.field_labels()[by])
    parts.chart(
        rates.figure(frame, parts.caption(answers[0])),
        f"rates-by-{label.replace(' ', '-')}",
        f"{words.listed(data.outcome_labels(choice)[name] for name in outcomes).capitalize()} by "
        f"{label} with 95 % intervals",
    )
    parts.limits(label)
    with st.container(horizontal=True):
        for answer in answers:
            parts.download(f"Rates by {label}: {words.missing_rule(answer)} (CSV)", answer)
    with widgets.fold(f"The numbers by {label} as a table") as is_open:
        if is_open:
            parts.table(data.rate_table(frame), f"Rates by {label}")


def _help() -> None:
    with st.expander("How to read this page"):
        st.markdown(
            "**What it shows.** The share of eligible, mature episodes that respond and remit, "
            "once among those with an endpoint and once with every missing endpoint counted as "
            "not met (everybody). An episode is eligible when it was severe enough at baseline, "
            "and mature when its time window has closed. The truth lies between the two figures "
            "if those without an endpoint did no better than those with one.\n\n"
            "**What can be changed.** The instrument, the timepoint, the missing rule, the "
            "severity at baseline and the remission rule; and which episodes are looked at.\n\n"
            "**What to look for.** A wide gap between the two counts means that follow-up is "
            "missing. A wide interval means few episodes. Immature episodes, whose window has "
            "not closed, are left out and never counted as missing."
        )
