"""Parts of resources in the form they must have: anything of another form counts as absent.

Names, addresses, contacts, identifiers, notes and narrative are parts that nothing here asks for.
"""

import re
from collections.abc import Mapping as Pairs
from typing import Any, NamedTuple

NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")
DAY = re.compile(
    r"([0-9]{4}(?:-[0-9]{2})?)|([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,12})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
ID = r"[A-Za-z0-9\-.]{1,64}"
REFERENCE = re.compile(rf"(?:https?://[^\s?#]+/|/)?Patient/({ID})(?:/_history/{ID})?")
URN = re.compile(r"urn:uuid:([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})")

ASSESSMENT_ROWS, EVENT_ROWS, PATIENT_ROWS = "assessments", "events", "patients"


class Row(NamedTuple):
    """A row of one of the tables, and the place in the resource that it was read from."""

    table: str
    cells: tuple[str | None, ...]
    source: str


class Refused(NamedTuple):
    """A resource that should have become a row: the rule it breaks and what would be right."""

    table: str
    rule: str
    allowed: str
    source: str


class Unread(NamedTuple):
    """A resource that is none of ours, or a warning: counted under `kind`, listed by `detail`."""

    kind: str
    detail: str = ""


Outcome = Row | Refused | Unread


class Misread(Exception):
    """A part that has not the form it must have: the rule it breaks and what would be right."""

    def __init__(self, rule: str, allowed: str) -> None:
        super().__init__(rule)
        self.rule, self.allowed = rule, allowed


def objects(value: Any) -> list[Pairs[str, Any]]:
    """Return the objects of a list; an empty list for anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def part(value: Any, name: str) -> Any:
    """Return a member of an object; None where there is no object or no such member."""
    return value.get(name) if isinstance(value, dict) else None


def text(value: Any) -> str:
    """Return a text; an empty one for anything else."""
    return value if isinstance(value, str) else ""


def number(value: Any) -> str:
    """Return a number as it was written; raises Misread for anything else."""
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return value
    raise Misread("not_a_number", "a number in valueInteger, valueQuantity or valueDecimal")


def day(value: Any) -> str | None:
    """Return the day of a date or time as it was written, None where there is none.

    The time and its offset are kept out: a day is the day at the clinic. A month or a year is
    handed on as it is. Raises Misread for anything that is no date.
    """
    if value is None:
        return None
    match = DAY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Misread("not_a_date", "a date such as 2025-03-31")
    return match[1] or match[2]


def patient(reference: Any, links: Pairs[str, str]) -> str | None:
    """Return the logical id of the patient that a reference points to, None where it does not.

    `links` holds the ids of patients by their address in the Bundle. References by an identifier,
    such as a record number, point to nothing here.
    """
    place = text(part(reference, "reference"))
    if place in links:
        return links[place]
    match = REFERENCE.fullmatch(place) or URN.fullmatch(place)
    return match[1] if match else None


def own_id(resource: Pairs[str, Any], full_url: str | None) -> str | None:
    """Return the logical id of a patient, or the one in its address in the Bundle."""
    if re.fullmatch(ID, text(resource.get("id"))):
        return text(resource["id"])
    return patient({"reference": full_url}, {})
