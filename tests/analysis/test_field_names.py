"""A clinic may call a field what a question calls a column: each keeps what is its own."""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from analysis import Cohort, Definition
from analysis.curves import event_table
from analysis.events import EVENTS, event
from analysis.ingest.mapping import IDENTIFIER, RESERVED
from analysis.store import change, trajectory
from analysis.timepoints import parse_timepoint

QUESTIONS = Path(__file__).parents[2] / "analysis" / "store" / "questions"
PHQ9 = Definition()
COURSE = replace(PHQ9, timepoint=parse_timepoint("end_of_course"))


def own_names() -> list[str]:
    """Return what a field may be called and a question calls something, too."""
    files = [file.read_text("utf-8") for file in QUESTIONS.glob("*.sql")]
    texts = [re.sub("--.*", "", text) for text in files]
    words = {word for text in texts for word in re.findall(r"(?:\bas |[(,] ?)(\w+)", text)}
    words |= {word for text in texts for word in re.findall(r"^ *(\w+) as \(", text, re.M)}
    words |= {"status", "number"}  # with a low line before them
    return sorted(w for w in words if IDENTIFIER.fullmatch(w) and w not in RESERVED)


@pytest.fixture
def store(clinic):
    names = own_names()
    episodes = [
        {
            "episode_id": f"E{n}",
            "patient_id": f"P{n}",
            "modality": "ect",
            "induction_end_day": 20,
            "follow_up_days": 400,
            **{f"x_{name}": f"level {n % 2}" for name in names},
        }
        for n in range(4)
    ]
    scores = [
        {"episode_id": f"E{n}", "instrument": "phq9", "day": day, "score": score}
        for n in range(4)
        for day, score in ((0, 20), (10, 6 + n), (60, 18))
    ]
    fields = "\n".join(f'{name} = "x_{name}"' for name in names)
    return clinic(episodes, scores, mapping=f"[fields]\n{fields}\n")


def waited_for(name, store, by):
    return event_table(store, Cohort(), PHQ9, event(name), by)


ASKED: dict[str, Any] = {
    "preset": lambda store, by: change(store, Cohort(), PHQ9, by),
    "window": lambda store, by: change(
        store, Cohort(), replace(PHQ9, timepoint=parse_timepoint("5:50")), by
    ),
    "course": lambda store, by: change(
        store, Cohort(), COURSE, by, COURSE.with_missing("locf").locf_timepoint
    ),
    "any": lambda store, by: change(
        store, Cohort(), replace(PHQ9, timepoint=parse_timepoint("5:50:best")), by
    ),
    "sustained": lambda store, by: change(store, Cohort(), PHQ9, by, sustained=True),
    "trajectory": lambda store, by: trajectory(store, Cohort(), PHQ9, by, width=14, intervals=8),
    **{name: partial(waited_for, name) for name in EVENTS},
}


@pytest.mark.parametrize("question", ASKED)
def test_every_question_can_be_grouped_by_a_field_of_any_name(store, question):
    names = own_names()
    assert {"status", "number", "ended", "immature"}.isdisjoint(RESERVED)
    found = {name: ASKED[question](store, (name,)) for name in names}
    for name, table in found.items():
        assert table.groups == (("level 0",), ("level 1",)), name
        counts = [int(table.episodes[table.group == at].sum()) for at in (0, 1)]
        first = found[names[0]]
        assert counts == [int(first.episodes[first.group == at].sum()) for at in (0, 1)], name
