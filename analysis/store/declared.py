"""What a store knows beyond the registry, as the mappings of its batches declared it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from analysis.errors import DefinitionError
from analysis.store.batches import Batch

STRICT, LIMITED = "strict", "limited"


@dataclass(frozen=True)
class Declared:
    """Instruments, modalities and fields (name: label) beyond the registry.

    `profile` is strict or limited, as the first batch had it; `codes` the key of the crosswalk by
    which ids were replaced. Both are None where there is no batch, or no crosswalk.
    """

    instruments: dict[str, dict[str, Any]] = field(default_factory=dict)
    modalities: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    profile: str | None = None
    codes: str | None = None

    @property
    def keeps_dates(self) -> bool:
        """Return whether start dates stay: in the limited profile only."""
        return self.profile == LIMITED

    @classmethod
    def of(cls, batches: Iterable[Batch]) -> "Declared":
        """Return what these batches declare together."""
        known = cls()
        for batch in batches:
            known = known.with_more(batch.declares)
        return known

    def with_more(self, declares: Mapping[str, Any]) -> "Declared":
        """Return this and what a further mapping declares.

        Raises DefinitionError where it declares an instrument otherwise than it is known: what was
        decided with it would change without a word.
        """
        for name, block in declares.get("instruments", {}).items():
            if self.instruments.get(name, block) != block:
                raise DefinitionError(
                    f"[instruments.{name}] was declared otherwise in an earlier import: what was "
                    "decided with it would change; use another name."
                )
        profile = declares.get("profile")
        if self.profile == STRICT and profile == LIMITED:
            raise DefinitionError(
                "This store has the strict profile, in which no dates are kept: import without "
                '[identity] profile = "limited", or into a new store.'
            )
        return Declared(
            profile=self.profile or profile,
            codes=self.codes or declares.get("codes"),
            instruments=self.instruments | declares.get("instruments", {}),
            modalities=self.modalities | declares.get("modalities", {}),
            fields=self.fields | declares.get("fields", {}),
        )
