"""What a person states about identity in the `[identity]` section of a mapping file."""

from collections.abc import Mapping as Pairs
from dataclasses import dataclass
from typing import Any

from analysis.errors import InputError
from analysis.store.declared import LIMITED, STRICT

IDENTITY_NAMES = {"profile", "attest", "hashed"}


@dataclass(frozen=True)
class Identity:
    """How far a file may go: by default no date, and no column that looks like persons' names.

    `profile` is "strict" (study days and the index year only) or "limited" (start dates stay).
    `attest` lists columns, by our name or theirs, that a person has looked at and found free of
    identifiers. `hashed` states that patient ids are keyed hashes: in the limited profile only.
    """

    profile: str = STRICT
    attest: frozenset[str] = frozenset()
    hashed: bool = False


def read_identity(section: Pairs[str, Any], file: str) -> Identity:
    """Return what the section states; raises InputError where a value has not its form."""
    profile = section.get("profile", STRICT)
    attest = section.get("attest", [])
    hashed = section.get("hashed", False)
    if profile not in (STRICT, LIMITED):
        raise InputError(file, '[identity] profile must be "strict" or "limited".')
    if not isinstance(attest, list) or not all(isinstance(name, str) for name in attest):
        raise InputError(file, '[identity] attest must be a list of columns, such as ["site"].')
    if not isinstance(hashed, bool):
        raise InputError(file, "[identity] hashed must be true or false.")
    if hashed and profile == STRICT:
        raise InputError(
            file,
            "[identity] hashed = true is for the limited profile: a hash of a record number is "
            "derived from the person. Import with --codes instead.",
            code="E413",
        )
    return Identity(profile, frozenset(attest), hashed)
