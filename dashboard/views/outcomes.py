"""Outcomes: any instrument, outcome, timepoint and missing rule, grouped by any field."""

import streamlit as st

from dashboard import data, data_outcomes, parts, widgets, words
from dashboard.charts import classes, rates
from dashboard.data import Choice, Rates

ADVERSE = (
    "To meet this outcome is to be worse, so a low rate is the favourable one. Counting a missing "
    "endpoint as not met is the favourable side here: if people who were lost did worse, the rate "
    "among everybody is higher than shown."
)

# its rule holds both the reliable change and the cut-off
RULE_OF_ALL = ("recovered",)


def show(choice: Choice) -> None:
    """Draw the page."""
    st.title("Outcomes")
    outcomes, fields = data.outcome_labels(choice), data.field_labels()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        outcome = widgets.outcome_box(outcomes, width=360)
        by = widgets.select_many(
            "Grouped by",
            list(fields),
            key="by",
            first=["modality"],
            words=lambda name: fields[name],
            placeholder="All episodes together",
            most=2,
        )
    whole = data_outcomes.outcome_rates(choice, (), outcome)[0][0]
    parts.about(whole)
    if parts.empty(whole):
        return
    st.subheader("All episodes of the cohort")
    parts.formula(whole.rows[0], whole.flow[0].mature)
    parts.rules(whole)
    if data_outcomes.is_adverse(outcome):
        st.caption(ADVERSE)
    answers, change = data_outcomes.outcome_rates(choice, tuple(by), outcome)
    _groups(answers, outcomes[outcome], by)
    _classes(change, by)
    parts.foot(whole, data.store().as_of, with_rules=False)


def _groups(answers: tuple[Rates, ...], outcome: str, by: list[str]) -> None:
    frame = data.rate_frame(*answers)
    names = words.listed(data.field_labels()[name] for name in by)
    st.subheader(f"By {names}" if by else "Both counts")
    if parts.nothing_drawn(frame):
        return
    parts.chart(
        rates.figure(frame, parts.caption(answers[0])),
        "outcome-by-group",
        f"{outcome} per group with 95 % intervals",
    )
    if by:
        parts.limits(names)
    parts.table(data.rate_table(frame), "Rates per group")
    with st.container(horizontal=True):
        for answer in answers:
            parts.download(f"Rates: {words.missing_rule(answer)} (CSV)", answer)
    with widgets.fold("Patient flow by group") as is_open:
        if is_open:
            parts.table(data.flow_table(answers[0]), "Patient flow per group")
            parts.download("Patient flow (CSV)", answers[0], "flow")


def _classes(change: Rates | str, by: list[str]) -> None:
    st.subheader("Clinically significant change")
    if isinstance(change, str):
        st.caption(words.plain(f"Not shown: {change}"))
        return
    frame = data_outcomes.class_frame(change)
    if parts.nothing_drawn(frame):
        return
    st.caption(
        f"Each episode is in exactly one class. Counted: {words.missing_rule(change)}; without "
        "both scores there is no class. A small part has no number in its bar: it stands in the "
        "table. Nobody can be harmed where only people on the ill side of the cut-off are eligible."
    )
    parts.chart(
        classes.figure(frame, parts.caption(change, RULE_OF_ALL)),
        "classes-of-change",
        "Shares of recovered, improved, unchanged, deteriorated and harmed episodes per group",
    )
    if by:
        parts.limits(words.listed(data.field_labels()[name] for name in by))
    parts.table(data_outcomes.class_table(frame), "Classes of change per group")
    parts.download("Classes of change (CSV)", change, "classes")
    with st.expander("How the classes are decided"):
        parts.rules(change)
