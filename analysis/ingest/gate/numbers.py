"""Check digits of the numbers that authorities and insurers give to persons.

A number of the right length proves nothing: one of eleven random ones passes. A column of which
half of at least 20 different numbers pass holds such numbers.
"""

from collections.abc import Callable, Sequence

LEAST_NUMBERS, LEAST_SHARE = 20, 0.5


def nhs(digits: str) -> bool:
    """Return whether ten digits pass the check of NHS numbers (weights 10 to 2, modulo 11)."""
    if len(digits) != 10:
        return False
    total = sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=False))
    return (11 - total % 11) % 11 == int(digits[9])


def luhn(digits: str) -> bool:
    """Return whether 10 to 19 digits pass Luhn's check, as accounts, cards and the IMEI do."""
    if not 10 <= len(digits) <= 19:
        return False
    doubled = [int(d) * (1 + at % 2) for at, d in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def npi(digits: str) -> bool:
    """Return whether ten digits pass the check of US provider numbers (Luhn after 80840)."""
    return len(digits) == 10 and digits[0] in "12" and luhn("80840" + digits)


def bsn(digits: str) -> bool:
    """Return whether nine digits pass the Dutch eleven test of citizen service numbers."""
    if len(digits) != 9:
        return False
    last = int(digits[8])
    total = sum(int(d) * w for d, w in zip(digits[:8], range(9, 1, -1), strict=True))
    return (total - last) % 11 == 0


def nir(digits: str) -> bool:
    """Return whether 15 digits pass the check of French social security numbers (modulo 97)."""
    return len(digits) == 15 and 97 - int(digits[:13]) % 97 == int(digits[13:])


CHECKS: dict[str, Callable[[str], bool]] = {
    "NHS numbers": nhs,
    "provider numbers (NPI)": npi,
    "account, card or device numbers": luhn,
    "Dutch citizen numbers": bsn,
    "French social security numbers": nir,
}


def checked_numbers(values: Sequence[str]) -> str | None:
    """Return the kind of number that half of at least 20 different digit texts pass, or None."""
    if len(values) < LEAST_NUMBERS:
        return None
    for kind, passes in CHECKS.items():
        if sum(map(passes, values)) >= LEAST_SHARE * len(values):
            return kind
    return None
