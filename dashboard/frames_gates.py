"""What a comparison shows and does not, as tables and sentences: gates, tests, verdicts."""

from collections.abc import Sequence

import pandas as pd

from analysis.compare.results import Compared, EValue, OverallTest
from dashboard import words
from dashboard.frames_compare import (
    NUMBERS,
    PERCENT,
    Labels,
    between,
    p_text,
)
from dashboard.frames_contrasts import kind_of, shown

NAMED = 12  # more pairs than this are counted and not named


def failed(answer: Compared) -> pd.DataFrame:
    """Return each condition that does not hold, and what would mend it."""
    rows = [(gate.sentence, gate.mend) for gate in answer.gates if not gate.passed]
    return pd.DataFrame(rows, columns=["Not shown because", "What would mend it"])


def passed(answer: Compared) -> pd.DataFrame:
    """Return each condition that holds."""
    rows = [(gate.sentence,) for gate in answer.gates if gate.passed]
    return pd.DataFrame(rows, columns=["What holds"])


def hidden_pairs(answer: Compared, labels: Labels) -> list[str]:
    """Return a sentence for each reason why something of a pair is not shown, naming the pairs.

    A reason that stands among the gates is not said twice, and where the difference of groups as
    they are is not shown, that of weighted groups is not mentioned.
    """
    # a sentence may end with the whole of a shorter one
    gates = sorted((g.sentence for g in answer.gates if not g.passed), key=len, reverse=True)
    seen = {(c.group, c.against, c.visit, c.adjusted) for c in shown(answer)}
    nothing = {(c.group, c.against, c.visit) for c in answer.contrasts if not c.adjusted}
    nothing -= {place[:3] for place in seen if not place[3]}
    pairs: dict[tuple[str, str], dict[str, None]] = {}
    for c in answer.contrasts:
        place = (c.group, c.against, c.visit)
        if c.not_shown is None or (c.adjusted and place in nothing):
            continue
        weighted = "weighted " if c.adjusted else ""
        what = f"No {weighted}difference"
        if (*place, c.adjusted) in seen:
            what = f"No {weighted}{words.lowered(kind_of(c.measure).label)}"
        at_visit = f" on day {c.visit}" if c.measure == "visit_difference" else ""
        names = f"{labels[c.group]} and {labels[c.against]}{at_visit}"
        pairs.setdefault((what, _without(c.not_shown, gates)), {})[names] = None
    return [_hidden(what, reason, list(named)) for (what, reason), named in pairs.items()]


def _hidden(what: str, reason: str, pairs: list[str]) -> str:
    """Return that something is not shown for some pairs, and why where that is not said above."""
    named = "; ".join(pairs) if len(pairs) <= NAMED else f"{len(pairs)} pairs"
    if not reason:
        above = "" if len(pairs) <= NAMED else ", which stand among the conditions above"
        return f"{what} is shown for {named}{above}."
    return f"{what} is shown for {named}. Because: {reason.rstrip('.')}."


def _without(reason: str, said: Sequence[str]) -> str:
    """Return a reason without what has been said of it."""
    for sentence in said:
        reason = reason.replace(sentence, "")
    return " ".join(reason.split())


def overall_sentence(test: OverallTest, labels: Labels) -> str:
    """Return a test over all groups in one sentence."""
    if test.not_shown is not None or test.p_value is None:
        reason = test.not_shown or "there is no answer"
        return f"All groups together: no test is shown. Because: {reason.rstrip('.')}."
    names = ", ".join(labels.get(group, group) for group in test.groups)
    p_value = p_text(test.p_value)
    found = f"p {p_value}" if p_value.startswith("<") else f"p = {p_value}"
    if test.statistic is not None:
        df = "" if test.df is None else f" (df {test.df:.4g})"
        found = f"statistic {test.statistic:.2f}{df}, {found}"
    return (
        f"All groups together ({names}): {found}. {test.method}; it tells whether the groups "
        "differ at all, not which of them."
    )


def detectable_sentence(answer: Compared) -> str:
    """Return how to read the smallest differences; empty where none is known."""
    found = next((d for d in answer.detectable if d.difference is not None), None)
    if found is None:
        return ""
    return (
        "No difference seen does not mean that there is none. Beside each pair whose interval "
        "holds 0 stands the smallest difference that groups of this size would show with 80 % "
        f"power, in {kind_of(found.measure).unit.apart} ({found.method})."
    )


def e_value_sentence(value: EValue, labels: Labels) -> str:
    """Return how strong an unmeasured difference would have to be, in one sentence."""
    pair = f"{labels[value.group]} and {labels[value.against]}"
    if value.estimate is None:
        return f"{pair}: no E-value can be told."
    limit = ""
    if value.limit is not None:
        limit = f"; for the end of the interval nearest to no difference, {value.limit:.2f}"
        if value.limit <= 1:
            limit = "; the interval holds no difference as it is"
    return (
        f"{pair}: something not measured, tied to both group and outcome by a risk ratio of "
        f"{value.estimate:.2f} or more each, could account for the whole weighted difference"
        f"{limit} (E-value)."
    )


# ---- small groups --------------------------------------------------------------------------------


def shrunk_frame(answer: Compared, labels: Labels) -> pd.DataFrame:
    """Return one row per group: its rate as counted and drawn towards that of all.

    Groups keep the order of the answer: they are not ranked.
    """
    order = list(labels)
    rows: list[tuple[object, ...]] = []
    for found in sorted(answer.shrunk, key=lambda row: order.index(row.group)):
        texts: tuple[str, ...] = (
            words.percent(found.raw),
            words.percent(found.estimate),
            f"{between(found.conf_low, found.conf_high, PERCENT)} %",
            f"{words.count(found.numerator)} / {words.count(found.denominator)}",
        )
        if found.withheld:
            texts = (words.WITHHELD,) * len(texts)
        numbers = (found.raw, found.estimate, found.conf_low, found.conf_high)
        rows.append((labels[found.group], *numbers, *texts))
    columns = ["group_label", "raw", *NUMBERS, "raw_text", "value_text", "interval_text", "n_text"]
    frame = pd.DataFrame(rows, columns=columns)
    frame[["raw", *NUMBERS]] = (100 * frame[["raw", *NUMBERS]].astype(float)).round(1)
    return frame


def shrunk_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rates as counted and drawn together as a table to read."""
    headings = {
        "group_label": "Group",
        "n_text": "n / N",
        "raw_text": "As counted",
        "value_text": "Drawn together",
        "interval_text": "95 % interval",
    }
    return frame[list(headings)].rename(columns=headings)
