"""Which episodes we look at: a description, never a table of patients."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from analysis.errors import DefinitionError, UnknownName
from analysis.fields import EPISODE_FIELDS, level_label
from analysis.modality import MODALITIES, modality_label

# All episodes, where a cohort is asked for by a name.
ALL = "all"

Where = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Cohort:
    """Episodes whose fields have one of the named levels; no filter means all episodes.

    `where` holds one entry per field: its id and the levels that are kept, both sorted, so that
    two equal cohorts compare and hash equal. With `first_among` only the first episode of each
    patient counts, first among those that match one of these filters.
    """

    where: Where = ()
    first_among: tuple[Where, ...] = ()

    @classmethod
    def of(cls, filters: Mapping[str, Iterable[str]]) -> "Cohort":
        """Return the cohort for a mapping of field to levels; an empty list is no filter."""
        kept = {field: tuple(sorted(set(levels))) for field, levels in filters.items()}
        return cls(tuple(sorted((field, levels) for field, levels in kept.items() if levels)))

    @classmethod
    def parse(cls, texts: Iterable[str]) -> "Cohort":
        """Return the cohort that texts of the form FIELD=VALUE[,VALUE] describe.

        A value with a comma in it stands in double quotes.
        """
        filters: dict[str, list[str]] = {}
        for text in texts:
            field, sign, levels = text.partition("=")
            if not sign or not field.strip() or not levels.strip():
                raise DefinitionError(f'"{text}" is not a filter: write FIELD=VALUE[,VALUE].')
            if field.strip() in filters:
                raise DefinitionError(
                    f'The field "{field.strip()}" is filtered twice: write its values together, '
                    "with commas."
                )
            try:
                (values,) = csv.reader([levels], skipinitialspace=True)
            except (csv.Error, ValueError):
                raise DefinitionError(f'"{text}" is not a filter: its quotes do not end.') from None
            filters[field.strip()] = [level.strip() for level in values]
        return cls.of(filters)

    def first_episodes(self, *others: "Cohort") -> "Cohort":
        """Return the cohort of first episodes: each patient's first in this or another cohort."""
        return replace(self, first_among=(self.where, *(other.where for other in others)))

    def within(self, other: "Cohort") -> "Cohort | None":
        """Return the episodes that are in both cohorts; None where a field leaves none."""
        both = dict(self.where)
        for field, levels in other.where:
            kept = set(levels) & set(both.get(field, levels))
            if not kept:
                return None
            both[field] = tuple(sorted(kept))
        return Cohort.of(both)

    def texts(self) -> tuple[str, ...]:
        """Return the filters as texts of the form FIELD=VALUE[,VALUE], which `parse` reads."""
        return tuple(f"{field}={','.join(map(_quoted, levels))}" for field, levels in self.where)

    def check(self, levels: Mapping[str, Iterable[str]]) -> None:
        """Raise UnknownName for the first field or level that the store does not have."""
        for field, wanted in self.where:
            if field not in levels:
                raise UnknownName("field", field, levels)
            known = set(levels[field])
            for level in wanted:
                if level not in known:
                    raise UnknownName(f"{field} value", level, known)

    def sentence(
        self,
        labels: Mapping[str, str] = EPISODE_FIELDS,
        modalities: Mapping[str, str] = MODALITIES,
    ) -> str:
        """Return the cohort in one plain sentence."""
        if not self.where:
            return f"{'First' if self.first_among else 'All'} episodes."
        start = "First episodes" if self.first_among else "Episodes"
        return f"{start} with {self.words(labels, modalities)}."

    def words(
        self,
        labels: Mapping[str, str] = EPISODE_FIELDS,
        modalities: Mapping[str, str] = MODALITIES,
    ) -> str:
        """Return the filters as the words that name a group, such as `site north or valley`."""
        parts = []
        for field, levels in self.where:
            words = [
                modality_label(level, modalities) if field == "modality" else level_label(level)
                for level in levels
            ]
            label = labels.get(field, field)
            parts.append(f"{label[0].lower()}{label[1:]} {' or '.join(words)}")
        return "; ".join(parts) or "all episodes"


def _quoted(level: str) -> str:
    """Return a level as it stands in a filter: in quotes where it has a sign of its own there."""
    if any(sign in level for sign in ',"\r\n'):
        return '"' + level.replace('"', '""') + '"'
    return level
