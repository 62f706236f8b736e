"""One outcome under many definitions, and its bounds, as frames ready to draw or to list."""

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.definition import MODERATE, NO_MINIMUM
from analysis.instruments import Instrument
from analysis.sensitivity import ASPECTS, Bounds, Sensitivity, Variant
from analysis.tables import Group
from dashboard import words
from dashboard.frames import Modalities, fraction, group_labels, interval

Instruments = Mapping[str, Instrument]
ASPECT_LABELS = {
    "instrument": "Instrument",
    "timepoint": "Timepoint",
    "rule": "Rule",
    "missing": "Missing endpoints",
    "min_baseline": "Baseline severity",
}
SEVERITY = {MODERATE: "Moderate or worse", NO_MINIMUM: "Any"}
OWN_RULE, OWN_RULE_WORDS = "own rule", "The instrument's own"


def groups_of(answer: Sensitivity, modalities: Modalities) -> dict[str, str]:
    """Return each group's id, as a link names it, with its words."""
    groups = [row.group for row in answer.variants[0].rows]
    labels = group_labels(answer.by, groups, modalities)
    return {", ".join(group): label for group, label in labels.items()}


def choice_words(aspect: str, value: str, instruments: Instruments) -> str:
    """Return what a definition chooses in one aspect, in words."""
    if aspect == "instrument":
        return instruments[value].label
    if aspect == "timepoint":
        return words.TIMEPOINTS.get(value, f"Day {value}")
    if aspect == "missing":
        return words.MISSING_RULES[value]
    if aspect == "min_baseline":
        return SEVERITY.get(value, f"From {value}")
    for scale in instruments.values():
        for rule in scale.remission:
            if rule.id == value:
                signs = ("<", "≤") if scale.higher_is_worse else (">", "≥")
                return f"{scale.label} {signs[rule.operator == 'le']} {rule.cut:g}"
    return OWN_RULE_WORDS if value == OWN_RULE else value


def variant_frame(answer: Sensitivity, group: str, instruments: Instruments) -> pd.DataFrame:
    """Return one row per definition, lowest rate first, with what it chooses and its rate.

    `place` counts from 1; definitions under which no episode can be decided come last.
    """
    found = [_variant(variant, _place(variant, group), instruments) for variant in answer.variants]
    frame = pd.DataFrame(found)
    frame = frame.sort_values("rate", kind="stable", na_position="last", ignore_index=True)
    frame["place"] = frame.index + 1
    numbers = ["rate", "conf_low", "conf_high"]
    percents = ["percent", "percent_low", "percent_high"]
    # no more digits than are shown: what a figure carries can be read in the browser
    frame[percents] = (100 * frame[numbers].astype(float)).round(1)
    return frame.drop(columns=numbers)


def _place(variant: Variant, group: str) -> int:
    return [", ".join(row.group) for row in variant.rows].index(group)


def _variant(variant: Variant, at: int, instruments: Instruments) -> dict[str, object]:
    row = variant.rows[at]
    return {
        **{name: choice_words(name, value, instruments) for name, value in variant.choices},
        "chosen": variant.chosen,
        "definition_id": variant.definition.id,
        "rate": row.estimate,
        "conf_low": row.conf_low,
        "conf_high": row.conf_high,
        "rate_text": words.percent(row.estimate),
        "interval_text": interval(row),
        "n_text": fraction(row),
        "completeness_text": words.percent(row.completeness),
    }


def varying(frame: pd.DataFrame) -> list[str]:
    """Return the aspects in which the definitions differ."""
    return [name for name in ASPECTS if frame[name].nunique() > 1]


def same_everywhere(frame: pd.DataFrame) -> str:
    """Return what all definitions have in common, as a sentence; nothing where nothing."""
    alike = [
        name
        for name in ASPECTS
        if name not in varying(frame) and frame[name].iloc[0] != OWN_RULE_WORDS
    ]
    named = "; ".join(f"{words.lowered(ASPECT_LABELS[n])} {frame[n].iloc[0]}" for n in alike)
    return f"The same in all of them: {named}." if named else ""


def matrix_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per aspect and definition: which option it chooses, options in their order."""
    parts = [
        pd.DataFrame(
            {
                "aspect": ASPECT_LABELS[name],
                "option": frame[name],
                "place": frame["place"],
                "chosen": frame["chosen"],
            }
        )
        for name in varying(frame)
    ]
    columns = ["aspect", "option", "place", "chosen"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def option_order(answer: Sensitivity, instruments: Instruments) -> dict[str, list[str]]:
    """Return the options of each aspect in the order in which the engine asked for them."""
    listed: dict[str, dict[str, None]] = {label: {} for label in ASPECT_LABELS.values()}
    for variant in answer.variants:
        for name, value in variant.choices:
            listed[ASPECT_LABELS[name]][choice_words(name, value, instruments)] = None
    return {aspect: list(options) for aspect, options in listed.items()}


def range_sentence(frame: pd.DataFrame) -> str:
    """Return between which rates the definitions lie, and what the chosen one gives."""
    known = frame.dropna(subset=["percent"])
    chosen = frame[frame["chosen"]].iloc[0]
    if known.empty:
        return "No episode can be decided under any of these definitions, so there is no rate."
    first, last = known.iloc[0], known.iloc[-1]
    sentence = (
        f"Between {first['rate_text']} and {last['rate_text']} over {len(known)} definitions; "
        f"the chosen one gives {chosen['rate_text']} ({chosen['n_text']})."
        if chosen["rate_text"] != "–"
        else f"Between {first['rate_text']} and {last['rate_text']} over {len(known)} "
        "definitions; under the chosen one no episode can be decided."
    )
    without = len(frame) - len(known)
    return sentence if not without else f"{sentence} {without} more decide no episode."


def variant_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return every definition with its rate, in the order of the picture."""
    headings = {
        "place": "No.",
        "mark": "Chosen",
        **{name: ASPECT_LABELS[name] for name in varying(frame)},
        "rate_text": "Rate",
        "n_text": "n / N",
        "interval_text": "95 % interval",
        "completeness_text": "Completeness",
        "definition_id": "Definition",
    }
    marked = frame.assign(
        place=frame["place"].astype(str), mark=frame["chosen"].map({True: "chosen", False: ""})
    )
    return marked[list(headings)].rename(columns=headings)


def bounds_frame(
    found: Sequence[Bounds], by: tuple[str, ...], modalities: Modalities
) -> pd.DataFrame:
    """Return one row per group with the lowest, observed and highest rate, and what is needed."""
    labels = group_labels(by, [row.group for row in found], modalities)
    return pd.DataFrame(_bound(row, labels) for row in found)


def _bound(row: Bounds, labels: Mapping[Group, str]) -> dict[str, object]:
    rates = {"low": row.low, "observed": row.observed, "high": row.high}
    return {
        "group_label": labels[row.group],
        **{name: None if v is None else round(100 * v, 1) for name, v in rates.items()},
        **{f"{name}_text": words.percent(v) for name, v in rates.items()},
        "met_text": words.count(row.met),
        "decided_text": words.count(row.decided),
        "missing_text": words.count(row.missing),
        "needed_text": needed(row),
    }


def needed(row: Bounds) -> str:
    """Return how many of the missing would have to meet the outcome to reach the rate asked for."""
    if not row.due:
        return "nobody is due"
    if row.needed is None:
        return f"cannot be reached, even by all {row.missing:,} missing"
    if row.needed == 0:
        return "reached whatever the missing did"
    return f"{row.needed:,} of the {row.missing:,} missing would have to meet it"


def bounds_table(frame: pd.DataFrame, reach: int) -> pd.DataFrame:
    """Return the bounds under plain headings."""
    headings = {
        "group_label": "Group",
        "met_text": "Met",
        "decided_text": "Decided",
        "missing_text": "Missing",
        "low_text": "If none met",
        "observed_text": "Observed",
        "high_text": "If all met",
        "needed_text": f"To reach {reach} %",
    }
    return frame[list(headings)].rename(columns=headings)
