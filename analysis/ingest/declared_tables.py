"""The sections of a mapping file for tables of another shape: [wide], [redcap] and [omop]."""

from collections.abc import Callable
from collections.abc import Mapping as Pairs
from dataclasses import dataclass, field
from typing import Any

from analysis.errors import InputError
from analysis.ingest.columns import EARLIEST_DAY, EPISODE_COLUMNS, LATEST_DAY

Slip = Callable[[str, str], InputError]
REDCAP_NAMES = {"id", "events", "scores", "episode", "labels_row"}
SCORE_NAMES = {"instrument", "total", "items", "date", "form", "complete"}
MOST_ITEMS = 60


@dataclass(frozen=True)
class WideColumn:
    """A column that holds the scores of one instrument at one visit.

    Its rows are placed on `day`, or on the date that stands in the column `date`.
    """

    column: str
    instrument: str
    day: int | None = None
    date: str | None = None


@dataclass(frozen=True)
class RedcapScore:
    """The fields of a REDCap form that hold one instrument; `complete` forms only where it says."""

    instrument: str
    total: str | None = None
    items: tuple[str, ...] = ()
    date: str | None = None
    form: str | None = None
    complete: bool = True


@dataclass(frozen=True)
class Redcap:
    """How a flat export of REDCap is read; `episode` maps our column to a field of theirs."""

    id: str
    events: Pairs[str, int] = field(default_factory=dict)
    scores: tuple[RedcapScore, ...] = ()
    episode: Pairs[str, str] = field(default_factory=dict)
    labels_row: bool = False


@dataclass(frozen=True)
class DeclaredTables:
    """What a mapping says of tables that are not one row per assessment or episode."""

    wide: tuple[WideColumn, ...] = ()
    wide_ignored: frozenset[str] = frozenset()
    redcap: Redcap | None = None
    omop_codes: Pairs[str, str] = field(default_factory=dict)


def declared_tables(data: Pairs[str, Any], slip: Slip) -> DeclaredTables:
    """Return what the sections [wide], [redcap] and [omop] say.

    `slip(section, problem)` makes the InputError that is raised for a slip in one of them.
    """
    wide = data.get("wide", {})
    omop = data.get("omop", {})
    if not set(omop) <= {"codes"}:
        raise slip("omop", 'may hold codes only: [omop.codes] with lines such as PHQ9 = "phq9".')
    return DeclaredTables(
        wide=tuple(
            column
            for instrument, block in wide.items()
            if instrument != "ignore"
            for column in _wide(instrument, block, slip)
        ),
        wide_ignored=frozenset(_texts(wide.get("ignore", []), "wide", "ignore", slip)),
        redcap=_redcap(data["redcap"], slip) if "redcap" in data else None,
        omop_codes=_pairs(omop.get("codes", {}), "omop.codes", slip),
    )


def _wide(instrument: str, block: object, slip: Slip) -> list[WideColumn]:
    section = f"wide.{instrument}"
    columns = block.get("columns") if isinstance(block, dict) else None
    if not isinstance(block, dict) or set(block) != {"columns"} or not isinstance(columns, dict):
        raise slip(section, f"needs columns = {{ {instrument}_w0 = 0, {instrument}_w6 = 42 }}.")
    found = []
    for column, place in columns.items():
        if isinstance(place, str):
            found.append(WideColumn(column, instrument, date=place))
        else:
            found.append(WideColumn(column, instrument, day=_day(place, column, section, slip)))
    return found


def _day(value: object, name: str, section: str, slip: Slip) -> int:
    if type(value) is not int or not EARLIEST_DAY <= value <= LATEST_DAY:
        raise slip(section, f"{name} needs a whole day from {EARLIEST_DAY} to {LATEST_DAY}.")
    return value


def _redcap(block: object, slip: Slip) -> Redcap:
    if not isinstance(block, dict) or not isinstance(block.get("id"), str):
        raise slip("redcap", 'needs id = "record_id", the field of the record.')
    if unknown := sorted(set(block) - REDCAP_NAMES):
        known = ", ".join(sorted(REDCAP_NAMES))
        raise slip("redcap", f'"{unknown[0]}" means nothing here; known: {known}.')
    events, scores = block.get("events", {}), block.get("scores", [])
    if not isinstance(events, dict):
        raise slip("redcap", "events must give a day per event: { baseline_arm_1 = 0 }.")
    if not isinstance(scores, list) or not isinstance(block.get("labels_row", False), bool):
        raise slip("redcap", "needs [[redcap.scores]] blocks; labels_row is true or false.")
    days = {name: _day(day, name, "redcap.events", slip) for name, day in events.items()}
    episode = _pairs(block.get("episode", {}), "redcap.episode", slip)
    for name in episode:
        if name not in EPISODE_COLUMNS:
            raise slip("redcap.episode", f'"{name}" is no column of an episode.')
    if episode and "modality" not in episode:
        raise slip("redcap.episode", 'needs modality = "THEIR FIELD".')
    if not scores and not episode:
        raise slip("redcap", "needs a [[redcap.scores]] block or [redcap.episode].")
    return Redcap(
        id=block["id"],
        events=days,
        scores=tuple(_score(score, bool(days), slip) for score in scores),
        episode=episode,
        labels_row=block.get("labels_row", False),
    )


def _score(block: object, has_events: bool, slip: Slip) -> RedcapScore:
    section = "redcap.scores"
    if not isinstance(block, dict) or not set(block) <= SCORE_NAMES:
        raise slip(section, f"may hold {', '.join(sorted(SCORE_NAMES))}.")
    texts = [block[name] for name in ("instrument", "total", "date", "form") if name in block]
    if "instrument" not in block or not all(isinstance(text, str) for text in texts):
        raise slip(section, "needs instrument, total, date and form as texts.")
    items = tuple(_texts(block.get("items", []), section, "items", slip))
    if "total" not in block and not items:
        raise slip(section, f"{block['instrument']} needs total or items.")
    if len(items) > MOST_ITEMS:
        raise slip(section, f"{block['instrument']} has more than {MOST_ITEMS} items.")
    if "date" not in block and not has_events:
        raise slip(section, f"{block['instrument']} needs date, or [redcap] events with days.")
    if block.get("complete", "any") not in ("any", "2"):
        raise slip(section, 'complete is "2" (complete forms only) or "any".')
    return RedcapScore(
        instrument=block["instrument"],
        total=block.get("total"),
        items=items,
        date=block.get("date"),
        form=block.get("form"),
        complete=block.get("complete", "2") == "2",
    )


def _texts(value: object, section: str, name: str, slip: Slip) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise slip(section, f'{name} must be a list of texts, such as ["A", "B"].')
    return value


def _pairs(value: object, section: str, slip: Slip) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise slip(section, 'must hold lines such as OURS = "THEIRS".')
    return value
