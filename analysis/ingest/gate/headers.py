"""Which column names name a person: whole words of seven languages, never parts of words."""

import re
import unicodedata
from functools import cache

from analysis.ingest.gate.words import read_words, split

Words = dict[str, frozenset[str]]


def words_of(header: str) -> tuple[str, ...]:
    """Return the words of a column name, without capitals and accents: `birthDate` is two."""
    text = unicodedata.normalize("NFKD", header.replace("\u00df", "ss"))
    text = "".join(sign for sign in text if not unicodedata.combining(sign))
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    text = re.sub(r"(?<=[a-z])['\u2019](?=s\b)", "", text.lower())
    return tuple(re.findall(r"[a-z]+", text.lower()))


@cache
def identifying_header(header: str) -> str | None:
    """Return what a column's name says it identifies, such as "date of birth", or None.

    Words are compared whole: `site_name` and `first_session` name nobody. Never raises.
    """
    words = words_of(header)
    joined = "".join(words)
    candidates = [words]
    parts = _parts(joined)
    if parts is not None:  # written without a break: patientname, DATEOFBIRTH
        candidates.append(parts)
    for tokens in candidates:
        found = _judge(tokens)
        if found is not None:
            return found
    return next((kind for kind, known in _STRONG.items() if joined in known), None)


def free_text_header(header: str) -> bool:
    """Return whether a column's name says that it holds free text."""
    return not _FREE_TEXT.isdisjoint(words_of(header))


def age_header(header: str) -> bool:
    """Return whether a column's name says that it holds an age in years."""
    words = set(words_of(header))
    return not _AGE.isdisjoint(words) and words <= _BESIDE_AGE


def _judge(words: tuple[str, ...]) -> str | None:
    if not words:
        return None
    sentence = f" {' '.join(words)} "
    for kind, phrases in _TOGETHER.items():
        if any(sentence.endswith(f" {p} ") or _only(words, p) for p in phrases):
            return kind
    essential = [word for word in words if word not in _QUALIFIERS]
    for kind, known in _STRONG.items():
        if words[-1] in known or (essential and essential[-1] in known):
            return kind
    if "birth" in words and "year" in words:
        return None
    for kind, known in _WEAK.items():
        if essential and all(word in known for word in essential) and _person(kind, words):
            return kind
    # "home address", "mailing address", "ip address": several kinds of words in one name
    if len(essential) > 1 and all(word in _MIXED for word in essential):
        return next(kind for kind, known in _WEAK.items() if not known.isdisjoint(essential))
    return None


def _only(words: tuple[str, ...], phrase: str) -> bool:
    """Return whether a column name is a phrase and words that only qualify it."""
    parts = phrase.split()
    rest = [word for word in words if word not in parts]
    return set(parts) <= set(words) and all(word in _QUALIFIERS for word in rest)


def _person(kind: str, words: tuple[str, ...]) -> bool:
    """Return whether weak words are meant of a person: `id` or `date` alone qualify nothing."""
    if kind == "device number":
        return words not in (("sn",),)
    if kind == "photograph or biometric":
        return words != ("face",)
    return True


def _parts(joined: str) -> tuple[str, ...] | None:
    """Return a text without breaks as known words one after the other, or None."""
    best: list[tuple[str, ...] | None] = [()] + [None] * len(joined)
    for end in range(1, len(joined) + 1):
        for start in range(max(0, end - 24), end):
            before = best[start]
            if before is not None and joined[start:end] in _JOINABLE:
                longer = (*before, joined[start:end])
                now = best[end]
                if now is None or len(longer) < len(now):
                    best[end] = longer
    return best[-1] if len(joined) > 5 else None


_KNOWN = read_words()
_STRONG: Words = {kind: split(text) for kind, text in _KNOWN["strong"].items()}
_WEAK: Words = {kind: split(text) for kind, text in _KNOWN["weak"].items()}
_TOGETHER: dict[str, list[str]] = _KNOWN["together"]
_QUALIFIERS, _FREE_TEXT = split(_KNOWN["qualifiers"]), split(_KNOWN["free_text"])
_AGE = split(_KNOWN["age"])
_BESIDE_AGE = _AGE | _QUALIFIERS | split(_KNOWN["age_beside"])
_MIXED = frozenset().union(*_STRONG.values(), *_WEAK.values())
_SHORT = frozenset({"of", "no", "id", "nr"})
_JOINABLE = _SHORT | {
    word
    for word in (
        *_MIXED,
        *_QUALIFIERS,
        *(w for phrases in _TOGETHER.values() for p in phrases for w in p.split()),
    )
    if len(word) > 2
}
