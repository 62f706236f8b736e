"""Changes compared where patients count with all their episodes."""

from collections.abc import Sequence

from analysis.compare.changes import Changes, adjusted_row, contrast
from analysis.compare.gates import why_hidden
from analysis.compare.groups import Groups
from analysis.compare.parts import hidden
from analysis.compare.results import Contrast, Gate, GroupRow
from analysis.stats.clustered_means import ClusteredMeans, clustered_means, mean, mean_difference
from analysis.stats.tally import moments

CLUSTERED = "variance clustered by patient"


def clustered_change(
    groups: Groups, changes: Changes, gates: Sequence[Gate]
) -> tuple[list[GroupRow], list[Contrast]]:
    """Return means of groups and their differences, with intervals clustered by patient."""
    names = groups.names
    crude, adjusted = (
        clustered_means(
            changes.group, changes.change, changes.patient, changes.episodes, baseline=baseline
        )
        for baseline in (None, changes.baseline)
    )
    rows: list[GroupRow] = []
    for at, name in enumerate(names):
        own = moments(changes.tally(at))
        found = mean(crude, at)
        rows.append(
            GroupRow(
                "mean_change",
                name,
                f"t interval, {CLUSTERED}",
                None,
                own.n,
                None,
                found.estimate,
                found.conf_low,
                found.conf_high,
                sd=own.sd,
            )
        )
        rows.append(adjusted_row(name, own.n, mean(adjusted, at)))
    contrasts: list[Contrast] = []
    models: dict[str, ClusteredMeans] = {
        "mean_difference": crude,
        "adjusted_mean_difference": adjusted,
    }
    for i, j in groups.pairs:
        pair = (names[i], names[j])
        reason = why_hidden(gates, pair)
        for measure, model in models.items():
            method = (
                f"linear model{'' if model is crude else ' with the baseline score'}, {CLUSTERED}"
            )
            found = mean_difference(model, i, j)
            one = contrast(measure, pair, method, found)
            contrasts.append(one if reason is None else hidden(one, reason))
    return rows, contrasts
