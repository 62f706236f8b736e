"""A comparison as code: the command line, the Python and the SQL that give the same answer."""

import json
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from decimal import Decimal
from math import inf, nextafter
from pathlib import Path
from typing import Any

from analysis.cohort import ALL, Cohort
from analysis.compare.plan import Comparison, Named
from analysis.compare.results import Code
from analysis.definition import Definition
from analysis.engines import DUCKDB
from analysis.store.reader import Asked

LOCAL = "local"
# The comparison's own options: what the command line calls each, where it is not its name.
OPTIONS = {"kind": "measure"}
# The line of the Python that the release policy stands in.
RELEASED = "answer = release_compared(answer, {policy})"


def code_for(
    store: Path | str,
    snapshot: str,
    cohort: Cohort,
    definition: Definition,
    comparison: Comparison,
    asked: Iterable[Asked] = (),
    *,
    policy: str = LOCAL,
    engine: str = DUCKDB,
) -> Code:
    """Return how to get the answer to a comparison again.

    `asked` are the questions that were recorded while it was answered. The code names the two
    groups and their filters, so that it gives the same answer after a saved cohort is forgotten.
    """
    question = (cohort, definition, comparison)
    return Code(
        command=command_line(store, *question, policy=policy, engine=engine),
        sql=sql_text(asked, snapshot),
        python=python_code(store, snapshot, *question, policy=policy, engine=engine),
    )


def released_code(code: Code, policy: str) -> Code:
    """Return code that was written for the policy "local" as code under another policy."""
    if policy == LOCAL:
        return code
    before, after = (RELEASED.format(policy=_python(name)) for name in (LOCAL, policy))
    return replace(
        code,
        command=f"{code.command} --release {shlex.quote(policy)}",
        python=code.python.replace(before, after),
    )


def code_as_of(code: Code, batch: int) -> Code:
    """Return code with the batch as of which the store was opened.

    Only the command line can open it so; the Python stops at another snapshot and says that.
    """
    return replace(code, command=f"{code.command} --as-of {batch}")


def command_line(
    store: Path | str,
    cohort: Cohort,
    definition: Definition,
    comparison: Comparison,
    *,
    policy: str = LOCAL,
    as_of: int | None = None,
    engine: str = DUCKDB,
) -> str:
    """Return the command that asks a comparison, for a shell, with every option that is chosen.

    The instrument is always said: which one is the first depends on the store.
    """
    words = ["trd-outcomes", "compare", str(store)]
    if engine != DUCKDB:
        words += _option("engine", engine)
    for name, value in _comparison_options(comparison):
        words += _option(name, value)
    for text in cohort.texts():
        words += _option("where", text)
    for name, value in _chosen(definition).items():
        words += _option(name, value)
    if as_of is not None:
        words += _option("as_of", str(as_of))
    if policy != LOCAL:
        words += _option("release", policy)
    return shlex.join(words)


def _option(name: str, value: str) -> list[str]:
    """Return an option and its value, joined where the value would be taken for an option."""
    option = f"--{name.replace('_', '-')}"
    return [f"{option}={value}"] if value.startswith("-") else [option, value]


def _chosen(definition: Definition) -> dict[str, str]:
    """Return the instrument and the parts of a definition that are not the first ones."""
    pairs, first = definition.to_query(), Definition().to_query()
    return {n: v for n, v in pairs.items() if n == "instrument" or v != first.get(n)}


def _changed(comparison: Comparison) -> dict[str, Any]:
    """Return what a comparison chooses beside its groups and its first choices."""
    return {
        field.name: getattr(comparison, field.name)
        for field in fields(comparison)
        if field.name not in ("by", "a", "b") and getattr(comparison, field.name) != field.default
    }


def _comparison_options(comparison: Comparison) -> list[tuple[str, str]]:
    options: list[tuple[str, str]] = []
    if comparison.by is not None:
        options.append(("by", comparison.by))
    for side, named in (("a", comparison.a), ("b", comparison.b)):
        if named is not None:
            options += [(side, text) for text in named.cohort.texts() or (ALL,)]
            options.append((f"{side}_name", named.name))
    for name, value in _changed(comparison).items():
        options.append((OPTIONS.get(name, name), _in_words(comparison, name, value)))
    return options


def _in_words(comparison: Comparison, name: str, value: Any) -> str:
    """Return a choice as it is written on the command line: the margin of rates in per cent."""
    if name == "visits":
        return ",".join(map(str, value))
    if name == "margin":
        return margin_text(comparison.kind, value)
    return str(value)


def margin_text(kind: str, margin: float) -> str:
    """Return a margin as it is typed: percentage points for rates, else points of the scale."""
    typed = margin
    if kind == "rates":
        near = float(Decimal(repr(margin)) * 100)
        around = (near, nextafter(near, inf), nextafter(near, 0))
        typed = next((one for one in around if typed_margin(kind, one) == margin), near)
    return f"{Decimal(repr(typed)).normalize():f}"


def typed_margin(kind: str, margin: float) -> float:
    """Return a typed margin as the engine takes it: 10 percentage points of rates as 0.1."""
    return margin / 100 if kind == "rates" else margin


def python_code(
    store: Path | str,
    snapshot: str,
    cohort: Cohort,
    definition: Definition,
    comparison: Comparison,
    *,
    policy: str = LOCAL,
    engine: str = DUCKDB,
) -> str:
    """Return a Python program that asks a comparison and prints its differences.

    It uses the public names of `analysis` only, and stops where the store holds other data.
    """
    names = ["Cohort", "Comparison", "compare", "definition_from_query", "open_store"]
    names += ["release_compared", *(["Named"] if comparison.a is not None else [])]
    query = _chosen(definition)
    asked_of = "" if engine == DUCKDB else f", {_python(engine)}"
    imported = "".join(f"    {name},\n" for name in sorted(names, key=lambda n: (n.islower(), n)))
    return f"""\
from analysis import (
{imported})

with open_store({_python(str(store))}{asked_of}) as store:
    # Where this fails the data have changed since: the numbers will differ. "trd-outcomes compare"
    # with --as-of BATCH answers from the data as they were; "trd-outcomes info" lists the batches.
    if store.snapshot != {_python(snapshot)}:
        raise SystemExit(f"The store is at snapshot {{store.snapshot}}, not {snapshot}.")
    answer = compare(
        store,
        {_cohort(cohort)},
        definition_from_query(
            {_python(query)},
            store.instruments,
        ),
        {_comparison(comparison)},
    )
{RELEASED.format(policy=_python(policy))}
for row in answer.contrasts:
    if row.not_shown is None:
        print(
            row.measure,
            f"{{row.group}} against {{row.against}}, {{row.method}}:",
            row.estimate,
            f"({{row.conf_low}} to {{row.conf_high}})",
        )
    else:
        print(row.measure, f"{{row.group}} against {{row.against}}: {{row.not_shown}}")
"""


def _python(value: Any) -> str:
    """Return a value as Python writes it, texts in double quotes where they can be."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if value.isprintable() else repr(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_python(k)}: {_python(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_python, value))}]"
    return repr(value)


def _cohort(cohort: Cohort) -> str:
    if not cohort.where:
        return "Cohort()"
    return f"Cohort.of({_python({field: list(levels) for field, levels in cohort.where})})"


def _comparison(comparison: Comparison) -> str:
    parts = [] if comparison.by is None else [f"by={_python(comparison.by)}"]
    parts += [
        f"{side}=Named({_python(named.name)}, {_cohort(named.cohort)})"
        for side, named in (("a", comparison.a), ("b", comparison.b))
        if isinstance(named, Named)
    ]
    parts += [f"{name}={_python(value)}" for name, value in _changed(comparison).items()]
    return f"Comparison({', '.join(parts)})"


def sql_text(asked: Iterable[Asked], snapshot: str) -> str:
    """Return recorded questions as SQL, each with its parameters before it; each once.

    The statements stand as the engine got them, with `$name` for each parameter.
    """
    different: Sequence[Asked] = list({_key(one): one for one in asked}.values())
    return "\n\n".join(
        "\n".join([*_heading(f"Question {number} of {len(different)}, snapshot {snapshot}.", one),
                   f"{one.sql.strip()};"])
        for number, one in enumerate(different, 1)
    )  # fmt: skip


def _key(asked: Asked) -> str:
    return json.dumps([asked.sql, dict(asked.parameters)], default=str)


def _heading(first: str, asked: Asked) -> list[str]:
    # as JSON, which has no line ends that would end the comment
    values = [f"--   ${n} = {json.dumps(v, default=str)}" for n, v in asked.parameters.items()]
    return [f"-- {first}", *(["-- Parameters:", *values] if values else [])]
