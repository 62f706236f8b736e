"""The item scores behind the totals, and the course of suicidal thoughts over one episode."""

import math
from dataclasses import dataclass

import numpy as np
from course import Path
from program import CEASE_WITHIN_A_DAY, EMERGE, FORMS, ITEM_COLUMNS, PRORATED, SCALES, Form

Cells = tuple[int | str, ...]
EMPTY: Cells = ("",) * len(ITEM_COLUMNS)


@dataclass(frozen=True)
class Thoughts:
    """Suicidal thoughts from 0 (none) to 1 (the most the item can say), before noise."""

    level: float  # before treatment, or from the day they emerge
    emerge_day: float  # minus infinity when they are there from the start
    quiet_from: float  # from the first to the second day there are none; infinite when never
    quiet_until: float

    def at(self, day: float, fraction: float) -> float:
        """Their level on a day on which this fraction of the severity is left."""
        if day < self.emerge_day or self.quiet_from <= day < self.quiet_until:
            return 0.0
        return self.level * (fraction if math.isinf(self.emerge_day) else 1.0)


def draw_thoughts(rng: np.random.Generator, modality: str, path: Path) -> Thoughts:
    """More often there in the more severely ill; where they cease fast, a relapse brings them back,
    and so do one to three weeks without a response."""
    there = rng.random() < 1 / (1 + math.exp(-(0.45 + 0.12 * (path.before - 18))))
    level = 0.2 + 0.7 * rng.beta(1.5, 2.0)
    emerging = rng.random() < EMERGE
    emerge_day = float(rng.integers(5, 90))
    ceasing = rng.random() < CEASE_WITHIN_A_DAY.get(modality.partition("+")[0], 0.0)
    back = 7 + rng.exponential(7)
    if not there:
        return Thoughts(0.5 * level * emerging, emerge_day, math.inf, math.inf)
    until = path.relapse_day + 20 if path.reduction >= 0.5 else back
    return Thoughts(level, -math.inf, 1.0 if ceasing else math.inf, until)


def item_rows(
    rng: np.random.Generator, modality: str, path: Path, rows: list[tuple[str, int, int | str]]
) -> list[tuple[int | str, ...]]:
    """The rows of instrument, day and score with their items; the scores stay as they are."""
    thoughts = draw_thoughts(rng, modality, path)
    shapes = {
        name: np.array(form.weights) * np.exp(0.35 * rng.normal(size=len(form.weights)))
        for name, form in FORMS.items()
    }
    return [
        (name, day, score, *_cells(rng, name, day, score, path, thoughts, shapes[name]))
        if name in FORMS
        else (name, day, score, *EMPTY)
        for name, day, score in rows
    ]


def _cells(
    rng: np.random.Generator,
    name: str,
    day: int,
    score: int | str,
    path: Path,
    thoughts: Thoughts,
    shape: np.ndarray,
) -> Cells:
    form = FORMS[name]
    level = thoughts.at(day, path.fraction(day))
    everyone = list(range(form.items))
    if score == "":
        # Too few are answered for any rule to make a total of them.
        answered = _some(rng, form, int(rng.integers(0, form.items // 2 + 1)))
        intercept, slope, _, maximum = SCALES[name]
        share = min(1.0, (intercept + slope * path.severity(day)) / maximum)
        return _fill(rng, form, answered, round(share * form.most * len(answered)), level, shape)
    total = int(score)
    if name == "phq9" and rng.random() < PRORATED:
        answered = _some(rng, form, form.items - int(rng.choice((1, 1, 1, 2))))
        sums = prorated_from(total, len(answered), form)
        if sums:
            return _fill(rng, form, answered, int(rng.choice(sums)), level, shape)
    return _fill(rng, form, everyone, total, level, shape)


def prorated_from(total: int, answered: int, form: Form) -> list[int]:
    """The sums of so many answered items whose mean times all items, half rounded up, is the
    total. None for some totals."""
    sums = range(form.most * answered + 1)
    return [s for s in sums if (2 * s * form.items + answered) // (2 * answered) == total]


def _some(rng: np.random.Generator, form: Form, count: int) -> list[int]:
    return sorted(int(k) for k in rng.choice(form.items, count, replace=False))


def _fill(
    rng: np.random.Generator,
    form: Form,
    answered: list[int],
    total: int,
    level: float,
    shape: np.ndarray,
) -> Cells:
    """The answered items add up to the total; the last item follows suicidal thoughts as far as the
    total allows. Every point of the others is won by one item, by lot and by weight."""
    cells = list(EMPTY)
    last = form.items - 1
    others = [k for k in answered if k != last]
    if last in answered:
        wanted = max(0, round(level * form.most + 0.3 * float(rng.normal())))
        least = total - form.most * len(others)
        cells[last] = max(least, min(form.most, total, wanted))
        total -= int(cells[last])
    lots = rng.exponential(size=(len(others), form.most)) / shape[others, None]
    points = np.argsort(lots, axis=None)[:total] // form.most
    for k, item in zip(others, np.bincount(points, minlength=len(others)), strict=True):
        cells[k] = int(item)
    return tuple(cells)
