"""Answers to comparisons written by hand: known numbers for frames and pictures."""

from dataclasses import replace

from analysis import Cohort, Definition
from analysis.compare.plan import Comparison, Named
from analysis.compare.results import (
    Adjustment,
    BalanceRow,
    Code,
    Compared,
    Contrast,
    Detectable,
    EValue,
    Gate,
    GroupRow,
    NonInferiority,
    OverallTest,
    ShrunkRate,
)

MET = {"ect": (60, 100), "iv_ketamine": (45, 90), "rtms": (120, 300)}
PAIRS = (("ect", "iv_ketamine"), ("ect", "rtms"), ("iv_ketamine", "rtms"))
GATE = "iv_ketamine: 4 episodes have an endpoint; at least 15 are needed."
MEND = "More follow-up, or a wider window."
LIMIT = "People were not assigned to groups by chance."


def _answer(comparison: Comparison, **parts) -> Compared:
    whole = {
        "comparison": comparison,
        "groups": tuple(MET),
        **dict.fromkeys(("rows", "contrasts", "overall", "gates", "adjustments", "e_values"), ()),
        **dict.fromkeys(("detectable", "non_inferiority", "shrunk", "notes"), ()),
        "limits": (LIMIT,),
        "cohort": "All episodes.",
        "repeated_sentence": "Only the first episode of each patient counts.",
        "definition": Definition(),
        "definition_sentence": "PHQ-9. Baseline: last score on day -14 to 0.",
        "rules": (("response", "half or less of the baseline"),),
        "code": Code("trd-outcomes compare store", "select 1", "compare(store)"),
        "snapshot": "00ff",
    }
    return Compared(**{**whole, **parts})


def counted(measure="response", met=MET) -> tuple[GroupRow, ...]:
    """Return one row per group with a made-up interval of ten per cent either way."""
    return tuple(
        GroupRow(
            *(measure, group, "Wilson", n, of, 7, n / of, n / of - 0.1, n / of + 0.1),
            completeness=0.81,
        )
        for group, (n, of) in met.items()
    )


def apart(measure="risk_difference", *, adjusted=False, **more) -> tuple[Contrast, ...]:
    """Return one contrast per pair: the first and the last intervals hold 0."""
    numbers = ((0.1, -0.04, 0.24), (0.2, 0.09, 0.31), (0.1, -0.02, 0.22))
    if measure.endswith("_ratio"):
        numbers = ((1.2, 0.9, 1.6), (1.5, 1.2, 1.9), (1.25, 0.97, 1.6))
    return tuple(
        Contrast(
            *(measure, *pair, "weighted" if adjusted else "Newcombe", *found, 0.02),
            **{"p_holm": 0.06, "p_bh": 0.03, "adjusted": adjusted, **more},
        )
        for pair, found in zip(PAIRS, numbers, strict=True)
    )


def rates(**parts) -> Compared:
    """Return three modalities that all pass, with everything that rates can have."""
    whole = {
        "rows": counted(),
        "contrasts": (*apart(), *apart("risk_ratio"), *apart("odds_ratio")),
        "overall": (OverallTest("response", "Chi-squared test", tuple(MET), 14.2, 2, 0.0008),),
        "gates": (Gate("endpoints", ("ect",), 100, 20, True, "ECT has 100 endpoints.", ""),),
        "detectable": tuple(
            Detectable(*pair, "risk_difference", 0.143, "80 % power") for pair in PAIRS
        ),
        "shrunk": tuple(
            ShrunkRate(group, n, of, n / of, 0.45, 0.3, 0.6) for group, (n, of) in MET.items()
        ),
    }
    return _answer(parts.pop("comparison", Comparison(by="modality")), **{**whole, **parts})


def gated() -> Compared:
    """Return an answer of which no pair may be shown."""
    contrasts = tuple(
        Contrast(c.measure, c.group, c.against, "", *(None,) * 4, not_shown=GATE)
        for c in rates().contrasts
    )
    test = OverallTest("response", "Chi-squared test", (), None, None, None, GATE)
    gate = Gate("endpoints", ("iv_ketamine",), 4, 15, False, GATE, MEND)
    return rates(contrasts=contrasts, overall=(test,), gates=(gate,), detectable=(), shrunk=())


def adjustment(group="ect", against="rtms") -> Adjustment:
    """Return the weighting of one pair: two levels, the baseline score, and a withheld level."""
    balance = (
        BalanceRow("sex", "female", 0.6, 0.5, 0.55, 0.55, 0.202, 0.0),
        BalanceRow("site", "north", 0.2, 0.5, 0.3, 0.34, -0.655, -0.086),
        BalanceRow("baseline", None, 21.4, 17.2, 18.9, 18.8, 0.84, 0.02),
        BalanceRow("site", "valley", *(None,) * 6, withheld=True),
    )
    tenths = tuple((n / 10, (n + 1) / 10, 3 * n, 30 - 3 * n) for n in range(9))
    overlap = (*tenths, (0.9, 1.0, 27, None))
    numbers = (80.4, 210.9, 0.84, 0.086, 3.2, 0.71)
    return Adjustment(
        *(group, against, "overlap", True, *numbers, overlap, balance, ("site: hill, dale",))
    )


def weighted() -> Compared:
    """Return rates as they are and weighted."""
    rows = tuple(
        GroupRow("weighted_rate", *("ect", "weights", None, 100, None, 0.55, 0.44, 0.66),
                 against="rtms")
        for _ in range(1)
    )  # fmt: skip
    return rates(
        comparison=Comparison(by="modality", adjust="overlap"),
        rows=(*counted(), *rows),
        contrasts=(*apart(), *apart(adjusted=True)),
        adjustments=(adjustment(), adjustment("ect", "iv_ketamine")),
        e_values=(EValue("ect", "rtms", 2.14, 1.4), EValue("ect", "iv_ketamine", None, None)),
        detectable=(),
    )


def visits() -> Compared:
    """Return the mean change of two groups of one's own at three visits."""
    a = Named("ECT", Cohort.of({"modality": ["ect"]}))
    b = Named("<b>Site</b>: north", Cohort.of({"site": ["north"]}))
    rows = tuple(
        GroupRow("visit_mean", name, "REML", None, 50 - day // 14, None,
                 -day / 14 - n, -day / 14 - n - 1, -day / 14 - n + 1, visit=day)
        for n, name in enumerate((a.name, b.name))
        for day in (84, 28, 14)
    )  # fmt: skip
    contrasts = tuple(
        Contrast("visit_difference", a.name, b.name, "REML", 1.0, -0.5, 2.5, 0.2, visit=day)
        for day in (14, 28, 84)
    )
    change = tuple(
        GroupRow("mean_change", n, "t", None, 50, 3, -6.2, -7.3, -5.1, sd=4.1, completeness=0.9)
        for n in (a.name, b.name)
    )
    return _answer(
        Comparison(a=a, b=b, kind="visits", visits=(14, 28, 84)),
        groups=(a.name, b.name),
        rows=(*change, *rows),
        contrasts=contrasts,
        notes=("Covariance: unstructured.",),
    )


def times() -> Compared:
    """Return the time to response of three modalities."""
    rows = tuple(
        GroupRow("mean_days_without_event", g, "Kaplan-Meier", n, of, None, 40.25, 35.0, 45.5)
        for g, (n, of) in MET.items()
    )
    tests = tuple(
        Contrast(measure, *pair, method, None, None, None, 0.04, statistic=4.2, df=1)
        for measure, method in (("log_rank", "Log-rank"), ("proportional_hazards", "Score test"))
        for pair in PAIRS
    )
    days = tuple(
        replace(found, estimate=-4.26, conf_low=-9.0, conf_high=0.5)
        for found in apart("rmst_difference", visit=84)
    )
    return _answer(
        Comparison(by="modality", kind="time"),
        rows=rows,
        contrasts=(*apart("hazard_ratio"), *days, *tests),
    )


def no_worse() -> Compared:
    """Return rates with a margin."""
    verdict = NonInferiority(
        *("ect", "rtms", "response", 0.1, "non_inferior"),
        "ect and rtms: not worse by the margin, since the interval is within it.",
    )
    return rates(comparison=Comparison(by="modality", margin=0.1), non_inferiority=(verdict,))
