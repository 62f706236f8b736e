"""The engine's answers as frames ready to draw or to list: numbers beside the words for them."""

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.export import flow_records, mean_records, measure_records
from analysis.measures import Flow, Measure, Rates
from analysis.outcomes import OUTCOMES
from analysis.tables import Group
from analysis.trajectories import Trajectories
from dashboard import words

Modalities = Mapping[str, str]


def group_label(by: Sequence[str], group: Group, modalities: Modalities) -> str:
    """Return a group in words; the whole cohort where there is no grouping."""
    named = [words.level(f, value, modalities) for f, value in zip(by, group, strict=True)]
    return ", ".join(named) or "All episodes"


def rate_frame(answers: Sequence[Rates], modalities: Modalities) -> pd.DataFrame:
    """Return the answers one below the other, with everything a chart or table prints."""
    frames = [_rate_frame(answer, modalities) for answer in answers if answer.rows]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _rate_frame(answer: Rates, modalities: Modalities) -> pd.DataFrame:
    frame = pd.DataFrame(measure_records(answer))
    frame["group_label"] = [group_label(answer.by, row.group, modalities) for row in answer.rows]
    frame["measure_label"] = [OUTCOMES[row.measure].label for row in answer.rows]
    numbers = frame[["estimate", "conf_low", "conf_high"]].astype(float)
    # no more digits than are shown: what a figure carries can be read in the browser
    frame[["percent", "percent_low", "percent_high"]] = (100 * numbers).round(1)
    frame["rate_text"] = [
        words.WITHHELD if row.withheld else words.percent(row.estimate) for row in answer.rows
    ]
    frame["n_text"] = [fraction(row) for row in answer.rows]
    frame["interval_text"] = [words.interval(r.conf_low, r.conf_high) for r in answer.rows]
    frame["unknown_text"] = [words.count(row.unknown) for row in answer.rows]
    frame["completeness_text"] = [words.percent(row.completeness) for row in answer.rows]
    return frame


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
        "missing": "Counted",
        "n_text": "n / N",
        "rate_text": "Rate",
        "interval_text": "95 % interval",
        "unknown_text": "Unknown",
        "completeness_text": "Completeness",
    }
    order = list(dict.fromkeys(frame["group_label"]))
    named = frame.assign(missing=frame["missing"].map(words.MISSING_RULES))
    named = named.sort_values("group_label", key=lambda g: g.map(order.index), kind="stable")
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
    frame = pd.DataFrame(rows, columns=["step", "episodes", "text", "met"])
    return frame.astype({"episodes": "float64"})


def flow_table(answer: Rates, modalities: Modalities) -> pd.DataFrame:
    """Return the patient flow of every group under plain headings."""
    records = flow_records(answer)
    table = pd.DataFrame(
        {"Group": [group_label(answer.by, step.group, modalities) for step in answer.flow]}
    )
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
    frame["group_label"] = [group_label(answer.by, row.group, modalities) for row in answer.rows]
    frame["interval_label"] = [
        "Baseline" if row.interval == 0 else f"{row.from_day}–{row.to_day}" for row in answer.rows
    ]
    frame["week_label"] = [
        "Baseline" if row.interval == 0 else f"{row.to_day / 7:g}" for row in answer.rows
    ]
    for name in numbers:
        frame[f"{name}_text"] = ["–" if pd.isna(v) else f"{v:.1f}" for v in frame[name]]
    frame["interval_text"] = frame["conf_low_text"] + " to " + frame["conf_high_text"]
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
