"""Differences between groups as dots with 95 % intervals around a line of no difference."""

from math import isnan, log10

import pandas as pd
import plotly.graph_objects as go

from dashboard.picture import Picture, Settings, scatter
from dashboard.theme import GROUPS, LABEL_WIDTH, QUIET, axis, label, safe, shaped, with_title

HOVER = (
    "%{customdata[0]}<br>%{customdata[1]}: %{customdata[2]}<br>95 % interval %{customdata[3]}"
    "<br>%{customdata[4]}<extra></extra>"
)
TEXTS = ["pair_label", "series", "value_text", "interval_text", "method"]
# Colour and symbol of each series, by its place; the first is that of the groups as they are.
SERIES = ((GROUPS[0], "circle"), (GROUPS[1], "diamond-open"), (GROUPS[2], "square-open"))
APART = 0.24
ROW, LINE, ROOM = 40, 18, 128
SECOND, LEGEND = 18, 52  # the second line of the axis title, and the room of the legend
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
FINE = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.5, 2, 2.5)
DECADE = 1  # up to this width of the axis, ticks stand closer together


def figure(frame: pd.DataFrame, title: str, caption: str, *, ratio: bool = False) -> go.Figure:
    """Draw `frame`, one row per pair and series: value, low, high; see frames_contrasts.

    Pairs keep the order of the frame, first on top. `ratio` draws on a logarithmic axis around 1.
    Where a row has `detectable_text`, it stands at the right edge.
    """
    pairs = list(dict.fromkeys(frame["pair"]))
    drawn = frame.drop_duplicates("pair")
    picture = Picture()
    series = list(dict.fromkeys(frame["series"]))
    for place, name in enumerate(series):
        shift = APART * (place - (len(series) - 1) / 2)
        picture.add_trace(_dots(frame[frame["series"] == name], name, place, pairs, shift))
    none = 1 if ratio else 0
    picture.add_vline(x=none, line={"color": QUIET, "width": 1.4}, layer="below")
    horizontal = axis(
        showgrid=True,
        title="<br>".join(map(safe, title.split(", ", 1))),
        **(_log_range(frame) if ratio else _range(frame)),
    )
    picture.update_xaxes(horizontal)
    names = [_pair(row) for row in drawn.itertuples()]
    lines = max((name.count("<br>") + 1 for name in names), default=1)
    picture.update_yaxes(
        axis(
            tickvals=list(range(len(pairs))),
            ticktext=names,
            range=[len(pairs) - 0.5, -0.5],
            showgrid=False,
        )
    )
    with_title(shaped(picture, 172 + SECOND + max(ROW, LINE * lines) * len(pairs), caption))
    picture.update_layout(margin={"b": picture.layout["margin"]["b"] + SECOND})
    if len(series) == 1:  # needs no legend
        picture.update_layout(
            showlegend=False, height=picture.layout["height"] - LEGEND, margin={"t": 108 - LEGEND}
        )
    if (frame["detectable_text"] != "").any():
        _smallest(picture, frame, pairs)
    return picture.drawn()


def _pair(row: object) -> str:
    """Return a pair's two names for the axis, each on lines of its own where they are long."""
    whole = str(row.pair_label)  # type: ignore[attr-defined]
    if len(whole) <= LABEL_WIDTH + 4:
        return safe(whole)
    group, against = str(row.group_label), str(row.against_label)  # type: ignore[attr-defined]
    word = whole[len(group) : len(whole) - len(against)].strip()
    return f"{label(group)}<br>{word} {label(against)}"


def _range(frame: pd.DataFrame) -> dict[str, object]:
    ends = [0.0, *frame[["value", "low", "high"]].to_numpy(float).ravel()]
    ends = [end for end in ends if not isnan(end)]
    room = 0.06 * (max(ends) - min(ends)) or 1
    return {"range": [min(ends) - room, max(ends) + room], "zeroline": False}


def _log_range(frame: pd.DataFrame) -> dict[str, object]:
    found = frame[["value", "low", "high"]].to_numpy(float).ravel()
    ends = [1.0, *(end for end in found if end > 0)]
    low, high = log10(min(ends)) - 0.05, log10(max(ends)) + 0.05
    ticks = FINE if high - low < DECADE else TICKS
    return {
        "type": "log",
        "range": [low, high],
        "tickvals": ticks,
        "ticktext": [f"{tick:g}" for tick in ticks],
    }


def _dots(own: pd.DataFrame, name: str, place: int, pairs: list[object], shift: float) -> Settings:
    colour, symbol = SERIES[place]
    return scatter(
        x=own["value"],
        y=own["pair"].map(pairs.index) + shift,
        error_x={
            "type": "data",
            "symmetric": False,
            "array": (own["high"] - own["value"]).round(3),
            "arrayminus": (own["value"] - own["low"]).round(3),
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
        name=safe(name),
        showlegend=True,
        customdata=own[TEXTS].map(safe),
        hovertemplate=HOVER,
    )


def _smallest(picture: Picture, frame: pd.DataFrame, pairs: list[object]) -> None:
    """Write the smallest difference that would show beside each pair that shows none."""
    picture.update_layout(margin={"r": ROOM})
    common = {"xref": "paper", "x": 1, "xshift": 10, "xanchor": "left", "showarrow": False}
    font = {"size": 11.5, "color": QUIET}
    picture.add_annotation(
        **common,
        y=1,
        yref="paper",
        yanchor="bottom",
        yshift=2,
        align="left",
        text="No difference seen;<br>would show from",
        font=font,
    )
    beside = frame[frame["detectable_text"] != ""].drop_duplicates("pair")
    for pair, text in zip(beside["pair"], beside["detectable_text"], strict=True):
        picture.add_annotation(**common, y=pairs.index(pair), text=f"± {safe(text)}", font=font)
