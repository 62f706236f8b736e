"""Long loops go all the way where TRD_OUTCOMES_LONG is 1, and a drawn part of it elsewhere."""

import os

WHOLE = os.environ.get("TRD_OUTCOMES_LONG") == "1"


def rounds(whole: int, part: int) -> int:
    """Return how many rounds a loop takes: the whole number, or a part that fits in `.ci/run`."""
    return whole if WHOLE else part
