"""The mixed model for repeated measures (MMRM): change over all visits, compared between groups."""

from analysis.stats.repeated.covariance import DEFAULT_ORDER, STRUCTURES
from analysis.stats.repeated.inference import METHODS
from analysis.stats.repeated.model import repeated_measures
from analysis.stats.repeated.results import RepeatedMeasures, VisitDifference, VisitMean

__all__ = [
    "DEFAULT_ORDER",
    "METHODS",
    "STRUCTURES",
    "RepeatedMeasures",
    "VisitDifference",
    "VisitMean",
    "repeated_measures",
]
