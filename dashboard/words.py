"""Numbers and names as the words that stand on screen."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from analysis.fields import level_label
from analysis.measures import Rates
from analysis.modality import modality_label

Name = TypeVar("Name")
WITHHELD = "withheld"
MISSING_RULES = {
    "observed": "Episodes with an endpoint",
    "nonresponse": "All due, missing = not met",
    "locf": "Last score carried forward",
}
SECTIONS = {
    "instrument": "One instrument",
    "registry": "All instruments",
    "rules": "Rules and statistics",
}
FLOW_STEPS = {
    "episodes": "Episodes in cohort",
    "with_baseline": "With baseline",
    "eligible": "Eligible",
    "mature": "Mature",
    "with_endpoint": "With endpoint",
}
TIMEPOINTS = {
    "acute": "Acute (day 14 to 84)",
    "week_1": "Week 1",
    "week_2": "Week 2",
    "week_4": "Week 4",
    "week_6": "Week 6",
    "week_8": "Week 8",
    "week_12": "Week 12",
    "month_6": "Month 6",
    "month_12": "Month 12",
    "end_of_course": "End of course",
    "hours_24": "24 hours",
    "last": "Last score",
}


def missing_rule(answer: Rates) -> str:
    """Return what an answer counts, as part of a sentence."""
    return lowered(MISSING_RULES[answer.definition.missing])


def lowered(text: str) -> str:
    """Return words as they stand inside a sentence; an abbreviation stays as it is."""
    return text if text[:2].isupper() else f"{text[:1].lower()}{text[1:]}"


def sentence(text: str) -> str:
    """Return words as they stand at the beginning of a sentence."""
    return f"{text[:1].upper()}{text[1:]}"


def in_group(label: str, group: str) -> str:
    """Return an outcome with the heading it is listed under; those of a timepoint have none."""
    if group == "At the timepoint":
        return label
    return f"{group}: {lowered(label.removeprefix(group).strip())}"


def listed(names: Iterable[str]) -> str:
    """Return names as part of a sentence."""
    return " and ".join(lowered(name) for name in names)


def count(number: int | None) -> str:
    """Return a count with thousands separators, or the word withheld."""
    return WITHHELD if number is None else f"{number:,}"


def percent(rate: float | None) -> str:
    """Return a rate of 0 to 1 as per cent with one decimal; a dash where there is none."""
    return "–" if rate is None else f"{100 * rate:.1f} %"


def interval(low: float | None, high: float | None) -> str:
    """Return an interval of rates in per cent."""
    return "–" if low is None or high is None else f"{100 * low:.1f} to {100 * high:.1f} %"


def level(field: str, value: str, modalities: Mapping[str, str]) -> str:
    """Return one level of a field in words."""
    return modality_label(value, modalities) if field == "modality" else level_label(value)


def told_apart(labels: Mapping[Name, str], own: Callable[[Name], str]) -> dict[Name, str]:
    """Return labels that all differ: those that read alike keep their own name beside them."""
    times = Counter(labels.values())
    return {
        name: label if times[label] == 1 else f"{label} ({own(name)})"
        for name, label in labels.items()
    }


def level_labels(
    field: str, values: Sequence[str], modalities: Mapping[str, str]
) -> dict[str, str]:
    """Return the words for each level of a field; levels that read alike keep their own name."""
    return told_apart({value: level(field, value, modalities) for value in values}, str)


def plain(text: str) -> str:
    """Return a text that Markdown shows as it is: markup in data stays text.

    Addresses are cut by a sign without width, since Markdown makes links even of escaped ones.
    """
    for sign in "\\`*_{}[]<>#|~$:&@":
        text = text.replace(sign, "\\" + sign)
    return re.sub(r"(www|https?|(?=\\@))", "\\1\u2060", text, flags=re.IGNORECASE)
