"""What was not read, counted: sentences for the person who imports."""

import re
from collections import Counter, defaultdict

from analysis.ingest.reading.fhir.shape import Unread

LISTED = 10
# More are counted and not told apart, so that a file of millions of codes cannot fill the memory.
MOST_TOLD_APART = 10_000
CODE = re.compile(r"[A-Za-z0-9/][A-Za-z0-9._/-]{0,29}")
SENTENCES = {
    "Observation": "{n} Observation resources with other codes were not read: {listed}.",
    "QuestionnaireResponse": "{n} QuestionnaireResponse resources without a known item were not "
    "read; their first items: {listed}.",
    "Condition": "{n} Condition resources with other codes were not read: {listed}.",
    "Encounter": "{n} Encounter resources that are no inpatient stay were not read.",
    "panel": "{n} Observation resources of a panel without a value of its own were not read.",
    "panel total": "Scores under the code of the whole panel were taken for totals: {listed}. "
    "Ask for the total's own code.",
    "page": "Pages of a search that further pages follow: {n}. Are all of them here?",
    "type": "Resources of other types were not read: {listed}.",
}


class Tally:
    """Counts of what was not read, by its kind and its code."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, found: Unread) -> None:
        counts = self._counts[found.kind]
        code = found.detail if CODE.fullmatch(found.detail) else "another form"
        if code not in counts and len(counts) >= MOST_TOLD_APART:
            code = "further ones"
        counts[code] += 1

    def notes(self) -> tuple[str, ...]:
        """Return one sentence for each kind, with the ten most frequent codes."""
        notes = []
        for kind, sentence in SENTENCES.items():
            counts = self._counts.get(kind)
            if counts:
                most = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
                listed = ", ".join(f"{code} ({n})" for code, n in most[:LISTED])
                listed += ", ..." if len(most) > LISTED else ""
                notes.append(sentence.format(n=counts.total(), listed=listed))
        return tuple(notes)
