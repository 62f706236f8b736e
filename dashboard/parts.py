"""Furniture that all views share: what the numbers are about, tiles, formula, notes, downloads."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from analysis.compare.results import Compared
from analysis.course import Course
from analysis.curve_results import Curves
from analysis.events import EVENTS
from analysis.export import (
    curves_csv,
    flow_csv,
    rates_csv,
    sensitivity_csv,
    summaries_csv,
    trajectories_csv,
)
from analysis.measures import Measure, Rates
from analysis.outcomes import OUTCOMES
from analysis.policy import LOCAL, POLICIES
from analysis.sensitivity import Sensitivity
from analysis.trajectories import Trajectories
from dashboard import frames, words
from dashboard.words import plain

Answer = Rates | Trajectories | Curves | Sensitivity | Compared
FORMAT = "image_format"
LABELS = {name: found.label for name, found in (OUTCOMES | EVENTS).items()}


def caption(answer: Answer, outcomes: Sequence[str] | None = None) -> str:
    """Return what a picture shows in one line: cohort, definition, rules, snapshot.

    `outcomes` are those whose rules are told; all where none are named.
    """
    rules = "".join(
        f" {LABELS[name]}: {rule}."
        for name, rule in getattr(answer, "rules", ())
        if outcomes is None or name in outcomes
    )
    return (
        f"{answer.cohort} {answer.definition_sentence}{rules} "
        f"Definition {answer.definition.id}, snapshot {answer.snapshot}."
    )


def about(answer: Answer) -> None:
    """Say which episodes the page is about, and how outcomes are decided."""
    st.text(answer.cohort)  # not Markdown: it holds names out of the data
    st.caption(plain(answer.definition_sentence))


def rules(answer: Answer) -> None:
    """Say how each outcome of an answer is decided, with its source or the word unverified."""
    for name, rule in getattr(answer, "rules", ()):
        st.caption(plain(f"{LABELS[name]}: {rule}."))


def foot(answer: Answer | Course, as_of: str | None, *, with_rules: bool = True) -> None:
    """Say at the foot of a page what its numbers rest on: rules with sources, data, snapshot."""
    if with_rules and not isinstance(answer, Course):
        rules(answer)
    reach = f"Data as of {as_of}." if as_of else "Data as of: no date in the imported files."
    definition = "" if isinstance(answer, Course) else f", definition {answer.definition.id}"
    withheld = "" if answer.release == LOCAL else f" {POLICIES[answer.release]}"
    st.caption(plain(f"{reach} Snapshot {answer.snapshot}{definition}.{withheld}"))


def headline(answers: Sequence[Rates]) -> None:
    """Say in one sentence how many respond, and how many are not known about."""
    chosen, everybody, step = answers[0].rows[0], answers[-1].rows[0], answers[0].flow[0]
    if (
        chosen.measure != "response"
        or chosen.withheld
        or everybody.withheld
        or step.mature is None
        or not chosen.denominator
    ):
        return
    sentence = (
        f"{words.count(chosen.numerator)} of {words.count(chosen.denominator)} episodes responded "
        f"({words.percent(chosen.estimate)})."
    )
    if everybody is not chosen:
        undecided = words.count(step.mature - chosen.denominator)
        sentence += (
            f" {undecided} more were due and cannot be decided. With every missing endpoint "
            f"counted as not met it is {words.percent(everybody.estimate)}."
        )
    st.markdown(f"##### {plain(sentence)}")


def tile(row: Measure) -> None:
    """Show one rate with its fraction, interval and what was counted."""
    with st.container(border=True, height="stretch"):
        everybody = ", everybody" if row.missing == "nonresponse" else ""
        label = f"{OUTCOMES[row.measure].label}{everybody}"
        st.metric(label, words.WITHHELD if row.withheld else words.percent(row.estimate))
        st.markdown(plain(frames.fraction(row)))
        st.caption(
            plain(f"95 % interval {frames.interval(row)}. {words.MISSING_RULES[row.missing]}.")
        )


def number_tile(label: str, value: str, note: str) -> None:
    """Show one number with a note on what it is."""
    with st.container(border=True, height="stretch"):
        st.metric(label, value)
        st.caption(plain(note))


def formula(row: Measure, mature: int | None) -> None:
    """Show a rate as the fraction it is, with the unknown ones taken off."""
    if row.withheld or mature is None or row.denominator is None:
        st.markdown("Not shown: too few episodes to show the numbers.")
        return
    if row.denominator == 0:
        st.markdown("No episode can be decided, so there is no rate.")
        return
    st.code(
        f"{OUTCOMES[row.measure].label} = {row.numerator:,} / ({mature:,} − {row.unknown:,}) "
        f"= {words.percent(row.estimate)}",
        language=None,
    )
    st.caption(
        f"met / (eligible and mature − unknown). {words.MISSING_RULES[row.missing]}. "
        f"95 % interval {words.interval(row.conf_low, row.conf_high)} (Wilson)."
    )


def limits(by: str) -> None:
    """Say what a comparison of crude rates cannot tell."""
    st.caption(
        f"Crude rates by {plain(by)}. People are not assigned to groups by chance: who "
        "receives which treatment depends on severity and history, so differences between groups "
        "do not show that one treatment works better than another."
    )


def chart(figure: go.Figure, key: str, alt: str) -> None:
    """Draw a figure whose toolbar saves it as a picture in the chosen format."""
    image = st.session_state.get(FORMAT) or "PNG"
    options = {"format": image.lower(), "filename": f"trd-outcomes-{key}", "scale": 2}
    config = {
        "displaylogo": False,
        "displayModeBar": True,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": options,
    }
    st.plotly_chart(figure, key=f"{key}_chart", config=config, alt=alt)


def image_format() -> None:
    """Let the reader choose the format in which the toolbar of each chart saves it."""
    st.segmented_control(
        "Save charts as",
        ["PNG", "SVG"],
        default="PNG",
        required=True,
        key=FORMAT,
        persist_state="session",
        help="Use the camera button at the top right of a chart.",
    )


def table(
    frame: pd.DataFrame,
    alt: str,
    widths: Mapping[str, int] | None = None,
    height: int | Literal["content"] = "content",
) -> None:
    """List a frame of words; data in it is shown as it is. `widths` are pixels by heading."""
    columns = {name: st.column_config.Column(width=w) for name, w in (widths or {}).items()}
    st.dataframe(frame, hide_index=True, alt=alt, height=height, column_config=columns)


def listing(frame: pd.DataFrame, alt: str) -> None:
    """List a frame of sentences, which may take several lines; data in it is shown as it is."""
    shown = frame.map(plain).rename(columns=plain)
    st.table(shown, border="horizontal", hide_index=True, alt=alt)


def file(label: str, text: Callable[[], str], name: str) -> None:
    """Offer a CSV file that is about no cohort and no definition."""
    st.download_button(
        label,
        text,
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"download_{name}",
    )


def download(
    label: str, answer: Rates | Trajectories | Curves | Sensitivity, what: str = "measures"
) -> None:
    """Offer the numbers of an answer as CSV; each row carries its cohort and definition."""
    text: Callable[[], str]
    if isinstance(answer, Trajectories):
        trajectory = answer

        def text() -> str:
            return trajectories_csv(trajectory)
    elif isinstance(answer, Curves):
        curve = answer

        def text() -> str:
            return summaries_csv(curve) if what == "summaries" else curves_csv(curve)
    elif isinstance(answer, Sensitivity):
        variants = answer

        def text() -> str:
            return sensitivity_csv(variants)
    else:
        rates = answer

        def text() -> str:
            return flow_csv(rates) if what == "flow" else rates_csv(rates)

    kind = "-".join([what, *(f"by-{name}" for name in answer.by)]).replace("_", "-")
    st.download_button(
        label,
        text,
        file_name=f"trd-outcomes-{kind}-{answer.definition.id}-{answer.snapshot}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"download_{what}_{label}",
    )


def empty(answer: Rates | Trajectories | Curves) -> bool:
    """Say that no episode is left, and what would mend it; return whether that is so."""
    if isinstance(answer, Trajectories):
        left = bool(answer.rows)
    elif isinstance(answer, Curves):
        left = any(row.episodes != 0 for row in answer.summaries)
    else:
        left = any(step.episodes is None or step.episodes > 0 for step in answer.flow)
    if not left:
        no_episode()
    return not left


def no_episode() -> None:
    """Say that the filters leave no episode, and what would mend it."""
    st.info(
        "Remove a filter on the left, or use Reset filters and definition.",
        title="No episode matches these filters",
    )


def nothing_drawn(frame: pd.DataFrame) -> bool:
    """Say that no group can be shown; return whether that is so."""
    if frame.empty:
        st.info("There is no group to show, or none that is large enough.", title="Nothing to draw")
    return frame.empty
