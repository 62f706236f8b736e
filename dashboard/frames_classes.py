"""The five classes of clinically significant change as frames ready to draw or to list."""

from collections.abc import Mapping

import pandas as pd

from analysis.measures import Rates
from analysis.outcomes import OUTCOMES
from analysis.stats.reliable_change import CLASSES
from dashboard import words
from dashboard.frames import fraction, group_labels, interval

CLASS_COLUMNS = [
    "group_label",
    "class",
    "class_label",
    "episodes",
    "percent",
    "percent_text",
    "count_text",
    "interval_text",
    "n_text",
]


def class_frame(answer: Rates, modalities: Mapping[str, str]) -> pd.DataFrame:
    """Return one row per group and class; a group that is withheld is so in all its classes."""
    labels = group_labels(answer.by, (row.group for row in answer.rows), modalities)
    rows = [
        (
            labels[row.group],
            row.measure,
            OUTCOMES[row.measure].label,
            row.numerator,
            None if row.estimate is None else round(100 * row.estimate, 1),
            words.WITHHELD if row.withheld else words.percent(row.estimate),
            fraction(row),
            interval(row),
            words.count(row.denominator),
        )
        for row in sorted(answer.rows, key=lambda row: CLASSES.index(row.measure))
    ]
    frame = pd.DataFrame(rows, columns=CLASS_COLUMNS)
    return frame.astype({"episodes": "float64", "percent": "float64"})


def class_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per group: episodes, and the share and count of each class."""
    rows = []
    for group in dict.fromkeys(frame["group_label"]):
        own = frame[frame["group_label"] == group].set_index("class_label")
        row = {"Group": group, "With both scores": own["n_text"].iloc[0]}
        for label in own.index:
            share, number = own.loc[label, ["percent_text", "count_text"]]
            shown = number if number == words.WITHHELD else f"{share} ({number.split(' / ')[0]})"
            row[str(label)] = shown
        rows.append(row)
    return pd.DataFrame(rows)
