"""Plotly takes the charts of every page, each setting checked."""

import pytest

BY_SITE = {"compare_by": "site"}
PAGES = {
    "program": ("Program", {}),
    "outcomes": ("Outcomes", {}),
    "trajectories": ("Trajectories", {}),
    "durability": ("Durability", {}),
    "sensitivity": ("Sensitivity", {}),
    "course": ("Course", {}),
    "rates by modality": ("Compare", {}),
    "weighted rates": ("Compare", {**BY_SITE, "compare_adjust": "overlap"}),
    "change": ("Compare", {**BY_SITE, "compare_kind": "change"}),
    "visits": ("Compare", {**BY_SITE, "compare_kind": "visits", "compare_visits": "28,56,84"}),
    "time": ("Compare", {**BY_SITE, "compare_kind": "time"}),
}


@pytest.mark.parametrize("name", PAGES)
def test_plotly_finds_nothing_wrong_with_a_chart(open_page, sample_store, name):
    page, link = PAGES[name]
    opened = open_page(page, sample_store.path, link=link)
    figures = opened.figures
    assert figures
    assert all(figure["data"] for figure in figures)
