"""What clinics call our columns, instruments, modalities and visits."""

import difflib
import re
from collections.abc import Iterable

from analysis.ingest.reading.wide import plain_name
from analysis.instruments import REGISTRY
from analysis.modality import MODALITIES

# Plain names (small letters, no signs) under which our columns are met.
SYNONYMS: dict[str, tuple[str, ...]] = {
    name: tuple(words.split())
    for name, words in {
        "episode_id": "episode episodeid course courseid treatmentid treatmentcourse",
        "patient_id": "patient patientid patid pid subject subjectid subjid usubjid participant "
        "participantid studyid clientid personid recordid patientcode fall",
        "modality": "modality arm armcd treatment treatmentarm treatmenttype treatmentgroup tx "
        "txarm trt therapy therapytype intervention gruppe verfahren therapie behandlung",
        "instrument": "instrument scale scalename measure questionnaire paramcd skala fragebogen "
        "instrumentname testcode",
        "score": "score total totalscore sumscore sum aval result summe gesamtscore gesamtwert "
        "punktwert scoretotal",
        "day": "day studyday ady nominalday daysfromstart dayssincestart relativeday tag "
        "studientag",
        "date": "date assessmentdate dateofassessment scoredate visitdate completiondate adt datum "
        "erhebungsdatum testdate",
        "visit": "visit visitname visitlabel avisit timepoint zeitpunkt visite wave "
        "assessmentpoint",
        "start_date": "startdate treatmentstart treatmentstartdate firsttreatment "
        "firsttreatmentdate txstart start trtsdt beginn startdatum dateoffirsttreatment",
        "start_year": "startyear yearstarted treatmentyear indexyear startjahr",
        "follow_up_days": "followupdays daysoffollowup daysfollowed",
        "planned_sessions": "plannedsessions sessionsplanned",
        "session": "session sessionnumber sessionno sitzung treatmentnumber",
        "phase": "phase treatmentphase",
        "event": "event eventtype clinicalevent ereignis",
        "drug_class": "drugclass medicationclass antidepressantclass",
        "adequate": "adequate adequatetrial",
        "site": "site sitename clinic centre center ort standort location redcapdataaccessgroup",
        "age_band": "ageband agegroup agecategory altersgruppe",
        "sex": "sex gender geschlecht",
        "diagnosis": "diagnosis dx diagnose polarity",
        "adequate_trials": "adequatetrials failedtrials priortrials",
        "psychotic_features": "psychoticfeatures psychosis psychotic",
        "episode_length": "episodelength episodeduration",
        "prior_ect": "priorect previousect",
        "prior_tms": "priortms previoustms",
        "comorbid_anxiety": "comorbidanxiety anxietydisorder",
        "comorbid_ptsd": "comorbidptsd ptsd",
        "comorbid_ocd": "comorbidocd ocd",
        "comorbid_adhd": "comorbidadhd adhd",
        "comorbid_substance_use": "comorbidsubstanceuse substanceuse sud",
        "chronic_illness": "chronicillness",
        "setting": "setting caresetting",
        "treatment_setting": "treatmentsetting",
        "concurrent_medication": "concurrentmedication concomitantmedication",
        "pharmacogenetic_testing": "pharmacogenetictesting pgxtesting",
    }.items()
}
NEAR = 0.84
# Words that mean a modality and often more than that: they are asked, never taken for granted.
OFTEN: dict[str, str] = {
    "tms": "rtms",
    "itbs": "rtms",
    "magneticstimulation": "rtms",
    "saint": "accelerated_tms",
    "atms": "accelerated_tms",
    "electroconvulsivetherapy": "ect",
    "ekt": "ect",
    "ketamine": "iv_ketamine",
    "ketamin": "iv_ketamine",
    "ket": "iv_ketamine",
    "spravato": "esketamine",
    "cbt": "psychotherapy",
    "drug": "medication_switch",
    "switch": "medication_switch",
}
BASELINE = re.compile(r"(base ?line|base|bl|pre|week ?0|w ?0|day ?0|d ?0|intake)")
STEPS = ((r"(?:w|wk|wks|week|weeks|woche)", 7), (r"(?:d|day|days|tag)", 1))
MONTHS = r"(?:m|mo|month|months|monat)"
DAYS_PER_MONTH = 30.4375


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known plain name nearest to a plain name, if one is near enough."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=NEAR)
    return near[0] if near else None


def modality_names() -> dict[str, str]:
    """Return the modality for each plain name that is its id or its label."""
    labels = {plain_name(label): id for id, label in MODALITIES.items()}
    return labels | {plain_name(id): id for id in MODALITIES}


def instrument_names() -> dict[str, str]:
    """Return the instrument for each plain name that is its id or its label."""
    labels = {plain_name(scale.label): scale.id for scale in REGISTRY.values()}
    return labels | {plain_name(id): id for id in REGISTRY}


def modality_of(text: str) -> tuple[str | None, bool]:
    """Return the modality that a text names, and whether that is certain."""
    plain, known = plain_name(text), modality_names()
    if plain in known:
        return known[plain], True
    near = OFTEN.get(plain) or known.get(nearest(plain, known) or "")
    return near, False


def instrument_of(text: str) -> tuple[str | None, bool]:
    """Return the instrument that a text names, and whether that is certain."""
    plain, known = plain_name(text), instrument_names()
    if plain in known:
        return known[plain], True
    starts = sorted(name for name in known if len(plain) > 2 and name.startswith(plain))
    near = nearest(plain, known) or (starts[0] if starts else "")
    return known.get(near), False


def visit_day(label: str) -> tuple[int | None, bool]:
    """Return the day that the name of a visit stands for, and whether that is certain.

    Weeks and days say it themselves; months are of unequal length; T1 or visit 2 say nothing.
    """
    text = re.sub(r"_arm_\d+$", "", label.strip().lower())
    text = re.sub(r"[_ .-]+", " ", text)
    if BASELINE.fullmatch(text):
        return 0, True
    for unit, days in STEPS:
        number = _number(unit, text)
        if number is not None:
            return days * number, True
    months = _number(MONTHS, text)
    return (None, False) if months is None else (round(DAYS_PER_MONTH * months), False)


def _number(unit: str, text: str) -> int | None:
    found = re.fullmatch(rf"{unit} ?(\d{{1,3}})|(\d{{1,3}}) ?{unit}", text)
    return int(found[1] or found[2]) if found else None
