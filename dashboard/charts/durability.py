"""Time to an event as steps, with the numbers at risk under the axis."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from dashboard.picture import Settings, panels, scatter
from dashboard.theme import DASHES, GROUPS, axis, label, safe, shaped

HOVER = (
    "%{customdata[0]}<br>by day %{x}: %{customdata[1]}<br>"
    "95 % interval %{customdata[2]}<br>at risk %{customdata[3]}<extra></extra>"
)
BANDS = 3  # up to this many groups have their intervals drawn
LINE, TWO_LINES = 24, 34
UPPER = 380


def figure(
    frame: pd.DataFrame,
    risk: pd.DataFrame,
    ticks: tuple[Sequence[int], Sequence[str], int],
    titles: tuple[str, str],
    caption: str,
) -> go.Figure:
    """Draw `frame`, one row per group and step: day, percent, percent_low ...; see frames_time.

    `risk` holds one row per group and tick with the number at risk as text; its groups have their
    place and colour in that order, whether they have a line or not. `ticks` are days, their words
    and the last day; `titles` those of the time axis and of the share.
    """
    days, texts, last = ticks
    groups = list(dict.fromkeys(risk["group_label"]))
    names = [label(group) for group in groups]
    row = TWO_LINES if any("<br>" in name for name in names) else LINE
    table = row * max(len(groups), 1) + 8
    picture = panels(
        rows=2,
        shared_xaxes=True,
        row_heights=[UPPER, table],
        vertical_spacing=92 / (UPPER + table + 92),
        subplot_titles=["", "Number at risk"],
    )
    drawn = frame["group_label"].nunique()
    for position, group in enumerate(groups):
        own = frame[frame["group_label"] == group]
        if not own.empty:
            if drawn <= BANDS:
                for edge in _band(own, position):
                    picture.add_trace(edge, panel=1)
            picture.add_trace(_line(own, group, position), panel=1)
        counts = risk[risk["group_label"] == group]
        picture.add_trace(_counts(counts, position), panel=2)
    shown = axis(
        tickvals=list(days),
        ticktext=list(texts),
        range=[-0.06 * last, 1.03 * last],
        showgrid=False,
    )
    picture.update_xaxes({**shown, "showticklabels": True, "title": safe(titles[0])}, panel=1)
    picture.update_xaxes({**shown, "showticklabels": False}, panel=2)
    picture.update_yaxes(axis(title=safe(titles[1]), range=[-1, 101], dtick=25), panel=1)
    picture.update_yaxes(
        axis(
            tickvals=list(range(len(groups))),
            ticktext=names,
            range=[len(groups) - 0.4, -0.6],
            showgrid=False,
        ),
        panel=2,
    )
    picture.update_annotations(font={"size": 12}, x=0, xanchor="left")
    shaped(picture, UPPER + table + 224, caption)
    return picture.update_layout(legend={"traceorder": "normal"}).drawn()


def _style(position: int) -> tuple[str, str]:
    return GROUPS[position % len(GROUPS)], DASHES[position % len(DASHES)]


def _line(own: pd.DataFrame, group: str, position: int) -> Settings:
    colour, dash = _style(position)
    return scatter(
        x=own["day"],
        y=own["percent"],
        mode="lines",
        line={"color": colour, "width": 2.2, "dash": dash, "shape": "hv"},
        name=safe(group),
        customdata=own[["group_label", "share_text", "interval_text", "at_risk_text"]].map(safe),
        hovertemplate=HOVER,
    )


def _band(own: pd.DataFrame, position: int) -> list[Settings]:
    """Return the interval as a light area between two unseen lines; none while it is undefined."""
    known = own.dropna(subset=["percent_low", "percent_high"])
    red, green, blue = (int(_style(position)[0][at : at + 2], 16) for at in (1, 3, 5))
    common = {
        "x": known["day"],
        "mode": "lines",
        "line": {"width": 0, "shape": "hv"},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    filled = {"fill": "tonexty", "fillcolor": f"rgba({red}, {green}, {blue}, 0.15)"}
    return [
        scatter(y=known["percent_low"], **common),
        scatter(y=known["percent_high"], **common, **filled),
    ]


def _counts(own: pd.DataFrame, position: int) -> Settings:
    return scatter(
        x=own["day"],
        y=[position] * len(own),
        text=own["text"],
        mode="text",
        textfont={"size": 11, "color": _style(position)[0]},
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )
