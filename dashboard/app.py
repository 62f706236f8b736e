"""The entry point: page settings, sidebar, navigation; nothing else."""

from functools import partial
from pathlib import Path

import streamlit as st

from analysis.errors import OutcomesError
from dashboard import data, link, parts, sidebar, words
from dashboard.views import (
    course,
    durability,
    methods,
    outcomes,
    program,
    sensitivity,
    trajectories,
)

# a picture of our own: the built-in icons are fetched from elsewhere
ICON = str(Path(__file__).with_name("icon.png"))

st.set_page_config(page_title="TRD outcomes", page_icon=ICON, layout="wide")

try:
    choice = sidebar.choose(data.store())
    with st.sidebar:
        parts.image_format()
    page = st.navigation(
        [
            st.Page(
                partial(program.show, choice), title="Program", url_path="program", default=True
            ),
            st.Page(partial(outcomes.show, choice), title="Outcomes", url_path="outcomes"),
            st.Page(
                partial(trajectories.show, choice), title="Trajectories", url_path="trajectories"
            ),
            st.Page(partial(durability.show, choice), title="Durability", url_path="durability"),
            st.Page(partial(sensitivity.show, choice), title="Sensitivity", url_path="sensitivity"),
            st.Page(partial(course.show, choice), title="Course", url_path="course"),
            st.Page(
                partial(methods.show, choice), title="Instruments and methods", url_path="methods"
            ),
        ],
        position="top",
    )
    page.run()
    link.write(data.store(), choice)
except OutcomesError as error:
    st.error(words.plain(str(error)), title="This cannot be answered as it stands")
