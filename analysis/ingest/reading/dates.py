"""Dates as clinics write them: turned into 2025-03-31 where the form is declared, never guessed."""

import re
from dataclasses import dataclass
from typing import Any

import duckdb

from analysis.errors import InputError
from analysis.store.quoting import literal

DATE_COLUMNS = ("date", "start_date")
EPOCHS = {1900: "1899-12-30", 1904: "1904-01-01"}
# A time of day after a date; the day is the one that is written, whatever the offset from UTC.
TIME = (
    r"([T ]\s*\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?"
    r"\s*([AaPp]\.?[Mm]\.?)?\s*(Z|UTC|[+-]\d{2}:?\d{0,2})?)?"
)
ISO = r"\d{4}-\d{2}-\d{2}"
SERIAL = r"\d{5}(\.\d+)?"
TWO_DIGIT_YEAR = r"\d{1,2}([/.\-]\d{1,2}[/.\-]|[/.\- ][[:alpha:]]{3,9}[/.\- ])\d{2}" + TIME
PARTS = {
    "DD": (r"\d{1,2}", "%d"),
    "D": (r"\d{1,2}", "%d"),
    "MMM": ("[A-Za-z]{3}", "%b"),
    "MM": (r"\d{1,2}", "%m"),
    "M": (r"\d{1,2}", "%m"),
    "YYYY": (r"\d{4}", "%Y"),
}
TOKENS = re.compile("YYYY|MMM|MM|M|DD|D|[-/. ]")
UNDECLARED = (
    "no date in it is written like 2025-03-31, and its form is not guessed: write, for example, "
    'dates = "DD/MM/YYYY" under [file] of the mapping file.'
)


@dataclass(frozen=True)
class DateFormat:
    """A declared form of dates: as it was written, as a pattern, and for the engine's parser."""

    written: str
    pattern: str
    parser: str


def date_format(written: Any, file: str) -> DateFormat:
    """Return the form that [file] dates declares, such as DD/MM/YYYY or D-MMM-YYYY.

    Raises InputError where it is no such form, and for two-digit years: 25 may be 1925.
    """
    text = str(written)
    tokens = TOKENS.findall(text)
    letters = [token[0] for token in tokens if token in PARTS]
    if "Y" in text.upper() and "YYYY" not in text:
        raise InputError(
            file,
            "[file] dates: a year of two digits can be of two centuries; export the dates with "
            "four digits, such as DD/MM/YYYY.",
            code="E315",
        )
    if "".join(tokens) != text or sorted(letters) != ["D", "M", "Y"]:
        raise InputError(
            file,
            "[file] dates must be day, month and year in their order, such as DD/MM/YYYY, "
            "MM/DD/YYYY, DD.MM.YYYY, YYYYMMDD or D-MMM-YYYY.",
        )
    together = len(tokens) == 3  # without signs between them only full widths tell the parts apart
    pattern = "".join(
        PARTS[token][0].replace("{1,2}", "{2}" if together else "{1,2}")
        if token in PARTS
        else re.escape(token)
        for token in tokens
    )
    return DateFormat(text, pattern, "".join(PARTS.get(t, ("", t))[1] for t in tokens))


def iso_text(source: str, form: DateFormat | None, epoch: int | None) -> str:
    """Return the SQL that writes a date of text as 2025-03-31, in SQL and out.

    `source` is an SQL text. A time of day is cut off. What has neither this form nor the declared
    one, and no day of the calendar, stays as it is and is kept aside later with its reason.
    """
    # the usual form first and without a pattern, since most cells of most files have it
    whens = [
        f"when length({source}) = 10 and {source}[5] = '-' and {source}[8] = '-' then {source}",
        f"when regexp_full_match({source}, {literal(ISO + TIME)}) then left({source}, 10)",
    ]
    if form is not None:
        day = f"regexp_extract({source}, {literal('^' + form.pattern)})"
        parsed = f"cast(cast(try_strptime({day}, {literal(form.parser)}) as date) as varchar)"
        whens.append(
            f"when regexp_full_match({source}, {literal(form.pattern + TIME)}) "
            f"then coalesce({parsed}, {source})"
        )
    if epoch is not None:
        day = f"date '{EPOCHS[epoch]}' + cast(floor(cast({source} as double)) as integer)"
        whens.append(f"when regexp_full_match({source}, '{SERIAL}') then cast({day} as varchar)")
    return f"case {' '.join(whens)} else {source} end"


def check_dates(
    con: duckdb.DuckDBPyConnection,
    table: str,
    source: str,
    place: tuple[str, str],
    form: DateFormat | None,
    epoch: int | None,
) -> None:
    """Refuse a file whose date column as a whole has a form that was not declared.

    `source` is the column of the staged `table`, `place` the file and the clinic's name of the
    column. Single dates of another form are no matter of the column: their rows are kept aside.
    """
    iso = f"regexp_full_match({iso_text(source, form, epoch)}, {literal(ISO)})"
    # one date of a known form is enough, and words alone are no form: each row tells for itself
    if con.execute(f"select 1 from {table} where {iso} limit 1").fetchone():
        return
    if not con.execute(
        f"select 1 from {table} where regexp_matches({source}, '[0-9]') limit 1"
    ).fetchone():
        return
    serials, short, least, most = con.execute(
        f"select count(*) filter (where regexp_full_match({source}, '{SERIAL}')), "
        f"count(*) filter (where regexp_full_match({source}, {literal(TWO_DIGIT_YEAR)})), "
        f"min(n), max(n) from (select *, case when regexp_full_match({source}, '{SERIAL}') "
        f"then cast({source} as double) end as n from {table})"
    ).fetchone() or (0, 0, 0, 0)
    name, named = place
    if short:
        problem = (
            "its years have two digits, which can be of two centuries: export the dates with four "
            "digits, such as 31/03/2025."
        )
        raise InputError(name, problem, column=named, code="E315")
    if serials:
        raise InputError(name, _serials(con, least, most), column=named, code="E314")
    problem = UNDECLARED
    if form is not None:
        problem = (
            f"no date in it is written like 2025-03-31 or as {form.written}, which [file] dates "
            "declares: correct the declaration."
        )
    raise InputError(name, problem, column=named, code="E312")


def _serials(con: duckdb.DuckDBPyConnection, least: float, most: float) -> str:
    """Return what day numbers would mean in both systems, without a date that is in the file."""
    spans = []
    for system, start in EPOCHS.items():
        first, last, example = con.execute(
            f"select year(date '{start}' + {int(least)}), year(date '{start}' + {int(most)}), "
            f"cast(date '{start}' + 45750 as varchar)"
        ).fetchone() or (0, 0, "")
        years = f"in {first}" if first == last else f"from {first} to {last}"
        spans.append(f"in the {system} system 45750 is {example} and these lie {years}")
    return (
        f"it holds day numbers of a spreadsheet: {'; '.join(spans)}. Write excel_epoch = 1900 or "
        "excel_epoch = 1904 under [file] of the mapping file."
    )
