"""Random study codes in place of a clinic's ids, kept in a crosswalk that only the clinic holds."""

from __future__ import annotations

import csv
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
from filelock import FileLock, Timeout

from analysis.errors import InputError, StoreBusy
from analysis.store.manifest import flush_folder
from analysis.store.quoting import literal

if TYPE_CHECKING:
    from analysis.ingest.canonical import Layout
    from analysis.ingest.reading.staged import Staged

# Without vowels no code reads as a word; without 0, 1, I, L and O none is misread.
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
LENGTH = 8
PREFIXES = {"patient_id": "S-", "episode_id": "E-"}
KEY_LINE = re.compile(r"# key ([2-9B-DF-HJKMNP-TV-XZ]{16})")
HEADER = ["column", "theirs", "code"]
TABLE = "study_code"


@dataclass(frozen=True)
class Codes:
    """One crosswalk while an import runs; its rows are in the temporary table `study_code`.

    That table has `number` (the order in the file), `kind` (patient_id or episode_id), `theirs`
    and `code`. `key_id` names the crosswalk: a store takes the codes of one only.
    """

    path: Path
    key_id: str

    def replace(self, con: duckdb.DuckDBPyConnection, staged: Staged, layout: Layout) -> None:
        """Replace the ids of a staged table by their codes; ids that are new get one each.

        An empty id stays empty. An id keeps the code that it was once given, and one that is such
        a code already stays: rows that were kept aside have codes, and come back mended.
        """
        for kind in PREFIXES:
            if kind in layout.positions:
                self._replace(con, staged.table, f"c{layout.positions[kind]}", kind)

    def _replace(self, con: duckdb.DuckDBPyConnection, table: str, cell: str, kind: str) -> None:
        known = f"select unnest([theirs, code]) from {TABLE} where kind = '{kind}'"
        con.execute(
            f"create or replace temp table new_code as select theirs, row_number() over () - 1 "
            f"as place from (select distinct {cell} as theirs from {table} "
            f"where {cell} is not null) where theirs not in ({known})"
        )
        new = con.execute("select count(*) from new_code").fetchone()
        wanted = int(new[0]) if new is not None else 0
        if wanted:
            _assign(con, kind, wanted)
        con.execute(
            f"update {table} set {cell} = s.code from {TABLE} s "
            f"where s.kind = '{kind}' and s.theirs = {table}.{cell}"
        )
        con.execute("drop table new_code")

    def save(self, con: duckdb.DuckDBPyConnection) -> None:
        """Write the crosswalk, readable by its owner only, and flush it to the disk.

        Comes before the store is published: a code in a store without its crosswalk could never
        be given to the same patient again. Until the last rename the old crosswalk stands.
        """
        part = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}.part")
        try:
            opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(opened, "w", encoding="utf-8", newline="") as handle:
                handle.write(f"# key {self.key_id}\n")
                writer = csv.writer(handle, lineterminator="\n")
                writer.writerow(HEADER)
                answer = con.execute(
                    f"select kind, theirs, code from {TABLE} order by number, kind, code"
                )
                while rows := answer.fetchmany(50_000):
                    writer.writerows(rows)
                handle.flush()
                os.fsync(handle.fileno())
            os.replace(part, self.path)
        finally:
            part.unlink(missing_ok=True)
        flush_folder(self.path.parent)


@contextmanager
def holding(con: duckdb.DuckDBPyConnection, path: Path, store: Path) -> Iterator[Codes]:
    """Hold a crosswalk for one import, with its codes in `con`; it is new where there is no file.

    Nothing is written before `Codes.save`. Raises InputError for a crosswalk inside the folder of
    the store or one that cannot be read, StoreBusy while another import holds it.
    """
    place = path.resolve()
    if place.is_relative_to(store.resolve()):
        raise InputError(
            str(path),
            "the crosswalk leads from codes back to patients and must not lie in the store. "
            "Keep it where only the clinic can read it.",
            code="E411",
        )
    if not place.parent.is_dir():
        raise InputError(str(path), "there is no such folder for the crosswalk.", code="E411")
    lock = FileLock(place.with_name(f"{place.name}.lock"), mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StoreBusy(path, None, "crosswalk") from None
    try:
        yield Codes(place, _load(con, place) if place.exists() else _new(con))
    finally:
        lock.release()


def check_key(stored: str | None, codes: Codes | None, file: str) -> None:
    """Raise InputError where a store that has patients gets ids of another making.

    `stored` is the key that the store was filled with, null where its ids came as they were. The
    same patient would be there twice under two codes.
    """
    given = codes.key_id if codes is not None else None
    if stored == given:
        return
    if stored is None:
        problem = "the store holds patients without codes, and this import brings codes."
        mend = "Import without --codes, or into a new store."
    elif given is None:
        problem = f"the store was filled with the crosswalk {stored}, and this import has none."
        mend = "Import with --codes and that crosswalk."
    else:
        problem = f"the store was filled with the crosswalk {stored}; this one is {given}."
        mend = "Import with that crosswalk, or into a new store."
    raise InputError(file, problem, allowed=mend, code="E412")


def _create(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        f"create or replace temp table {TABLE} "
        "(number bigint, kind varchar, theirs varchar, code varchar)"
    )


def _new(con: duckdb.DuckDBPyConnection) -> str:
    _create(con)
    return "".join(secrets.choice(ALPHABET) for _ in range(16))


def _load(con: duckdb.DuckDBPyConnection, path: Path) -> str:
    """Read a crosswalk into the table of codes and return its key; refuse one that was changed."""
    _create(con)
    broken = InputError(
        str(path),
        "is not a crosswalk as the import wrote it. Restore it from the clinic's backup; without "
        "it, earlier patients cannot be recognised.",
        code="E411",
    )
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            key = KEY_LINE.fullmatch(handle.readline().rstrip("\n"))
            if key is None or next(csv.reader([handle.readline()]), []) != HEADER:
                raise broken
        con.execute(
            f"insert into {TABLE} select row_number() over (), kind, theirs, code from read_csv("
            f"{literal(str(path))}, auto_detect=false, header=true, skip=1, delim=',', quote='\"', "
            "escape='\"', strict_mode=true, null_padding=false, nullstr='', "
            "columns={'kind': 'VARCHAR', 'theirs': 'VARCHAR', 'code': 'VARCHAR'})"
        )
    except (UnicodeDecodeError, duckdb.InvalidInputException, duckdb.ConversionException) as error:
        raise broken from error
    forms = " or ".join(
        f"(kind = '{kind}' and regexp_full_match(code, '{start}[{ALPHABET}]{{{LENGTH}}}'))"
        for kind, start in PREFIXES.items()
    )
    wrong = con.execute(
        f"select count(*) filter (where theirs is null or not coalesce({forms}, false)) + "
        f"count(*) - count(distinct code) + count(*) - count(distinct (kind, theirs)) from {TABLE}"
    ).fetchone()
    if wrong is None or wrong[0]:
        raise broken
    return key.group(1)


def _assign(con: duckdb.DuckDBPyConnection, kind: str, wanted: int) -> None:
    """Give every new id a random code that no other id has."""
    con.execute("create or replace temp table free_code (place bigint, code varchar)")
    start, free = literal(PREFIXES[kind]), 0
    while free < wanted:
        drawn = {"code": random_codes(wanted - free)}
        con.register("drawn_code", drawn)
        con.execute(
            f"insert into free_code select {free} + row_number() over () - 1, code from "
            f"(select distinct {start} || code as code from drawn_code) where code not in "
            f"(select code from {TABLE}) and code not in (select code from free_code)"
        )
        con.unregister("drawn_code")
        count = con.execute("select count(*) from free_code").fetchone()
        free = int(count[0]) if count is not None else 0
    con.execute(
        f"insert into {TABLE} select (select count(*) from {TABLE}) + n.place + 1, '{kind}', "
        "n.theirs, f.code from new_code n join free_code f using (place)"
    )
    con.execute("drop table free_code")


def random_codes(number: int) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Return random texts of eight signs, from the system's source of randomness."""
    size, most = number * LENGTH, 256 - 256 % len(ALPHABET)
    drawn = np.empty(0, dtype=np.uint8)
    while drawn.size < size:  # bytes above the last whole round would favour the first signs
        more = np.frombuffer(secrets.token_bytes(size - drawn.size + 64), dtype=np.uint8)
        drawn = np.concatenate([drawn, more[more < most]])
    signs = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)[drawn[:size] % len(ALPHABET)]
    return signs.view(f"S{LENGTH}").astype(f"U{LENGTH}").astype(object)
