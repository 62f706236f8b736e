"""Instruments and methods: every figure of every scale with its source, and every rule in force."""

import streamlit as st

from dashboard import data_methods, parts, widgets, words
from dashboard.data import Choice

WIDTHS = {
    "Instrument": 120,
    "Family": 130,
    "Rater": 95,
    "Range": 95,
    "Higher is": 75,
    "Remission, default": 200,
    "Reliable change": 165,
    "With a source": 95,
}


def show(choice: Choice) -> None:
    """Draw the page."""
    st.title("Instruments and methods")
    st.caption(
        "Read off the registry of instruments and the rules as they run: what stands here is what "
        "decides. A figure without a source is called unverified."
    )
    section = widgets.switch(
        "Section", list(words.SECTIONS), key="section", words=lambda name: words.SECTIONS[name]
    )
    if section == "registry":
        _all_instruments()
    else:
        name = _choose(choice)
        if section == "instrument":
            _one_instrument(choice, name)
        else:
            _rules(choice, name)
    _help()


def _choose(choice: Choice) -> str:
    scales = data_methods.scales(choice)
    return widgets.select(
        "Shown for",
        list(scales),
        key="scale",
        first=data_methods.OF_SIDEBAR,
        words=lambda name: scales[name],
        help="On this page only. Outcomes are decided by the instrument chosen on the left.",
        width=420,
    )


def _one_instrument(choice: Choice, name: str) -> None:
    scale = data_methods.scale(choice, name)
    label = words.plain(scale.label)
    st.subheader(label)
    parts.listing(data_methods.about_table(scale), f"What is said about the {label}")
    st.markdown(f"##### {data_methods.sourced_words(scale)} figures have a source")
    parts.listing(data_methods.figure_table(scale), f"Figures of the {label} with sources")


def _all_instruments() -> None:
    families = data_methods.families()
    chosen = widgets.select_many(
        "Families",
        list(families),
        key="families",
        first=[],
        words=lambda name: families[name],
        placeholder="All families",
    )
    parts.table(
        data_methods.instrument_table(chosen), "All instruments of the registry", widths=WIDTHS
    )
    parts.file(
        "All figures of all instruments (CSV)",
        data_methods.registry_csv,
        "trd-outcomes-instruments",
    )


def _rules(choice: Choice, name: str) -> None:
    scale = data_methods.scale(choice, name)
    st.subheader("How outcomes are decided")
    st.caption(
        f"On the {words.plain(scale.label)}, with the timepoint, the missing rule and the horizon "
        "chosen on the left, and with its further rules where it is the instrument chosen there."
    )
    parts.listing(data_methods.outcome_table(choice, scale), "Every outcome with its rule")
    st.subheader("Events that are waited for")
    parts.listing(data_methods.event_table(choice, scale), "Every event with its rule")
    st.subheader("Timepoints")
    parts.listing(data_methods.timepoint_table(), "Every timepoint with the score it picks")
    st.subheader("Missing endpoints")
    parts.listing(data_methods.missing_table(), "Every rule for missing endpoints")
    st.subheader("Statistics")
    parts.listing(data_methods.statistics_table(), "What is computed, how, and the source")


def _help() -> None:
    with st.expander("How to read this page"):
        st.markdown(
            "**What it shows.** What is known of each rating scale, figure by figure, with the "
            "document in which it was read, and every rule by which an outcome, an event or a "
            "number is made.\n\n"
            "**What can be changed.** The instrument it is shown for, and the families listed. "
            "The rules follow the definition on the left.\n\n"
            "**What to look for.** The word unverified: no document was found for that figure, "
            "so check it before a decision rests on it."
        )
