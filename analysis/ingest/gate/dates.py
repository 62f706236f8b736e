"""The forms of dates and ages, as SQL conditions over a column of text."""

from analysis.store.quoting import literal

_YEAR, _MONTH, _DAY = r"(19|20)\d\d", r"(0?[1-9]|1[0-2])", r"(0?[1-9]|[12]\d|3[01])"
_NAMES = (
    "jan|feb|m\u00e4r|mar|apr|may|mai|mag|jun|jui|jul|aug|ago|ao\u00fb|sep|set|oct|okt|ott|out|nov|dec|dez|"
    "d\u00e9c|dic|gen|ene|abr|avr|f\u00e9v|fev|giu|lug|mei|mrt"
)
_WHOLE = (
    rf"{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}([T ].*)?",
    rf"{_DAY}[-/.]{_DAY}[-/.]({_YEAR})([T ].*)?",
)
_PARTS = (
    rf"{_DAY}[-/.]{_DAY}[-/.]\d\d",
    rf"{_YEAR}[-/.]{_MONTH}",
    rf"{_MONTH}[-/.]{_YEAR}",
    rf"{_YEAR}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])",
    rf"(?i:({_DAY}[ .-]*)?({_NAMES})\pL*[ .,-]*({_DAY}(st|nd|rd|th)?,? +)?({_YEAR}|\d\d))",
    rf"(?i:{_YEAR}[ -]({_NAMES})\pL*([ -]{_DAY})?)",
)
_OVER_89 = (
    r"(?i:(9\d|1[0-2]\d)([.,]\d+)?( ?(-|\x{2013}|to|bis) ?\d+)?( ?(y|yr|yrs|years?|jahre|ans))?)"
)
AGES_ALLOWED = "90+"


def whole_date(column: str) -> str:
    """Return the condition under which a text is a date with day, month and year."""
    return f"(strlen({column}) >= 8 and regexp_full_match({column}, {_any(_WHOLE)}))"


def date_like(column: str) -> str:
    """Return the condition under which a text tells at least the month of a date."""
    return f"(strlen({column}) >= 5 and regexp_full_match({column}, {_any((*_WHOLE, *_PARTS))}))"


def year_in(column: str) -> str:
    """Return the year of a whole date as SQL."""
    return f"cast(regexp_extract({column}, {literal(_YEAR)}) as integer)"


def compact_date(column: str) -> str:
    """Return the condition under which eight digits are a date such as 19620304."""
    return f"(strlen({column}) = 8 and regexp_full_match({column}, {literal(_PARTS[3])}))"


def over_89(column: str) -> str:
    """Return the condition under which a text tells an age above 89; `90+` does not."""
    return f"(strlen({column}) >= 2 and regexp_full_match({column}, {literal(_OVER_89)}))"


def _any(forms: tuple[str, ...]) -> str:
    return literal("|".join(forms))
