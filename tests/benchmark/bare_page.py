"""A Streamlit page that only draws: what any dashboard costs at least, for a benchmark to stand by.

Run by `streamlit run`. BARE_CHARTS is how many charts it draws. With BARE_WARM the first run is
followed by the warm-up of the dashboard: all that it imports, collected and frozen.
"""

import atexit
import gc
import os
import sys
from importlib import import_module

import plotly.graph_objects as go
import streamlit as st

CHOICES = [f"choice {number}" for number in range(8)]
GROUPS = [f"group {number}" for number in range(8)]


def figure(number: int, chosen: int) -> go.Figure:
    """Draw eight groups with their intervals, elsewhere for each choice."""
    rates = [10 + (17 * group + 7 * chosen + 3 * number) % 80 for group in range(len(GROUPS))]
    interval = {"type": "data", "array": [3 + chosen % 3] * 8, "arrayminus": [4] * 8}
    dots = go.Scatter(x=rates, y=GROUPS, mode="markers", error_x=interval)
    return go.Figure(dots, {"height": 400, "title": f"Choice {chosen}"})


st.set_page_config(page_title="Bare", layout="wide")
choice = st.selectbox("Choice", CHOICES, key="choice")
for number in range(int(os.environ.get("BARE_CHARTS", "1"))):
    st.plotly_chart(figure(number, CHOICES.index(choice)), key=f"chart_{number}")
if os.environ.get("BARE_WARM") and "dashboard.warm" not in sys.modules:
    for module in import_module("dashboard.warm").LATER:
        import_module(module)
    atexit.register(gc.unfreeze)
    gc.collect()
    gc.freeze()
