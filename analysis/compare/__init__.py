"""Comparing groups: crude and adjusted differences, shown only where they can be defended."""

from analysis.compare.engine import compare
from analysis.compare.plan import Comparison, Named, parse_visits
from analysis.compare.released import release_compared
from analysis.compare.results import Compared

__all__ = ["Compared", "Comparison", "Named", "compare", "parse_visits", "release_compared"]
