"""Which values of a column may be shown: few, short ones that name no person."""

import re

from analysis.ingest.propose.names import instrument_of, modality_of, visit_day
from analysis.ingest.propose.profile import Column

LONGEST = 40
NAMES = re.compile(
    r"name|initial|e-?mail|phone|telefon|(^|_)(tel|mrn|ssn|nhs|npi|dob|kin)($|_)|mobile|fax|address"
    r"|adresse|street|strasse|city|postcode|zip|plz|birth|geburt|insurance|versicher|account|note"
    r"|comment|remark|kommentar|bemerkung|reason",
    re.IGNORECASE,
)
VALUES = re.compile(
    r"\S+@\S+|https?://|[^\W\d_a-z][a-zäöüß'-]+,? [^\W\d_a-z][a-zäöüß'-]+"
    r"|\+?\d[\d ()/-]{8,}\d|\d{3}-\d{2}-\d{4}"
)
# Our own columns whose names hold one of the words above.
NAMES_OF_OURS = {"scalename", "instrumentname", "visitname", "sitename"}
VISIT_WORDS = {
    *("visit", "week", "day", "month", "follow", "up", "baseline", "end", "of", "treatment", "pre"),
    *("post", "screening", "early", "termination", "final", "first", "last", "acute", "phase"),
    *("one", "two", "three", "four", "five", "six", "interim", "maintenance", "induction"),
}


def is_known(text: str) -> bool:
    """Return whether a value is a name of treatments, instruments or visits, not of a person."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    parts = [part.strip() for part in text.split("+")]
    return (
        all(modality_of(part)[1] for part in parts)
        or instrument_of(text)[1]
        or visit_day(text)[0] is not None
        or (bool(words) and set(words) <= VISIT_WORDS and not re.search(r"\d{3}", text))
    )


def may_show(column: Column) -> bool:
    """Return whether the levels of a column may be written into a proposal."""
    plain = re.sub(r"[^a-z]", "", column.name.lower())
    return (
        bool(column.levels)
        and column.longest <= LONGEST
        and (plain in NAMES_OF_OURS or not NAMES.search(column.name.replace(" ", "_")))
        and not any(VALUES.search(level) and not is_known(level) for level in column.levels)
    )
