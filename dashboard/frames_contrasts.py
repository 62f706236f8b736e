"""The differences of a comparison as frames ready to draw or to list: only what is shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
# What a picture tells apart: the groups as they are, at the same baseline, weighted.
CRUDE, SAME_BASELINE, WEIGHTED = "Groups as they are", "At the same baseline", "Weighted groups"
NO_UNIT = Unit(1, "", "")


@dataclass(frozen=True)
class Kind:
    """What a contrast is called, what it counts in, and where it is drawn if at all.

    `none` is the value that means no difference; None for a test without an estimate.
    """

    label: str
    unit: Unit
    none: float | None
    drawn: bool = False

    @property
    def digits(self) -> int:
        return 1 if self.signed else 2

    @property
    def signed(self) -> bool:
        """Whether it is a difference in a unit, shown with its sign and one decimal."""
        return self.none == 0 and self.unit is not NO_UNIT


KINDS = {
    "risk_difference": Kind("Difference in rates", PERCENT, 0, drawn=True),
    "mean_difference": Kind("Difference in mean change", POINTS, 0, drawn=True),
    "adjusted_mean_difference": Kind("Difference at the same baseline", POINTS, 0, drawn=True),
    "visit_difference": Kind("Difference in mean change", POINTS, 0, drawn=True),
    "rmst_difference": Kind("Difference in mean time without the event", DAYS, 0, drawn=True),
    "risk_ratio": Kind("Risk ratio", NO_UNIT, 1),
    "odds_ratio": Kind("Odds ratio", NO_UNIT, 1),
    "hazard_ratio": Kind("Hazard ratio", NO_UNIT, 1, drawn=True),
    "hedges_g": Kind("Hedges' g", NO_UNIT, 0),
    "mann_whitney": Kind("Shift of ranks", POINTS, 0),
    "pearson": Kind("Chi-squared test", NO_UNIT, None),
    "log_rank": Kind("Log-rank test", NO_UNIT, None),
    "proportional_hazards": Kind("Do hazards stay in proportion?", NO_UNIT, None),
}


def kind_of(measure: str) -> Kind:
    """Return how a contrast is shown; one that is not listed is a test of its own name."""
    return KINDS.get(measure, Kind(words.sentence(level_label(measure)), NO_UNIT, None))


def shown(answer: Compared) -> list[Contrast]:
    """Return the contrasts that every gate and the release policy let through."""
    return [c for c in answer.contrasts if c.not_shown is None]


def about_pairs(answer: Compared, against: str) -> list[Contrast]:
    """Return the contrasts that are shown, of all pairs or of those with one group."""
    return [c for c in shown(answer) if not against or against in (c.group, c.against)]


def measures(contrasts: Iterable[Contrast]) -> list[str]:
    """Return what is compared: what is drawn first, then other estimates, then tests."""
    found = dict.fromkeys(c.measure for c in contrasts)
    return sorted(found, key=lambda m: (not kind_of(m).drawn, kind_of(m).none is None))


def visits_of(contrasts: Iterable[Contrast]) -> list[int]:
    """Return the visits that are compared, in order; empty where there are none."""
    found = {c.visit for c in contrasts if c.measure == "visit_difference"}
    return sorted(day for day in found if day is not None)


def contrast_frame(
    answer: Compared, contrasts: Sequence[Contrast], measure: str, labels: Labels
) -> pd.DataFrame:
    """Return one row per pair and method of one measure, with everything that is printed.

    `detectable_text` is the smallest difference that such groups would show, only where the
    interval of the groups as they are holds 0.
    """
    kind, smallest = kind_of(measure), _smallest(answer, measure)
    rows: list[tuple[object, ...]] = []
    for c in contrasts:
        if c.measure != measure:
            continue
        pair = (c.group, c.against)
        beside = smallest.get(pair, "") if _holds(c, kind) and not c.adjusted else ""
        rows.append(
            (
                *(pair, labels[c.group], labels[c.against], _series(c), c.visit),
                *(c.estimate, c.conf_low, c.conf_high),
                number(c.estimate, kind.unit, signed=kind.signed, digits=kind.digits),
                between(c.conf_low, c.conf_high, kind.unit, signed=kind.signed, digits=kind.digits),
                *(p_text(c.p_value), p_text(c.p_holm), p_text(c.p_bh)),
                *(_statistic(c), c.method, beside),
            )
        )
    columns = ["pair", "group_label", "against_label", "series", "visit", *NUMBERS]
    columns += ["value_text", "interval_text", "p_text", "holm_text", "bh_text"]
    columns += ["statistic_text", "method", "detectable_text"]
    frame = rounded(pd.DataFrame(rows, columns=columns), kind.unit, kind.digits)
    word = "to" if kind.none == 1 else "less" if kind.none == 0 else "and"
    frame["visit_text"] = ["–" if pd.isna(day) else f"{day:.0f}" for day in frame["visit"]]
    frame["pair_label"] = frame["group_label"] + f" {word} " + frame["against_label"]
    return frame


def _holds(contrast: Contrast, kind: Kind) -> bool:
    low, high = contrast.conf_low, contrast.conf_high
    known = low is not None and high is not None and kind.none is not None
    return known and low <= kind.none <= high  # type: ignore[operator]


def _series(contrast: Contrast) -> str:
    if contrast.adjusted:
        return WEIGHTED
    return SAME_BASELINE if contrast.measure == "adjusted_mean_difference" else CRUDE


def _smallest(answer: Compared, measure: str) -> dict[Pair, str]:
    return {
        (found.group, found.against): number(found.difference, kind_of(measure).unit)
        for found in answer.detectable
        if found.difference is not None and found.measure == measure
    }


def _statistic(contrast: Contrast) -> str:
    if contrast.statistic is None:
        return "–"
    text = number(contrast.statistic, POINTS, digits=2)
    return text if contrast.df is None else f"{text} (df {contrast.df:.4g})"


def drawn_frame(
    answer: Compared, contrasts: Sequence[Contrast], none: float, visit: int | None, labels: Labels
) -> pd.DataFrame:
    """Return what one picture holds: a row per pair and series, around `none`; of one visit."""
    frames = [
        contrast_frame(answer, contrasts, measure, labels)
        for measure in measures(contrasts)
        if kind_of(measure).drawn and kind_of(measure).none == none
    ]
    frames = [frame for frame in frames if not frame.empty]
    if not frames:
        return pd.DataFrame(columns=["pair", "series", *NUMBERS])
    whole = pd.concat(frames, ignore_index=True)
    own = whole if visit is None else whole[whole["visit"] == visit]
    own = own.dropna(subset=["value"]).drop_duplicates(["pair", "series"])
    first = dict.fromkeys((c.group, c.against) for c in contrasts)
    order = {pair: place for place, pair in enumerate(first)}
    return own.sort_values("pair", key=lambda pairs: pairs.map(order), kind="stable")


def has_smallest(frame: pd.DataFrame) -> bool:
    """Return whether a smallest difference that would show stands beside any row."""
    return bool((frame["detectable_text"] != "").any())


def drawn_title(contrasts: Iterable[Contrast], none: float, visit: int | None) -> str:
    """Return what the axis of a picture says."""
    kind = next(
        kind for kind in map(kind_of, measures(contrasts)) if kind.drawn and kind.none == none
    )
    if none == 1:
        return f"{kind.label}, first named to second (1: no difference)"
    when = "" if visit is None else f" on day {visit}"
    return f"{kind.label}{when} ({kind.unit.apart}), first named less second"


def contrast_table(frame: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return a contrast frame as a table to read: columns without any number are left out."""
    kind = kind_of(measure)
    headings = {
        "pair_label": "Pair",
        "series": "Groups",
        "visit_text": "Up to day",
        "value_text": words.sentence(kind.unit.apart) or kind.label,
        "interval_text": "95 % interval",
        "statistic_text": "Statistic",
        "p_text": "p",
        "holm_text": "p (Holm)",
        "bh_text": "p (BH)",
        "detectable_text": "Would show from",
        "method": "Method",
    }
    kept = {
        name: heading
        for name, heading in headings.items()
        if name == "pair_label" or not frame[name].isin(["–", ""]).all()
    }
    if frame["series"].nunique() == 1:
        del kept["series"]
    if measure == "visit_difference":
        kept.pop("visit_text", None)  # the tab says which
    if frame["method"].nunique() == 1:
        del kept["method"]  # stands below
    return frame[list(kept)].rename(columns=kept)


def method_sentence(frame: pd.DataFrame) -> str:
    """Return by which method a table was found, where all of it was by one."""
    methods = list(dict.fromkeys(frame["method"]))
    return f"Method: {methods[0].rstrip('.')}." if len(methods) == 1 else ""
