"""The columns that each kind of file may have, under our names."""

from analysis.fields import DERIVED_FIELDS, EPISODE_FIELDS

IDS = ("episode_id", "patient_id")
DATES = ("date", "start_date")
PLACE = (*IDS, "day", "date", "visit")
LONG, EPISODES, ASSESSMENTS, SESSIONS, EVENTS, TRIALS, PATIENTS = (
    "long",
    "episodes",
    "assessments",
    "sessions",
    "events",
    "trials",
    "patients",
)
ATTRIBUTES = tuple(name for name in EPISODE_FIELDS if name not in DERIVED_FIELDS | {"modality"})
# What is told of a patient goes for each of their episodes; these belong to one episode.
PATIENT_ATTRIBUTES = tuple(
    name for name in ATTRIBUTES if name not in ("start_year", "adequate_trials")
)
EPISODE_COLUMNS = (
    "episode_id",
    "patient_id",
    "modality",
    "start_date",
    "follow_up_days",
    "induction_end_day",
    "planned_sessions",
    *ATTRIBUTES,
)
ITEMS = tuple(f"item_{number}" for number in range(1, 61))
COLUMNS: dict[str, tuple[str, ...]] = {
    LONG: (*PLACE, "time", "modality", "instrument", "score", *ITEMS, *EPISODE_COLUMNS[3:]),
    EPISODES: EPISODE_COLUMNS,
    ASSESSMENTS: (*PLACE, "time", "instrument", "score", *ITEMS),
    SESSIONS: (*PLACE, "session", "phase"),
    EVENTS: (*PLACE, "event"),
    TRIALS: ("episode_id", "patient_id", "drug_class", "adequate"),
    PATIENTS: ("patient_id", *PATIENT_ATTRIBUTES),
}
REQUIRED: dict[str, tuple[str, ...]] = {
    LONG: ("patient_id", "modality", "instrument", "score"),
    EPISODES: ("episode_id", "patient_id", "modality"),
    ASSESSMENTS: ("instrument", "score"),
    SESSIONS: (),
    EVENTS: ("event",),
    TRIALS: ("drug_class",),
    PATIENTS: ("patient_id",),
}
# Days outside of these are slips: ten years before the first treatment, fifty after it.
EARLIEST_DAY, LATEST_DAY = -3660, 18300
