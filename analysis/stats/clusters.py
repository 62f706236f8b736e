"""Entries of one person are one cluster, not several independent people."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[Any] | Sequence[str | int | None]


def cluster_codes(patient: Labels) -> NDArray[np.int64]:
    """Return the cluster of each entry as a number from 0; entries without a code stand alone.

    `patient[i]` is the code of the person, None where there is none.
    """
    places: dict[Any, int] = {}
    codes = [
        places.setdefault(("no code", place) if who is None else who, len(places))
        for place, who in enumerate(patient)
    ]
    return np.array(codes, dtype=np.int64)
