"""Colours by meaning and the shape that all charts share. Knows Plotly, not Streamlit."""

import textwrap
from typing import Any

import plotly.graph_objects as go

# Mid tones that keep at least 3:1 against both the light and the dark page, told apart without
# colour vision (blue and orange differ in lightness as well), and never red against green.
WITH_ENDPOINT = "#2f7ab8"  # episodes with an endpoint
EVERYBODY = "#c06a1d"  # all eligible and mature episodes, a missing endpoint counted as not met
QUIET = "#7c8a98"  # rules, reference lines, steps that lose people
GROUPS = ["#2f7ab8", "#c06a1d", "#1b8f8a", "#8a68b0", "#94761a", "#bd5a8b", "#66788a"]
SYMBOLS = ["circle", "diamond", "square", "triangle-up", "triangle-down", "cross", "x"]
DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid"]

CAPTION_WIDTH = 110


def shaped(figure: go.Figure, height: int, caption: str) -> go.Figure:
    """Return the figure with the common shape, and its cohort and definition printed below it.

    The caption is part of the picture, so that a downloaded image still says what it shows.
    """
    lines = textwrap.wrap(caption, CAPTION_WIDTH)
    below = 14 * len(lines)
    figure.update_layout(
        height=height + below,
        margin={"l": 8, "r": 16, "t": 56, "b": 44 + below},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "xanchor": "left", "x": 0},
        hoverlabel={"align": "left"},
        dragmode=False,
        separators=".,",
    )
    figure.add_annotation(
        text="<br>".join(safe(line) for line in lines),
        xref="paper",
        yref="paper",
        x=0,
        y=0,
        xanchor="left",
        yanchor="bottom",
        yshift=-(40 + below),
        showarrow=False,
        align="left",
        font={"size": 10, "color": QUIET},
    )
    return figure


def safe(text: str) -> str:
    """Return a text that Plotly draws as it is: markup in data stays text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def axis(**options: Any) -> dict[str, Any]:
    """Return the settings of a quiet axis, with changes."""
    return {"gridcolor": "rgba(124, 138, 152, 0.22)", "zeroline": False, **options}
