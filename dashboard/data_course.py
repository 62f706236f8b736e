"""Calls into the engine for the Course page: sessions, phases, prior trials and settings."""

import pandas as pd
import streamlit as st

from analysis.case_mix import CaseMix, case_mix, release_case_mix
from analysis.cohort import Cohort
from analysis.course import Course as Course
from analysis.course import course, release_course
from analysis.export import case_mix_csv as case_mix_csv
from analysis.export import course_csv as course_csv
from analysis.fields import TREATMENT_RESISTANT_RULES
from dashboard import frames_course, words
from dashboard.data import KEYS, Choice, field_labels, modalities, opened_store, policy, store

TESTING_AND_SETTING = ("pharmacogenetic_testing", "setting", "treatment_setting")


@st.cache_resource(max_entries=200, show_spinner=False, hash_funcs=KEYS)
def _course(path: str, file: str, release: str, cohort: Cohort, by: tuple[str, ...]) -> Course:
    return release_course(course(opened_store(path, file), cohort, by), release)


@st.cache_resource(max_entries=200, show_spinner=False, hash_funcs=KEYS)
def _case_mix(path: str, file: str, release: str, cohort: Cohort, by: tuple[str, ...]) -> CaseMix:
    opened = opened_store(path, file)
    asked = [n for n in (*TREATMENT_RESISTANT_RULES, *TESTING_AND_SETTING) if n in opened.fields]
    return release_case_mix(case_mix(opened, cohort, asked, by), release)


def courses(choice: Choice, by: str) -> tuple[Course, Course]:
    """Return the course of treatment of the whole cohort and of its groups."""
    opened = store()
    named = (str(opened.path), opened.manifest.file, policy(), choice.cohort)
    return _course(*named, ()), _course(*named, (by,))


def case_mixes(choice: Choice, by: str) -> tuple[CaseMix, CaseMix]:
    """Return who the episodes are: of the whole cohort and of its groups."""
    opened = store()
    named = (str(opened.path), opened.manifest.file, policy(), choice.cohort)
    return _case_mix(*named, ()), _case_mix(*named, (by,))


def nobody(answer: Course) -> bool:
    """Return whether the cohort holds no episode."""
    return answer.rows[0].episodes == 0


def caption(answer: Course) -> str:
    """Return what a picture of the course shows in one line."""
    return (
        f"{answer.cohort} Share of episodes that received at least the planned number of sessions, "
        f"of those with recorded sessions and a planned number. Snapshot {answer.snapshot}."
    )


def course_frame(answer: Course) -> pd.DataFrame:
    """Return the share that received the planned sessions as a frame ready to draw."""
    return frames_course.course_frame(answer, modalities())


def session_table(*answers: Course) -> pd.DataFrame:
    """Return sessions received against planned as a table to read."""
    return frames_course.session_table(answers, modalities())


def phase_table(*answers: Course) -> pd.DataFrame:
    """Return the later phases as a table to read."""
    return frames_course.phase_table(answers, modalities())


def resistance_table(*answers: CaseMix) -> pd.DataFrame:
    """Return how many episodes are treatment-resistant by each rule as a table to read."""
    labels = field_labels()
    table = frames_course.stacked(
        [
            frames_course.level_table(answers, name, modalities(), labels[name])
            for name in TREATMENT_RESISTANT_RULES
            if name in labels
        ]
    )
    grouped = any(answer.by for answer in answers)
    return table if grouped else table.drop(columns="Group", errors="ignore")


def setting_tables(*answers: CaseMix) -> dict[str, pd.DataFrame]:
    """Return testing and settings as tables to read, by the words for their field."""
    labels = field_labels()
    return {
        labels[name]: frames_course.level_table(answers, name, modalities())
        for name in TESTING_AND_SETTING
        if name in labels
    }


def file_name(what: str, answer: Course | CaseMix) -> str:
    """Return the name of a file of an answer, without its ending."""
    by = "".join(f"-by-{name}" for name in answer.by).replace("_", "-")
    return f"trd-outcomes-{what}{by}-{answer.snapshot}"


def grouping_words(by: str) -> str:
    """Return a grouping field as part of a sentence."""
    return words.lowered(field_labels()[by])
