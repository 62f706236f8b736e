"""Cells as they are compared: without blanks around them, in the usual signs, the changes counted.

Full-width letters and digits become the usual ones, blanks of every width one blank, and signs that
nobody sees are dropped. Other signs stay: a superscript two is not a two.
"""

from collections.abc import Sequence

import duckdb

from analysis.store.quoting import literal

BLANKS = "\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
FULL_WIDTH = "".join(map(chr, range(0xFF01, 0xFF5F)))
USUAL = "".join(map(chr, range(0x21, 0x7F)))
UNSEEN = (
    "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\ufeff"
)
AROUND = " \t\r\n\v\f"
SIGNS = str.maketrans(
    dict(zip(FULL_WIDTH, USUAL, strict=True)) | dict.fromkeys(BLANKS, " ") | dict.fromkeys(UNSEEN)
)


def normal(text: str) -> str:
    """Return a text in the usual signs and without blanks around it, as `cleaned` does in SQL."""
    return text.translate(SIGNS).strip(AROUND)


def cleaned(names: Sequence[str], plain: bool) -> str:
    """Return the SQL that selects the cells of a table as they are compared, null where empty.

    A file without a blank and without a sign beyond ASCII is `plain`: nothing can change in it but
    that empty is null. Else a further column `changed` counts the changed cells of each row.
    """
    if plain:
        return ", ".join(f"nullif({name}, '') as {name}" for name in names)
    cells = {name: f"nullif(trim({_usual(name)}, {literal(AROUND)}), '')" for name in names}
    changed = " + ".join(
        f"coalesce(({name} <> '' and {cell} is distinct from {name})::integer, 0)"
        for name, cell in cells.items()
    )
    listed = ", ".join(f"{cell} as {name}" for name, cell in cells.items())
    return f"{listed}, {changed} as changed"


def _usual(name: str) -> str:
    signs, usual = FULL_WIDTH + BLANKS + UNSEEN, USUAL + " " * len(BLANKS)
    return (
        f"case when strlen({name}) = length({name}) then {name} "
        f"else translate(nfc_normalize({name}), {literal(signs)}, {literal(usual)}) end"
    )


def count_changed(con: duckdb.DuckDBPyConnection, table: str) -> tuple[str, ...]:
    """Drop the column `changed` of a staged table; return the note that says how many cells."""
    (cells,) = con.execute(f"select sum(changed) from {table}").fetchone() or (0,)
    con.execute(f"alter table {table} drop column changed")
    if not cells:
        return ()
    return (f"normalised: {cells} cells (blanks, full-width or invisible signs)",)
