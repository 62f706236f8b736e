"""The registry: one TOML file per instrument beside this one, read when it is asked for."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from analysis.errors import DefinitionError
from analysis.instruments.load import load_instrument, parse_rule
from analysis.instruments.model import Instrument, RemissionRule

FOLDER = Path(__file__).parent


@cache
def instrument_data(name: str) -> Mapping[str, Any]:
    """Return what the file of one instrument says; raises KeyError where there is none."""
    file = FOLDER / f"{name}.toml"
    if not name.isidentifier() or not file.is_file():
        raise KeyError(name)
    return tomllib.loads(file.read_text("utf-8"))


@cache
def _loaded(name: str) -> Instrument:
    return load_instrument(instrument_data(name), f"{name}.toml")


class Registry(Mapping[str, Instrument]):
    """All instruments by id. A file is read when its instrument is first asked for.

    An answer of the command line needs one instrument; reading all of them would take longer than
    the answer.
    """

    def __init__(self, declared: Mapping[str, Instrument] | None = None) -> None:
        self._declared = declared or {}
        files = {file.stem for file in FOLDER.glob("*.toml")}
        self._names = tuple(sorted(files | set(self._declared)))

    def __getitem__(self, name: str) -> Instrument:
        return self._declared[name] if name in self._declared else _loaded(name)

    def __or__(self, declared: Mapping[str, Instrument]) -> "Registry":
        return Registry(declared)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


REGISTRY = Registry()


def remission_rule(instrument: Instrument, rule_id: str | None) -> RemissionRule | None:
    """Return the remission rule to use: the named one, or the instrument's default.

    A rule that follows the pattern but is not in the registry is allowed and marked unverified.
    None where no rule was named and the instrument has none. Raises DefinitionError for a rule
    of another instrument or with a cut outside the instrument's range.
    """
    if rule_id is None:
        return instrument.default_remission
    known = next((rule for rule in instrument.remission if rule.id == rule_id), None)
    if known is not None:
        return known
    offered = ", ".join(rule.id for rule in instrument.remission) or "none"
    rule = parse_rule(rule_id)
    if not rule_id.startswith(f"{instrument.id}_{rule.operator}"):
        raise DefinitionError(
            f'The remission rule "{rule_id}" is not one of {instrument.label}. Known: {offered}.'
        )
    if instrument.scored and not instrument.low <= rule.cut <= instrument.high:
        raise DefinitionError(
            f'The remission rule "{rule_id}" has a cut outside the range of {instrument.label}, '
            f"{instrument.low:g} to {instrument.high:g}."
        )
    return rule
