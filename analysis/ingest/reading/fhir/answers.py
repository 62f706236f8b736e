"""Observations and QuestionnaireResponses: totals and items as rows of assessments."""

from collections.abc import Iterator
from collections.abc import Mapping as Pairs
from typing import Any, NamedTuple

from analysis.ingest.declared_fhir import Meaning
from analysis.ingest.reading.fhir.codes import Codes, written_beside
from analysis.ingest.reading.fhir.shape import (
    ASSESSMENT_ROWS,
    Misread,
    Outcome,
    Refused,
    Row,
    Unread,
    day,
    number,
    objects,
    part,
    patient,
    text,
)

FINAL = ("final", "amended", "corrected")
COMPLETED = ("completed", "amended")


class Question(NamedTuple):
    """An item of a Questionnaire: its codes, and the points of its answers by "system|code"."""

    codes: list[Pairs[str, Any]]
    points: Pairs[str, str]


Questionnaires = Pairs[tuple[str, str], Question]
NOT_DESCRIBED = Question([], {})


def observation(
    resource: Pairs[str, Any], codes: Codes, links: Pairs[str, str]
) -> Iterator[Outcome]:
    """Yield the assessment that an Observation reports, or why it is none."""
    codings = part(resource.get("code"), "coding")
    meant = codes.meaning(codings)
    totals = [one for one in meant if one.item == 0]
    source = "Observation.code"
    if not totals:
        current = codes.replaced_by(codings)
        if current is None:
            yield Unread("Observation", next((text(c.get("code")) for c in objects(codings)), ""))
        else:
            yield Refused(ASSESSMENT_ROWS, "deprecated_code", f"the total's code {current}", source)
    elif len(totals) > 1:
        yield Refused(ASSESSMENT_ROWS, "several_instruments", "codes of one instrument", source)
    elif resource.get("status") not in FINAL:
        allowed = "a status of final, amended or corrected"
        yield Refused(ASSESSMENT_ROWS, "not_final", allowed, "Observation.status")
    else:
        try:
            yield from _total(resource, totals[0], codes, links)
        except Misread as error:
            yield Refused(ASSESSMENT_ROWS, error.rule, error.allowed, "Observation")


def _total(
    resource: Pairs[str, Any], meant: Meaning, codes: Codes, links: Pairs[str, str]
) -> Iterator[Outcome]:
    name = meant.instrument
    score, source, items = _value(resource), "Observation.value", dict[int, str | None]()
    for component in objects(resource.get("component")):
        for one in codes.meaning(part(component.get("code"), "coding")):
            if one.instrument == name and not one.panel:
                if one.item in items:
                    raise Misread("several_answers", "one answer to each item")
                items[one.item] = _component(component, one, codes)
    if 0 in items and score is not None:
        raise Misread("several_answers", "one total")
    if meant.panel and score is None and not items:
        yield Unread("panel")
        return
    if meant.panel and score is not None:
        yield Unread("panel total", name)
    if items:
        score, source = items.pop(0, score), "Observation.component"
    if score is None and not items and "dataAbsentReason" not in resource:
        raise Misread("not_a_number", "a value, or dataAbsentReason")
    period = part(resource.get("effectivePeriod"), "start")
    on = day(resource.get("effectiveDateTime", resource.get("effectiveInstant", period)))
    yield _row(codes, patient(resource.get("subject"), links), on, name, score, items, source)


def _value(resource: Pairs[str, Any]) -> str | None:
    """Return the number that an Observation or component has for its value, None without value."""
    values = [name for name in resource if name.startswith("value")]
    if not values:
        return None
    if "dataAbsentReason" in resource or len(values) > 1:
        raise Misread("not_a_number", "one value, or dataAbsentReason instead of it")
    value = resource[values[0]]
    if values[0] == "valueQuantity" and part(value, "comparator") is None:
        return number(part(value, "value"))
    return number(value if values[0] in ("valueInteger", "valueDecimal") else None)


def _component(component: Pairs[str, Any], meant: Meaning, codes: Codes) -> str | None:
    concept = part(component.get("valueCodeableConcept"), "coding")
    return _value(component) if concept is None else _coded(concept, meant.instrument, codes)


def _coded(codings: Any, instrument: str, codes: Codes, described: Question = NOT_DESCRIBED) -> str:
    keys = (f"{text(c.get('system'))}|{text(c.get('code'))}" for c in objects(codings))
    points = [codes.points(instrument, coding) for coding in objects(codings)]
    points += [described.points.get(key) for key in keys]
    known = next((one for one in points if one is not None), None)
    try:
        return number(known)
    except Misread:
        allowed = "an answer whose points are known, or declared in [fhir.answers]"
        raise Misread("unknown_answer", allowed) from None


def _row(
    codes: Codes,
    who: str | None,
    on: str | None,
    name: str,
    score: str | None,
    items: Pairs[int, str | None],
    source: str,
) -> Row:
    numbers = range(1, codes.most_items + 1)
    places = map(items.get, numbers) if items else (None for _ in numbers)
    return Row(ASSESSMENT_ROWS, (who, on, name, score, *places), source)


def response(
    resource: Pairs[str, Any],
    codes: Codes,
    links: Pairs[str, str],
    questionnaires: Questionnaires,
) -> Iterator[Outcome]:
    """Yield one assessment for each instrument that a QuestionnaireResponse answers."""
    source = "QuestionnaireResponse.item"
    form = text(resource.get("questionnaire")).partition("|")[0]
    asked: dict[str, list[tuple[int, Pairs[str, Any], Question]]] = {}
    links_seen = []
    for item in _items(resource):
        link = text(item.get("linkId"))
        links_seen.append(link)
        question = questionnaires.get((form, link), NOT_DESCRIBED)
        for meant in _asked(item, form, link, codes, question):
            asked.setdefault(meant.instrument, []).append((meant.item, item, question))
    if not asked:
        yield Unread("QuestionnaireResponse", next(iter(links_seen), ""))
        return
    for name, found in asked.items():
        try:
            if resource.get("status") not in COMPLETED:
                raise Misread("not_final", "a status of completed or amended")
            answers: dict[int, str | None] = {}
            for place, item, question in found:
                answer = _answer(item, name, codes, question)
                if answers.setdefault(place, answer) != answer:
                    raise Misread("several_answers", "one answer to each item")
            on, who = day(resource.get("authored")), patient(resource.get("subject"), links)
            yield _row(codes, who, on, name, answers.pop(0, None), answers, source)
        except Misread as error:
            yield Refused(ASSESSMENT_ROWS, error.rule, error.allowed, source)


def _items(resource: Pairs[str, Any]) -> Iterator[Pairs[str, Any]]:
    """Yield every item, those inside groups and answers too."""
    waiting = objects(resource.get("item"))[::-1]
    while waiting:
        item = waiting.pop()
        yield item
        inner = objects(item.get("item"))
        for answer in objects(item.get("answer")):
            inner += objects(answer.get("item"))
        waiting += inner[::-1]


def _asked(
    item: Pairs[str, Any], form: str, link: str, codes: Codes, question: Question
) -> list[Meaning]:
    """Return what an item asks: as declared, by its codes, by the Questionnaire's, by linkId."""
    for key in (f"{form}#{link}", link):
        if key in codes.items:
            return [codes.items[key]]
    coded = codes.meaning(item.get("code")) or codes.meaning(question.codes)
    if not coded:
        last = link.rpartition("/")[2]
        coded = [codes.loinc[last]] if last in codes.loinc else []
    return [meant for meant in coded if not meant.panel]


def _answer(item: Pairs[str, Any], instrument: str, codes: Codes, question: Question) -> str | None:
    answers = [one for one in objects(item.get("answer")) if len(one) > ("item" in one)]
    if not answers:
        return None
    if len(answers) > 1:
        raise Misread("several_answers", "one answer to each item")
    coding = answers[0].get("valueCoding")
    return _value(answers[0]) if coding is None else _coded([coding], instrument, codes, question)


def questions(questionnaire: Pairs[str, Any]) -> Iterator[tuple[tuple[str, str], Question]]:
    """Yield each item of a Questionnaire under each address that responses may give it."""
    named = {
        text(questionnaire.get("url")): questionnaire.get("url"),
        f"Questionnaire/{text(questionnaire.get('id'))}": questionnaire.get("id"),
    }
    waiting = objects(questionnaire.get("item"))
    while waiting:
        item = waiting.pop()
        waiting += objects(item.get("item"))
        question = Question(objects(item.get("code")), dict(_options(item)))
        for address, known in named.items():
            if known:
                yield (address, text(item.get("linkId"))), question


def _options(item: Pairs[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the points of each answer that a Questionnaire's item offers, by "system|code"."""
    for option in objects(item.get("answerOption")):
        coding = part(option, "valueCoding")
        points = [written_beside(one) for one in objects([coding, option])]
        known = next((one for one in points if one is not None), None)
        if known is not None and coding is not None:
            yield f"{text(part(coding, 'system'))}|{text(part(coding, 'code'))}", known
