"""The entry point: page settings, sidebar, navigation; nothing else."""

from functools import partial
from importlib import import_module
from pathlib import Path

import streamlit as st

from analysis.errors import NoScores, OutcomesError, StoreMissing
from analysis.policy import LOCAL
from dashboard import data, link, parts, served, sidebar, warm, words
from dashboard.views import FURTHER

# a picture of our own: the built-in icons are fetched from elsewhere
ICON = str(Path(__file__).with_name("icon.png"))

st.set_page_config(page_title="TRD outcomes", page_icon=ICON, layout="wide")


def view(name: str, *given: object) -> None:
    """Draw a page. Its file is loaded when it is asked for: the first page need not wait for it."""
    import_module(f"dashboard.views.{name}").show(*given)


def pages(choice: data.Choice) -> list[st.Page]:
    """Return the pages of a store that answers questions; Import where nothing is withheld."""
    first = st.Page(
        partial(view, "program", choice), title="Program", url_path="program", default=True
    )
    found = [
        first,
        *(
            st.Page(partial(view, name, choice), title=title, url_path=name)
            for name, title in FURTHER.items()
        ),
    ]
    if data.policy() == LOCAL:
        found.append(st.Page(partial(view, "importing", first), title="Import", url_path="import"))
    return found


def first_steps(nothing_yet: str) -> list[st.Page]:
    """Return the pages of a store that has nothing to answer with yet: Import, from any address."""
    importing = partial(view, "importing", None, nothing_yet)
    only = st.Page(importing, title="Import", url_path="import")
    start = st.Page(
        partial(st.switch_page, only), title="Program", url_path="program", default=True
    )
    return [start, only]


def run() -> None:
    """Draw the page that was asked for."""
    served.ready.wait()
    try:
        choice = sidebar.choose(data.store())
    except (StoreMissing, NoScores) as error:
        if data.policy() != LOCAL:
            raise
        from dashboard.data_import import nothing_yet

        st.navigation(first_steps(nothing_yet(error)), position="hidden").run()
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
