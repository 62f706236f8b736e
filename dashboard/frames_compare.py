"""The groups of a comparison as frames ready to draw or to list, and numbers as words."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.compare.results import Compared, GroupRow
from analysis.outcomes import OUTCOMES
from dashboard import words
from dashboard.frames import Modalities

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Unit:
    """What a number counts in: its factor on screen, its sign and the words for a difference."""

    factor: int
    sign: str
    apart: str


PERCENT = Unit(100, " %", "percentage points")
POINTS = Unit(1, "", "points of the scale")
DAYS = Unit(1, " days", "days")

ROW_LABELS = {
    "mean_change": "Mean change",
    "mean_change_adjusted": "Mean change at the same baseline",
    "visit_mean": "Mean change at each visit",
    "mean_days_without_event": "Mean days without the event",
    "weighted_rate": "Weighted rate",
    "weighted_mean_change": "Weighted mean change",
}
POINT_ROWS = ("mean_change", "mean_change_adjusted", "visit_mean", "weighted_mean_change")
# Rows of a table of their own: as a model or weights see the groups, not as they were counted.
MODELLED = ("mean_change_adjusted", "visit_mean", "weighted_rate", "weighted_mean_change")
NUMBERS = ["value", "low", "high"]


def labels_of(answer: Compared, modalities: Modalities) -> dict[str, str]:
    """Return each group's id with its words, in the order of the answer."""
    by = answer.comparison.by
    if by is None:
        return {name: name for name in answer.groups}
    return words.level_labels(by, answer.groups, modalities)


def row_label(measure: str) -> str:
    """Return what a number of a group is called."""
    return OUTCOMES[measure].label if measure in OUTCOMES else ROW_LABELS[measure]


def row_unit(measure: str) -> Unit:
    """Return what a number of a group counts in."""
    if measure == "mean_days_without_event":
        return DAYS
    return POINTS if measure in POINT_ROWS else PERCENT


def counted_measures(answer: Compared) -> list[str]:
    """Return the measures of the groups as they were counted, in the order of the answer."""
    return list(dict.fromkeys(r.measure for r in answer.rows if r.measure not in MODELLED))


def number(value: float | None, unit: Unit, *, signed: bool = False, digits: int = 1) -> str:
    """Return a number as it stands on screen, with a true minus; a dash where there is none."""
    if value is None:
        return "–"
    text = f"{unit.factor * value:{'+' if signed else ''}.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("+-")
    return text.replace("-", "−")


def between(
    low: float | None, high: float | None, unit: Unit, *, signed: bool = False, digits: int = 1
) -> str:
    """Return an interval in words; a dash where there is none."""
    if low is None or high is None:
        return "–"
    ends = (number(end, unit, signed=signed, digits=digits) for end in (low, high))
    return " to ".join(ends)


def p_text(p_value: float | None) -> str:
    """Return a p-value with three decimals; a dash where there is none."""
    if p_value is None:
        return "–"
    return "< 0.001" if p_value < 0.0005 else f"{p_value:.3f}"


def rounded(frame: pd.DataFrame, unit: Unit, digits: int = 1) -> pd.DataFrame:
    """Return a frame whose numbers have no more digits than are shown: a browser can read them."""
    frame[NUMBERS] = (unit.factor * frame[NUMBERS].astype(float)).round(digits)
    return frame


def group_frame(answer: Compared, measure: str, labels: Labels) -> pd.DataFrame:
    """Return one row per group (and visit, and pair of weights) with a measure's numbers."""
    unit = row_unit(measure)
    rows = sorted(
        (row for row in answer.rows if row.measure == measure),
        key=lambda row: (list(labels).index(row.group), row.visit or 0),
    )
    frame = pd.DataFrame(
        [_group_record(row, labels, unit) for row in rows],
        columns=[
            *("group_label", "against_label", "visit", *NUMBERS, "value_text", "interval_text"),
            *("n_text", "unknown_text", "completeness_text", "sd_text", "visit_text"),
        ],
    )
    return rounded(frame, unit)


def _group_record(row: GroupRow, labels: Labels, unit: Unit) -> tuple[object, ...]:
    sign = unit.sign if row.estimate is not None else ""
    known = row.conf_low is not None and row.conf_high is not None
    texts: tuple[str, ...] = (
        f"{number(row.estimate, unit)}{sign}",
        between(row.conf_low, row.conf_high, unit) + (unit.sign if known else ""),
        _fraction(row),
        words.count(row.unknown) if row.unknown is not None else "–",
        words.percent(row.completeness),
        number(row.sd, POINTS),
    )
    if row.withheld:
        texts = (words.WITHHELD,) * len(texts)
    against = labels[row.against] if row.against is not None else ""
    numbers = (row.estimate, row.conf_low, row.conf_high)
    day = "–" if row.visit is None else str(row.visit)
    return labels[row.group], against, row.visit, *numbers, *texts, day


def _fraction(row: GroupRow) -> str:
    if row.denominator is None:
        return "–"
    if row.numerator is None:
        return words.count(row.denominator)
    return f"{words.count(row.numerator)} / {words.count(row.denominator)}"


def group_table(frame: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return a group frame as a table to read: columns without any number are left out."""
    rate = row_unit(measure) is PERCENT
    headings = {
        "group_label": "Group",
        "against_label": "Weighted against",
        "visit_text": "Up to day",
        "value_text": "Rate" if rate else row_label(measure),
        "interval_text": "95 % interval",
        "sd_text": "SD",
        "n_text": "n / N" if frame["n_text"].str.contains("/").any() else "N",
        "unknown_text": "Unknown",
        "completeness_text": "Completeness",
    }
    kept = {
        name: heading
        for name, heading in headings.items()
        if name in ("group_label", "value_text", "interval_text")
        or not frame[name].isin(["–", "", None]).all()
    }
    return frame[list(kept)].rename(columns=kept)
