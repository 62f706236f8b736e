"""Rates per group as dots with 95 % intervals: one panel per outcome, two counts side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.picture import Settings, panels, scatter
from dashboard.theme import EVERYBODY, WITH_ENDPOINT, axis, label, safe, shaped

NUMBERS = ("percent", "percent_low", "percent_high")
TEXTS = ("rate_text", "n_text", "interval_text")
SERIES = {
    "observed": ("Episodes with an endpoint", WITH_ENDPOINT, "circle", -0.16),
    "locf": ("Last score carried forward", WITH_ENDPOINT, "circle", -0.16),
    "nonresponse": ("All due, missing = not met", EVERYBODY, "diamond-open", 0.16),
}
READ = ("measure_label", "group_label", "missing", *NUMBERS, *TEXTS)
ROW = 44
MINOR = {"dtick": 25, "showgrid": True, "gridcolor": "rgba(124, 138, 152, 0.14)"}
Row = Mapping[Any, Any]
HOVER = (
    "%{customdata[0]}<br>%{customdata[1]}<br>%{customdata[2]}<br>"
    "95 % interval %{customdata[3]}<extra></extra>"
)


def figure(frame: pd.DataFrame, caption: str) -> go.Figure:
    """Draw `frame`, one row per outcome, group and missing rule, with its rate in per cent.

    Groups keep the order of the frame, first on top; withheld rates leave their place empty.
    """
    rows = [
        dict(zip(READ, row, strict=True)) for row in zip(*(frame[c] for c in READ), strict=True)
    ]
    measures = list(dict.fromkeys(row["measure_label"] for row in rows))
    groups = list(dict.fromkeys(row["group_label"] for row in rows))
    counted = list(dict.fromkeys(row["missing"] for row in rows))
    picture = panels(
        cols=max(len(measures), 1),
        shared_yaxes=True,
        subplot_titles=[f"{safe(measure)} (%)" for measure in measures],
        horizontal_spacing=0.06,
    )
    for column, measure in enumerate(measures, start=1):
        for missing in counted:
            own = [r for r in rows if r["measure_label"] == measure and r["missing"] == missing]
            picture.add_trace(_dots(own, missing, groups, legend=column == 1), panel=column)
        picture.update_xaxes(
            axis(range=[-3, 103], dtick=50, showgrid=True, minor=MINOR), panel=column
        )
    picture.update_yaxes(
        axis(
            tickvals=list(range(len(groups))),
            ticktext=[label(group) for group in groups],
            range=[len(groups) - 0.5, -0.5],
            showgrid=False,
        )
    )
    picture.update_annotations(font={"size": 13}, yshift=4)
    return shaped(picture, 172 + ROW * len(groups), caption).drawn()


def _dots(own: Sequence[Row], missing: str, groups: list[str], *, legend: bool) -> Settings:
    name, colour, symbol, shift = SERIES[missing]
    percent, low, high = (np.array([row[column] for row in own], dtype=float) for column in NUMBERS)
    texts = ("group_label", *TEXTS)
    return scatter(
        x=percent,
        y=[groups.index(row["group_label"]) + shift for row in own],
        error_x={
            "type": "data",
            "symmetric": False,
            "array": high - percent,
            "arrayminus": percent - low,
            "thickness": 1.6,
            "width": 0,
        },
        mode="markers",
        marker={
            "color": colour,
            "symbol": symbol,
            "size": 9,
            "line": {"width": 2, "color": colour},
        },
        name=name,
        legendgroup=missing,
        showlegend=legend,
        customdata=[[safe(row[column]) for column in texts] for row in own],
        hovertemplate=HOVER,
    )
