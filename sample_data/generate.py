"""Write the synthetic sample data: python sample_data/generate.py [--out DIR]"""

import argparse
import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path as FilePath

import numpy as np
from course import (
    Row,
    Setting,
    assessments,
    course_events,
    course_sessions,
    draw_path,
    observed_until,
)
from items import item_rows
from program import (
    AS_OF,
    ASSESSMENT_COLUMNS,
    AT_HOME,
    EPISODE_COLUMNS,
    EVENT_COLUMNS,
    FIRST_DAY,
    FLAGS,
    MODALITIES,
    PATIENTS,
    PER_TRIAL,
    PLANNED_SESSIONS,
    SECOND_EPISODES,
    SEED,
    SESSION_COLUMNS,
    SITES,
    THIRD_EPISODES,
    TRIAL_COLUMNS,
)
from trials import draw_trials

AGE_BANDS = ("18-29", "30-39", "40-49", "50-59", "60-69", "70+")
LAST_START = (AS_OF - FIRST_DAY).days
DEATHS = 3
Fields = dict[str, int | str]


@dataclass(frozen=True)
class Planned:
    """One episode of the plan: who, what, and when it starts, in days since FIRST_DAY."""

    patient: int
    earlier: tuple[str, ...]  # treatments of the earlier episodes of the patient
    modality: str
    start: int
    next_start: int | None
    next_modality: str


def pick(rng: np.random.Generator, weights: dict[str, float]) -> str:
    names = list(weights)
    shares = np.array([weights[name] for name in names])
    return names[int(rng.choice(len(names), p=shares / shares.sum()))]


def plan(rng: np.random.Generator) -> list[Planned]:
    """Start days and treatments of every patient's one, two or three episodes."""
    weights = {name: modality.weight for name, modality in MODALITIES.items()}
    episodes: list[Planned] = []
    for patient in range(PATIENTS):
        count = 1 + (patient < SECOND_EPISODES) + (patient < THIRD_EPISODES)
        gaps = [int(rng.integers(130, 520)) for _ in range(count - 1)]
        starts = [int(rng.integers(0, LAST_START + 1 - sum(gaps)))]
        treatments = [pick(rng, weights)]
        for gap in gaps:
            starts.append(starts[-1] + gap)
            same = rng.random() < 0.45
            treatments.append(treatments[-1] if same else pick(rng, weights))
        for k in range(count):
            following = (starts[k + 1], treatments[k + 1]) if k + 1 < count else (None, "")
            episodes.append(
                Planned(patient, tuple(treatments[:k]), treatments[k], starts[k], *following)
            )
    return episodes


def person(rng: np.random.Generator) -> Fields:
    """What stays the same over a patient's episodes."""
    return {
        "site": pick(rng, {name: site.weight for name, site in SITES.items()}),
        "age": int(min(88, max(18, rng.normal(46, 15)))),
        "sex": pick(rng, {"female": 0.6, "male": 0.365, "other": 0.015, "": 0.02}),
        "diagnosis": pick(rng, {"unipolar": 0.86, "bipolar": 0.14}),
        **{name: "yes" if rng.random() < share else "no" for name, (share, _) in FLAGS.items()},
    }


def case_mix(rng: np.random.Generator, who: Fields, planned: Planned) -> Fields:
    """The case-mix fields of one episode, all known; gaps are made later."""
    modality = MODALITIES[planned.modality]
    base = planned.modality.partition("+")[0]
    is_ect = base == "ect"
    start = FIRST_DAY + timedelta(days=planned.start)
    age = int(who["age"]) + planned.start // 365 + (9 if is_ect else 0)
    drawn = int(rng.poisson(modality.trials - 0.6)) + (rng.random() < 0.6)
    had_tms = any("tms" in treatment for treatment in planned.earlier)
    had_ect = "ect" in planned.earlier
    inpatient = rng.random() < (0.55 if is_ect else 0.04)
    return {
        **who,
        "modality": planned.modality,
        "start_year": start.year,
        "follow_up_days": LAST_START - planned.start,
        "age_band": AGE_BANDS[min(5, max(0, age // 10 - 2 + (age < 20)))],
        "psychotic_features": "yes" if rng.random() < (0.25 if is_ect else 0.04) else "no",
        "episode_length": pick(
            rng, {"under_6_months": 0.22, "6_to_24_months": 0.46, "over_24_months": 0.32}
        ),
        "adequate_trials": min(8, drawn + len(planned.earlier)),
        "prior_ect": "yes" if rng.random() < (0.3 if is_ect else 0.08) or had_ect else "no",
        "prior_tms": "yes" if rng.random() < 0.16 or had_tms else "no",
        "setting": "inpatient" if inpatient else "outpatient",
    }


def propensity(rng: np.random.Generator, mix: Fields, planned: Planned) -> float:
    """About standard normal; case mix, site trend and a coming next episode move it."""
    effect = PER_TRIAL * (int(mix["adequate_trials"]) - MODALITIES[planned.modality].trials)
    for name, (share, change) in FLAGS.items():
        effect += change * ((mix[name] == "yes") - share)
    effect += SITES[str(mix["site"])].trend * (int(mix["start_year"]) - 2023.5)
    effect += 0.4 * (mix["psychotic_features"] == "yes") * (planned.modality == "ect")
    effect -= 0.25 * (planned.next_start is not None)
    return effect + 0.86 * float(rng.normal())


def setting_of(mix: Fields, planned: Planned, score: float) -> Setting:
    site = SITES[str(mix["site"])]
    modality = MODALITIES[planned.modality]
    last_day, followed_by = int(mix["follow_up_days"]), ""
    if planned.next_start is not None:
        last_day = planned.next_start - planned.start - 1
        same = planned.next_modality == planned.modality
        followed_by = "retreatment" if same else "switch"
    return Setting(
        modality=modality,
        propensity=score,
        early_loss=site.early_loss[int(mix["start_year"]) - FIRST_DAY.year],
        anxious=mix["comorbid_anxiety"] == "yes",
        instruments=site.instruments | modality.instruments,
        last_day=last_day,
        followed_by=followed_by,
    )


def induction_end(
    rng: np.random.Generator, course: str, sessions: Sequence[Row], last_day: int
) -> int | str:
    """The recorded end of the induction phase: seldom kept where sessions tell it."""
    days = [int(day) for _, day, phase in sessions if phase == "induction"]
    recorded = rng.random() < (0.75 if course in ("none", "psychotherapy") else 0.15)
    end = (max(days) if days else int(rng.integers(40, 85))) + int(rng.integers(0, 4))
    return end if recorded and end <= last_day else ""


def with_gaps(rng: np.random.Generator, mix: Fields) -> Fields:
    """The same fields with some unknown."""
    gaps = dict.fromkeys(FLAGS, 0.05) | {
        "adequate_trials": 0.03,
        "prior_ect": 0.04,
        "prior_tms": 0.04,
        "psychotic_features": 0.03,
        "episode_length": 0.05,
        "planned_sessions": 0.08,
        "age_band": 0.01,
    }
    return {name: "" if rng.random() < gaps.get(name, 0.0) else v for name, v in mix.items()}


def treatment_setting(rng: np.random.Generator, modality: str) -> str:
    """Where treatment is given; unknown for about one episode in thirty."""
    at_home, unknown = rng.random() < AT_HOME.get(modality, 0.0), rng.random() < 0.03
    return "" if unknown else "home" if at_home else "clinic"


@dataclass
class Tables:
    episodes: list[Row]
    assessments: list[Row]
    sessions: list[Row]
    events: list[Row]
    trials: list[Row]


def stream(kind: int, planned: Planned) -> np.random.Generator:
    """Random numbers of one kind for one episode, so that a change in one moves no other."""
    return np.random.default_rng((SEED, kind, planned.patient, len(planned.earlier)))


def add_episode(tables: Tables, planned: Planned, ids: tuple[str, str], dies: bool) -> None:
    """One episode: its row, and its rows in the other files."""
    rng = stream(2, planned)
    who = person(np.random.default_rng((SEED, 1, planned.patient)))
    mix = case_mix(rng, who, planned)
    setting = setting_of(mix, planned, propensity(rng, mix, planned))
    course = setting.modality.course
    maintained = rng.random() < setting.modality.maintenance and setting.propensity > -0.3
    path = draw_path(rng, setting, maintained)
    end, lost = observed_until(rng, setting, path)
    count = int(rng.choice(PLANNED_SESSIONS[course]))
    seen = course_sessions(rng, course, count, maintained, path, end)
    events = course_events(rng, setting, path, end, lost)
    if dies:
        events = [(day, name) for day, name in events if day <= end and name != "drop_out"]
        events.append((min(setting.last_day, end + 20), "death"))
    mix["planned_sessions"] = count or ""
    mix["induction_end_day"] = induction_end(rng, course, seen, end)
    mix["episode_id"], mix["patient_id"] = ids
    scores = assessments(rng, setting, path, end)
    fields = with_gaps(rng, mix)
    fields["treatment_setting"] = treatment_setting(stream(4, planned), planned.modality)
    fields["adequate_trials"], trials = draw_trials(
        stream(5, planned), fields["site"], int(mix["adequate_trials"]), fields["adequate_trials"]
    )
    rows = item_rows(stream(3, planned), planned.modality, path, scores)
    tables.episodes.append(tuple(fields[name] for name in EPISODE_COLUMNS))
    tables.assessments.extend((ids[0], *row) for row in rows)
    tables.sessions.extend((ids[0], *row) for row in seen)
    tables.events.extend((ids[0], *row) for row in events)
    tables.trials.extend((ids[0], *row) for row in trials)


def generate() -> Tables:
    rng = np.random.default_rng((SEED, 0))
    episodes = plan(rng)
    patient_codes = rng.permutation(np.arange(1, 10_000))
    episode_codes = rng.permutation(np.arange(1, 100_000))
    last = [k for k, planned in enumerate(episodes) if planned.next_start is None]
    dying = {int(k) for k in rng.choice(last, DEATHS, replace=False)}
    tables = Tables([], [], [], [], [])
    for k, planned in enumerate(episodes):
        ids = (f"E{episode_codes[k]:05d}", f"P{patient_codes[planned.patient]:04d}")
        add_episode(tables, planned, ids, k in dying)
    return tables


def write(path: FilePath, columns: Iterable[str], rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(sorted(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the synthetic sample data.")
    parser.add_argument("--out", type=FilePath, default=FilePath(__file__).resolve().parent)
    folder: FilePath = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    tables = generate()
    write(folder / "episodes.csv", EPISODE_COLUMNS, tables.episodes)
    write(folder / "assessments.csv", ASSESSMENT_COLUMNS, tables.assessments)
    write(folder / "sessions.csv", SESSION_COLUMNS, tables.sessions)
    write(folder / "events.csv", EVENT_COLUMNS, tables.events)
    write(folder / "trials.csv", TRIAL_COLUMNS, tables.trials)


if __name__ == "__main__":
    main()
