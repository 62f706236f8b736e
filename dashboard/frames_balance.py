"""The weighting of a pair of groups as frames: balance, effective sizes, overlap."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from analysis.compare.results import Adjustment, BalanceRow
from analysis.fields import level_label
from dashboard import words
from dashboard.frames import Modalities
from dashboard.frames_compare import POINTS, Labels, number, row_unit

SMD = ["before", "after"]


def pair_id(adjustment: Adjustment) -> str:
    """Return a pair as a link names it."""
    return f"{adjustment.group}:{adjustment.against}"


def pair_labels(adjustments: Sequence[Adjustment], labels: Labels) -> dict[str, str]:
    """Return each weighted pair's id with its words."""
    return {pair_id(a): f"{labels[a.group]} and {labels[a.against]}" for a in adjustments}


def smd_text(value: float | None) -> str:
    """Return a standardised mean difference with three decimals."""
    return number(value, POINTS, digits=3)


def size_table(adjustments: Sequence[Adjustment], labels: Labels) -> pd.DataFrame:
    """Return per pair how many episodes the weights leave, and how alike they make the groups."""
    rows = [
        (
            f"{labels[a.group]} and {labels[a.against]}",
            number(a.effective_group, POINTS),
            number(a.effective_against, POINTS),
            smd_text(a.largest_before),
            smd_text(a.largest_after),
            number(a.largest_weight, POINTS, digits=2),
            number(a.c_statistic, POINTS, digits=2),
            "fitted" if a.converged else "not fitted",
        )
        for a in adjustments
    ]
    headings = [
        *("Pair", "Effective n, first", "Effective n, second"),
        *("Largest SMD before", "after", "Largest weight", "c statistic", "Model"),
    ]
    return pd.DataFrame(rows, columns=headings)


def _name(row: BalanceRow, fields: Mapping[str, str], modalities: Modalities) -> str:
    label = words.sentence(fields.get(row.field, level_label(row.field)))
    if row.level is None:
        return label
    return f"{label}: {words.level(row.field, row.level, modalities)}"


def balance_frame(
    adjustment: Adjustment, fields: Mapping[str, str], modalities: Modalities
) -> pd.DataFrame:
    """Return one row per level of the case mix with its difference before and after weighting.

    Differences are sizes without a sign, as they are drawn; None where withheld.
    """
    rows = [
        (
            _name(row, fields, modalities),
            *(None if v is None else round(abs(v), 3) for v in (row.smd_before, row.smd_after)),
            *_balance_texts(row),
        )
        for row in adjustment.balance
    ]
    columns = ["name", *SMD, "before_text", "after_text"]
    columns += [f"{who}_{when}_text" for when in SMD for who in ("group", "against")]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(SMD, "float64"))


def _balance_texts(row: BalanceRow) -> tuple[str, ...]:
    if row.withheld:
        return (words.WITHHELD,) * 6
    shares = (row.group_before, row.against_before, row.group_after, row.against_after)
    unit = row_unit("mean_change" if row.level is None else "weighted_rate")
    texts = (number(v, unit) + (unit.sign if v is not None else "") for v in shares)
    return smd_text(row.smd_before), smd_text(row.smd_after), *texts


def love_frame(
    adjustment: Adjustment, fields: Mapping[str, str], modalities: Modalities
) -> pd.DataFrame:
    """Return one row per field of the case mix: the largest difference of any of its levels."""
    names = {
        row.field: _name(replace(row, level=None), fields, modalities) for row in adjustment.balance
    }
    rows = []
    for field, name in names.items():
        own = [row for row in adjustment.balance if row.field == field]
        before = _largest([row.smd_before for row in own])
        after = _largest([row.smd_after for row in own])
        rows.append((name, before, after, smd_text(before), smd_text(after)))
    frame = pd.DataFrame(rows, columns=["name", *SMD, "before_text", "after_text"])
    frame = frame.astype(dict.fromkeys(SMD, "float64"))
    frame[SMD] = frame[SMD].round(3)
    return frame


def _largest(values: Sequence[float | None]) -> float | None:
    return max((abs(value) for value in values if value is not None), default=None)


def balance_table(frame: pd.DataFrame, adjustment: Adjustment, labels: Labels) -> pd.DataFrame:
    """Return a balance frame as a table to read."""
    first, second = labels[adjustment.group], labels[adjustment.against]
    headings = {
        "name": "Case mix",
        "group_before_text": f"{first}, before",
        "against_before_text": f"{second}, before",
        "before_text": "Difference before",
        "group_after_text": f"{first}, after",
        "against_after_text": f"{second}, after",
        "after_text": "Difference after",
    }
    return frame[list(headings)].rename(columns=headings)


def overlap_frame(adjustment: Adjustment) -> pd.DataFrame:
    """Return one row per class of the probability of the first group: how many of each there are.

    Counts that are withheld are missing.
    """
    rows = [
        (
            *(round((low + high) / 2, 3), round(high - low, 3)),
            f"{100 * low:.0f} to {100 * high:.0f} %",
            *(group, against, words.count(group), words.count(against)),
        )
        for low, high, group, against in adjustment.overlap
    ]
    columns = ["middle", "width", "range_text", "group", "against", "group_text", "against_text"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"group": "float64", "against": "float64"})


def merged_sentence(adjustment: Adjustment) -> str:
    """Return which rare levels were taken together; empty where none were."""
    if not adjustment.merged:
        return ""
    return f"Taken together, since few have them: {'; '.join(adjustment.merged)}."
