"""A page whose question takes too long says so, and goes on."""

import streamlit as st

from dashboard import data_store


def test_a_page_says_that_counting_took_too_long_and_answers_the_next_question(
    open_page, sample_store, monkeypatch, nothing_cached
):
    monkeypatch.setenv("TRD_OUTCOMES_QUERY_LIMIT", "0.000001")
    slow = open_page("Outcomes", sample_store.path, chosen={"timepoint": "28:56:nearest@42"})
    assert "Counting was stopped after 1e-06 s" in slow.app.error[0].value.replace("\\", "")
    assert not slow.app.exception
    assert slow.figures == []
    assert slow.app.sidebar.selectbox(key="timepoint").value == "28:56:nearest@42"
    monkeypatch.setenv("TRD_OUTCOMES_QUERY_LIMIT", "60")
    st.cache_resource.clear()  # what is kept asks the store that it was made with
    data_store.OPEN.clear()
    slow.app.sidebar.selectbox(key="timepoint").set_value("week_6").run()
    assert not slow.app.error
    assert len(slow.figures) == 2
