"""The differences of a comparison as frames ready to draw or to list: only what is shown."""

from collections.abc import Sequence

import pandas as pd

from analysis.compare.results import Compared, Contrast
from analysis.fields import level_label
from dashboard import words
from dashboard.frames_compare import (
    DAYS,
    NUMBERS,
    PERCENT,
    POINTS,
    Labels,
    Unit,
    between,
    number,
    p_text,
    rounded,
)

Pair = tuple[str, str]


def is_ratio(measure: str) -> bool:
    """Return whether a contrast is a ratio, for which 1 and not 0 means no difference."""
    return measure.endswith("_ratio")


def is_difference(measure: str) -> bool:
    """Return whether a contrast is a difference."""
    return "difference" in measure


def contrast_unit(answer: Compared, measure: str) -> Unit:
    """Return what a contrast counts in."""
    if not is_difference(measure):
        return POINTS
    return {"rates": PERCENT, "time": DAYS}.get(answer.comparison.kind, POINTS)


def contrast_label(measure: str) -> str:
    """Return the words for what is compared, such as risk difference."""
    return words.sentence(level_label(measure))


def shown(answer: Compared) -> list[Contrast]:
    """Return the contrasts that every gate and the release policy let through."""
    return [c for c in answer.contrasts if c.not_shown is None]


def about_pairs(answer: Compared, against: str) -> list[Contrast]:
    """Return the contrasts that are shown, of all pairs or of those with one group."""
    return [c for c in shown(answer) if not against or against in (c.group, c.against)]


def measures(contrasts: Sequence[Contrast]) -> list[str]:
    """Return what is compared: differences first, then ratios, then tests."""
    found = dict.fromkeys(c.measure for c in contrasts)
    return sorted(found, key=lambda m: (not is_difference(m), not is_ratio(m)))


def last_visit(contrasts: Sequence[Contrast]) -> int | None:
    """Return the last visit that is compared; None where there are no visits."""
    return max((c.visit for c in contrasts if c.visit is not None), default=None)


def contrast_frame(
    answer: Compared, contrasts: Sequence[Contrast], measure: str, labels: Labels
) -> pd.DataFrame:
    """Return one row per pair and method of one measure, with everything that is printed.

    `holds_none` tells whether the interval holds the value of no difference; `detectable_text` is
    the smallest difference that such groups would show, and only there.
    """
    unit, digits = contrast_unit(answer, measure), 2 if is_ratio(measure) else 1
    none = 1 if is_ratio(measure) else 0
    smallest = _smallest(answer, unit)
    rows: list[tuple[object, ...]] = []
    for c in contrasts:
        if c.measure != measure:
            continue
        signed = is_difference(measure)
        holds = c.conf_low is not None and c.conf_high is not None
        holds = holds and (c.conf_low or 0) <= none <= (c.conf_high or 0)
        rows.append(
            (
                *((c.group, c.against), labels[c.group], labels[c.against], c.adjusted, c.visit),
                *(c.estimate, c.conf_low, c.conf_high),
                number(c.estimate, unit, signed=signed, digits=digits),
                between(c.conf_low, c.conf_high, unit, signed=signed, digits=digits),
                *(p_text(c.p_value), p_text(c.p_holm), p_text(c.p_bh)),
                *(_statistic(c), c.method, holds),
                smallest.get((c.group, c.against), "") if holds and signed else "",
            )
        )
    columns = ["pair", "group_label", "against_label", "adjusted", "visit", *NUMBERS]
    columns += ["value_text", "interval_text", "p_text", "holm_text", "bh_text"]
    columns += ["statistic_text", "method", "holds_none", "detectable_text"]
    frame = rounded(pd.DataFrame(rows, columns=columns), unit, digits)
    frame["pair_label"] = frame["group_label"] + " less " + frame["against_label"]
    if is_ratio(measure):
        frame["pair_label"] = frame["group_label"] + " to " + frame["against_label"]
    frame["weights_label"] = frame["adjusted"].map({False: "As they are", True: "Weighted"})
    return frame


def drawn(frame: pd.DataFrame, visit: int | None) -> pd.DataFrame:
    """Return the rows of a contrast frame that a picture has room for: one per pair and weighting.

    Those of `visit`, where there are visits.
    """
    own = frame if visit is None else frame[frame["visit"] == visit]
    return own.dropna(subset=["value"]).drop_duplicates(["pair", "adjusted"])


def _smallest(answer: Compared, unit: Unit) -> dict[Pair, str]:
    return {
        (found.group, found.against): number(found.difference, unit)
        for found in answer.detectable
        if found.difference is not None
    }


def _statistic(contrast: Contrast) -> str:
    if contrast.statistic is None:
        return "–"
    text = number(contrast.statistic, POINTS, digits=2)
    return text if contrast.df is None else f"{text} (df {contrast.df:.4g})"


def contrast_table(frame: pd.DataFrame, measure: str, unit: Unit) -> pd.DataFrame:
    """Return a contrast frame as a table to read: columns without any number are left out."""
    heading = contrast_label(measure)
    if is_difference(measure):
        heading = f"{heading} ({unit.apart})"
    headings = {
        "pair_label": "Pair",
        "visit": "Day",
        "weights_label": "Groups",
        "value_text": heading,
        "interval_text": "95 % interval",
        "statistic_text": "Statistic",
        "p_text": "p",
        "holm_text": "p (Holm)",
        "bh_text": "p (Benjamini-Hochberg)",
        "detectable_text": "No difference seen; would show from",
        "method": "Method",
    }
    kept = {
        name: words_
        for name, words_ in headings.items()
        if name in ("pair_label", "method") or not frame[name].isin(["–", "", None]).all()
    }
    if not frame["adjusted"].any():
        kept.pop("weights_label", None)
    return frame[list(kept)].rename(columns=kept)
