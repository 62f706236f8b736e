"""A specification curve: one outcome under many definitions, and what each of them chooses."""

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from dashboard.picture import Settings, panels, scatter
from dashboard.theme import EVERYBODY, QUIET, WITH_ENDPOINT, axis, safe, shaped, with_title

HOVER = (
    "No. %{x}, definition %{customdata[0]}<br>%{customdata[1]} (%{customdata[2]})<br>"
    "95 % interval %{customdata[3]}<br>completeness %{customdata[4]}<extra></extra>"
)
UPPER, ROW = 280, 19
NAMES = {False: "Another definition", True: "The chosen definition"}
# Up to how many definitions a dot is this wide, and every how many have a number under the axis.
SIZES = ((12, 10, 1), (40, 9, 5), (80, 7, 10), (120, 5, 10), (10_000, 4, 25))


def figure(
    frame: pd.DataFrame, matrix: pd.DataFrame, options: Mapping[str, Sequence[str]], caption: str
) -> go.Figure:
    """Draw `frame`, one row per definition from the lowest rate to the highest: place, percent ...

    `matrix` holds one row per definition and aspect with the option it chooses; `options` lists
    the options of each aspect in order. A definition without a rate has dots but no rate.
    """
    size, every = next((size, every) for most, size, every in SIZES if len(frame) <= most)
    rows = _rows(matrix, options)
    lower = ROW * max(len(rows), 1) + 8
    picture = panels(
        rows=2,
        shared_xaxes=True,
        row_heights=[UPPER, lower],
        vertical_spacing=14 / (UPPER + lower + 14),
    )
    for chosen, name in NAMES.items():
        own = frame[frame["chosen"] == chosen]
        picture.add_trace(_rates(own, name, chosen, size), panel=1)
        picked = matrix[matrix["chosen"] == chosen]
        picture.add_trace(_dots(picked, rows, chosen, size), panel=2)
    for place in frame.loc[frame["chosen"], "place"]:
        line = {"color": EVERYBODY, "width": 1, "dash": "dot"}
        picture.add_vline(x=place, line=line, layer="below")
    numbers = [1, *range(every, len(frame) + 1, every)] if every > 1 else list(frame["place"])
    shown = axis(tickvals=numbers, range=[0.2, len(frame) + 0.8], showgrid=False)
    picture.update_xaxes({**shown, "showticklabels": False}, panel=1)
    picture.update_xaxes(
        {**shown, "title": "Definitions, lowest rate first", "tickangle": 0},
        panel=2,
    )
    picture.update_yaxes(axis(title="Rate (%)", range=[0, 100], dtick=25), panel=1)
    texts = [f"<b>{safe(a)}</b>" if option is None else safe(option) for a, option in rows]
    picture.update_yaxes(
        axis(tickvals=list(range(len(rows))), ticktext=texts, range=[len(rows) - 0.4, -0.6]),
        panel=2,
    )
    shaped(picture, UPPER + lower + 150, caption)
    return with_title(picture).update_layout(margin={"t": 56}).drawn()


def _rows(
    matrix: pd.DataFrame, options: Mapping[str, Sequence[str]]
) -> list[tuple[str, str | None]]:
    """Return the rows of the matrix: each aspect as a heading, then its options."""
    rows: list[tuple[str, str | None]] = []
    for aspect in dict.fromkeys(matrix["aspect"]):
        present = set(matrix.loc[matrix["aspect"] == aspect, "option"])
        rows.append((aspect, None))
        rows += [(aspect, option) for option in options[aspect] if option in present]
    return rows


def _rates(own: pd.DataFrame, name: str, chosen: bool, size: float) -> Settings:
    colour = EVERYBODY if chosen else WITH_ENDPOINT
    texts = ["definition_id", "rate_text", "n_text", "interval_text", "completeness_text"]
    return scatter(
        x=own["place"],
        y=own["percent"],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": own["percent_high"] - own["percent"],
            "arrayminus": own["percent"] - own["percent_low"],
            "thickness": 1.6 if chosen else 1,
            "width": 0,
        },
        mode="markers",
        marker={
            "color": colour,
            "size": size + 4 if chosen else size,
            "symbol": "diamond" if chosen else "circle",
        },
        name=name,
        customdata=own[texts].map(safe),
        hovertemplate=HOVER,
    )


def _dots(
    picked: pd.DataFrame, rows: list[tuple[str, str | None]], chosen: bool, size: float
) -> Settings:
    return scatter(
        x=picked["place"],
        y=[rows.index(pair) for pair in zip(picked["aspect"], picked["option"], strict=True)],
        mode="markers",
        marker={
            "color": EVERYBODY if chosen else QUIET,
            "size": size + 2 if chosen else max(size - 2, 3),
            "symbol": "diamond" if chosen else "circle",
        },
        hoverinfo="skip",
        showlegend=False,
    )
