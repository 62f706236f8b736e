"""Episode attributes that a cohort can be filtered and grouped by, with their words."""

# In the order in which they are offered. Everything is a level of text; unknown is a level too.
EPISODE_FIELDS: dict[str, str] = {
    "modality": "Modality",
    "site": "Site",
    "start_year": "Start year",
    "age_band": "Age band",
    "sex": "Sex",
    "diagnosis": "Diagnosis",
    "treatment_resistant": "Treatment-resistant (two or more adequate trials)",
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
    "concurrent_medication": "Concurrent medication",
    "pharmacogenetic_testing": "Pharmacogenetic testing",
}
# Worked out while loading, never read from a file.
DERIVED_FIELDS = frozenset({"treatment_resistant"})
UNKNOWN = "unknown"
# Two adequate antidepressant trials without response make an episode treatment-resistant.
TREATMENT_RESISTANT_TRIALS = 2


def level_label(level: str) -> str:
    """Return a level as words: `over_24_months` reads `over 24 months`."""
    return level.replace("_", " ")
