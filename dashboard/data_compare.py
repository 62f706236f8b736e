"""Calls into the engine for the Compare page: the question put together, and its answer kept."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from analysis.cohort import Cohort
from analysis.compare import compare, release_compared
from analysis.compare.plan import ADJUST as ADJUST
from analysis.compare.plan import KINDS as KINDS
from analysis.compare.plan import MOST_GROUPS as MOST_GROUPS
from analysis.compare.plan import REPEATED as REPEATED
from analysis.compare.plan import Comparison as Comparison
from analysis.compare.plan import Named as Named
from analysis.compare.plan import parse_visits as parse_visits
from analysis.compare.results import Compared as Compared
from analysis.errors import DefinitionError as DefinitionError
from analysis.errors import UnknownName as UnknownName
from analysis.saved_cohorts import read_cohorts
from dashboard import words
from dashboard.data import KEYS, Choice, field_labels, modalities, opened_store, policy, store

QUIET = 0.4  # seconds before a run says how far it is: most are over by then
NAMED = 3  # up to this many levels stand in a group's name
KEPT = 200


@dataclass
class Slot:
    """The place of one answer; empty until it has been worked out."""

    answer: Compared | None = None


@st.cache_resource(max_entries=KEPT, show_spinner=False, hash_funcs={**KEYS, Comparison: repr})
def _slot(place: tuple[str, str], release: str, choice: Choice, comparison: Comparison) -> Slot:
    """Return the same slot for the same question on the same snapshot."""
    return Slot()


def compared(choice: Choice, comparison: Comparison) -> Compared:
    """Return the answer to a comparison, as the release policy allows; says how far a long run is.

    The work is done in the session's own thread, outside the cache, so that a click elsewhere stops
    it at its next step. Raises DefinitionError for what cannot be compared.
    """
    opened = store()
    place = (str(opened.path), opened.manifest.file)
    slot = _slot(place, policy(), choice, comparison)
    if slot.answer is None:
        slot.answer = release_compared(_worked_out(place, choice, comparison), policy())
    return slot.answer


def _worked_out(place: tuple[str, str], choice: Choice, comparison: Comparison) -> Compared:
    shown, began = st.empty(), time.monotonic()

    def say(step: str, share: float) -> None:
        if share < 1 and time.monotonic() - began > QUIET:
            shown.progress(min(max(share, 0.0), 1.0), text=words.plain(f"{step} ..."))

    opened = opened_store(*place)
    answer = compare(opened, choice.cohort, choice.definition, comparison, progress=say)
    shown.empty()
    return answer


def saved_cohorts() -> Mapping[str, Cohort]:
    """Return the saved cohorts of the store by name."""
    return read_cohorts(store().path)


def everybody(choice: Choice) -> Choice:
    """Return the choice with all episodes: for cohorts that stand on their own."""
    return replace(choice, cohort=Cohort())


def levels_left(choice: Choice, field: str) -> list[str]:
    """Return the levels of a field that the filters on the left leave."""
    kept = dict(choice.cohort.where).get(field)
    return [level for level in store().levels[field] if kept is None or level in kept]


def level_words(field: str) -> dict[str, str]:
    """Return the words for each level of a field."""
    return words.level_labels(field, list(store().levels[field]), modalities())


def narrowed(choice: Choice, field: str, levels: Iterable[str]) -> Choice:
    """Return the choice with only some levels of a field; as it is where all of them are kept."""
    left, wanted = levels_left(choice, field), set(levels)
    if wanted == set(left):
        return choice
    cohort = Cohort.of({**dict(choice.cohort.where), field: sorted(wanted)})
    return replace(choice, cohort=cohort)


def own_group(field: str, levels: Sequence[str]) -> Named:
    """Return the episodes with some levels of a field, under a name made from those levels."""
    return Named(group_name(field, levels), Cohort.of({field: levels}))


def group_name(field: str, levels: Sequence[str]) -> str:
    """Return a name for the episodes with some levels of a field, made from those levels."""
    labels = level_words(field)
    order = list(labels)
    named = [labels[level] for level in sorted(levels, key=order.index)]
    if len(named) > NAMED:
        named = [*named[: NAMED - 1], f"{len(named) - NAMED + 1} more"]
    listed = " or ".join(named)
    if field == "modality":
        return listed
    return f"{field_labels()[field].partition(' (')[0]}: {listed}"


def cohort_sentence(group: Named) -> str:
    """Return which episodes a group holds, in one plain sentence."""
    return group.cohort.sentence(field_labels(), modalities())


def told_apart(a: Named, b: Named) -> tuple[Named, Named]:
    """Return two groups whose names differ; raises DefinitionError where they are the same."""
    if a.cohort == b.cohort:
        raise DefinitionError("Both groups hold the same episodes: choose other levels for one.")
    if a.name != b.name:
        return a, b
    return replace(a, name=f"{a.name} (A)"), replace(b, name=f"{b.name} (B)")


MARGINS = [f"{half / 2:g}" for half in range(1, 101)]


def parse_margin(text: str) -> float | None:
    """Return a margin in percentage points or points of the scale; None for an empty text."""
    if text and text not in MARGINS:
        raise DefinitionError(f'"{text}" is no margin: write 0.5 to 50 in halves, such as 7.5.')
    return float(text) if text else None


def margin(text: str, kind: str) -> float | None:
    """Return a margin as the engine takes it: a rate of 0 to 1, or points of the scale."""
    found = parse_margin(text)
    return found / 100 if found is not None and kind == "rates" else found
