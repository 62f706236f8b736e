"""Rating scales as data: what is known of one scale in one version, and who says so."""

from dataclasses import dataclass, field

from analysis.errors import DefinitionError

HIGHER_IS_WORSE = "higher_is_worse"
HIGHER_IS_BETTER = "higher_is_better"
UNVERIFIED = "unverified"


@dataclass(frozen=True)
class Figure:
    """One figure of an instrument in words, with its citation or the word "unverified".

    `default` marks the one of several rules that counts when nothing else is chosen.
    """

    topic: str
    text: str
    source: str
    default: bool = False

    @property
    def verified(self) -> bool:
        return self.source != UNVERIFIED


@dataclass(frozen=True)
class Band:
    """A severity band: its name and the scores it holds, both ends included."""

    id: str
    low: float
    high: float

    @property
    def label(self) -> str:
        return self.id.replace("_", " ")


@dataclass(frozen=True)
class RemissionRule:
    """A remission rule: the cut, whether the cut itself still counts, and who says so."""

    id: str
    operator: str  # lt or le, of the scores in the direction of severity
    cut: float
    source: str
    default: bool = False


@dataclass(frozen=True)
class MinimalChange:
    """The smallest improvement that matters to patients: points, or per cent of the baseline."""

    amount: float
    unit: str  # points or percent
    source: str
    default: bool = False

    @property
    def id(self) -> str:
        return f"{self.amount:g}{'%' if self.unit == 'percent' else ''}"


@dataclass(frozen=True)
class ReliablePoints:
    """A change that is larger than measurement error: points, and where they come from.

    `basis` is published, computed (from reliability and SD) or chosen.
    """

    points: float
    basis: str
    source: str
    default: bool = False


@dataclass(frozen=True)
class Cut:
    """A cut-off between two populations; lt or le in the direction of severity."""

    operator: str
    cut: float
    source: str


@dataclass(frozen=True)
class Items:
    """How items make a total.

    `lows` and `highs` hold the range of each item in order. `domains` lists the items of which
    only the highest counts, one tuple per domain (each item is its own domain where a total is a
    plain sum). `most_missing` domains may be missing: the total is then the mean of the answered
    ones times their number, rounded half up. The total is multiplied by `times`. `zero_codes` are
    items with a code outside their range that counts as zero, such as "not assessed".
    """

    count: int
    lows: tuple[int, ...]
    highs: tuple[int, ...]
    domains: tuple[tuple[int, ...], ...] = ()
    reversed: tuple[int, ...] = ()
    most_missing: int = 0
    times: int = 1
    zero_codes: tuple[tuple[int, int], ...] = ()
    summed: bool = True  # False: the total is not made of these items (T scores, stages)


@dataclass(frozen=True)
class Suicidality:
    """The items that ask about suicidal thoughts; the highest of them counts."""

    items: tuple[int, ...]
    low: int
    high: int
    source: str


@dataclass(frozen=True)
class Instrument:
    """One rating scale in one version; versions are never mixed.

    `floor` is the score that means "no symptoms", the zero of percent change; None where percent
    change is not defined. `units_per_point` is how many steps a scale has within one point (10
    for scores with one decimal). `scored` is False for what has no numeric total. `figures` holds
    everything that is known, in words, each with its source.
    """

    id: str
    label: str
    name: str
    direction: str
    low: float
    high: float
    floor: float | None
    bands: tuple[Band, ...] = ()
    caseness: float | None = None
    remission: tuple[RemissionRule, ...] = ()
    minimal_important: tuple[MinimalChange, ...] = ()
    reliable: tuple[ReliablePoints, ...] = ()
    recovery: Cut | None = None
    items: Items | None = None
    suicidality: Suicidality | None = None
    loinc: tuple[str, ...] = ()
    units_per_point: int = 1
    family: str = ""
    version_of: str = ""
    scored: bool = True
    figures: tuple[Figure, ...] = field(default=(), repr=False)

    @property
    def higher_is_worse(self) -> bool:
        return self.direction == HIGHER_IS_WORSE

    @property
    def moderate(self) -> float | None:
        """The edge of the moderate band on the milder side, else the caseness cut-off."""
        for band in self.bands:
            if band.id == "moderate":
                return band.low if self.higher_is_worse else band.high
        return self.caseness

    @property
    def default_remission(self) -> RemissionRule | None:
        return next((rule for rule in self.remission if rule.default), None)

    @property
    def default_minimal(self) -> MinimalChange | None:
        return next((rule for rule in self.minimal_important if rule.default), None)

    @property
    def default_reliable(self) -> ReliablePoints | None:
        return next((rule for rule in self.reliable if rule.default), None)

    def verified(self, topic: str) -> bool:
        """Return whether every figure of a topic has a source."""
        return all(f.verified for f in self.figures if f.topic == topic)

    def mark(self, topic: str) -> str:
        """Return " (unverified)" where a figure of a topic has no source, for use in sentences."""
        return "" if self.verified(topic) else f" ({UNVERIFIED})"

    @property
    def moderate_mark(self) -> str:
        """The same for the edge from which a baseline is moderate."""
        banded = any(band.id == "moderate" for band in self.bands)
        return self.mark("bands" if banded else "caseness")


# The item on suicidal thoughts is followed like a scale of its own, under this name.
ITEM_SUFFIX = ":suicidality"


def suicidality_item(instrument: Instrument) -> Instrument:
    """Return the item on suicidal thoughts as a scale of its own, never part of a total.

    Raises DefinitionError where the instrument has no such item.
    """
    item = instrument.suicidality
    if item is None:
        raise DefinitionError(f"{instrument.label} has no item on suicidal thoughts.")
    numbers = " and ".join(map(str, item.items))
    return Instrument(
        id=f"{instrument.id}{ITEM_SUFFIX}",
        label=f"{instrument.label} item {numbers}",
        name=f"{instrument.label}, suicidal thoughts (item {numbers})",
        direction=HIGHER_IS_WORSE,
        low=item.low,
        high=item.high,
        floor=item.low,
        figures=(Figure("suicidality", f"item {numbers}, {item.low} to {item.high}", item.source),),
    )
