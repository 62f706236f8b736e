"""The invented program: its treatments, sites and case mix. Every number here is a knob."""

from dataclasses import dataclass, field
from datetime import date

SEED = 3228
FIRST_DAY = date(2022, 1, 1)
AS_OF = date(2025, 12, 31)
PATIENTS = 1300
SECOND_EPISODES = 172
THIRD_EPISODES = 28

INFUSION_VISITS = (1, 7, 14, 22, 35, 56, 80, 120, 183, 270, 365)
TMS_VISITS = (7, 14, 21, 28, 35, 42, 77, 120, 183, 270, 365)
DRUG_VISITS = (14, 28, 42, 56, 81, 130, 183, 270, 365)


@dataclass(frozen=True)
class Modality:
    """One treatment. The shares are of the underlying severity, before noise and drop-out."""

    weight: float  # relative number of episodes
    respond: float  # share whose severity halves once the effect is complete
    remit: float  # share whose severity falls by three quarters
    baseline: float  # mean severity before treatment, in PHQ-9 points
    trials: float  # mean number of adequate antidepressant trials before
    effect_days: float  # time constant of the improvement
    relapse: float  # share of responders who relapse without maintenance
    maintenance: float  # share of responders who get maintenance sessions
    course: str  # which plan of sessions
    visits: tuple[int, ...]  # planned assessment days
    instruments: dict[str, float] = field(default_factory=dict)  # beyond PHQ-9 and GAD-7


MADRS = {"madrs": 0.9}
HAMD = {"hamd17": 0.85}
BDI = {"bdi2": 0.8}

MODALITIES = {
    "rtms": Modality(
        360, 0.56, 0.31, 17.5, 3.0, 14, 0.30, 0.15, "rtms", TMS_VISITS, {"hamd17": 0.3}
    ),
    "accelerated_tms": Modality(
        72, 0.96, 0.95, 18.0, 3.2, 4, 0.30, 0.10, "accelerated", INFUSION_VISITS[1:],
        {"madrs": 0.5},
    ),
    "ect": Modality(
        170, 0.57, 0.42, 21.0, 3.6, 9, 0.72, 0.35, "ect", (7, 14, 21, 35, *DRUG_VISITS[3:]), HAMD
    ),
    "iv_ketamine": Modality(
        190, 0.58, 0.33, 18.5, 3.6, 0.4, 0.90, 0.40, "ketamine", INFUSION_VISITS, MADRS
    ),
    "esketamine": Modality(
        130, 0.54, 0.38, 18.5, 3.4, 1, 0.50, 0.55, "esketamine", INFUSION_VISITS, MADRS
    ),
    "psilocybin": Modality(
        38, 0.46, 0.45, 17.5, 2.6, 0.5, 0.40, 0.0, "psilocybin", INFUSION_VISITS, MADRS
    ),
    "medication_switch": Modality(
        150, 0.29, 0.16, 16.8, 2.2, 18, 0.30, 0.0, "none", DRUG_VISITS, {"bdi2": 0.2}
    ),
    "augmentation": Modality(
        130, 0.375, 0.205, 17.0, 2.5, 16, 0.30, 0.0, "none", DRUG_VISITS, {"bdi2": 0.2}
    ),
    "psychotherapy": Modality(
        110, 0.54, 0.52, 15.6, 1.8, 18, 0.20, 0.0, "psychotherapy", DRUG_VISITS, BDI
    ),
    "vns": Modality(
        34, 0.75, 0.48, 19.5, 5.2, 100, 0.15, 0.0, "none",
        (28, 56, 82, 130, 183, 270, 365, 540, 730, 1095), MADRS,
    ),
    "rtms+psychotherapy": Modality(
        50, 0.58, 0.38, 17.5, 2.8, 14, 0.25, 0.15, "rtms", TMS_VISITS, BDI
    ),
    "iv_ketamine+psychotherapy": Modality(
        34, 0.58, 0.36, 18.5, 3.4, 0.4, 0.50, 0.40, "ketamine", INFUSION_VISITS, MADRS | BDI
    ),
    "medication_switch+psychotherapy": Modality(
        42, 0.46, 0.32, 16.8, 2.2, 18, 0.25, 0.0, "psychotherapy", DRUG_VISITS, BDI
    ),
}  # fmt: skip

# How many induction sessions are planned, by plan of sessions; one is drawn.
PLANNED_SESSIONS = {
    "rtms": (30, 36, 36),
    "accelerated": (50,),
    "ect": (6, 8, 9, 10, 12, 12),
    "ketamine": (6,),
    "esketamine": (8,),
    "psilocybin": (1, 2),
    "psychotherapy": (12, 16, 20),
    "none": (0,),
}


@dataclass(frozen=True)
class Site:
    weight: float
    trend: float  # change of the response propensity per start year, in standard deviations
    early_loss: tuple[float, float, float, float]  # lost before the acute endpoint, by start year
    instruments: dict[str, float] = field(default_factory=dict)


SITES = {
    "north": Site(0.36, 0.0, (0.05, 0.05, 0.05, 0.05), {"qids_sr16": 0.8}),
    "harbour": Site(0.36, 0.27, (0.05, 0.05, 0.05, 0.05)),
    "valley": Site(0.28, 0.0, (0.05, 0.14, 0.27, 0.40), {"bdi2": 0.15}),
}

# Share with the flag, and what the flag does to the response propensity.
FLAGS = {
    "comorbid_anxiety": (0.50, -0.15),
    "comorbid_ptsd": (0.20, -0.30),
    "comorbid_ocd": (0.07, -0.20),
    "comorbid_adhd": (0.12, -0.05),
    "comorbid_substance_use": (0.14, -0.35),
    "chronic_illness": (0.35, -0.10),
    "concurrent_medication": (0.80, 0.0),
    "pharmacogenetic_testing": (0.18, 0.0),
}
PER_TRIAL = -0.24  # of the response propensity, per adequate trial above the treatment's mean

# Share treated at home, by video or telehealth; devices and infusions never.
AT_HOME = {
    "psychotherapy": 0.30,
    "medication_switch+psychotherapy": 0.20,
    "medication_switch": 0.06,
    "augmentation": 0.06,
}

# Prior trials: how frequent each class is, and how many there are beside the adequate ones.
TRIAL_CLASSES = {
    "ssri": 0.32, "snri": 0.20, "augmentation": 0.13, "bupropion": 0.10, "mirtazapine": 0.09,
    "tca": 0.06, "vortioxetine": 0.05, "maoi": 0.02, "other": 0.03,
}  # fmt: skip
INADEQUATE = 0.7
DERIVED_AT, DERIVED_SHARE = "north", 0.5  # where the count of adequate ones is left to the trials
UNSURE = (
    0.5  # of the episodes without a count: share whose trials are known, but not all adequacies
)

# Score = intercept + slope x severity in PHQ-9 points, with this much noise; range 0 to maximum.
# GAD-7 follows its own, correlated, severity.
SCALES = {
    "phq9": (0.0, 1.0, 0.0, 27),
    "gad7": (0.0, 1.0, 0.0, 21),
    "qids_sr16": (1.0, 0.86, 1.2, 27),
    "madrs": (0.5, 1.75, 2.2, 60),
    "hamd17": (1.0, 1.15, 1.6, 52),
    "bdi2": (1.0, 1.68, 2.6, 63),
}


@dataclass(frozen=True)
class Form:
    """The items of an instrument. The last one asks about suicidal thoughts."""

    items: int
    most: int  # an item goes from 0 to this
    weights: tuple[float, ...]  # how much of the total each of the other items takes, relatively


FORMS = {
    "phq9": Form(9, 3, (1.1, 1.2, 1.2, 1.4, 0.9, 1.1, 1.0, 0.6)),
    "madrs": Form(10, 6, (1.1, 1.3, 1.0, 1.1, 0.7, 1.0, 1.1, 1.1, 0.9)),
}
PRORATED = 0.011  # share of PHQ-9 rows with one or two items left out; not every total allows it
# Share of those with suicidal thoughts whose thoughts cease within a day, whatever the severity.
CEASE_WITHIN_A_DAY = {"iv_ketamine": 0.40, "esketamine": 0.45, "psilocybin": 0.25}
EMERGE = 0.06  # share of those without suicidal thoughts who have some later

EPISODE_COLUMNS = (
    "episode_id", "patient_id", "modality", "site", "start_year", "follow_up_days",
    "induction_end_day", "planned_sessions", "age_band", "sex", "diagnosis", "psychotic_features",
    "episode_length", "adequate_trials", "prior_ect", "prior_tms", "comorbid_anxiety",
    "comorbid_ptsd", "comorbid_ocd", "comorbid_adhd", "comorbid_substance_use", "chronic_illness",
    "setting", "treatment_setting", "concurrent_medication", "pharmacogenetic_testing",
)  # fmt: skip
ITEM_COLUMNS = tuple(f"item_{number}" for number in range(1, 11))
ASSESSMENT_COLUMNS = ("episode_id", "instrument", "day", "score", *ITEM_COLUMNS)
SESSION_COLUMNS = ("episode_id", "session", "day", "phase")
TRIAL_COLUMNS = ("episode_id", "drug_class", "adequate")
EVENT_COLUMNS = ("episode_id", "day", "event")
