"""Compare: how groups of episodes differ, how sure that is, and what it cannot tell."""

import streamlit as st

from dashboard import compare_boxes, data, data_compare, parts, parts_balance, parts_compare, words
from dashboard import frames_compare as frames
from dashboard.data import Choice


def show(choice: Choice) -> None:
    """Draw the page."""
    st.title("Compare")
    asked = compare_boxes.asked(choice)
    about = choice if isinstance(asked, compare_boxes.Missing) else asked.choice
    if parts.empty(data.both_ways(about, (), data.headline_outcomes(choice))[0]):
        return
    if isinstance(asked, compare_boxes.Missing):
        st.info(words.plain(asked.mend), title=words.plain(asked.title))
        return
    try:
        answer = data_compare.compared(asked.choice, asked.comparison)
    except (data_compare.DefinitionError, data_compare.UnknownName) as error:
        st.info(words.plain(str(error)), title="This cannot be compared")
        return
    labels = frames.labels_of(answer, data.modalities())
    parts_compare.limits(answer)
    parts_compare.about(answer)
    parts_compare.counted(answer, labels)
    parts_compare.gates(answer, labels)
    if answer.comparison.kind == "visits":
        parts_compare.visits(answer, choice, labels)
    parts_compare.differences(answer, labels)
    parts_balance.weights(answer, labels)
    parts_balance.small_groups(answer, labels)
    parts_compare.code(answer)
    parts_compare.downloads(answer)
    parts_compare.help_()
    parts.foot(answer, data.store().as_of)
