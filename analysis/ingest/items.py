"""Item scores: the text they are gathered in, and the SQL that makes totals of them.

The items of a row are one text with a place for each item: its score, `-` for an empty cell, `.`
for an item whose column the file does not have, and `?` with what stands there instead of a whole
number. So no item is ever taken for another. Source of each rule: the instrument's [items],
[total], [missing_items] and [suicidality].
"""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Pairs

from analysis.instruments import Instrument, Items
from analysis.store.quoting import literal

PLACE_MACRO = r"""
create temp macro place(v) as case
    when v is null then '-'
    when regexp_full_match(v, '\d|[1-9]\d{1,2}') then v
    when regexp_full_match(v, '[+-]?\d{1,3}(\.0+)?') then v::double::integer::varchar
    else '?' || replace(v, ' ', chr(31))
end
"""
# The words of a fault, worked out only for the rows that have one.
FAULT_MACROS = (
    "create temp macro points(steps, units) as "
    r"regexp_replace((steps / units)::varchar, '\.0$', '')",
    "create temp macro item_range(low, high) as 'a whole number from ' || low || ' to ' || high",
    "create temp macro last_answer(answers) as len(answers) + 1 - list_position("
    "list_reverse(list_transform(answers, lambda a: a is not null)), true)",
    "create temp macro misread(places) as "
    "list_position(list_transform(places, lambda p: starts_with(p, '?')), true)",
    "create temp macro misread_fault(places, lows, highs) as fault('item_' || misread(places), "
    "replace(places[misread(places)][2:], chr(31), ' '), 'not_whole_number', "
    "coalesce(item_range(lows[misread(places)], highs[misread(places)]), 'a whole number'))",
)


def items_text(cells: Sequence[str | None]) -> str:
    """Return the SQL for one text with a place per item; null where no item is answered.

    `cells` holds the SQL of each item's cell in order, None where the file lacks the column.
    """
    while cells and cells[-1] is None:
        cells = cells[:-1]
    if not cells:
        return "cast(null as varchar)"
    places = ", ".join("'.'" if cell is None else f"place({cell})" for cell in cells)
    unanswered = " ".join("." if cell is None else "-" for cell in cells)
    return f"nullif(concat_ws(' ', {places}), '{unanswered}')"


def ranges(instrument: Instrument) -> dict[int, tuple[int, int]]:
    """Return the lowest and the highest score of each item that is known."""
    if instrument.items is not None:
        pairs = zip(instrument.items.lows, instrument.items.highs, strict=True)
        return dict(enumerate(pairs, 1))
    asked = instrument.suicidality
    return {} if asked is None else dict.fromkeys(asked.items, (asked.low, asked.high))


def needed_domains(instrument: Instrument) -> tuple[int, str] | None:
    """Return how many domains a total needs, and that in words; None where items make no total."""
    items = instrument.items
    if items is None or not items.summed or not instrument.scored:
        return None
    count = len(items.domains)
    least = max(1, count - items.most_missing)
    plain = all(len(domain) == 1 for domain in items.domains)
    return least, f"a total needs at least {least} of {count} {'items' if plain else 'domains'}"


def item_expressions(found: Iterable[Instrument]) -> dict[str, str]:
    """Return three parts of check_assessment.sql, each with a branch per instrument.

    `wrong_item` is the number of the first item outside its range, `domains` the list of what
    each domain adds (null where it is unanswered; null as a whole where the file lacks an item
    that the total needs), `suicidality` the highest answered item on suicidal thoughts.
    """
    wrong, domains, suicidality = {}, {}, {}
    for scale in found:
        edges = ranges(scale)
        if edges:
            codes = {} if scale.items is None else dict(scale.items.zero_codes)
            cases = " ".join(
                f"when answers[{item}] not between {low} and {high} "
                f"and answers[{item}] <> {codes.get(item, low)} then {item}"
                for item, (low, high) in edges.items()
            )
            wrong[scale.id] = f"case {cases} end"
        if scale.items is not None and needed_domains(scale):
            domains[scale.id] = _domains(scale.items)
        if scale.suicidality is not None:
            asked = ", ".join(f"answers[{n}]" for n in scale.suicidality.items)
            suicidality[scale.id] = f"greatest({asked})"
    return {
        "wrong_item": _by_instrument(wrong, "integer"),
        "domains": _by_instrument(domains, "integer[]"),
        "suicidality": _by_instrument(suicidality, "smallint"),
    }


def _domains(items: Items) -> str:
    codes = dict(items.zero_codes)

    def answer(item: int) -> str:
        low, high = items.lows[item - 1], items.highs[item - 1]
        given = f"answers[{item}]"
        worth = f"{low + high} - {given}" if item in items.reversed else given
        if item in codes:
            return f"case when {given} = {codes[item]} then 0 else {worth} end"
        return worth

    values = ", ".join(f"greatest({', '.join(map(answer, domain))})" for domain in items.domains)
    needed = sorted({item for domain in items.domains for item in domain})
    there = " and ".join(f"places[{item}] <> '.'" for item in needed)
    return f"case when {there} then [{values}] end"


def _by_instrument(branches: Pairs[str, str], kind: str) -> str:
    """Return one expression; null for every instrument that has no branch."""
    if not branches:
        return f"cast(null as {kind})"
    whens = " ".join(f"when {literal(name)} then {sql}" for name, sql in branches.items())
    return f"cast(case instrument {whens} end as {kind})"
