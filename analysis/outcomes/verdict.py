"""Yes, no and unknown, and the share of symptoms that is left."""

import numpy as np
from numpy.typing import NDArray

from analysis.errors import DefinitionError
from analysis.instruments import Instrument

Scores = NDArray[np.float64]
Verdicts = NDArray[np.int8]

YES, NO, UNKNOWN = 1, 0, -1


def verdicts(met: NDArray[np.bool_], known: NDArray[np.bool_]) -> Verdicts:
    """Return YES where met, NO where not, UNKNOWN wherever it is not known."""
    return np.where(known, np.where(met, YES, NO), UNKNOWN).astype(np.int8)


def severity(scores: Scores, instrument: Instrument) -> Scores:
    """Return how far scores lie above "no symptoms", the zero of percent change.

    In whole steps of the scale, so that shares of it are exact: half of 20.2 above a floor of 20
    is 20.1. Mirrored for scales on which higher is better. Source: Obermeier 2011 and Leucht 2010
    on percent change for scales whose minimum is not zero. Raises DefinitionError for scales on
    which percent change is not defined.
    """
    floor = floor_of(instrument)
    points = scores - floor if instrument.higher_is_worse else floor - scores
    return np.round(points * instrument.units_per_point)


def floor_words(instrument: Instrument) -> str:
    """Return what must be said of the zero of percent change: nothing where it has a source.

    Raises DefinitionError where percent change is not defined.
    """
    floor = floor_of(instrument)
    return "" if instrument.verified("floor") else f", counted from {floor:g} (unverified)"


def floor_of(instrument: Instrument) -> float:
    """Return the zero of percent change; raises DefinitionError where there is none."""
    if instrument.floor is None:
        raise DefinitionError(
            f"Percent change is not defined on {instrument.label}: it has no response and no "
            "partial response."
        )
    return instrument.floor


def improvement(baseline: Scores, endpoint: Scores, instrument: Instrument) -> Scores:
    """Return how many points better the endpoint is than the baseline; negative where worse.

    Rounded to the steps of the scale, so that 60.3 to 55.3 is five points and no less.
    """
    points = baseline - endpoint if instrument.higher_is_worse else endpoint - baseline
    return np.round(points * instrument.units_per_point) / instrument.units_per_point


def both_known(baseline: Scores, endpoint: Scores) -> NDArray[np.bool_]:
    """Return where neither score is missing."""
    return ~(np.isnan(baseline) | np.isnan(endpoint))
