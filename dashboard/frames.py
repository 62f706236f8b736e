"""The engine's answers as frames ready to draw or to list: numbers beside the words for them."""

from collections.abc import Iterable, Mapping, Sequence
from math import nan

import numpy as np
import pandas as pd

from analysis.export import flow_records, mean_records, measure_records
from analysis.measures import Flow, Measure, Rates
from analysis.outcomes import OUTCOMES
from analysis.tables import Group
from analysis.trajectories import Trajectories
from dashboard import words

Modalities = Mapping[str, str]
PERCENTS = ("percent", "percent_low", "percent_high")
RATE_COLUMNS = [
    "measure_label",
    "group_label",
    "missing",
    *PERCENTS,
    "rate_text",
    "n_text",
    "interval_text",
    "unknown_text",
    "completeness_text",
]


def group_label(by: Sequence[str], group: Group, modalities: Modalities) -> str:
    """Return a group in words; the whole cohort where there is no grouping."""
    named = [words.level(f, value, modalities) for f, value in zip(by, group, strict=True)]
    return ", ".join(named) or "All episodes"


def group_labels(
    by: Sequence[str], groups: Iterable[Group], modalities: Modalities
) -> dict[Group, str]:
    """Return the groups in words; those that read alike keep their own names beside them."""
    labels = {group: group_label(by, group, modalities) for group in groups}
    return words.told_apart(labels, ", ".join)


def rate_frame(answers: Sequence[Rates], modalities: Modalities) -> pd.DataFrame:
    """Return the answers one below the other, with everything a chart or table prints."""
    found: dict[str, list[object]] = {}
    for answer in answers:
        if answer.rows:
            for name, values in _rate_columns(answer, modalities).items():
                found.setdefault(name, []).extend(values)
    return pd.DataFrame(found) if found else pd.DataFrame(columns=RATE_COLUMNS)


def _rate_columns(answer: Rates, modalities: Modalities) -> dict[str, list[object]]:
    records, rows = measure_records(answer), answer.rows
    labels = group_labels(answer.by, (row.group for row in rows), modalities)
    columns: dict[str, list[object]] = {
        name: [record[name] for record in records] for name in records[0]
    }
    columns["group_label"] = [labels[row.group] for row in rows]
    columns["measure_label"] = [OUTCOMES[row.measure].label for row in rows]
    # no more digits than are shown: what a figure carries can be read in the browser
    for percent, name in zip(PERCENTS, ("estimate", "conf_low", "conf_high"), strict=True):
        shares = (getattr(row, name) for row in rows)
        columns[percent] = [nan if share is None else round(100 * share, 1) for share in shares]
    columns["rate_text"] = [
        words.WITHHELD if row.withheld else words.percent(row.estimate) for row in rows
    ]
    columns["n_text"] = [fraction(row) for row in rows]
    columns["interval_text"] = [interval(row) for row in rows]
    columns["unknown_text"] = [words.count(row.unknown) for row in rows]
    columns["completeness_text"] = [completeness(answer, row) for row in rows]
    return columns


def interval(row: Measure) -> str:
    """Return the interval of a rate in per cent, or the word withheld."""
    return words.WITHHELD if row.withheld else words.interval(row.conf_low, row.conf_high)


def completeness(answer: Rates, row: Measure) -> str:
    """Return the share with an endpoint in per cent, or the word withheld."""
    step = next(step for step in answer.flow if step.group == row.group)
    if row.withheld or (row.completeness is None and step.with_endpoint is None):
        return words.WITHHELD
    return words.percent(row.completeness)


def fraction(row: Measure) -> str:
    """Return numerator and denominator, or the word withheld."""
    if row.withheld:
        return words.WITHHELD
    return f"{words.count(row.numerator)} / {words.count(row.denominator)}"


def rate_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a rate frame that a reader needs, under plain headings."""
    headings = {
        "group_label": "Group",
        "measure_label": "Outcome",
        "rate_text": "Rate",
        "n_text": "n / N",
        "interval_text": "95 % interval",
        "missing": "Counted",
        "unknown_text": "Unknown",
        "completeness_text": "Completeness",
    }
    order = list(dict.fromkeys(frame["group_label"]))
    named = frame.assign(missing=frame["missing"].map(words.MISSING_RULES))
    named = named.sort_values("group_label", key=lambda g: g.map(order.index), kind="stable")
    if named["measure_label"].nunique() == 1:
        del headings["measure_label"]  # the page says which outcome it is
    return named[list(headings)].rename(columns=headings)


def flow_frame(flow: Flow, met: Mapping[str, int | None]) -> pd.DataFrame:
    """Return one row per step of the patient flow, then one per outcome: what is left and lost."""
    rows: list[tuple[str, int | None, str, bool]] = []
    before: int | None = None
    for name, label in words.FLOW_STEPS.items():
        left: int | None = getattr(flow, name)
        lost = "" if before is None or left is None else f"  (−{before - left:,})"
        rows.append((label, left, f"{words.count(left)}{lost}", False))
        before = before if left is None else left
    rows += [(label, number, words.count(number), True) for label, number in met.items()]
    steps, left_at, texts, is_met = zip(*rows, strict=True)
    episodes = np.array(left_at, dtype=float)
    return pd.DataFrame({"step": steps, "episodes": episodes, "text": texts, "met": is_met})


def flow_table(answer: Rates, modalities: Modalities) -> pd.DataFrame:
    """Return the patient flow of every group under plain headings."""
    records = flow_records(answer)
    groups = [step.group for step in answer.flow]
    table = pd.DataFrame({"Group": list(group_labels(answer.by, groups, modalities).values())})
    headings = {"episodes": words.FLOW_STEPS["episodes"], "patients": "Patients"}
    for name, heading in (headings | words.FLOW_STEPS).items():
        table[heading] = [words.count(record[name]) for record in records]
    return table


def mean_frame(answer: Trajectories, modalities: Modalities) -> pd.DataFrame:
    """Return the mean scores with everything a chart or table prints."""
    frame = pd.DataFrame(mean_records(answer))
    if frame.empty:
        return frame
    numbers = ["estimate", "conf_low", "conf_high", "sd", "median"]
    frame[numbers] = frame[numbers].astype(float).round(1)
    labels = group_labels(answer.by, (row.group for row in answer.rows), modalities)
    frame["group_label"] = [labels[row.group] for row in answer.rows]
    frame["group_id"] = [", ".join(row.group) for row in answer.rows]
    frame["interval_label"] = [
        "Baseline" if row.interval == 0 else f"{row.from_day}–{row.to_day}" for row in answer.rows
    ]
    frame["week_label"] = [
        "Baseline" if row.interval == 0 else f"{row.to_day / 7:g}" for row in answer.rows
    ]
    for name in numbers:
        frame[f"{name}_text"] = ["–" if pd.isna(v) else f"{v:.1f}" for v in frame[name]]
    frame["interval_text"] = frame["conf_low_text"] + " to " + frame["conf_high_text"]
    withheld = [row.withheld for row in answer.rows]
    texts = ["interval_text", *(f"{name}_text" for name in numbers)]
    frame.loc[withheld, texts] = words.WITHHELD
    frame["n_text"] = [words.count(row.n) for row in answer.rows]
    return frame


def mean_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a mean frame that a reader needs, under plain headings."""
    headings = {
        "group_label": "Group",
        "interval_label": "Days",
        "n_text": "Episodes",
        "estimate_text": "Mean",
        "interval_text": "95 % interval",
        "sd_text": "SD",
        "median_text": "Median",
    }
    return frame[list(headings)].rename(columns=headings)
