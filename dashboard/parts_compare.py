"""Furniture of the Compare page: counts, gates, differences, verdicts, how to get it again."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analysis.compare.results import Compared, Contrast
from dashboard import data, data_compare, files_compare, frames_gates, parts, widgets
from dashboard import frames_compare as frames
from dashboard import frames_contrasts as contrasts
from dashboard.charts import forest, group_dots, visit_means
from dashboard.data import Choice
from dashboard.words import plain

ALL_PAIRS = ""
FEW = 3  # up to this many notes stand in the open
LISTED = 12  # and up to this many conditions that do not hold
EACH_PAIR = 5  # up to this many groups all pairs are shown at first
IN_FULL, SCROLLED = 26, 560  # up to this many rows a table stands in full, else it is this high
WIDTHS = {"Group": 250}
Labels = Mapping[str, str]


def limits(answer: Compared) -> None:
    """Say what the comparison cannot tell, before any number."""
    for place, sentence in enumerate(answer.limits):
        (st.caption if place else st.markdown)(plain(sentence))


def about(answer: Compared) -> None:
    """Say which episodes and groups the page is about, and how outcomes are decided."""
    st.text(answer.cohort)  # not Markdown: it holds names out of the data
    for named in (answer.comparison.a, answer.comparison.b):
        if named is not None:
            st.text(f"{named.name} – {data_compare.cohort_sentence(named)}")
    st.caption(plain(f"{answer.definition_sentence} {answer.repeated_sentence}"))


def counted(answer: Compared, labels: Labels) -> None:
    """Show the groups as they were counted: whatever the gates say, this stands."""
    measures = frames.counted_measures(answer)
    if not measures:
        return
    st.subheader("Each group as it was counted")
    for measure in measures:
        frame = frames.group_frame(answer, measure, labels)
        if parts.nothing_drawn(frame):
            continue
        name, rate = frames.row_label(measure), frames.row_unit(measure) is frames.PERCENT
        title = f"{name} (%)" if rate else f"{name} ({frames.row_unit(measure).apart})"
        parts.chart(
            group_dots.figure(frame, title, parts.caption(answer), percent=rate),
            f"groups-{measure}".replace("_", "-"),
            f"{name} per group with 95 % intervals",
        )
        parts.table(frames.group_table(frame, measure), f"{name} per group", WIDTHS)
    same = frames.group_frame(answer, "mean_change_adjusted", labels)
    if not same.empty:
        name = frames.row_label("mean_change_adjusted")
        with widgets.fold(f"{name} (analysis of covariance)") as is_open:
            if is_open:
                parts.table(frames.group_table(same, "mean_change_adjusted"), f"{name} per group")


def gates(answer: Compared, labels: Labels) -> None:
    """Say which conditions for a difference do not hold and what would mend them."""
    st.subheader("What must hold before a difference is shown")
    failed, passed = frames_gates.failed(answer), frames_gates.passed(answer)
    if not failed.empty:
        alt = "Conditions that do not hold, and what would mend them"
        if len(failed) <= LISTED:
            parts.listing(failed, alt)
        else:
            with widgets.fold(
                f"Not shown because: {len(failed)} conditions do not hold", "failed"
            ) as is_open:
                if is_open:
                    parts.listing(failed, alt)
    for sentence in frames_gates.hidden_pairs(answer, labels):
        st.caption(plain(sentence))
    if failed.empty and not passed.empty:
        st.caption("Every condition holds.")
    if not passed.empty:
        with widgets.fold(f"Conditions that hold ({len(passed)})", "passed") as is_open:
            if is_open:
                parts.listing(passed, "Conditions that hold")


def differences(answer: Compared, labels: Labels) -> None:
    """Show the differences that the gates let through: picture, table, overall test."""
    st.subheader("Differences between groups")
    if not contrasts.shown(answer):
        st.info(
            "No pair of groups meets the conditions above, so no difference and no p-value is "
            "worked out. The counts of each group stand.",
            title="No difference is shown",
        )
        return
    against = _against(answer, labels)
    pairs = contrasts.about_pairs(answer, against)
    if not pairs:
        st.info("Choose another group, or all pairs.", title="No difference to this group is shown")
        return
    unseen = _forests(answer, pairs, labels)
    _tables(answer, pairs, labels)
    if unseen:
        st.caption(plain(frames_gates.detectable_sentence(answer)))
    for test in answer.overall:
        st.markdown(plain(frames_gates.overall_sentence(test, labels)))
    _notes(answer.notes)
    _verdicts(answer, against, labels)


def _against(answer: Compared, labels: Labels) -> str:
    """Draw the box of the group that the others are set against, where there are several."""
    if len(answer.groups) < 3:
        return ALL_PAIRS
    first = ALL_PAIRS if len(answer.groups) <= EACH_PAIR else answer.groups[0]
    st.session_state[f"compare_against{widgets.FIRST}"] = [first]
    return widgets.select(
        "Set against",
        [ALL_PAIRS, *answer.groups],
        key="compare_against",
        first=first,
        words=lambda group: labels.get(group, "Each other: all pairs"),
        help="Adjusted p-values are over all pairs, whichever are shown.",
        width=300,
    )


def _forests(answer: Compared, pairs: Sequence[Contrast], labels: Labels) -> bool:
    """Draw differences around 0, and the ratios of a time to an event around 1.

    Return whether a smallest difference that would show stands beside one of them.
    """
    unseen = False
    days = contrasts.visits_of(pairs)
    visit = days[-1] if days else None
    for none in (0, 1):
        frame = contrasts.drawn_frame(answer, pairs, none, visit, labels)
        if frame.empty:
            continue
        title = contrasts.drawn_title(pairs, none, visit)
        parts.chart(
            forest.figure(frame, title, parts.caption(answer), ratio=none == 1),
            "ratios" if none else "differences",
            f"{title}: one row per pair of groups with 95 % intervals and a line of no difference",
        )
        unseen = unseen or contrasts.has_smallest(frame)
    return unseen


def _tables(answer: Compared, pairs: Sequence[Contrast], labels: Labels) -> None:
    """List what was found, one tab per visit or else per kind of difference, ratio and test."""
    days = contrasts.visits_of(pairs)
    if days:
        for tab, day in zip(_tabs([f"Day {day}" for day in days], last=True), days, strict=True):
            with tab:
                own = [c for c in pairs if c.visit == day]
                for measure in contrasts.measures(own):
                    _table(answer, own, measure, labels, f" on day {day}")
        return
    found = contrasts.measures(pairs)
    names = [contrasts.kind_of(measure).label for measure in found]
    for tab, measure in zip(_tabs(names), found, strict=True):
        with tab:
            _table(answer, pairs, measure, labels, "")


def _tabs(names: list[str], *, last: bool = False) -> Sequence[DeltaGenerator]:
    return st.tabs(names, default=names[-1] if last else names[0])


def _table(
    answer: Compared, pairs: Sequence[Contrast], measure: str, labels: Labels, when: str
) -> None:
    frame = contrasts.contrast_frame(answer, pairs, measure, labels)
    label = contrasts.kind_of(measure).label
    table = contrasts.contrast_table(frame, measure)
    long_table(table, f"{label}{when} per pair of groups")
    method = contrasts.method_sentence(frame)
    if method:
        st.caption(plain(method))


def visits(answer: Compared, choice: Choice, labels: Labels) -> None:
    """Show the mean change at each visit as the model over all visits sees it."""
    frame = frames.group_frame(answer, "visit_mean", labels)
    st.subheader("Mean change at each visit")
    if parts.nothing_drawn(frame):
        return
    parts.chart(
        visit_means.figure(frame, data.instrument(choice).label, parts.caption(answer)),
        "visit-means",
        "Mean change from baseline at each visit per group with 95 % intervals",
    )
    with widgets.fold("Mean change at each visit as a table") as is_open:
        if is_open:
            parts.table(
                frames.group_table(frame, "visit_mean"), "Mean change at each visit per group"
            )


def _notes(notes: Sequence[str]) -> None:
    """Say what a model did; many notes, one per pair, stand in an expander."""
    if len(notes) > FEW:
        with st.expander(f"Notes ({len(notes)})"):
            for note in notes:
                st.caption(plain(note))
        return
    for note in notes:
        st.caption(plain(note))


def _verdicts(answer: Compared, against: str, labels: Labels) -> None:
    """Say of each pair whether one group is no worse than the other by the margin."""
    found = [v for v in answer.non_inferiority if not against or against in (v.group, v.against)]
    if not found:
        return
    st.subheader("No worse by more than the margin")
    st.markdown("\n".join(f"- {plain(verdict.sentence)}" for verdict in found))


def long_table(frame: pd.DataFrame, alt: str) -> None:
    """List a frame that may have a row per pair of many groups."""
    parts.table(frame, alt, height="content" if len(frame) <= IN_FULL else SCROLLED)


def code(answer: Compared) -> None:
    """Show how to get the same answer again."""
    with widgets.fold("Show the code") as is_open:
        if is_open:
            command, sql, python = st.tabs(["Command line", "SQL", "Python"])
            with command:
                st.code(answer.code.command, language="bash", wrap_lines=True)
            with sql:
                st.code(answer.code.sql, language="sql")
            with python:
                st.code(answer.code.python, language="python")


def downloads(answer: Compared) -> None:
    """Offer groups and differences as CSV; each row carries its cohort and definition."""
    with st.container(horizontal=True):
        for what, label, text in files_compare.files(answer):
            name = f"trd-outcomes-compare-{what}-{answer.definition.id}-{answer.snapshot}"
            parts.file(label, text, name)


def help_() -> None:
    """Say how to read the page."""
    with st.expander("How to read this page"):
        st.markdown(
            "**What it shows.** How groups of episodes differ in one outcome, in their scores or "
            "in the time to an event, how sure that is, and, where it is asked for, what is left "
            "of the difference once the groups are weighted to the same recorded case mix.\n\n"
            "**What can be changed.** The groups, what they are compared on, how repeated episodes "
            "count, the weights and the margin; on the left the definition and the episodes.\n\n"
            "**What to look for.** First how many episodes each group has and how many have an "
            "endpoint. Then whether the interval of a difference holds 0, and how wide it is: a "
            "wide one that holds 0 says little. p-values over many pairs are read in their "
            "adjusted form. Nobody was assigned to a group by chance, so no number here says what "
            "would have happened under another treatment."
        )
