"""What may leave: drawn examples, properties of random answers, and an adversary who subtracts."""

import csv
import io
import json
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis import (
    Cohort,
    Definition,
    Flow,
    MeanScore,
    Measure,
    Rates,
    Trajectories,
    UnknownName,
    rates,
    release_rates,
    release_trajectories,
    trajectories,
)
from analysis.export import flow_csv, rates_csv, rates_json, trajectories_csv
from analysis.stats.proportions import wilson

SMALLEST = 11
STEPS = ("episodes", "with_baseline", "eligible", "mature", "with_endpoint")
NUMBERS = ("numerator", "denominator", "unknown", "estimate", "conf_low", "conf_high")


# ---- making an answer ----------------------------------------------------------------------------


def measure(name, group, met, not_met, unknown=0, missing="observed", completeness=None):
    estimate, low, high = wilson(met, met + not_met)
    return Measure(
        name, group, missing, met, met + not_met, unknown, estimate, low, high, completeness
    )


def answer_of(by, rows, flow):
    return Rates(
        by=by,
        rows=tuple(rows),
        flow=tuple(flow),
        cohort="All episodes.",
        definition=Definition(missing=rows[0].missing) if rows else Definition(),
        definition_sentence="As drawn.",
        rules=(("response", "half"),),
        plain_rules=(("response", "half"),),
        snapshot="0123456789ab",
    )


def answer_from_cells(by, cells, missing="observed", names=("response", "remission")):
    """Return the answer in which each group has the cells that are drawn for it.

    A cell is (met, not met, no endpoint, immature, not eligible, no baseline, repeated episodes);
    for a second outcome met and not met change places.
    """
    rows, flow = [], []
    for group, (met, not_met, absent, immature, mild, bare, repeated) in cells.items():
        due = met + not_met + absent
        steps = np.cumsum([met + not_met, absent, immature, mild, bare])[::-1].tolist()
        flow.append(Flow(group, steps[0], max(steps[0] - repeated, 0), *steps[1:]))
        completeness = (met + not_met) / due if due else None
        for position, name in enumerate(names):
            yes, no = (met, not_met) if position == 0 else (not_met, met)
            if missing == "nonresponse":
                rows.append(measure(name, group, yes, no + absent, 0, missing, completeness))
            else:
                rows.append(measure(name, group, yes, no, absent, missing, completeness))
    return answer_of(by, rows, flow)


def drawn(table):
    """Return the groups of a drawn table with the numbers behind them."""
    lines = [[c.strip() for c in line.split("|")] for line in table.strip().splitlines()[1:]]
    return [(tuple(name.split()), [int(n) for n in numbers.split()], *rest)
            for name, numbers, *rest in lines]  # fmt: skip


def shared(answer):
    return release_rates(answer, "shared")


def shared_means(answer):
    return release_trajectories(answer, "shared")


def shown_rates(released):
    return {row.group: "shown" if not row.withheld else "withheld" for row in released.rows}


# ---- drawn examples ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "table",
    [
        """
        group | met not-met unknown | rate
        all   | 11 11 0             | shown
        """,
        """
        group | met not-met unknown | rate
        all   | 10 50 0             | withheld
        """,
        """
        group | met not-met unknown | rate
        all   | 50 10 0             | withheld
        """,
        """
        group | met not-met unknown | rate
        all   | 0 50 0              | withheld
        """,
        """
        group | met not-met unknown | rate
        all   | 50 0 0              | withheld
        """,
        """
        group | met not-met unknown | rate
        all   | 50 50 1             | withheld
        """,
        """
        group | met not-met unknown | rate
        all   | 50 50 10            | withheld
        """,
        """
        group | met not-met unknown | rate
        all   | 50 50 11            | shown
        """,
        # one small group takes the smallest other one with it
        """
        group | met not-met unknown | rate
        a     | 5 30 0              | withheld
        b     | 40 40 0             | shown
        c     | 20 30 0             | withheld
        """,
        # two small groups that hide eleven between them protect each other
        """
        group | met not-met unknown | rate
        a     | 5 30 0              | withheld
        b     | 40 40 0             | shown
        c     | 6 30 0              | withheld
        """,
        # two small groups that hide only ten do not
        """
        group | met not-met unknown | rate
        a     | 5 30 0              | withheld
        b     | 40 40 0             | shown
        c     | 5 30 0              | withheld
        d     | 20 90 0             | withheld
        """,
        # a group that nobody meets is as telling as one that everybody meets
        """
        group | met not-met unknown | rate
        a     | 0 30 0              | withheld
        b     | 30 30 0             | withheld
        c     | 60 60 0             | shown
        """,
        """
        group | met not-met unknown | rate
        a     | 20 20 0             | shown
        b     | 30 30 0             | shown
        """,
    ],
)
def test_which_rates_are_shown(table) -> None:
    rows = drawn(table)
    by = () if len(rows) == 1 else ("site",)
    cells = {
        (group if by else ()): (met, not_met, absent, 0, 0, 0, 0)
        for group, (met, not_met, absent), _ in rows
    }
    answer = answer_from_cells(by, cells, names=("response",))
    released = shared(answer)
    assert shown_rates(released) == {(group if by else ()): verdict for group, _, verdict in rows}


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        # episodes, with baseline, eligible, mature, with endpoint
        ((100, 80, 60, 40, 20), (100, 80, 60, 40, 20)),
        ((100, 100, 100, 100, 100), (100, 100, 100, 100, 100)),
        ((100, 90, 60, 40, 20), (100, None, 60, 40, 20)),
        ((100, 89, 60, 40, 20), (100, 89, 60, 40, 20)),
        ((100, 95, 90, 60, 40), (100, None, None, 60, 40)),
        ((100, 95, 89, 60, 40), (100, None, 89, 60, 40)),
        ((100, 80, 60, 40, 10), (100, 80, 60, 40, None)),
        ((100, 80, 60, 40, 0), (100, 80, 60, 40, None)),
        ((10, 10, 10, 10, 10), (None,) * 5),
        ((0, 0, 0, 0, 0), (None,) * 5),
    ],
)
def test_which_steps_of_the_flow_are_shown(steps, shown) -> None:
    flow = Flow((), steps[0], steps[0], *steps[1:])
    (found,) = release_rates(answer_of((), [], [flow]), "shared").flow
    assert tuple(getattr(found, step) for step in STEPS) == shown


@pytest.mark.parametrize(
    ("episodes", "patients", "shown"),
    [(100, 100, 100), (100, 89, 89), (100, 90, None), (100, 99, None), (30, 10, None)],
)
def test_patients_are_shown_where_neither_they_nor_repeats_are_few(
    episodes, patients, shown
) -> None:
    flow = Flow((), episodes, patients, *(episodes,) * 4)
    (found,) = release_rates(answer_of((), [], [flow]), "shared").flow
    assert found.patients == shown


@pytest.mark.parametrize(
    "table",
    [
        """
        group | n  | mean
        a     | 11 | shown
        b     | 12 | shown
        """,
        """
        group | n  | mean
        a     | 10 | withheld
        b     | 12 | withheld
        c     | 13 | shown
        """,
        """
        group | n  | mean
        a     | 0  | withheld
        b     | 12 | withheld
        c     | 13 | shown
        """,
        """
        group | n  | mean
        a     | 5  | withheld
        b     | 5  | withheld
        c     | 13 | withheld
        d     | 14 | shown
        """,
    ],
)
def test_which_means_are_shown(table) -> None:
    rows = drawn(table)
    counts = {group: n for group, (n,), _ in rows}
    released = shared_means(means_of(("site",), counts))
    found = {row.group: "withheld" if row.withheld else "shown" for row in released.rows}
    assert found == {group: verdict for group, _, verdict in rows}


def means_of(by, counts, sd=4.0):
    rows = tuple(
        MeanScore(group, 1, 1, 14, n, 12.5, 11.5, 13.5, sd, 12.0) for group, n in counts.items()
    )
    return Trajectories(by, rows, "All episodes.", Definition(), "As drawn.", "0123456789ab")


def test_a_policy_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownName, match="Known: local, shared"):
        release_rates(answer_of((), [], []), "public")


# ---- properties of random answers ----------------------------------------------------------------

COUNTS = st.sampled_from([0, 0, 1, 3, 5, 9, 10, 11, 12, 15, 20, 30, 60])
CELL = st.tuples(*[COUNTS] * 7)
ONE_FIELD = st.integers(1, 6).map(lambda n: [(f"g{i}",) for i in range(n)])
TWO_FIELDS = st.tuples(st.integers(1, 4), st.integers(1, 4)).map(
    lambda shape: [(f"a{i}", f"b{j}") for i, j in product(range(shape[0]), range(shape[1]))]
)


@st.composite
def questions(draw):
    keys = draw(ONE_FIELD | TWO_FIELDS)
    # a group without episodes does not occur in an answer
    cells = {key: draw(CELL) for key in keys}
    cells = {key: cell for key, cell in cells.items() if sum(cell[:6])} or {keys[0]: (30,) * 7}
    by = ("site",) if len(keys[0]) == 1 else ("site", "year")
    missing = draw(st.sampled_from(["observed", "nonresponse"]))
    return by, cells, missing


def lines_of(by, groups):
    """Return the sets of groups whose totals are known: everything, and each margin."""
    lines = [list(groups)]
    for position in range(len(by)) if len(by) > 1 else ():
        margins: dict = {}
        for group in groups:
            rest = (*group[:position], *group[position + 1 :])
            margins.setdefault(rest, []).append(group)
        lines += margins.values()
    return lines


def given_away(by, groups, hidden, wholly_hidden_known=False):
    """Return the hidden groups whose number follows from the shown ones and the known totals.

    The total of a line that is hidden as a whole is taken for unknown, unless said otherwise.
    """
    unknown = [group for group in groups if group in hidden]
    lines = [
        line for line in lines_of(by, groups) if wholly_hidden_known or not set(line) <= set(hidden)
    ]
    if not unknown or not lines:
        return []
    sums = np.array([[float(group in line) for group in unknown] for line in lines])
    *_, freedom = np.linalg.svd(sums, full_matrices=True)
    freedom = freedom[np.linalg.matrix_rank(sums) :]
    free = np.abs(freedom).max(axis=0, initial=0.0) > 1e-9
    return [group for group, is_free in zip(unknown, free, strict=True) if not is_free]


def too_little(by, counts, hidden, zero_tells=True):
    """Return the lines of which a part is hidden that is one group, or fewer than eleven people."""
    found = []
    for line in lines_of(by, counts):
        within = [group for group in line if group in hidden]
        total = sum(counts[group] for group in within)
        if not within or len(within) == len(line) or (total == 0 and not zero_tells):
            continue
        if len(within) < 2 or total < SMALLEST:
            found.append((line, within, total))
    return found


@given(questions())
def test_a_shown_rate_stands_for_eleven_of_each_kind(question) -> None:
    answer = answer_from_cells(*question)
    for row in shared(answer).rows:
        if not row.withheld:
            assert row.numerator >= SMALLEST
            assert row.denominator - row.numerator >= SMALLEST
            assert row.unknown == 0 or row.unknown >= SMALLEST


@given(questions())
def test_a_shown_number_is_the_right_one_and_a_withheld_one_is_none(question) -> None:
    answer = answer_from_cells(*question)
    released = shared(answer)
    for before, after in zip(answer.rows, released.rows, strict=True):
        if after.withheld:
            assert [getattr(after, name) for name in (*NUMBERS, "completeness")] == [None] * 7
        else:
            assert after in (before, replace(before, completeness=None))
    for flow, left in zip(answer.flow, released.flow, strict=True):
        for step in (*STEPS, "patients"):
            assert getattr(left, step) in (None, getattr(flow, step))
    assert released.release == "shared"


@given(questions())
def test_what_hides_along_a_line_is_two_groups_and_eleven_people(question) -> None:
    answer = answer_from_cells(*question)
    released = shared(answer)
    for name in ("response", "remission"):
        rows = {row.group: row for row in answer.rows if row.measure == name}
        hidden = {row.group for row in released.rows if row.measure == name and row.withheld}
        met = {group: row.numerator for group, row in rows.items()}
        not_met = {group: row.denominator - row.numerator for group, row in rows.items()}
        unknown = {group: row.unknown for group, row in rows.items()}
        sizes = {group: row.denominator for group, row in rows.items()}
        assert too_little(answer.by, met, hidden) == []
        assert too_little(answer.by, not_met, hidden) == []
        assert too_little(answer.by, sizes, hidden) == []
        assert too_little(answer.by, unknown, hidden, zero_tells=False) == []


@settings(max_examples=300)
@given(questions())
def test_no_withheld_rate_follows_from_the_shown_ones_and_the_totals(question) -> None:
    answer = answer_from_cells(*question)
    released = shared(answer)
    for name in ("response", "remission"):
        rows = [row for row in released.rows if row.measure == name]
        hidden = {row.group for row in rows if row.withheld}
        assert given_away(answer.by, [row.group for row in rows], hidden) == []


@given(questions())
def test_no_loss_of_one_to_ten_lies_between_two_shown_steps(question) -> None:
    answer = answer_from_cells(*question)
    for flow in shared(answer).flow:
        shown = [getattr(flow, step) for step in STEPS if getattr(flow, step) is not None]
        assert all(count >= SMALLEST for count in shown)
        for earlier, later in pairwise(shown):
            assert earlier - later == 0 or earlier - later >= SMALLEST


@given(questions())
def test_no_step_that_is_withheld_follows_from_the_other_groups(question) -> None:
    answer = answer_from_cells(*question)
    released = shared(answer)
    groups = [flow.group for flow in answer.flow]
    for step in STEPS:
        hidden = {flow.group for flow in released.flow if getattr(flow, step) is None}
        assert given_away(answer.by, groups, hidden) == [], step


@given(questions())
def test_what_a_step_hides_along_a_line_is_two_groups_and_eleven_people(question) -> None:
    answer = answer_from_cells(*question)
    released = shared(answer)
    for step in STEPS:
        counts = {flow.group: getattr(flow, step) for flow in answer.flow}
        hidden = {flow.group for flow in released.flow if getattr(flow, step) is None}
        assert too_little(answer.by, counts, hidden) == [], step


@given(questions())
def test_the_number_of_patients_does_not_follow_from_the_other_groups(question) -> None:
    answer = answer_from_cells(*question)
    released = shared(answer)
    hidden = {flow.group for flow in released.flow if flow.patients is None}
    assert given_away(answer.by, [flow.group for flow in answer.flow], hidden) == []


@settings(max_examples=400)
@given(questions())
@example(
    (
        ("site",),
        {
            ("A",): (2, 3, 60, 0, 0, 0, 0),
            ("B",): (25, 15, 20, 0, 0, 0, 0),
            ("C",): (20, 40, 20, 0, 0, 0, 0),
            ("D",): (60, 60, 20, 0, 0, 0, 0),
        },
        "observed",
    )
)
def test_what_a_rate_tells_of_the_flow_gives_no_other_group_away(question) -> None:
    # a rate of the observed tells how many have an endpoint, every rate how many are mature
    answer = answer_from_cells(*question)
    released = shared(answer)
    told = {row.group for row in released.rows if not row.withheld}
    for step in ("mature", "with_endpoint"):
        hidden = {flow.group for flow in released.flow if getattr(flow, step) is None}
        if step == "mature" or question[2] == "observed":
            hidden -= told
        counts = {flow.group: getattr(flow, step) for flow in answer.flow}
        assert given_away(answer.by, list(counts), hidden) == [], step
        assert too_little(answer.by, counts, hidden) == [], step


@given(questions())
def test_a_rate_is_never_shown_beside_a_flow_that_would_have_to_hide_it(question) -> None:
    answer = answer_from_cells(*question)
    released = shared(answer)
    flow = {step.group: step for step in released.flow}
    for row in released.rows:
        if row.withheld:
            continue
        step = flow[row.group]
        assert step.mature == row.denominator + row.unknown
        if row.completeness is not None:
            assert step.with_endpoint is not None


@given(questions())
def test_local_changes_nothing_but_the_label(question) -> None:
    answer = answer_from_cells(*question)
    assert release_rates(answer, "local") == answer
    assert release_rates(replace(answer, release="shared"), "local") == answer


MEANS = st.dictionaries(st.sampled_from([("a",), ("b",), ("c",), ("d",)]), COUNTS, min_size=1)


@given(MEANS)
def test_no_withheld_mean_follows_from_the_shown_ones(counts) -> None:
    answer = means_of(("site",), counts)
    released = shared_means(answer)
    hidden = {row.group for row in released.rows if row.withheld}
    assert all(row.n >= SMALLEST for row in released.rows if not row.withheld)
    assert too_little(("site",), counts, hidden) == []
    for row in released.rows:
        if row.withheld:
            assert (row.n, row.estimate, row.conf_low, row.conf_high) == (None,) * 4
            assert (row.sd, row.median) == (None, None)
    assert release_trajectories(answer, "local") == answer


# ---- exports -------------------------------------------------------------------------------------


def records(text):
    return list(csv.DictReader(io.StringIO(text)))


@given(questions())
@example((("site",), {("a",): (5, 30, 0, 0, 0, 0, 0), ("b",): (40,) * 7}, "observed"))
def test_no_export_holds_a_withheld_number(question) -> None:
    answer = answer_from_cells(*question)
    released = shared(answer)
    printed = json.loads(rates_json(released))
    for row, found, cells in zip(
        released.rows, printed["rows"], records(rates_csv(released)), strict=True
    ):
        for name in (*NUMBERS, "completeness"):
            value = getattr(row, name)
            assert found[name] == value
            assert cells[name] == ("" if value is None else str(value))
        assert cells["withheld"] == str(row.withheld)
        assert cells["release"] == "shared"
    for flow, found, cells in zip(
        released.flow, printed["flow"], records(flow_csv(released)), strict=True
    ):
        for name in (*STEPS, "patients"):
            value = getattr(flow, name)
            assert found[name] == value
            assert cells[name] == ("" if value is None else str(value))


def test_the_exports_of_the_sample_data_hold_no_small_count(sample_store) -> None:
    answer = rates(sample_store, Cohort(), Definition(), by=("modality",))
    released = shared(answer)
    assert any(row.withheld for row in released.rows)
    assert any(not row.withheld for row in released.rows)
    for cells in records(rates_csv(released)):
        if cells["withheld"] == "True":
            assert {cells[name] for name in (*NUMBERS, "completeness")} == {""}
        else:
            met, of, unknown = (int(cells[n]) for n in ("numerator", "denominator", "unknown"))
            assert min(met, of - met) >= SMALLEST
            assert unknown == 0 or unknown >= SMALLEST
    for cells in records(flow_csv(released)):
        assert all(int(cells[s]) >= SMALLEST for s in (*STEPS, "patients") if cells[s])


def test_the_trajectories_of_the_sample_data_hold_no_small_n(sample_store) -> None:
    answer = trajectories(sample_store, Cohort(), Definition(), ("modality", "site"))
    rows = records(trajectories_csv(shared_means(answer)))
    assert {row["withheld"] for row in rows} == {"True", "False"}
    for row in rows:
        numbers = {row[name] for name in ("n", "estimate", "conf_low", "conf_high", "sd", "median")}
        assert numbers == {""} if row["withheld"] == "True" else int(row["n"]) >= SMALLEST


# ---- an adversary who subtracts ------------------------------------------------------------------


def test_a_group_that_is_the_only_bridge_between_two_hidden_blocks() -> None:
    # x hides: two blocks of four and one group in between. The rows of the upper block less its
    # columns leave exactly the group in between, although every line hides two groups or more.
    drawing = [
        "x x . .",
        "x x x .",
        ". . x x",
        ". . x x",
    ]
    cells = {
        (f"row {i}", f"column {j}"): (6 if mark == "x" else 60, 60, 0, 0, 0, 0, 0)
        for i, line in enumerate(drawing)
        for j, mark in enumerate(line.split())
    }
    answer = answer_from_cells(("site", "year"), cells, names=("response",))
    released = shared(answer)
    hidden = {row.group for row in released.rows if row.withheld}
    assert hidden
    assert given_away(answer.by, list(cells), hidden) == []


def test_a_group_that_is_all_there_is_of_its_year_hides_nothing() -> None:
    # Only site A has the year 2020. Its rate is hidden for the sake of A in 2019, but stands
    # unchanged among the rates per year, and gives A in 2019 back.
    met = {
        ("A", "2019"): 5,
        ("A", "2020"): 20,
        ("A", "2021"): 100,
        ("B", "2019"): 40,
        ("B", "2021"): 50,
        ("C", "2019"): 60,
        ("C", "2021"): 70,
    }
    cells = {group: (count, 60, 0, 0, 0, 0, 0) for group, count in met.items()}
    answer = answer_from_cells(("site", "year"), cells, names=("response",))
    released = shared(answer)
    hidden = {row.group for row in released.rows if row.withheld}
    assert ("A", "2019") in hidden
    given_back = given_away(answer.by, list(cells), hidden, wholly_hidden_known=True)
    assert ("A", "2019") not in given_back


def test_a_step_that_loses_nobody_protects_no_other_group() -> None:
    # C has no baselines. A lost nobody, so that hiding its step hides nothing: its year tells it.
    cells = {
        ("A", "2019"): (20, 20, 0, 0, 0, 0, 0),
        ("B", "2019"): (30, 30, 0, 0, 0, 0, 0),
        ("C", "2020"): (0, 0, 0, 0, 0, 40, 0),
        ("D", "2020"): (30, 30, 0, 0, 0, 40, 0),
    }
    answer = answer_from_cells(("site", "year"), cells, names=("response",))
    released = shared(answer)
    hidden = {step.group for step in released.flow if step.with_baseline is None}
    assert ("C", "2020") in hidden
    assert given_away(answer.by, list(cells), hidden) == []


def test_two_withheld_steps_hide_eleven_people_between_them() -> None:
    # of A and B two and three have an endpoint; the five follow from the total
    cells = {
        ("A",): (1, 1, 40, 0, 0, 0, 0),
        ("B",): (1, 2, 40, 0, 0, 0, 0),
        ("C",): (30, 30, 40, 0, 0, 0, 0),
        ("D",): (60, 60, 40, 0, 0, 0, 0),
    }
    answer = answer_from_cells(("site",), cells, names=("response",))
    released = shared(answer)
    counts = {step.group: step.with_endpoint for step in answer.flow}
    hidden = {step.group for step in released.flow if step.with_endpoint is None}
    assert too_little(answer.by, counts, hidden) == []


def test_who_was_assessed_and_did_not_respond_under_nonresponse() -> None:
    # 100 mature, 45 assessed, 40 responded: five assessed people did not respond
    answer = answer_from_cells((), {(): (40, 5, 55, 0, 0, 0, 0)}, "nonresponse", ("response",))
    released = shared(answer)
    (row,), (flow,) = released.rows, released.flow
    assert row.withheld or flow.with_endpoint is None


def test_who_neither_responded_nor_responded_in_part() -> None:
    # of 60 people 30 responded and 25 in part: five did neither
    rows = [measure("response", (), 30, 30), measure("partial_response", (), 25, 35)]
    flow = Flow((), 60, 60, 60, 60, 60, 60)
    released = release_rates(answer_of((), rows, [flow]), "shared")
    assert any(row.withheld for row in released.rows)


def test_who_improved_but_did_not_even_respond_in_part() -> None:
    # of 90 people 70 improved, 40 responded and 25 in part: five improved by less than a quarter
    rows = [
        measure("response", (), 40, 50),
        measure("partial_response", (), 25, 65),
        measure("any_improvement", (), 70, 20),
    ]
    released = release_rates(answer_of((), rows, [Flow((), *(90,) * 6)]), "shared")
    assert {row.measure for row in released.rows if row.withheld} == {"partial_response"}


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("symptom_free", "remission"),
        ("symptom_free", "any_improvement"),
        ("remission", "response"),
        ("reliable_improvement", "minimal_important_improvement"),
        ("sustained_remission", "sustained_response"),
        ("suicidality_resolved", "suicidality_reduced"),
    ],
)
@pytest.mark.parametrize(("between", "withheld"), [(0, False), (1, True), (10, True), (11, False)])
def test_those_between_two_outcomes(narrow, wide, between, withheld) -> None:
    rows = [measure(wide, (), 30 + between, 30), measure(narrow, (), 30, 30 + between)]
    flow = Flow((), *(60 + between,) * 6)
    wider, narrower = release_rates(answer_of((), rows, [flow]), "shared").rows
    assert not wider.withheld
    assert narrower.withheld == withheld


def test_a_computed_rule_does_not_tell_how_many_were_assessed(clinic) -> None:
    """20 are due and 15 assessed; the rule rests on the spread of those 15."""
    names = [f"E{number}" for number in range(20)]
    episodes = [{"episode_id": name, "patient_id": name, "modality": "ect"} for name in names]
    before = [
        {"episode_id": name, "instrument": "phq9", "day": 0, "score": 15 + number % 5}
        for number, name in enumerate(names)
    ]
    after = [visit | {"day": 42, "score": 3} for visit in before[:15]]
    store = clinic(episodes, before + after)
    definition = Definition(reliable_change="r=0.8", cutoff="a")
    found = rates(store, Cohort(), definition, ("recovered",))
    assert "of 15 baselines" in dict(found.rules)["recovered"]
    released = release_rates(found, "shared")
    assert released.flow[0].with_endpoint is None
    assert dict(released.rules)["recovered"] == (
        "PHQ-9 better by more than 1.96 x SD of the baseline x root of 2 (1 - 0.8) points "
        "(computed; reliability unverified), and from the ill side to below (cut-off a of "
        "Jacobson and Truax)"
    )


def test_who_was_at_the_floor_already() -> None:
    # 85 have an endpoint and 82 of them a response that can be decided: three started at zero
    rows = [measure("response", (), 40, 42, 18), measure("remission", (), 40, 45, 15)]
    flow = Flow((), 100, 100, 100, 100, 100, 85)
    released = release_rates(answer_of((), rows, [flow]), "shared")
    shown = {row.denominator for row in released.rows if not row.withheld}
    assert len((shown | {released.flow[0].with_endpoint}) - {None}) <= 1


def test_whose_score_was_carried_forward() -> None:
    # 80 have an endpoint and 85 are counted: five scores were carried forward
    rows = [measure("response", (), 40, 45, 15, "locf", 0.8)]
    flow = Flow((), 100, 100, 100, 100, 100, 80)
    released = release_rates(answer_of((), rows, [flow]), "shared")
    (row,), (step,) = released.rows, released.flow
    assert row.withheld or (step.with_endpoint is None and row.completeness is None)


def test_a_mean_of_equal_scores_tells_the_score_of_each() -> None:
    released = shared_means(means_of((), {(): 12}, sd=0.0))
    (row,) = released.rows
    assert row.withheld
