"""Values that identify a person by their form: one of them refuses a file.

`suspicious` and `candidate` are SQL and let more through than they must; `hard_hit` decides.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Callable

from analysis.store.quoting import literal

# Nothing that is shorter identifies anybody by its form. Letters and digits without a break do so
# only where a longer text begins with a digit, or has the length of a tax code or a digest.
SHORTEST, LONGEST_PLAIN, TELLING_LENGTHS = 6, 8, "16, 32, 40, 64"
# Matched as a whole, which takes half the time of looking for another sign anywhere.
PLAIN = "'[0-9A-Za-z_]*'"
# Every sign outside of ASCII counts as a letter here: the engine's tables of letters are slow.
_LETTER, _HIGH = r"[A-Za-z\x{80}-\x{10FFFF}]", r"[A-Z\x{80}-\x{10FFFF}]"
# What is handed to `hard_hit`: RE2, without what it lacks (no looking around).
_CANDIDATE = "|".join(
    [
        "@",
        r"://|(?i:www\.)|\.[A-Za-z]{2,4}/",
        r"\d{3}[-. ]\d{2}[-. ]\d{4}",
        r"\d{3}\)?[-. ]{0,2}\d{3}[-. ]\d{4}",
        r"\+ ?\(?\d{1,3}|\b00[2-9]\d[ ./(-]",
        r"\b0\)?\d{2,5}\)?[ /-]|\b0\d([ .-]\d\d){4}",
        r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}",
        r"::|([0-9A-Fa-f]{1,4}[:-]){5}",
        r"[A-Z]\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] \d[A-Z]\d",
        rf"\d{{5}} {_HIGH}|\d{{4}} ?[A-Z]{{2}},? {_HIGH}|[A-Z]{{2}} \d{{5}}",
        rf"{_LETTER}{{3}}.*[ ,.]\d|\d.* {_LETTER}{{3}}",
        r"\(01\)|\b01\d{14}|^\+[A-Z]",
        r"(?i:\b(mrn|ssn|nhs|npi|dob|s/n|serial)\b)",
        r"[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]",
        r"[^\x{0}-\x{24F}]",
    ]
)
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|"
    "NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|PR"
)
_UPPER, _LOWER = "A-Z\u00c0-\u00d6\u00d8-\u00de", "a-z\u00df-\u00f6\u00f8-\u00ff"
_WORD = rf"[{_UPPER}][{_UPPER}{_LOWER}'.-]*"
_STREETS = (
    r"Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Close|Square|Terrace|"
    r"Crescent|Parkway|Pkwy|Highway|Hwy|Circle|Gardens|Grove|Mews|Way|Place|Pl"
)
_BEFORE, _AFTER = r"(?<![\w-])", r"(?![\w-])"
_DIGITS = re.compile(r"\d")


def _digits(text: str) -> int:
    return len(_DIGITS.findall(text))


def _phone_abroad(text: str) -> bool:
    return 8 <= _digits(text) <= 16


def _phone_at_home(text: str) -> bool:
    """Return whether 0 and an area code are followed by a number, as in the UK and Germany."""
    digits = _digits(text)
    if "/" in text or "(" in text:
        return 8 <= digits <= 13
    return (9 if " " in text else 10) <= digits <= 13


def _pairs(text: str) -> bool:
    """Return whether pairs of digits are a French number, not items padded with zeros."""
    return len(re.findall(r"[ .-][1-9]", text)) >= 2


def _ipv4(text: str) -> bool:
    """Return whether four numbers are an address; 2.0.1.3 is a version."""
    parts = [int(part) for part in text.split(".")]
    return max(parts) <= 255 and max(parts) >= 10 and parts[0] > 0


def _ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _always(text: str) -> bool:
    return True


Detector = tuple[str, re.Pattern[str], Callable[[str], bool]]
HARD: tuple[Detector, ...] = tuple(
    (kind, re.compile(pattern, flags), accept)
    for kind, pattern, flags, accept in (
        ("an e-mail address", r"[\w.+%'-]{1,64}@[\w-]+(?:\.[\w-]+)+", 0, _always),
        ("a web address", r"(?:https?|s?ftp)://\S+|\bwww\.[\w-]+\.\w+", re.I, _always),
        (
            "a web address",
            r"\b(?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|info|io|de|fr|uk|eu|es|it|nl|ch|at)/\S",
            re.I,
            _always,
        ),
        (
            "a social security number",
            _BEFORE + r"\d{3}([- .])\d{2}\1\d{4}" + _AFTER,
            0,
            _always,
        ),
        (
            "a phone number",
            r"(?<![\w.-])(?:\+?1[-. ]{1,2})?(?:\(\d{3}\)[ -]?|\d{3}[-. ])\d{3}[-. ]\d{4}" + _AFTER,
            0,
            _always,
        ),
        (
            "a phone number",
            r"(?<![\w+])\+ ?\(?[1-9]\d{0,2}[\d ()./-]{5,20}\d(?!\w)",
            0,
            _phone_abroad,
        ),
        (
            "a phone number",
            _BEFORE + r"00[2-9]\d[ ./-]\(?[1-9][\d ()/-]{5,16}\d(?!\w)",
            0,
            lambda text: _digits(text) >= 10,
        ),
        (
            "a phone number",
            r"(?<![\w.(-])(?:\(0[1-9]\d{1,4}\) ?|0[1-9]\d{1,4} ?[ /-] ?)\d[\d -]{3,10}\d" + _AFTER,
            0,
            _phone_at_home,
        ),
        ("a phone number", _BEFORE + r"0[1-9](?:[ .-]\d\d){4}" + _AFTER, 0, _pairs),
        ("an IP address", r"(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]\w|\w)", 0, _ipv4),
        ("an IP address", r"(?<![\w:.])[0-9a-f:]*:[0-9a-f]*:[0-9a-f:]+(?![\w:])", re.I, _ipv6),
        (
            "a device address",
            r"(?<![\w:-])[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}(?![\w:-])",
            re.I,
            _always,
        ),
        (
            "a postcode",
            r"(?<![\w-])[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}" + _AFTER,
            0,
            _always,
        ),
        (
            "a postcode",
            r"(?<![\w-])[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d" + _AFTER,
            0,
            _always,
        ),
        (
            "a postcode",
            rf"(?:^|, ?)(?:D-)?\d{{5}} [{_UPPER}][{_LOWER}]{{2,}}",
            0,
            _always,
        ),
        (
            "a postcode",
            rf"(?<![\w-])[1-9]\d{{3}} ?[A-Z]{{2}},? [{_UPPER}][{_LOWER}]{{2,}}",
            0,
            _always,
        ),
        ("a postcode", rf", ?(?:{_STATES}),? \d{{5}}(?:-\d{{4}})?(?!\d)", 0, _always),
        ("a postcode", r"\bP\.? ?O\.? ?Box \d+", re.I, _always),
        (
            "a street",
            rf"(?<![\w.-])\d{{1,5}}[A-Za-z]? (?:{_WORD} ){{1,3}}(?:{_STREETS})\b",
            0,
            _always,
        ),
        (
            "a street",
            rf"\b(?:[{_UPPER}][{_LOWER}-]+ ?)(?:stra\u00dfe|strasse|str\.|weg|platz|allee|gasse|"
            r"damm|straat|laan|gracht|plein|kade) ?\d{1,4}(?!\d)",
            re.I,
            _always,
        ),
        (
            "a street",
            r"(?<![\w.-])\d{1,4}(?: ?bis| ?ter)?,? (?:rue|avenue|boulevard|place|chemin|all\u00e9e|"
            r"impasse|quai|cours) (?:de la |de l'|de |du |des |d'|la |le |l')?\w{2,}",
            re.I,
            _always,
        ),
        (
            "a street",
            rf"\b(?:Calle|Avenida|Avda\.?|Plaza|Paseo|Viale|Via|Piazza|Corso|Rua|Travessa) "
            rf"(?:[\w.']+ ){{0,4}}?{_WORD},? (?:n\.? ?)?\d{{1,4}}(?!\d)",
            0,
            _always,
        ),
        ("a device identifier", r"\(01\) ?\d{14}|(?<!\w)01\d{14}(?:1[017]|21)\w+", 0, _always),
        ("a device identifier", r"^\+[A-Z]\w{3}\w{1,18}\d[/$+]?[\w/$+]*$", 0, lambda t: len(t) > 8),
        (
            "a serial number",
            r"\b(?:S/N|Serial(?: (?:no|number)\b\.?)?)[:# ]+[A-Z-]*\d{3,}",
            re.I,
            _always,
        ),
        (
            "a record number",
            r"\b(?:MRN|SSN|NHS|NPI|DOB)\b[ :#.]*(?:no|nr|number|id)?[ :#.]*\d[\d ./-]{4,}",
            re.I,
            _always,
        ),
        (
            "a national number",
            r"(?<!\w)[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z](?!\w)",
            0,
            _always,
        ),
    )
)  # fmt: skip


def suspicious(column: str) -> str:
    """Return the SQL condition under which a text could identify anybody; false for null.

    `column` is an SQL expression. Plain numbers, short codes and words pass at once.
    """
    return (
        f"coalesce(strlen({column}) >= {SHORTEST} and (not regexp_full_match({column}, {PLAIN}) "
        f"or (strlen({column}) > {LONGEST_PLAIN} and (({column} >= '0' and {column} < ':') "
        f"or strlen({column}) in ({TELLING_LENGTHS})))), false)"
    )


def candidate(column: str) -> str:
    """Return the SQL condition under which `hard_hit` must look at a suspicious text."""
    return f"regexp_matches({column}, {literal(_CANDIDATE)})"


def normalised(text: str) -> str:
    """Return a text with wide signs, odd blanks and odd dashes as their plain ones."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub("[\u2010-\u2015\u2212\ufe63]", "-", text.replace("\u2019", "'"))
    return re.sub(r"\s+", " ", re.sub("[\u200b-\u200f\u202a-\u202e\u2060\ufeff]", "", text)).strip()


def hard_hit(text: str) -> tuple[str, str] | None:
    """Return what a text holds that identifies a person and its masked form, or None."""
    plain = normalised(text)
    for kind, pattern, accept in HARD:
        for match in pattern.finditer(plain):
            if accept(match.group()):
                return kind, masked(match.group())
    return None


def masked(text: str) -> str:
    """Return the form of a text without its content: `d` a digit, `a` or `A` a letter."""
    plain = normalised(text)
    if re.search(r".@.", plain):
        return f"{plain[0] if plain[0].isalpha() else '*'}***@***"
    form = "".join(
        "d" if s.isdigit() else ("A" if s.isupper() else "a") if s.isalpha() else s for s in plain
    )
    return form if len(form) <= 40 else form[:40] + "..."
