"""Where two groups overlap: a histogram of the probability of one group, mirrored for the other."""

import pandas as pd
import plotly.graph_objects as go

from dashboard.picture import Picture, bar
from dashboard.theme import GROUPS, QUIET, axis, safe, shaped, with_title

HOVER = "%{customdata[0]}<br>%{customdata[1]}: %{customdata[2]} episodes<extra></extra>"
UPPER = 330


def figure(frame: pd.DataFrame, names: tuple[str, str], caption: str) -> go.Figure:
    """Draw `frame`, one row per class: middle, width, group, against; `names` are the groups'.

    The first group stands upwards, the second downwards; a withheld class has no bar.
    """
    picture = Picture()
    for position, (column, name) in enumerate(zip(("group", "against"), names, strict=True)):
        texts = frame[["range_text", f"{column}_text"]].assign(name=name)
        picture.add_trace(
            bar(
                x=frame["middle"],
                y=frame[column] if position == 0 else -frame[column],
                width=frame["width"],
                name=safe(name),
                marker={
                    "color": GROUPS[position],
                    "pattern": {"shape": "" if position == 0 else "/", "solidity": 0.35},
                },
                customdata=texts[["range_text", "name", f"{column}_text"]].map(safe),
                hovertemplate=HOVER,
            )
        )
    largest = max([1.0, *frame["group"].dropna(), *frame["against"].dropna()])
    step = _step(largest)
    ticks = [n * step for n in range(-int(largest // step), int(largest // step) + 1)]
    picture.add_hline(y=0, line={"color": QUIET, "width": 1})
    picture.update_xaxes(
        axis(
            range=[-0.02, 1.02],
            tickvals=[0, 0.25, 0.5, 0.75, 1],
            ticktext=["0 %", "25 %", "50 %", "75 %", "100 %"],
            showgrid=False,
            title=f"Estimated probability of being in {safe(names[0])}",
        )
    )
    picture.update_yaxes(
        axis(
            range=[-1.08 * largest, 1.08 * largest],
            tickvals=ticks,
            ticktext=[f"{abs(tick):,}" for tick in ticks],
            title="Episodes",
        )
    )
    picture.update_layout(barmode="overlay")
    return with_title(shaped(picture, UPPER + 152, caption)).drawn()


def _step(largest: float) -> int:
    """Return a round step that gives at most three ticks on each side."""
    steps: list[int] = [digit * 10**power for power in range(12) for digit in (1, 2, 5)]
    return next(step for step in steps if largest / step <= 3)
