"""Whether a text has the form of a person's name, and is no place, clinic or clinical term."""

import re
from collections.abc import Collection

from analysis.ingest.gate.values import normalised
from analysis.ingest.gate.words import read_words, split

# What is handed to `looks_like_a_name`: two to five words of letters, a comma at most once.
NAME_FORM = r"\pL[\pL'\x{2019}.-]*(,? \pL[\pL'\x{2019}.-]*){1,4}"
_CAPITALISED = re.compile(r"[^\W\d_a-z][^\W\d_]*(?:['-][^\W\d_]+)*\.?")
_LISTS = {name: split(text) for name, text in read_words()["people"].items()}
_PARTICLES, _TITLES, _GIVEN = _LISTS["particles"], _LISTS["titles"], _LISTS["given"]
_PLACES_BEGIN, _TERMS = _LISTS["places_begin"], _LISTS["terms"]


def looks_like_a_name(text: str, known: Collection[str] = ()) -> bool:
    """Return whether a text reads as a person's name: "Jane Roe", "Roe, Jane", "Dr. Roe".

    Two to four capitalised words, or a common given name in whatever case; `known` holds lower-case
    texts that are no names because the mapping or the registry says what they are.
    """
    plain = normalised(text)
    if plain.lower() in known:
        return False
    last_first = plain.count(",") == 1
    words = [word for word in re.split(r"[ ,]+", plain) if word]
    if not 2 <= len(words) <= 5:
        return False
    lowered = [word.lower().strip(".") for word in words]
    if lowered[0] in _TITLES or (_GIVEN & {lowered[0], lowered[1] if last_first else lowered[0]}):
        return not set(lowered[1:]) & (_TERMS - _GIVEN)
    if set(lowered) & _TERMS or (lowered[0] in _PLACES_BEGIN and not last_first):
        return False
    proper = [w for w, low in zip(words, lowered, strict=True) if low not in _PARTICLES]
    if last_first and len(proper) >= 2 and plain.isupper():
        return True
    mixed = [w for w in proper if len(w.strip(".")) > 1]
    return (
        len(mixed) >= 2
        and all(_CAPITALISED.fullmatch(word) for word in proper)
        and not any(word.isupper() for word in mixed)
    )
