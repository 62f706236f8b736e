"""`trd-outcomes cohorts`: filters that are kept by name."""

import argparse
import shlex

from rich.table import Table

from analysis.cohort import Cohort
from analysis.errors import DefinitionError, UnknownName
from analysis.saved_cohorts import SavedCohort, forget_cohort, save_cohort, saved_cohorts
from analysis.store import Store, open_store
from dashboard.commands import terminal
from dashboard.commands.question import cohort_of
from dashboard.commands.terminal import plain


def run(options: argparse.Namespace) -> None:
    """Save or forget a cohort where that is asked, then list those that there are."""
    console = terminal.console()
    cohort = _wanted(options)
    with open_store(options.store) as store:
        if options.save is not None:
            cohort.check(store.levels)
            saved = save_cohort(options.store, options.save, cohort, options.who)
            console.print(f'Saved as "{plain(saved.name)}": {plain(_sentence(store, saved))}')
        if options.forget is not None:
            gone = forget_cohort(options.store, options.forget)
            again = shlex.join(w for text in gone.cohort.texts() for w in ("--where", text))
            console.print(f'Forgotten: "{plain(gone.name)}", which was {plain(again)}')
        kept = saved_cohorts(options.store)
        if not kept:
            console.print("No cohorts are saved.")
            return
        table = Table(title="Saved cohorts", title_justify="left", box=None)
        for heading in ("name", "episodes", "saved", "by"):
            table.add_column(heading)
        for entry in kept.values():
            cells = (entry.name, _sentence(store, entry), entry.when[:10], entry.who)
            table.add_row(*(plain(cell) for cell in cells))
        console.print(table)


def _wanted(options: argparse.Namespace) -> Cohort:
    """Return the cohort of the filters; raises DefinitionError where the options do not fit."""
    if options.save is not None and options.forget is not None:
        raise DefinitionError("Save one cohort or forget one: not both at a time.")
    if options.where and options.save is None:
        raise DefinitionError("Filters are saved under a name: --save NAME says which.")
    return cohort_of(options)


def _sentence(store: Store, saved: SavedCohort) -> str:
    """Return a cohort in words, and what of it the store does not have any more."""
    sentence = saved.cohort.sentence(store.fields, store.modalities)
    try:
        saved.cohort.check(store.levels)
    except UnknownName as error:
        return f'{sentence} It cannot be used now: this store has no {error.kind} "{error.value}".'
    return sentence
