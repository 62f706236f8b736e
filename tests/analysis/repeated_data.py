"""Made-up episodes for the tests of the mixed model for repeated measures."""

import numpy as np

from analysis.stats.repeated import repeated_measures


def drawn(seed=1, episodes=60, visits=4, groups=2, missing=0.25):
    """Return change, group and baseline of made-up episodes that are alike across visits."""
    rng = np.random.default_rng(seed)
    group, baseline = rng.integers(0, groups, episodes), rng.normal(22, 5, episodes).round()
    lag = np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))
    noise = rng.normal(size=(episodes, visits)) @ np.linalg.cholesky(30 * 0.6**lag).T
    outcome = -2.0 * np.arange(1, visits + 1) * (1 + 0.5 * group[:, None]) + noise
    outcome += -0.4 * (baseline - 22)[:, None]
    outcome[rng.random(outcome.shape) < missing] = np.nan
    return outcome, group, baseline


def fitted(*data, **options):
    """Return the model of change, group and baseline."""
    return repeated_measures(*data, **options)
