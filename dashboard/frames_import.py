"""What a check and the log of batches say, as tables of words."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from analysis.store.batches import IMPORT, REFUSED, WITHDRAWAL

KINDS = {IMPORT: "Import", WITHDRAWAL: "Withdrawal", REFUSED: "Refused"}
FILES = {
    "long": "scores with their episodes",
    "episodes": "episodes",
    "assessments": "scores",
    "sessions": "sessions",
    "events": "events",
    "trials": "prior trials",
    "patients": "patients",
}
# Longer cells are cut: a table is for reading.
LONGEST = 80
MOST_LISTED = 50


def equation(file: Mapping[str, Any]) -> str:
    """Return what became of the rows of a file, as the sum that it is."""
    ignored = f" ({file['ignored']:,} more left out by the mapping)" if file["ignored"] else ""
    return (
        f"{file['rows_read']:,} rows read{ignored} = {file['loaded']:,} to load + "
        f"{file['quarantined']:,} kept aside + {file['exact_duplicates']:,} exact duplicates"
    )


def preview_table(preview: Mapping[str, Any]) -> pd.DataFrame:
    """Return the first rows of a file in the columns that are stored, under our names."""
    names = [
        ours if ours == theirs else f"{ours} = {_cut(theirs)}"
        for ours, theirs in preview["columns"]
    ]
    rows = [["" if cell is None else _cut(cell) for cell in row] for row in preview["rows"]]
    return pd.DataFrame(rows, columns=names, dtype="str")


def rule_table(by_rule: Iterable[Iterable[Any]]) -> pd.DataFrame:
    """Return how many rows each rule keeps aside, by file."""
    return pd.DataFrame(
        [(file, f"{rows:,}", rule) for file, rule, rows in by_rule],
        columns=["File", "Rows", "Rule"],
    )


def aside_table(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the first rows that are kept aside: where, what is wrong, what would be right."""
    return pd.DataFrame(
        [
            (
                row["file"],
                f"{row['line']:,}",
                row["column"] or "",
                _cut(row["value"] or ""),
                row["rule"],
                row["allowed"],
            )
            for row in list(rows)[:MOST_LISTED]
        ],
        columns=["File", "Line", "Column", "Value", "Rule", "What would be right"],
    )


def batch_table(logged: Iterable[Any]) -> pd.DataFrame:
    """Return the batches of a store, a row for each file of each."""
    rows = []
    for one in logged:
        batch = one.batch
        state = KINDS[batch.kind]
        if batch.kind == IMPORT and not one.counts:
            state = "Import, does not count any more"
        if batch.kind == IMPORT and batch.corrections:
            state += " of corrections"
        if batch.ends is not None:
            state += f" of batch {batch.ends}" if batch.kind == WITHDRAWAL else ""
            state += f" in place of batch {batch.ends}" if batch.kind == IMPORT else ""
        about = (batch.when[:16].replace("T", " "), batch.who, state)
        for file in one.files or (None,):
            counts: tuple[str, ...] = ("", "", "", "", "")
            if file is not None:
                numbers = (file.rows_read, file.loaded, file.quarantined, file.exact_duplicates)
                counts = (_cut(file.file), *(f"{number:,}" for number in numbers))
            rows.append((str(batch.batch), *about, *counts, batch.mapping or "", batch.note or ""))
    columns = ["Batch", "When (UTC)", "Who", "What", "File", "Rows read", "Loaded", "Kept aside"]
    table = pd.DataFrame(rows, columns=[*columns, "Duplicates", "Mapping", "Why"], dtype="object")
    empty = [name for name in ("Mapping", "Why") if not any(table[name])]
    return table.drop(columns=empty)


def value_table(pairs: Mapping[str, str], unknown: Iterable[str]) -> pd.DataFrame:
    """Return values of the files with what they are here, those not known yet at the end."""
    rows = [*pairs.items(), *((value, None) for value in unknown if value not in pairs)]
    return pd.DataFrame(rows, columns=["In the files", "Here"], dtype="object")


def day_table(days: Mapping[str, int]) -> pd.DataFrame:
    """Return visit labels with the day that each stands for."""
    table = pd.DataFrame(list(days.items()), columns=["Visit", "Day"], dtype="object")
    return table.astype({"Day": "Int64"})


def pairs_of(table: pd.DataFrame) -> dict[str, Any]:
    """Return the rows of a table of two columns as pairs; rows that are not whole are left out."""
    whole = table.dropna()
    return dict(zip(whole.iloc[:, 0].astype(str), whole.iloc[:, 1].tolist(), strict=True))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
