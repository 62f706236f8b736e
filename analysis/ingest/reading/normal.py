"""Cells as they are compared: without blanks around them, in the usual signs, the changes counted.

Full-width letters and digits become the usual ones, blanks of every width one blank, and signs that
nobody sees are dropped. Other signs stay: a superscript two is not a two.
"""

from collections.abc import Sequence

import duckdb

from analysis.store.quoting import literal

BLANKS = "\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
FULL_WIDTH = "".join(map(chr, range(0xFF01, 0xFF5F)))
USUAL_WIDTH = "".join(map(chr, range(0x21, 0x7F)))
UNSEEN = (
    "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\ufeff"
)
AROUND = " \t\r\n\v\f"
# What makes a cell one that changes: blanks around it, or a sign that has a usual one.
TOUCHED = (
    rf"^[{AROUND}]|[{AROUND}]$|[{BLANKS}{UNSEEN}{FULL_WIDTH[0]}-{FULL_WIDTH[-1]}"
    "\u0300-\u036f\u1100-\u11ff]"
)
# What can change in the cells of a file, told from its bytes alone. The first bytes of the signs
# above in UTF-8 are rare in western text, where letters with accents begin with others.
USUAL, BLANK, ANY = range(3)
OTHER_BLANKS = (b"\t", b"\v", b"\f")
LEADS = tuple(bytes([lead]) for lead in b"\xc2\xcc\xcd\xd8\xe1\xe2\xe3\xef")
SIGNS = str.maketrans(
    dict(zip(FULL_WIDTH, USUAL_WIDTH, strict=True))
    | dict.fromkeys(BLANKS, " ")
    | dict.fromkeys(UNSEEN)
)


def normal(text: str) -> str:
    """Return a text in the usual signs and without blanks around it, as `cleaned` does in SQL."""
    return text.translate(SIGNS).strip(AROUND)


def level_of(content: bytes) -> int:
    """Return what can change in the cells of a piece of a file: USUAL, BLANK or ANY."""
    if any(sign in content for sign in OTHER_BLANKS):
        return ANY
    if not content.isascii() and any(lead in content for lead in LEADS):
        return ANY
    return BLANK if b" " in content else USUAL


def cleaned(names: Sequence[str], level: int) -> str:
    """Return the SQL that selects the cells of a table as they are compared, null where empty.

    In a file of the level USUAL nothing can change but that empty is null, in one of the level
    BLANK only spaces around cells. Above USUAL a further column `changed` counts the changed cells
    of each row.
    """
    if level == USUAL:
        return ", ".join(f"nullif({name}, '') as {name}" for name in names)
    cells = {name: f"nullif({_usual(name, level)}, '')" for name in names}
    changed = " + ".join(
        f"coalesce(({name} <> '' and {cell} is distinct from {name})::integer, 0)"
        for name, cell in cells.items()
    )
    listed = ", ".join(f"{cell} as {name}" for name, cell in cells.items())
    return f"{listed}, {changed} as changed"


def _usual(name: str, level: int) -> str:
    if level == BLANK:
        return f"trim({name})"
    signs, usual = FULL_WIDTH + BLANKS + UNSEEN, USUAL_WIDTH + " " * len(BLANKS)
    translated = f"translate(nfc_normalize({name}), {literal(signs)}, {literal(usual)})"
    return (
        f"case when regexp_matches({name}, {literal(TOUCHED)}) "
        f"then trim({translated}, {literal(AROUND)}) else {name} end"
    )


def count_changed(con: duckdb.DuckDBPyConnection, table: str) -> tuple[str, ...]:
    """Drop the column `changed` of a staged table; return the note that says how many cells."""
    (cells,) = con.execute(f"select sum(changed) from {table}").fetchone() or (0,)
    con.execute(f"alter table {table} drop column changed")
    if not cells:
        return ()
    return (f"normalised: {cells} cells (blanks, full-width or invisible signs)",)
