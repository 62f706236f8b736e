"""All instruments to look through: by family, with what is said about each and its sources."""

from collections.abc import Mapping

from analysis.instruments.declared import DECLARED
from analysis.instruments.in_words import TOPICS
from analysis.instruments.model import HIGHER_IS_WORSE, Figure, Instrument
from analysis.instruments.registry import instrument_data

# In the order in which they are listed.
FAMILIES = {
    "depression": "Depression",
    "anxiety": "Anxiety",
    "anhedonia": "Anhedonia",
    "suicidality": "Suicidal thoughts",
    "global": "Global ratings",
    "function": "Functioning",
    "quality_of_life": "Quality of life",
    "sleep": "Sleep",
    "cognition": "Cognition",
    "mania": "Mania",
    "ptsd": "PTSD",
    "ocd": "OCD",
    "adverse_effect": "Adverse effects",
    "staging": "Staging of treatment resistance",
    DECLARED: "Declared by this program",
}
# What a file says about its instrument beside the figures.
ABOUT = {
    "name": "Name",
    "domain": "What it measures",
    "rater": "Who rates",
    "direction": "Direction",
    "version": "Versions",
    "crosswalks": "Crosswalks",
    "citations": "Citations",
}
DIRECTIONS = {True: "higher is worse", False: "higher is better"}


def by_family(instruments: Mapping[str, Instrument]) -> list[Instrument]:
    """Return all instruments in the order of their families, by label within each."""
    order = list(FAMILIES)
    return sorted(
        (instruments[name] for name in instruments),
        key=lambda scale: (order.index(scale.family), scale.label.lower()),
    )


def file_of(instrument: Instrument) -> Mapping[str, object]:
    """Return the file of an instrument; what a mapping file declares has only a name."""
    try:
        return instrument_data(instrument.id)
    except KeyError:
        return {"name": instrument.name, "direction": instrument.direction}


def about(instrument: Instrument) -> dict[str, str]:
    """Return what is said about an instrument beside its figures, by heading."""
    file = file_of(instrument)
    said: dict[str, str] = {}
    for topic, heading in ABOUT.items():
        value = file.get(topic)
        if topic == "direction":
            said[heading] = DIRECTIONS[value == HIGHER_IS_WORSE]
        elif value:
            said[heading] = "; ".join(value) if isinstance(value, list) else str(value)
    return said


def figures(instrument: Instrument) -> list[Figure]:
    """Return all figures of an instrument in the order of their topics."""
    order = list(TOPICS)
    return sorted(instrument.figures, key=lambda figure: order.index(figure.topic))


def sourced(instrument: Instrument) -> tuple[int, int]:
    """Return how many figures of an instrument have a source, and how many there are."""
    return sum(figure.verified for figure in instrument.figures), len(instrument.figures)


def figure_records(instruments: Mapping[str, Instrument]) -> list[dict[str, str]]:
    """Return one record per figure of every instrument, each with its source or "unverified"."""
    return [
        {
            "instrument": scale.id,
            "label": scale.label,
            "family": scale.family,
            "topic": figure.topic,
            "figure": figure.text,
            "default": "yes" if figure.default else "",
            "source": figure.source,
        }
        for scale in by_family(instruments)
        for figure in figures(scale)
    ]
