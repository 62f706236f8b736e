"""The dashboard opened page by page, and everything that it would send to a browser."""

import base64
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from analysis import Cohort, definition_from_query, rates
from dashboard import data_store, widgets

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
# Where a page is found when its address is not its name.
ADDRESSES = {"Program": "", "Instruments and methods": "methods"}
PAGES = ("Program", "Outcomes", "Trajectories", "Durability", "Sensitivity")
TEXTS = ("text", "title", "subheader", "markdown", "caption", "warning", "error", "info", "code")


def decoded(value: Any) -> Any:
    """Return a figure's JSON with its packed arrays written out; a missing number is None."""
    if isinstance(value, dict) and {"dtype", "bdata"} <= set(value):
        numbers = np.frombuffer(base64.b64decode(value["bdata"]), dtype=value["dtype"])
        return [None if np.isnan(number) else float(number) for number in numbers]
    if isinstance(value, dict):
        return {name: decoded(part) for name, part in value.items()}
    return [decoded(part) for part in value] if isinstance(value, list) else value


@dataclass
class Opened:
    """One page as a browser would get it, with the files that its buttons would save."""

    app: AppTest
    files: dict[str, str] = field(default_factory=dict)

    @property
    def elements(self) -> list[Any]:
        return [*self.app.sidebar, *self.app.main]

    @property
    def texts(self) -> list[str]:
        """Every text on the page itself, as Markdown."""
        return [str(getattr(e, "value", "")) for e in self.app.main if e.type in TEXTS]

    @property
    def text(self) -> str:
        """The words of the page as they are read, without the signs that keep them plain."""
        return "\n".join(self.texts).replace("\\", "")

    @property
    def tiles(self) -> dict[str, str]:
        return {tile.label: tile.value for tile in self.app.metric}

    @property
    def figures(self) -> list[dict[str, Any]]:
        """Every chart; Plotly, which takes them unlooked at, checks each of their settings here."""
        found = [decoded(json.loads(e.proto.spec)) for e in self.app.get("plotly_chart")]
        for figure in found:
            go.Figure(figure)
        return found

    @property
    def tables(self) -> list[pd.DataFrame]:
        return [table.value for table in self.app.dataframe]

    @property
    def listings(self) -> list[pd.DataFrame]:
        """Every table of sentences, without the signs that keep them plain."""
        return [
            table.value.map(lambda cell: str(cell).replace("\\", "")) for table in self.app.table
        ]

    @property
    def warning(self) -> str:
        return "\n".join(w.value for w in self.app.warning).replace("\\", "")

    @property
    def sent(self) -> str:
        """Everything that reaches the browser, in one text; ids of elements left out."""
        parts = []
        for element in self.elements:
            if element.type in ("dataframe", "table"):
                parts.append(element.value.to_csv())
            elif element.type == "plotly_chart":
                parts.append(json.dumps(decoded(json.loads(element.proto.spec))))
            elif element.type != "download_button":
                lines = str(getattr(element, "proto", "")).splitlines()
                parts += [line for line in lines if "$$ID" not in line]
        return "\n".join([*parts, *self.files.values()])

    def again(self) -> "Opened":
        self.app.run()
        return self


@pytest.fixture(scope="session", autouse=True)
def packages_looked_through_once():
    """Streamlit reads of every installed package for each page that a test opens: once will do."""
    with pytest.MonkeyPatch.context() as patches:
        found = cache(manifest_scanner.scan_component_manifests)
        patches.setattr(manifest_scanner, "scan_component_manifests", found)
        yield


def clear_caches():
    for kept in (st.cache_data, st.cache_resource):
        kept.clear()
    data_store.OPEN.clear()


@pytest.fixture
def nothing_cached():
    """Answers and stores of earlier tests are forgotten."""
    clear_caches()


@pytest.fixture(autouse=True)
def only_the_sample_cached(request):
    """Answers and stores are kept between runs of the script; between tests, those of the sample.

    What is kept there is kept under all that it depends on, and the sample never changes.
    """
    yield
    if "sample_store" not in request.fixturenames:
        clear_caches()


@pytest.fixture(autouse=True)
def everything_open(monkeypatch):
    """Parts that a reader can open are open, so that all that can reach a browser is looked at."""
    monkeypatch.setattr(widgets, "OPEN", True)


@pytest.fixture
def closed(everything_open, monkeypatch):
    """Parts that a reader can open are closed, as on a first visit."""
    monkeypatch.setattr(widgets, "OPEN", False)


@pytest.fixture
def open_page(monkeypatch):
    """Return a function that opens a page on a store.

    `chosen` presets widgets by their key, `link` is the query of the address.
    """

    def open_one(page, store=None, *, release="local", chosen=None, link=None) -> Opened:
        if store is None:
            monkeypatch.delenv("TRD_OUTCOMES_STORE", raising=False)
        else:
            monkeypatch.setenv("TRD_OUTCOMES_STORE", str(store))
        monkeypatch.setenv("TRD_OUTCOMES_RELEASE", release)
        app = AppTest.from_file(str(APP), default_timeout=60)
        # The test tool goes to pages that are files; ours are functions, known by their address.
        app._page_hash = calc_hash(ADDRESSES.get(page, page.lower()))
        for name, value in (chosen or {}).items():
            app.session_state[name] = value
        for name, value in (link or {}).items():
            app.query_params[name] = value
        opened = Opened(app)
        button = st.download_button

        def keep(label, data, *rest, **options):
            opened.files[options["file_name"]] = data()
            return button(label, data, *rest, **options)

        monkeypatch.setattr(st, "download_button", keep)
        try:
            app.run()
        finally:
            monkeypatch.setattr(st, "download_button", button)
        return opened

    return open_one


@pytest.fixture(scope="session")
def answered():
    """Return a function that puts the sidebar's choice to the engine itself."""

    def ask(store, cohort=None, outcomes=("response", "remission"), by=(), **definition):
        chosen = definition_from_query(definition, store.instruments)
        return rates(store, Cohort.of(cohort or {}), chosen, outcomes, by)

    return ask


@pytest.fixture
def one_episode(clinic):
    """Return the store of one person who was treated once and responded."""
    return clinic(
        [{"episode_id": "E1", "patient_id": "P1", "modality": "ect", "follow_up_days": "400"}],
        [
            {"episode_id": "E1", "instrument": "phq9", "day": str(day), "score": score}
            for day, score in ((0, "20"), (42, "4"))
        ],
    )


@pytest.fixture
def small_program(clinic):
    """Return a function that makes a program: per modality how many met response and how many not.

    `site` and other fields can be given for everybody.
    """

    def build(groups, mapping="", **fields):
        episodes, scores = [], []
        for modality, (met, not_met) in groups.items():
            for number in range(met + not_met):
                name = f"{modality}-{number}"
                episodes.append(
                    {
                        "episode_id": name,
                        "patient_id": f"patient_of_{name}",
                        "modality": modality,
                        "follow_up_days": "400",
                        **fields,
                    }
                )
                endpoint = "4" if number < met else "18"
                scores += [
                    {"episode_id": name, "instrument": "phq9", "day": day, "score": score}
                    for day, score in (("0", "20"), ("42", endpoint))
                ]
        return clinic(episodes, scores, mapping=mapping)

    return build
