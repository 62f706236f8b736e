"""Episode attributes that a cohort can be filtered and grouped by, with their words."""

# In the order in which they are offered. Everything is a level of text; unknown is a level too.
EPISODE_FIELDS: dict[str, str] = {
    "modality": "Modality",
    "site": "Site",
    "start_year": "Start year",
    "age_band": "Age band",
    "sex": "Sex",
    "diagnosis": "Diagnosis",
    "treatment_resistant_1": "At least one adequate trial",
    "treatment_resistant": "Treatment-resistant (two or more adequate trials)",
    "treatment_resistant_4": "Four or more adequate trials",
    "adequate_trials": "Adequate prior trials",
    "psychotic_features": "Psychotic features",
    "episode_length": "Episode length",
    "prior_ect": "Prior ECT",
    "prior_tms": "Prior TMS",
    "comorbid_anxiety": "Comorbid anxiety",
    "comorbid_ptsd": "Comorbid PTSD",
    "comorbid_ocd": "Comorbid OCD",
    "comorbid_adhd": "Comorbid ADHD",
    "comorbid_substance_use": "Comorbid substance use",
    "chronic_illness": "Chronic illness",
    "setting": "Setting",
    "treatment_setting": "Where treatment is given",
    "concurrent_medication": "Concurrent medication",
    "pharmacogenetic_testing": "Pharmacogenetic testing",
}
UNKNOWN = "unknown"
# Fields whose levels are yes, no and unknown and nothing else.
YES_NO_FIELDS = (
    "psychotic_features",
    "prior_ect",
    "prior_tms",
    *(n for n in EPISODE_FIELDS if n.startswith("comorbid_")),
    "chronic_illness",
    "concurrent_medication",
    "pharmacogenetic_testing",
)
# Adequate antidepressant trials without response in the current episode of illness that each field
# asks for. Two make an episode treatment-resistant; studies also use one and four.
TREATMENT_RESISTANT_RULES: dict[str, int] = {
    "treatment_resistant_1": 1,
    "treatment_resistant": 2,
    "treatment_resistant_4": 4,
}
# Worked out while loading, never read from a file.
DERIVED_FIELDS = frozenset(TREATMENT_RESISTANT_RULES)
# Kept as a file says them; the number of adequate trials may also follow from the prior trials.
STATED_FIELDS = tuple(n for n in EPISODE_FIELDS if n not in DERIVED_FIELDS | {"adequate_trials"})


def level_label(level: str) -> str:
    """Return a level as words: `over_24_months` reads `over 24 months`."""
    return level.replace("_", " ")
