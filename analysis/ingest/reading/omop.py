"""Tables of an OMOP common data model: totals found by their LOINC codes, and the case mix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from analysis.errors import InputError
from analysis.ingest.reading.icd10 import FIELDS, LEVELS
from analysis.ingest.reading.omop_files import (
    MEASUREMENT,
    OBSERVATION,
    OmopFiles,
    cell_of,
    omop_files,
    read_kept,
    stage_table,
)
from analysis.ingest.reading.reshape import deal, header_for, set_aside, sql
from analysis.ingest.reading.source import Source
from analysis.ingest.reading.staged import Staged
from analysis.instruments import REGISTRY
from analysis.store.quoting import column, literal

if TYPE_CHECKING:  # the mapping holds what readers declare, so it imports them
    from analysis.ingest.mapping import Mapping

LOINC_CODES = {code: scale.id for scale in REGISTRY.values() for code in scale.loinc}
INPATIENT = "IP"


def stage_omop(
    con: duckdb.DuckDBPyConnection, source: Source, mapping: Mapping, table: str, folder: Path
) -> list[Staged]:
    """Return the scores, patients and events that the tables of a model hold.

    Scores are rows of MEASUREMENT and OBSERVATION whose concept is, by CONCEPT, the LOINC code of
    an instrument's total or what that maps to, or whose source value [omop.codes] names. Of other
    tables only persons with a score are taken. Raises InputError without CONCEPT, without a table
    that can hold scores, and where no row is a score.
    """
    files = omop_files(source)
    _check_tables(source, files)
    tables = _Tables(con, files, mapping, table, folder)
    tables.read_concepts()
    return tables.staged()


def _check_tables(source: Source, files: OmopFiles) -> None:
    if not {MEASUREMENT, OBSERVATION} & set(files.tables):
        raise InputError(
            source.name,
            "are tables of OMOP without scores: name MEASUREMENT or OBSERVATION too.",
            code="E221",
        )
    if "concept" not in files.tables:
        raise InputError(
            source.name,
            "are tables of OMOP without CONCEPT, which says what their concept ids mean. "
            "Name the CONCEPT file of the same model too.",
            code="E221",
        )


class _Tables:
    """The tables of one model while they are read; temporary tables carry the prefix `table`."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        files: OmopFiles,
        mapping: Mapping,
        table: str,
        folder: Path,
    ) -> None:
        self.con, self.files, self.mapping = con, files, mapping
        self.table, self.folder = table, folder
        self.concept, self.resolved = f"{table}_concept", f"{table}_resolved"
        self.codes, self.scored = f"{table}_codes", f"{table}_scored"
        self.conditions = f"{table}_conditions"
        self.done: list[Staged] = []
        self.remarks: list[str] = []

    def read_concepts(self) -> None:
        """Keep the concepts that matter, and resolve which of them are totals."""
        loinc, relationship = f"{self.table}_loinc", f"{self.table}_relationship"
        self._pairs(loinc, "code varchar, instrument varchar", LOINC_CODES.items())
        codes = self.mapping.tables.omop_codes.items()
        self._pairs(self.codes, "source_value varchar, instrument varchar", codes)
        totals = ", ".join(map(literal, LOINC_CODES))
        read_kept(
            self.con,
            self.files.tables["concept"],
            self.concept,
            "try_cast(concept_id as bigint) as concept_id, concept_name, vocabulary_id, "
            "concept_code",
            f"(vocabulary_id = 'LOINC' and concept_code in ({totals})) or vocabulary_id in "
            f"('Gender', 'ICD10CM') or (vocabulary_id = 'Visit' and concept_code = '{INPATIENT}')",
        )
        self.con.execute(
            f"create or replace temp table {relationship} (concept_id bigint, target bigint)"
        )
        if "concept_relationship" in self.files.tables:
            read_kept(
                self.con,
                self.files.tables["concept_relationship"],
                relationship,
                "try_cast(concept_id_1 as bigint) as concept_id, "
                "try_cast(concept_id_2 as bigint) as target",
                "relationship_id = 'Maps to' and try_cast(concept_id_1 as bigint) in "
                f"(select concept_id from {self.concept} where vocabulary_id = 'LOINC')",
            )
        query = sql(
            "omop_resolved",
            target=self.resolved,
            concept=self.concept,
            loinc=loinc,
            relationship=relationship,
        )
        self.con.execute(query)

    def _pairs(self, table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
        self.con.execute(f"create or replace temp table {table} ({columns})")
        for row in rows:
            places = ", ".join("?" * len(row))
            self.con.execute(f"insert into {table} values ({places})", list(row))

    def staged(self) -> list[Staged]:
        """Return one staged table per table of the model that gives rows."""
        self.con.execute(f"create or replace temp table {self.scored} (person_id varchar)")
        for name in (MEASUREMENT, OBSERVATION):
            if name in self.files.tables:
                self._scores(name)
        if not self.done:
            raise InputError(
                " and ".join(self.files.tables[n].name for n in (MEASUREMENT, OBSERVATION)
                             if n in self.files.tables),
                "holds no score: no concept is the LOINC code of a total that is known. Name the "
                'codes of your site in [omop.codes], such as "PHQ9-TOTAL" = "phq9".',
                code="E222",
            )  # fmt: skip
        if "person" not in self.files.tables and "condition_occurrence" in self.files.tables:
            notes = (*self.done[0].notes, "CONDITION_OCCURRENCE is read beside PERSON only.")
            self.done[0] = replace(self.done[0], notes=notes)
        for name, step in (
            ("person", self._patients),
            ("visit_occurrence", self._hospitalisations),
            ("death", self._deaths),
        ):
            if name in self.files.tables:
                step(self._read(name))
        return self.done

    def _read(self, name: str) -> Staged:
        table = f"{self.table}_{len(self.done) + 1}" if self.done else self.table
        staged = stage_table(self.con, self.files.tables[name], table, self.folder)
        return set_aside(self.con, staged)

    def _keep(self, raw: Staged, names: tuple[str, ...], query: str, what: str) -> int:
        """Stage the rows of a query; what gives no row is left out. Return the rows left out."""
        table = raw.table.removesuffix("_raw")
        header = header_for(self.mapping, names)
        staged = deal(self.con, raw, table, header, query)
        others = raw.rows - staged.rows
        self.con.execute(f"drop table {raw.table}")
        if staged.rows:
            notes = [f"{others:,} rows that are not {what} were left out."] if others else []
            if not self.done and self.files.unread:
                unread = ", ".join(path.name for path in self.files.unread)
                notes.append(f"Files of the folder that are not read: {unread}.")
            notes += self.remarks
            self.remarks = []
            # the columns of the model are all known: nobody has to look at the table before
            self.done.append(replace(staged, notes=(*staged.notes, *notes), before=None))
        return others

    def _scores(self, name: str) -> None:
        raw = self._read(name)
        query = sql(
            "omop_scores",
            raw=raw.table,
            codes=self.codes,
            resolved=self.resolved,
            person=cell_of(raw, ["person_id"]),
            concept=cell_of(raw, [f"{name}_concept_id"]),
            source_concept=cell_of(raw, [f"{name}_source_concept_id"]),
            source_value=cell_of(raw, [f"{name}_source_value"]),
            date=cell_of(raw, [f"{name}_date"]),
            datetime=cell_of(raw, [f"{name}_datetime"]),
            value=cell_of(raw, ["value_as_number"]),
        )
        table = raw.table.removesuffix("_raw")
        self._keep(raw, ("patient_id", "instrument", "date", "score"), query, "totals")
        self.con.execute(f"insert into {self.scored} select distinct c0 from {table}")

    def _patients(self, raw: Staged) -> None:
        self._conditions()
        query = sql(
            "omop_patients",
            person=raw.table,
            conditions=self.conditions,
            scored=self.scored,
            id=cell_of(raw, ["person_id"]),
            gender=cell_of(raw, ["gender_concept_id"]),
            concept=self.concept,
            fields="".join(f", d.{column(name)} as c{at}" for at, name in enumerate(FIELDS, 2)),
        )
        self._keep(raw, ("patient_id", "sex", *FIELDS), query, "persons with a score")

    def _conditions(self) -> None:
        """Gather what the diagnosis codes of each person say; nothing where there are none."""
        if "condition_occurrence" not in self.files.tables:
            columns = "".join(f", {column(name)} varchar" for name in FIELDS)
            self.con.execute(
                f"create or replace temp table {self.conditions} (person_id varchar{columns})"
            )
            return
        levels = f"{self.table}_levels"
        rows = [
            (code, lev.field, lev.level, lev.rank, code in lev.codes)
            for lev in LEVELS
            for code in (*lev.codes, *lev.left_out)
        ]
        columns = "prefix varchar, field varchar, level varchar, rank integer, fits boolean"
        self._pairs(levels, columns, rows)
        path = self.files.tables["condition_occurrence"]
        raw = stage_table(self.con, path, f"{self.table}_condition", self.folder)
        person = cell_of(raw, ["person_id"])
        stated = " union all ".join(
            f"select {person} as person_id, try_cast({cell_of(raw, [name])} as bigint) "
            f"as concept_id from {raw.table}"
            for name in ("condition_source_concept_id", "condition_concept_id")
        )
        fields = "".join(
            f", min_by(m.level, m.rank) filter (m.field = '{name}') as {column(name)}"
            for name in FIELDS
        )
        query = sql(
            "omop_conditions",
            target=self.conditions,
            levels=levels,
            concept=self.concept,
            stated=stated,
            fields=fields,
        )
        self.con.execute(query)
        (usable,) = self.con.execute(f"select count(*) from {raw.table}").fetchone() or (0,)
        if raw.rows > usable:
            left = f"{raw.rows - usable:,} rows of {raw.name} do not have the form of its header"
            self.remarks.append(f"{left} and say nothing.")
        self.con.execute(f"drop table {raw.table}")

    def _hospitalisations(self, raw: Staged) -> None:
        inpatient = (
            f"try_cast({cell_of(raw, ['visit_concept_id'])} as bigint) in "
            f"(select concept_id from {self.concept} where vocabulary_id = 'Visit')"
        )
        dates = ["visit_start_date", "visit_start_datetime"]
        self._events(raw, dates, "hospitalisation", inpatient)

    def _deaths(self, raw: Staged) -> None:
        self._events(raw, ["death_date", "death_datetime"], "death", "true")

    def _events(self, raw: Staged, dates: list[str], event: str, where: str) -> None:
        cells = [cell_of(raw, [name]) for name in dates]
        query = sql(
            "omop_events",
            raw=raw.table,
            person=cell_of(raw, ["person_id"]),
            date=f"left(coalesce({', '.join(cells)}), 10)",
            event=event,
            where=where,
            scored=self.scored,
        )
        what = f"a {event} of a person with a score"
        self._keep(raw, ("patient_id", "date", "event"), query, what)
