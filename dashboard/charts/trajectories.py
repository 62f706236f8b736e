"""Mean scores over time with 95 % intervals, and the number of episodes under the axis."""

import pandas as pd
import plotly.graph_objects as go

from dashboard.picture import Settings, panels, scatter
from dashboard.theme import DASHES, GROUPS, SYMBOLS, axis, label, safe, shaped

HOVER = (
    "%{customdata[0]}<br>days %{customdata[1]}<br>mean %{customdata[2]}<br>"
    "95 % interval %{customdata[3]}<br>n %{customdata[4]}<extra></extra>"
)
LINE = 26
FEW = 10  # fewer episodes than this are drawn hollow
WEEKS = "Weeks since the first treatment, to the end of each interval"


def figure(
    frame: pd.DataFrame, instrument: str, scale: tuple[float, float], caption: str
) -> go.Figure:
    """Draw `frame`, one row per group and interval: interval, interval_label, estimate, n_text ...

    The upper panel holds the means; the lower one prints n for each group under each interval.
    """
    groups = list(dict.fromkeys(frame["group_label"]))
    table = LINE * max(len(groups), 1) + 8
    upper = 380
    picture = panels(
        rows=2,
        shared_xaxes=True,
        row_heights=[upper, table],
        vertical_spacing=92 / (upper + table + 92),
        subplot_titles=["", "Episodes with a score (n)"],
    )
    for position, group in enumerate(groups):
        own = frame[frame["group_label"] == group]
        picture.add_trace(_line(own, group, position, len(groups), scale), panel=1)
        picture.add_trace(_counts(own, position), panel=2)
    labels = frame.drop_duplicates("interval")
    ticks = {"tickvals": labels["interval"], "ticktext": labels["week_label"].map(safe)}
    picture.update_xaxes(
        axis(**ticks, showticklabels=True, showgrid=False, title=WEEKS),
        panel=1,
    )
    picture.update_xaxes(axis(showticklabels=False, showgrid=False), panel=2)
    picture.update_yaxes(axis(title=f"Mean {safe(instrument)}", range=list(scale)), panel=1)
    picture.update_yaxes(
        axis(
            tickvals=list(range(len(groups))),
            ticktext=[label(group) for group in groups],
            range=[len(groups) - 0.4, -0.6],
            showgrid=False,
        ),
        panel=2,
    )
    picture.update_annotations(font={"size": 12}, x=0, xanchor="left")
    return shaped(picture, upper + table + 224, caption).drawn()


def _line(
    own: pd.DataFrame, group: str, position: int, groups: int, scale: tuple[float, float]
) -> Settings:
    colour, symbol = GROUPS[position % len(GROUPS)], SYMBOLS[position % len(SYMBOLS)]
    few = own["n"].fillna(0) < FEW
    above = (own["conf_high"].clip(upper=scale[1]) - own["estimate"]).mask(few)
    below = (own["estimate"] - own["conf_low"].clip(lower=scale[0])).mask(few)
    return scatter(
        x=own["interval"] + 0.07 * (position - (groups - 1) / 2),
        y=own["estimate"],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": above,
            "arrayminus": below,
            "thickness": 1.2,
            "width": 0,
        },
        mode="lines+markers",
        line={"color": colour, "width": 2, "dash": DASHES[position % len(DASHES)]},
        marker={
            "color": colour,
            "size": 8,
            "symbol": [f"{symbol}-open" if hollow else symbol for hollow in few],
            "line": {"width": 1.5, "color": colour},
        },
        name=safe(group),
        customdata=own[
            ["group_label", "interval_label", "estimate_text", "interval_text", "n_text"]
        ].map(safe),
        hovertemplate=HOVER,
    )


def _counts(own: pd.DataFrame, position: int) -> Settings:
    return scatter(
        x=own["interval"],
        y=[position] * len(own),
        text=own["n_text"],
        mode="text",
        textfont={"size": 11, "color": GROUPS[position % len(GROUPS)]},
        hoverinfo="skip",
        showlegend=False,
    )
