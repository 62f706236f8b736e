"""Figures put together as plain settings, and handed to Plotly in one piece at the end.

Plotly checks every setting each time a figure is touched, which takes longer than everything else
that a page does. What stands here are settings until `drawn`; the tests have Plotly check them.
"""

from collections.abc import Sequence
from copy import deepcopy
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

Settings = dict[str, Any]

# What Streamlit's own template says of points. The rest of it, which every figure would carry, are
# scales of colours that no chart here uses: what has a colour names it.
TEMPLATE: Settings = {
    "data": {"scatter": [{"type": "scatter", "marker": {"line": {"width": 0}}}]},
    "layout": {},
}


def scatter(**settings: Any) -> Settings:
    """Return a trace of points, lines or texts."""
    return {"type": "scatter", **settings}


def bar(**settings: Any) -> Settings:
    """Return a trace of bars."""
    return {"type": "bar", **settings}


class Picture:
    """A figure that grows: traces, and a layout with panels in one row or one column.

    The methods do what those of Plotly's figures of the same name do. A panel is meant by its place
    from 1 on; without one, all are.
    """

    def __init__(self, *traces: Settings, panels: Settings | None = None) -> None:
        self.layout = panels or {"xaxis": {}, "yaxis": {}}
        self.panels = sum(name.startswith("xaxis") for name in self.layout)
        self.data: list[Settings] = []
        for trace in traces:
            self.add_trace(trace)

    def add_trace(self, trace: Settings, panel: int = 1) -> None:
        own = {name: _plain(value) for name, value in trace.items() if value is not None}
        if self.panels > 1:
            own |= {"xaxis": f"x{_number(panel)}", "yaxis": f"y{_number(panel)}"}
        self.data.append(own)

    def update_layout(self, **settings: Any) -> "Picture":
        _merge(self.layout, settings)
        return self

    def update_xaxes(self, settings: Settings, panel: int | None = None) -> None:
        self._update_axes("xaxis", settings, panel)

    def update_yaxes(self, settings: Settings, panel: int | None = None) -> None:
        self._update_axes("yaxis", settings, panel)

    def update_annotations(self, **settings: Any) -> None:
        for note in self.layout.get("annotations", ()):
            _merge(note, settings)

    def add_annotation(self, **settings: Any) -> None:
        self.layout.setdefault("annotations", []).append(settings)

    def add_vline(self, x: float, line: Settings, **more: Any) -> None:
        """Draw a line across the height of every panel; `label` stands above it."""
        label = more.pop("label", None)
        for at in range(1, self.panels + 1):
            number = _number(at)
            across = {"x0": x, "x1": x, "xref": f"x{number}"}
            up = {"y0": 0, "y1": 1, "yref": f"y{number} domain"}
            self._shape({"type": "line", "line": line, **across, **up, **more})
        if label is not None:
            place = {"x": x, "xref": "x", "y": 1, "yref": "y domain"}
            above = {"xanchor": "center", "yanchor": "bottom", "showarrow": False}
            self.add_annotation(**place, **above, **label)

    def add_hline(self, y: float, line: Settings, **more: Any) -> None:
        """Draw a line across the width of the picture."""
        along = {"x0": 0, "x1": 1, "xref": "x domain", "y0": y, "y1": y, "yref": "y"}
        self._shape({"type": "line", "line": line, **along, **more})

    def drawn(self) -> "Drawn":
        """Return the figure, which Plotly takes as it is."""
        return Drawn({"data": self.data, "layout": {**self.layout, "template": TEMPLATE}})

    def _shape(self, settings: Settings) -> None:
        self.layout.setdefault("shapes", []).append(settings)

    def _update_axes(self, kind: str, settings: Settings, panel: int | None) -> None:
        places = range(1, self.panels + 1) if panel is None else [panel]
        for place in places:
            _merge(self.layout[f"{kind}{_number(place)}"], settings)


class Drawn(go.Figure):  # type: ignore[misc]
    """A finished figure, handed to the page as the settings that it is.

    What else Plotly's figures have is made when it is first asked for: on its way to the page a
    figure has no need of it.
    """

    _settings: Settings

    def __init__(self, settings: Settings) -> None:
        self.__dict__.update(_settings=settings, _is_made=False)

    def to_dict(self) -> Settings:
        return self._settings

    def __getattr__(self, name: str) -> Any:
        if self.__dict__["_is_made"]:
            raise AttributeError(name)
        self.__dict__["_is_made"] = True
        super().__init__(self._settings, _validate=False)
        return getattr(self, name)


@lru_cache(maxsize=256)
def _grid(options: tuple[tuple[str, Any], ...]) -> Settings:
    layout: Settings = make_subplots(**dict(options)).to_plotly_json()["layout"]
    layout.pop("template", None)
    return layout


def panels(**options: Any) -> Picture:
    """Return an empty picture with panels in one row or column; options as in `make_subplots`."""
    fixed = {k: tuple(v) if isinstance(v, Sequence) else v for k, v in options.items()}
    return Picture(panels=deepcopy(_grid(tuple(fixed.items()))))


def _number(place: int) -> str:
    return "" if place == 1 else str(place)


def _plain(value: Any) -> Any:
    """Return a column or a frame as an array, and settings with their columns so."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items() if part is not None}
    return value.to_numpy() if hasattr(value, "to_numpy") else value


def _merge(into: Settings, settings: Settings) -> None:
    """Set what is named, and leave beside it what is not; a title may be its text alone."""
    for name, value in settings.items():
        value = {"text": value} if name == "title" and isinstance(value, str) else value
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = deepcopy(value) if isinstance(value, dict) else _plain(value)
