"""Colours by meaning and the shape that all charts share. Knows no Streamlit."""

import textwrap
from typing import Any

from dashboard.picture import Picture

# Mid tones that keep at least 3:1 against both the light and the dark page, told apart without
# colour vision (blue and orange differ in lightness as well), and never red against green.
WITH_ENDPOINT = "#2f7ab8"  # episodes with an endpoint
EVERYBODY = "#c06a1d"  # all eligible and mature episodes, a missing endpoint counted as not met
QUIET = "#7c8a98"  # rules, reference lines, steps that lose people
GROUPS = [
    "#2f7ab8",
    "#c06a1d",
    "#1b8f8a",
    "#8a68b0",
    "#94761a",
    "#bd5a8b",
    "#6b7fd7",
    "#a9685a",
]
# From better to worse in blue, grey and orange, which differ in lightness as well; each with the
# colour of the numbers on it.
CLASSES = {
    "recovered": ("#1f5f99", "#ffffff"),
    "improved": ("#8fbce6", "#10222f"),
    "unchanged": ("#b9bfc6", "#10222f"),
    "deteriorated": ("#eab676", "#10222f"),
    "harmed": ("#a8540b", "#ffffff"),
}
SYMBOLS = ["circle", "diamond", "square", "triangle-up", "triangle-down", "cross", "x", "star"]
DASHES = [
    "solid",
    "dash",
    "dot",
    "dashdot",
    "longdash",
    "longdashdot",
    "12px,3px,2px,3px,2px,3px",
    "3px,6px",
]

CAPTION_WIDTH = 76
LINE = 14
TITLE = 26
LABEL_WIDTH = 18


def shaped(figure: Picture, height: int, caption: str) -> Picture:
    """Return the figure with the common shape, and its cohort and definition printed below it.

    The caption is part of the picture, so that a downloaded image still says what it shows.
    """
    lines = textwrap.wrap(caption, CAPTION_WIDTH)
    below = LINE * len(lines) + 6
    total = height + below
    figure.update_layout(
        height=total,
        margin={"l": 8, "r": 16, "t": 108, "b": 44 + below},
        legend={
            "orientation": "h",
            "yref": "container",
            "yanchor": "top",
            "y": 1 - 26 / total,
            "xanchor": "left",
            "x": 0,
        },
        title={
            "text": f"<span style='font-weight:400'>{'<br>'.join(map(safe, lines))}</span>",
            "font": {"size": 10.5, "color": QUIET},
            "xref": "container",
            "yref": "container",
            "xanchor": "left",
            "yanchor": "top",
            "x": 0,
            "y": below / total,
            "pad": {"l": 4},
        },
        hoverlabel={"align": "left"},
        dragmode=False,
        separators=".,",
    )
    return figure


def with_title(figure: Picture) -> Picture:
    """Return a shaped figure with room for the title of its lowest axis above the caption."""
    height, below = figure.layout["height"], figure.layout["margin"]["b"]
    return figure.update_layout(height=height + TITLE, margin={"b": below + TITLE})


def safe(text: str) -> str:
    """Return a text that Plotly draws as it is: markup in data stays text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def label(text: str) -> str:
    """Return a group's name for an axis, broken into short lines where it is long."""
    return "<br>".join(safe(line) for line in textwrap.wrap(text, LABEL_WIDTH)) or " "


def heading(figure: Picture, x: float, text: str, anchor: str) -> None:
    """Write a heading above the plot, at a place of the horizontal axis."""
    figure.add_annotation(
        x=x,
        y=1,
        yref="paper",
        yanchor="bottom",
        yshift=4,
        text=text,
        xanchor=anchor,
        showarrow=False,
        font={"size": 13},
    )


def axis(**options: Any) -> dict[str, Any]:
    """Return the settings of a quiet axis, with changes."""
    return {"gridcolor": "rgba(124, 138, 152, 0.22)", "zeroline": False, **options}
