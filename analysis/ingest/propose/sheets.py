"""Which sheets of a workbook a mapping is proposed for, and what [file] says of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.errors import InputError
from analysis.ingest.canonical import layout
from analysis.ingest.mapping import Mapping
from analysis.ingest.propose.profile import Table
from analysis.ingest.propose.proposal import FoundFile, Line
from analysis.ingest.propose.shaped import shape_of
from analysis.ingest.propose.tables import Looked
from analysis.ingest.reading.dictionary import is_dictionary
from analysis.ingest.reading.redcap import EVENT, FORM
from analysis.ingest.reading.shown import shown
from analysis.ingest.reading.staged import Staged

HIDDEN = "is hidden and could be mapped too; a hidden sheet is often an old copy"


@dataclass(frozen=True)
class Book:
    """A workbook that was looked at: its sheets, which are taken, which hidden ones could be."""

    name: str
    sheets: tuple[str, ...]
    taken: tuple[str, ...]
    hidden: tuple[str, ...] = ()


def chosen(looked: Sequence[Looked]) -> tuple[list[Looked], list[FoundFile], Book | None]:
    """Return the tables a mapping is proposed for, what was skipped, and the workbook if it is one.

    Of several sheets those that could be mapped; of these the visible ones, if there are any. Where
    none could be, all tables are taken, since their columns may have names that are not known.
    Raises the InputError of the first sheet where none holds a table.
    """
    tables = [one for one in looked if one.table is not None]
    if not tables:
        raise _error(looked)
    sheets = tuple(one.sheet for one in looked if one.sheet is not None)
    if len(sheets) < 2:
        return tables, [], Book(looked[0].name, sheets, sheets) if sheets else None
    unfit = {one.name: why for one in tables if one.table and (why := _unfit(one.table))}
    fit = [one for one in tables if one.name not in unfit] or tables
    taken = [one for one in fit if not one.hidden] or fit
    skipped = [
        FoundFile(one.name, f"skipped: {_why(one, unfit)}", one.table.rows if one.table else 0)
        for one in looked
        if one not in taken
    ]
    more = tuple(one.sheet or "" for one in fit if one not in taken)
    name = looked[0].name.removesuffix(f" [{shown(sheets[0], 40)}]")
    return taken, skipped, Book(name, sheets, tuple(one.sheet or "" for one in taken), more)


def _error(looked: Iterable[Looked]) -> InputError:
    for one in looked:
        if one.error is not None:
            return one.error
    return InputError("the workbook", "holds no sheet.", code="E101")


def _unfit(table: Table) -> str | None:
    """Return why a table fits no kind of file, whatever is decided; None where it fits one."""
    if is_dictionary(table.header):
        return "a data dictionary of REDCap"
    if {EVENT, FORM} & set(table.header):
        return None
    shape = shape_of(table)
    found = {*shape.found.places, *(line.key for line in shape.found.columns)}
    if shape.sections:
        return None if {"patient_id", "episode_id"} & found else "it has no column of patients"
    if shape.found.visit_column is not None:
        found.add("visit")
    try:
        layout(Staged(table.name, "", tuple(sorted(found)), "", 0), Mapping())
    except InputError as error:
        if error.code == "E210":
            return "its columns fit no kind of file"
        return _problem(error)
    return None


def _problem(error: InputError) -> str:
    """Return what is wrong with a sheet, without its name and the list of its columns."""
    if error.code in ("E201", "E202", "E203"):  # what stands in that row may be anybody's name
        return "its first row is no header"
    problem = str(error).removeprefix(error.file).partition(": ")[2]
    return problem.partition(" Columns found")[0].partition(" (E")[0].removesuffix(".")


def _why(one: Looked, unfit: dict[str, str]) -> str:
    why = unfit.get(one.name, HIDDEN) if one.error is None else _problem(one.error)
    return f"{why} (hidden)" if one.hidden and why != HIDDEN else why


def sheet_lines(books: Sequence[Book]) -> list[Line]:
    """Return what [file] has to say of sheets: nothing where no workbook has more than one.

    It holds for all workbooks of an import, so that it is a question where they differ.
    """
    lines: list[Line] = []
    same = len({book.taken for book in books}) < 2
    for book in books:
        if len(book.sheets) < 2:
            continue
        why = f"{len(book.taken)} of {len(book.sheets)} sheets of {book.name}"
        if not same:
            why += "; other workbooks have others: import them one after the other"
        line = Line("sheets", book.taken, why, same)
        if line.value not in [other.value for other in lines]:
            lines.append(line)
        if book.hidden:
            both = tuple(s for s in book.sheets if s in {*book.taken, *book.hidden})
            why = f"{', '.join(shown(s, 40) for s in book.hidden)}: hidden; if it is to be read too"
            lines.append(Line("sheets", both, f"{why}, this line instead of that above", False))
    return lines
