"""The course of treatment and the case mix as frames ready to draw or to list."""

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.case_mix import CaseMix
from analysis.course import Course, CourseRow
from analysis.tables import LATER_PHASES
from dashboard import words
from dashboard.frames import group_labels

Modalities = Mapping[str, str]
COURSE_COLUMNS = [
    "group_label",
    "percent",
    "percent_low",
    "percent_high",
    "rate_text",
    "n_text",
    "interval_text",
]


def course_frame(answer: Course, modalities: Modalities) -> pd.DataFrame:
    """Return one row per group: the share that received at least the planned sessions."""
    rows = [
        (label, *map(_percent, (row.estimate, row.conf_low, row.conf_high)), *_rate(row))
        for label, row in _labelled(answer, modalities)
    ]
    frame = pd.DataFrame(rows, columns=COURSE_COLUMNS)
    return frame.astype(dict.fromkeys(COURSE_COLUMNS[1:4], "float64"))


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _labelled(answer: Course, modalities: Modalities) -> list[tuple[str, CourseRow]]:
    labels = group_labels(answer.by, (row.group for row in answer.rows), modalities)
    return [(labels[row.group], row) for row in answer.rows]


def _rate(row: CourseRow) -> tuple[str, str, str]:
    """Return the share, its fraction and its interval in words."""
    if row.completed is None or row.with_plan is None:
        return (words.WITHHELD,) * 3
    if not row.with_plan:
        return ("–",) * 3
    return (
        words.percent(row.estimate),
        f"{words.count(row.completed)} / {words.count(row.with_plan)}",
        words.interval(row.conf_low, row.conf_high),
    )


def session_table(answers: Sequence[Course], modalities: Modalities) -> pd.DataFrame:
    """Return sessions received against planned under plain headings, the whole cohort first."""
    rows = []
    for answer in answers:
        for label, row in _labelled(answer, modalities):
            rate, fraction, interval = _rate(row)
            rows.append(
                {
                    "Group": label,
                    "Episodes": words.count(row.episodes),
                    "With sessions": words.count(row.with_sessions),
                    "Sessions, median": _sessions(row),
                    "At least as planned": rate,
                    "n / N": fraction,
                    "95 % interval": interval,
                    "Not known": _not_known(row),
                }
            )
    return pd.DataFrame(rows)


def _sessions(row: CourseRow) -> str:
    """Return median and quartiles; a dash where nobody has a session."""
    if row.median is None or row.lower_quartile is None or row.upper_quartile is None:
        return "–" if row.with_sessions == 0 else words.WITHHELD
    return f"{row.median:g} ({row.lower_quartile:g} to {row.upper_quartile:g})"


def _not_known(row: CourseRow) -> str:
    """Return how many episodes lack a recorded session or a planned number."""
    if row.episodes is None or row.with_plan is None:
        return words.WITHHELD
    return words.count(row.episodes - row.with_plan)


def phase_table(answers: Sequence[Course], modalities: Modalities) -> pd.DataFrame:
    """Return how many episodes went on to each later phase."""
    rows = []
    for answer in answers:
        for label, row in _labelled(answer, modalities):
            counts = {
                words.level("phase", name, {}).capitalize(): _of(
                    getattr(row, name), row.with_sessions
                )
                for name in LATER_PHASES
            }
            rows.append({"Group": label, "With sessions": words.count(row.with_sessions), **counts})
    return pd.DataFrame(rows)


def _of(part: int | None, whole: int | None) -> str:
    """Return a count, with its share where the whole may be shown."""
    if part is None or not whole:
        return words.count(part)
    return f"{words.count(part)} ({words.percent(part / whole)})"


def level_table(
    answers: Sequence[CaseMix], field: str, modalities: Modalities, heading: str = ""
) -> pd.DataFrame:
    """Return one row per group: episodes on each level of a field, the whole cohort first.

    `heading` names the field in a column of its own, for tables that stand one below the other.
    """
    rows = []
    for answer in answers:
        own = [row for row in answer.rows if row.field == field]
        labels = group_labels(answer.by, (row.group for row in own), modalities)
        for group, label in labels.items():
            levels = [row for row in own if row.group == group]
            known = [row.episodes for row in levels if row.episodes is not None]
            whole = sum(known) if len(known) == len(levels) else None
            row = {"Group": label, **({"Rule": heading} if heading else {})}
            names = words.level_labels(field, [row.level for row in levels], modalities)
            row |= {names[one.level].capitalize(): _of(one.episodes, whole) for one in levels}
            rows.append(row)
    return pd.DataFrame(rows)


def stacked(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return tables one below the other; a level that a field does not have is an empty count."""
    return pd.concat(tables, ignore_index=True).fillna("0") if tables else pd.DataFrame()
