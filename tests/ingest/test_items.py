"""Items: what makes a total and what does not, which place an item has, the suicidality item."""

import pytest

# An empty cell is drawn as a dash. Nine items of the PHQ-9, one file.
PHQ9 = """
3 3 3 3 3 3 3 3 3 | 27 | loaded as 27
3 3 3 3 3 3 3 3 3 | -  | loaded as 27
0 0 0 0 0 0 0 0 0 | -  | loaded as 0
1 1 1 1 1 1 1 1 - | -  | loaded as 9
1 2 1 2 1 2 1 - - | -  | loaded as 13
1 2 1 2 1 2 2 - - | -  | loaded as 14
1 1 1 1 1 1 2 2 - | -  | loaded as 11
2 1 1 1 1 1 1 2 - | 11 | loaded as 11
1 2 1 2 1 2 - - - | -  | loaded without a score
- - - - - - - - 2 | -  | loaded without a score
- - - - - - - - - | 12 | loaded as 12
- - - - - - - - - | -  | loaded without a score
1 2 1 2 1 2 - - - | 12 | too_few_items: 12: a total needs at least 7 of 9 items; the file says 12
3 2 0 0 0 0 0 0 0 | 6  | total_disagrees: score 6, items 5: the total that the items make, or a score without items
1 1 1 1 1 1 1 1 - | 8  | total_disagrees: score 8, items 9: the total that the items make, or a score without items
4 0 0 0 0 0 0 0 0 | 4  | item_out_of_range: 4: a whole number from 0 to 3
0 0 0 0 0 0 0 0 4 | -  | item_out_of_range: 4: a whole number from 0 to 3
0 0 -1 0 0 0 0 0 0| -  | item_out_of_range: -1: a whole number from 0 to 3
0 0 1.5 0 0 0 0 0 0 | - | not_whole_number: 1.5: a whole number from 0 to 3
0 0 ? 0 0 0 0 0 0 | -  | not_whole_number: ?: a whole number from 0 to 3
0 0 . 0 0 0 0 0 0 | -  | not_whole_number: .: a whole number from 0 to 3
"""  # noqa: E501

# Sixteen items of the QIDS-SR16 in nine domains: the highest of 1-4, of 6-9 and of 15-16 counts.
QIDS = """
1 2 3 0 1 2 - - - 1 1 1 1 1 0 2 | -  | loaded as 13
3 - - - 0 - - 3 - 0 0 0 0 0 - 0 | 6  | loaded as 6
0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 | -  | loaded as 0
3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 | 27 | loaded as 27
- - - - 0 - - 3 - 1 0 0 0 0 - 0 | -  | loaded as 5
- - - - - - - 3 - 1 0 0 0 0 - 0 | -  | loaded without a score
- - - - - - - 3 - 1 0 0 0 0 - 0 | 4  | too_few_items: 4: a total needs at least 8 of 9 domains; the file says 4
3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 | 20 | total_disagrees: score 20, items 27: the total that the items make, or a score without items
"""  # noqa: E501

# Seventeen items of the HAM-D17; item 16 coded 3 was not assessed and counts as zero.
HAMD17 = """
2 2 1 1 1 1 2 1 1 2 2 1 1 1 1 0 0 | -  | loaded as 20
2 2 1 1 1 1 2 1 1 2 2 1 1 1 1 2 0 | 22 | loaded as 22
2 2 1 1 1 1 2 1 1 2 2 1 1 1 1 3 0 | 20 | loaded as 20
2 2 1 1 1 1 2 1 1 2 2 1 1 1 1 3 0 | 23 | total_disagrees: score 23, items 20: the total that the items make, or a score without items
2 2 1 1 1 1 2 1 1 2 2 1 1 1 1 4 0 | -  | item_out_of_range: 4: a whole number from 0 to 2
2 2 1 1 1 1 2 1 1 2 2 1 1 1 1 0 3 | -  | item_out_of_range: 3: a whole number from 0 to 2
"""  # noqa: E501


def cells(drawn: str) -> list[str]:
    return ["" if cell == "-" else cell for cell in drawn.split()]


def read_table(text: str):
    return [[part.strip() for part in line.split("|")] for line in text.strip().splitlines()]


def file_of(instrument: str, rows, items) -> str:
    """Write assessments of one instrument, a day apart, with the item columns named."""
    lines = ["episode_id,instrument,day,score," + ",".join(f"item_{n}" for n in items)]
    lines += [f"E1,{instrument},{day},{score},{','.join(c)}" for day, (score, c) in enumerate(rows)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("instrument", "table"), [("phq9", PHQ9), ("qids_sr16", QIDS), ("hamd17", HAMD17)]
)
def test_items_make_the_total_that_the_instrument_says(clinic, two_episodes, instrument, table):
    drawn = read_table(table)
    rows = [(score.replace("-", ""), cells(answers)) for answers, score, _ in drawn]
    text = file_of(instrument, rows, range(1, len(rows[0][1]) + 1))
    report = clinic.load(episodes=two_episodes, x=text)
    found = {
        day: "loaded without a score" if score is None else f"loaded as {score}"
        for _, _, day, score in clinic.scores()
    }
    found |= {row.line - 2: f"{row.rule}: {row.value}: {row.allowed}" for row in report.quarantined}
    assert [f"{a} | {s} | {found[day]}" for day, (a, s, _) in enumerate(drawn)] == [
        f"{a} | {s} | {expected}" for a, s, expected in drawn
    ]


def test_a_wrong_item_is_named(clinic, two_episodes, kept_aside):
    text = "episode_id,instrument,day,score,item_2,item_9\nE1,phq9,0,,3,9\nE1,phq9,1,,two words,1\n"
    report = clinic.load(episodes=two_episodes, x=text)
    assert kept_aside(report) == [
        (2, "item_9", "9", "item_out_of_range"),
        (3, "item_2", "two words", "not_whole_number"),
    ]


def test_an_answer_to_an_item_that_the_instrument_does_not_have(clinic, two_episodes):
    text = file_of("phq9", [("9", ["1"] * 10), ("9", ["1"] * 9 + [""])], range(1, 11))
    report = clinic.load(episodes=two_episodes, x=text)
    (row,) = report.quarantined
    assert (row.line, row.column, row.value, row.rule, row.allowed) == (
        2, "item_10", "1", "too_many_items", "PHQ-9 has 9 items",
    )  # fmt: skip
    assert clinic.rows("select day, score, items from assessment") == [(1, 9, "1 1 1 1 1 1 1 1 1")]


@pytest.mark.parametrize("long", [False, True])
def test_a_file_may_have_items_and_no_score(clinic, two_episodes, long):
    items = ",".join(f"item_{n}" for n in range(1, 10))
    header, row = f"episode_id,instrument,day,{items}\n", "E1,phq9,0,1,2,3,0,1,0,1,0,2\n"
    if long:
        header = f"patient_id,modality,instrument,day,{items}\n"
        row = row.replace("E1,", "P1,rtms,")
    report = clinic.load(episodes=two_episodes, x=header + row)
    assert report.files[-1].kind == ("long" if long else "assessments")
    assert clinic.scores() == [("E1", "phq9", 0, 10)]


def test_two_totals_of_one_day_are_shown_whether_given_or_made(clinic, two_episodes, kept_aside):
    text = file_of("phq9", [("", ["1"] * 9), ("", ["2"] * 9)], range(1, 10))
    report = clinic.load(episodes=two_episodes, x=text.replace("phq9,1,", "phq9,0,"))
    assert kept_aside(report) == [
        (2, "score", "9", "conflicting_scores"),
        (3, "score", "18", "conflicting_scores"),
    ]
    assert clinic.usable() == []


@pytest.mark.parametrize("score", ["20", "3", ""])
def test_a_file_with_only_the_ninth_item_says_nothing_about_the_total(clinic, two_episodes, score):
    """The ninth item must not be taken for the first, and the other eight are not missing."""
    report = clinic.load(
        episodes=two_episodes, x=f"episode_id,instrument,day,score,item_9\nE1,phq9,0,{score},2\n"
    )
    assert report.quarantined == ()
    stored = clinic.rows("select score, items, suicidality from assessment")
    assert stored == [(int(score) if score else None, ". . . . . . . . 2", 2)]


def test_where_a_needed_column_is_missing_nothing_is_compared(clinic, two_episodes):
    text = file_of("phq9", [("27", ["0"] * 8), ("5", [""] * 7 + ["0"])], range(1, 9))
    report = clinic.load(episodes=two_episodes, x=text)
    assert report.quarantined == ()
    assert [score for *_, score in clinic.scores()] == [27, 5]


def test_items_are_kept_as_they_were_given(clinic, two_episodes):
    """Two instruments in one wide file: each keeps its own places, and nothing is lost."""
    header = "episode_id,instrument,day,score," + ",".join(f"item_{n}" for n in range(1, 11))
    rows = ["E1,phq9,0,10,1,2,3,0,1,0,1,0,2,", "E1,madrs,0,21,3,2,3,4,2,1,2,2,2,0",
            "E1,madrs,1,,,2,3,4,2,1,6,0,2,1", "E1,madrs,2,,,,,,,,,,,"]  # fmt: skip
    report = clinic.load(episodes=two_episodes, x="\n".join([header, *rows]) + "\n")
    assert report.quarantined == ()
    stored = clinic.rows(
        "select instrument::varchar, day, score, items from assessment order by 1, 2"
    )
    assert stored == [
        ("madrs", 0, 21, "3 2 3 4 2 1 2 2 2 0"),
        ("madrs", 1, None, "- 2 3 4 2 1 6 0 2 1"),
        ("madrs", 2, None, None),
        ("phq9", 0, 10, "1 2 3 0 1 0 1 0 2"),
    ]


@pytest.mark.parametrize("written", ["02", "2.0", "+2", " 2 ", "2"])
def test_an_item_is_the_same_however_it_is_written(clinic, two_episodes, written):
    header = "episode_id,instrument,day,score,item_1\n"
    clinic.load(episodes=two_episodes, x=f"{header}E1,phq9,0,9,{written}\n")
    assert clinic.rows("select items from assessment") == [("2",)]
    assert clinic.load(y=header + "E1,phq9,0,9,2\n").files[0].exact_duplicates == 1


def test_items_of_an_instrument_that_is_not_summed_are_kept(clinic, two_episodes):
    report = clinic.load(
        mapping="[instruments.own]\nrange = [0, 10]\n",
        episodes=two_episodes,
        x="episode_id,instrument,day,score,item_1,item_3\nE1,own,0,3,100,2\nE1,own,1,,1,\n",
    )
    assert report.quarantined == ()
    assert clinic.rows("select score, items from assessment") == [(3, "100 . 2"), (None, "1 . -")]


def test_a_renamed_or_missing_item_is_read_as_declared(clinic, two_episodes):
    """Codes for "no answer" are blank, and words become numbers before anything is added up."""
    answers = ["never", "daily", "daily", "never", "never", "never", "never", "-9", "never"]
    words = "".join(f"[values.item_{n}]\nnever = '0'\ndaily = '3'\n" for n in range(1, 10))
    clinic.load(
        mapping=f'{words}[missing]\ncodes = ["-9"]\n',
        episodes=two_episodes,
        x=file_of("phq9", [("", answers)], range(1, 10)),
    )
    stored = clinic.rows("select score, items, suicidality from assessment")
    assert stored == [(7, "0 3 3 0 0 0 0 - 0", 0)]


@pytest.mark.parametrize(
    ("instrument", "items", "suicidality"),
    [
        ("phq9", {9: "3"}, 3),
        ("phq9", {1: "3", 9: "0"}, 0),
        ("phq9", {1: "3", 9: ""}, None),
        ("phq9", {1: "3"}, None),
        ("qids_sr16", {12: "1", 5: "3"}, 1),
        ("madrs", {10: "6"}, 6),
        ("gad7", {1: "3"}, None),
    ],
)
def test_the_item_on_suicidal_thoughts_is_kept_apart(
    clinic, two_episodes, instrument, items, suicidality
):
    clinic.load(episodes=two_episodes, x=file_of(instrument, [("5", items.values())], items))
    assert clinic.rows("select suicidality from assessment") == [(suicidality,)]
