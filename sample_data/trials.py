"""The prior antidepressant trials of one episode, one by one."""

import numpy as np
from program import DERIVED_AT, DERIVED_SHARE, INADEQUATE, TRIAL_CLASSES, UNSURE

Trial = tuple[str, str]  # drug class and adequate: yes, no, or empty for unknown


def draw_trials(
    rng: np.random.Generator, site: int | str, true_count: int, recorded: int | str
) -> tuple[int | str, list[Trial]]:
    """The recorded count of adequate trials, and the trials.

    Where the count is known, the trials have as many adequate ones; one site leaves it to the
    trials to tell in about half of its episodes. Where it is unknown there are either no trials, or
    of one or two nobody knows whether they were adequate.
    """
    derived, unsure = rng.random() < DERIVED_SHARE, rng.random() < UNSURE
    inadequate = int(rng.poisson(INADEQUATE))
    unknown = int(rng.integers(1, 3))
    if recorded == "":
        adequate = ["yes"] * true_count + ["no"] * inadequate
        trials = _classes(rng, [*adequate[unknown:], *[""] * unknown])
        return "", trials if unsure else []
    if derived and site == DERIVED_AT:
        # A count of none must be told by at least one trial.
        recorded, inadequate = "", inadequate or int(true_count == 0)
    return recorded, _classes(rng, ["yes"] * true_count + ["no"] * inadequate)


def _classes(rng: np.random.Generator, adequate: list[str]) -> list[Trial]:
    """A class for each trial; what is usual early in treatment is most frequent."""
    names, weights = list(TRIAL_CLASSES), np.array(list(TRIAL_CLASSES.values()))
    drawn = rng.choice(len(names), len(adequate), p=weights / weights.sum())
    return [(names[int(k)], known) for k, known in zip(drawn, adequate, strict=True)]
