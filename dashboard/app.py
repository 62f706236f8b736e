"""The entry point: page settings, sidebar, navigation; nothing else."""

from functools import partial
from pathlib import Path

import streamlit as st

from analysis.errors import NoScores, OutcomesError, StoreMissing
from analysis.release import LOCAL
from dashboard import data, data_import, link, parts, sidebar, warm, words
from dashboard.views import (
    compare,
    course,
    durability,
    importing,
    methods,
    outcomes,
    program,
    sensitivity,
    trajectories,
)

# a picture of our own: the built-in icons are fetched from elsewhere
ICON = str(Path(__file__).with_name("icon.png"))

st.set_page_config(page_title="TRD outcomes", page_icon=ICON, layout="wide")


def pages(choice: data.Choice) -> list[st.Page]:
    """Return the pages of a store that answers questions; Import where nothing is withheld."""
    first = st.Page(
        partial(program.show, choice), title="Program", url_path="program", default=True
    )
    found = [
        first,
        st.Page(partial(outcomes.show, choice), title="Outcomes", url_path="outcomes"),
        st.Page(partial(trajectories.show, choice), title="Trajectories", url_path="trajectories"),
        st.Page(partial(durability.show, choice), title="Durability", url_path="durability"),
        st.Page(partial(compare.show, choice), title="Compare", url_path="compare"),
        st.Page(partial(sensitivity.show, choice), title="Sensitivity", url_path="sensitivity"),
        st.Page(partial(course.show, choice), title="Course", url_path="course"),
        st.Page(partial(methods.show, choice), title="Instruments and methods", url_path="methods"),
    ]
    if data.policy() == LOCAL:
        found.append(st.Page(partial(importing.show, first), title="Import", url_path="import"))
    return found


def first_steps(nothing_yet: str) -> list[st.Page]:
    """Return the pages of a store that has nothing to answer with yet: Import, from any address."""
    only = st.Page(partial(importing.show, None, nothing_yet), title="Import", url_path="import")
    start = st.Page(
        partial(st.switch_page, only), title="Program", url_path="program", default=True
    )
    return [start, only]


def run() -> None:
    """Draw the page that was asked for."""
    try:
        choice = sidebar.choose(data.store())
    except (StoreMissing, NoScores) as error:
        if data.policy() != LOCAL:
            raise
        st.navigation(first_steps(data_import.nothing_yet(error)), position="hidden").run()
        return
    with st.sidebar:
        parts.image_format()
    st.navigation(pages(choice), position="top").run()
    link.write(data.store(), choice)


try:
    run()
except OutcomesError as error:
    st.error(words.plain(str(error)), title="This cannot be answered as it stands")
warm.up()  # last, so that the reader sees the page before it
