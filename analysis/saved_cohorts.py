"""Cohorts that are kept by name, in the file `cohorts.toml` of a store.

They are descriptions, no data: a name, the filters, when they were saved and by whom. Everyone who
may open the store sees the names.
"""

import errno
import json
import re
import time
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.cohort import ALL, Cohort
from analysis.compare.plan import Named
from analysis.errors import DefinitionError, InputError, StoreBusy, StoreError, UnknownName
from analysis.fields import EPISODE_FIELDS
from analysis.modality import MODALITIES
from analysis.store import Store
from analysis.store.batches import current_user, now
from analysis.store.locking import writing
from analysis.store.manifest import COHORTS, put, read_manifest

LONGEST_NAME = 60
# A spreadsheet runs a cell that begins with one of these as a formula.
FORMULA = "=+-@"
# How long another saver is waited for, in seconds; an import takes longer, and is said.
PATIENCE = 2.0
READ_ONLY = {errno.EACCES, errno.EPERM, errno.EROFS}
HEAD = "# The saved cohorts of this store. trd-outcomes cohorts writes this file anew.\n"


@dataclass(frozen=True)
class SavedCohort:
    """A cohort under its name, with when (UTC) and by whom it was saved."""

    name: str
    cohort: Cohort
    when: str
    who: str

    @property
    def named(self) -> Named:
        return Named(self.name, self.cohort)


def cohort_name(text: str) -> str:
    """Return a name as it is kept: trimmed, and one way of writing each letter.

    Raises DefinitionError for a name that is empty, longer than 60 characters, has control
    characters, or could be taken for a formula, a filter or all episodes.
    """
    name = unicodedata.normalize("NFC", text.strip())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise DefinitionError(f"The name of a cohort has 1 to {LONGEST_NAME} characters.")
    if any(unicodedata.category(sign)[0] == "C" for sign in name):
        raise DefinitionError("The name of a cohort has no control characters.")
    if name[0] in FORMULA or "=" in name or name == ALL:
        raise DefinitionError(
            f'A cohort cannot be called "{name}": names do not begin with + - @, as formulas do, '
            f'nor hold =, the sign of a filter; "{ALL}" is all episodes.'
        )
    return name


def saved_cohorts(folder: Path | str) -> dict[str, SavedCohort]:
    """Return the saved cohorts of a store by name, in the order in which they were saved.

    Empty where nothing was saved. Fields and levels are as they were then: `Cohort.check` says
    which of them the store does not have now. Raises InputError for a file that is damaged.
    """
    file = Path(folder) / COHORTS
    try:
        return _read(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, DefinitionError) as error:
        raise _unreadable(file, error) from error


def cohorts_of(store: Store) -> dict[str, SavedCohort]:
    """Return the saved cohorts of an open store, or those that its export was made with."""
    if store.exported is None:
        return saved_cohorts(store.path)
    try:
        return _read(store.exported.cohorts or "")
    except (ValueError, DefinitionError) as error:
        raise _unreadable(store.place, error) from error


def _read(text: str) -> dict[str, SavedCohort]:
    """Return the cohorts of a file's text; raises ValueError or DefinitionError."""
    data = tomllib.loads(text)
    entries = data.pop("cohorts", {})
    if data or not isinstance(entries, dict):
        raise ValueError
    return {name: _saved(name, entry) for name, entry in entries.items()}


def _unreadable(file: object, error: Exception) -> InputError:
    why = error.strerror if isinstance(error, OSError) else "not as trd-outcomes writes it"
    return InputError(
        str(file),
        f"cannot be read as saved cohorts ({why}). Mend it, or take it from a backup; without "
        "the file there are no saved cohorts and all else works.",
        code="E511",
    )


def read_cohorts(folder: Path | str) -> Mapping[str, Cohort]:
    """Return the saved cohorts of a store by name, without when and by whom."""
    return {name: saved.cohort for name, saved in saved_cohorts(folder).items()}


def _saved(name: str, entry: Any) -> SavedCohort:
    """Return one entry of the file; raises ValueError where it is none."""
    if not isinstance(entry, dict) or set(entry) != {"where", "saved", "by"}:
        raise ValueError("not an entry")
    where, when, who = entry["where"], entry["saved"], entry["by"]
    texts = isinstance(when, str) and isinstance(who, str)
    if not texts or not isinstance(where, dict) or name != cohort_name(name):
        raise ValueError("not an entry")
    for levels in where.values():
        if not isinstance(levels, list) or not all(isinstance(level, str) for level in levels):
            raise ValueError("not a list of levels")
    return SavedCohort(name, Cohort.of(where), when, who)


def save_cohort(
    folder: Path | str, name: str, cohort: Cohort, who: str | None = None
) -> SavedCohort:
    """Keep a cohort under a name; `who` is the user's name where it is None.

    The same cohort again changes nothing. Raises DefinitionError for a name that cannot be, for a
    cohort without filters, and for a name that another cohort has; StoreBusy while an import runs.
    """
    saver = (who or current_user()).encode("utf-8", "replace").decode()
    wanted = SavedCohort(cohort_name(name), cohort, now(), saver)
    if not cohort.where:
        raise DefinitionError("A cohort without filters is all episodes: choose filters to save.")
    with _changing(Path(folder)) as kept:
        known = kept.setdefault(wanted.name, wanted)
        if known.cohort != cohort:
            raise DefinitionError(
                f'There is a cohort "{wanted.name}" with other filters: save these under another '
                "name, or forget that one first."
            )
    return known


def forget_cohort(folder: Path | str, name: str) -> SavedCohort:
    """Forget a saved cohort and return it, so that it can be put back; raises UnknownName."""
    with _changing(Path(folder)) as kept:
        found = find_cohort(kept, name)
        del kept[found.name]
    return found


def put_back(folder: Path | str, forgotten: SavedCohort) -> None:
    """Keep a cohort again that was forgotten, at its place in the order.

    Raises DefinitionError where another one has been saved under its name.
    """
    with _changing(Path(folder)) as kept:
        if kept.get(forgotten.name, forgotten).cohort != forgotten.cohort:
            raise DefinitionError(f'Another cohort is called "{forgotten.name}" by now.')
        later = [kept.pop(entry.name) for entry in [*kept.values()] if entry.when > forgotten.when]
        kept.setdefault(forgotten.name, forgotten)
        kept.update((entry.name, entry) for entry in later)


def find_cohort(saved: Mapping[str, SavedCohort], name: str) -> SavedCohort:
    """Return the saved cohort of a name; raises UnknownName, which lists those that there are."""
    wanted = unicodedata.normalize("NFC", name.strip())
    if wanted not in saved:
        raise UnknownName("saved cohort", name, saved)
    return saved[wanted]


def named_cohort(
    texts: Iterable[str],
    saved: Mapping[str, SavedCohort],
    name: str | None = None,
    labels: Mapping[str, str] = EPISODE_FIELDS,
    modalities: Mapping[str, str] = MODALITIES,
) -> Named:
    """Return the cohort of names of saved cohorts and FIELD=VALUE[,VALUE] filters, joined.

    `all` is all episodes. It is called `name`, else by the saved names, else by its filters in
    words. Raises UnknownName for a name that is not saved, DefinitionError where one field is
    filtered twice.
    """
    asked = [text for text in texts if text != ALL]
    filters = [text for text in asked if "=" in text]
    found = [find_cohort(saved, text) for text in asked if "=" not in text]
    cohort = Cohort.parse(filters + [text for one in found for text in one.cohort.texts()])
    own = Cohort.parse(filters)
    words = [own.words(labels, modalities)] if filters or not found else []
    return Named(name or " and ".join([*(one.name for one in found), *words]), cohort)


@contextmanager
def _changing(folder: Path) -> Iterator[dict[str, SavedCohort]]:
    """Hold the store, hand out its saved cohorts, and keep them as they are left."""
    read_manifest(folder)  # before the lock, which would make the folder
    try:
        with ExitStack() as held:
            _hold(held, folder)
            kept = saved_cohorts(folder)
            before = list(kept.values())
            yield kept
            if list(kept.values()) != before:
                put(folder, {COHORTS: _text(kept.values())})
    except StoreError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno in READ_ONLY:
            raise StoreError(
                f"{folder} can only be read here, so that no cohort can be saved or forgotten: "
                "ask whoever keeps the store. (E512)"
            ) from error
        raise


def _hold(held: ExitStack, folder: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            held.enter_context(writing(folder))
            return
        except StoreBusy:
            if time.monotonic() >= until:
                raise
        time.sleep(0.02)


def _text(saved: Iterable[SavedCohort]) -> str:
    """Return the file that holds these cohorts."""
    lines = [HEAD]
    for entry in saved:
        where = ", ".join(
            f"{_key(field)} = {_toml(levels)}" for field, levels in entry.cohort.where
        )
        lines += [
            f"[cohorts.{_toml(entry.name)}]",
            f"where = {{ {where} }}",
            f"saved = {_toml(entry.when)}",
            f"by = {_toml(entry.who)}\n",
        ]
    return "\n".join(lines)


def _key(field: str) -> str:
    return field if re.fullmatch(r"[A-Za-z0-9_-]+", field) else _toml(field)


def _toml(value: str | tuple[str, ...]) -> str:
    """Return a text or a list of texts as TOML."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
