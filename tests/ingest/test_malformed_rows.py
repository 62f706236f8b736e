"""Rows that are no rows of the file's form, and the line numbers of all rows around them.

Each drawn file is imported beside two good episodes. The expected pairs are the line of the file,
counted as an editor counts it, and the rule.
"""

import pytest

from analysis.errors import InputError

HEADER = "episode_id,instrument,day,score\n"
NOTED = "episode_id,instrument,day,score,note\n"
GOOD, ALSO_GOOD = "E1,phq9,0,20\n", "E1,phq9,42,4\n"
BAD = "E1,phq9,7,99\n"
RANGE = "score_out_of_range"

FILES = {
    "a bad row": (HEADER + GOOD + BAD, [(3, RANGE)]),
    "one field less": (HEADER + GOOD + "E1,phq9,1\n" + ALSO_GOOD, [(3, "too_few_fields")]),
    "one field more": (HEADER + GOOD + "E1,phq9,1,2,3\n" + ALSO_GOOD, [(3, "too_many_fields")]),
    "first row one field more": (HEADER + "E1,phq9,1,2,3\n" + GOOD, [(2, "too_many_fields")]),
    "a total line at the end": (HEADER + GOOD + "Total\n", [(3, "too_few_fields")]),
    "text after a closing quote": (
        HEADER + GOOD + 'E1,"phq9"x,1,2\n' + ALSO_GOOD,
        [(3, "unclosed_quote")],
    ),
    "bad row after a malformed one": (
        HEADER + GOOD + "E1\n" + BAD,
        [(3, "too_few_fields"), (4, RANGE)],
    ),
    "bad row after two malformed ones": (
        HEADER + GOOD + "E1\nE1\n" + BAD,
        [(3, "too_few_fields"), (4, "too_few_fields"), (5, RANGE)],
    ),
    "malformed rows first": (
        HEADER + "E1\nE1,phq9\n" + GOOD + BAD,
        [(2, "too_few_fields"), (3, "too_few_fields"), (5, RANGE)],
    ),
    "malformed rows here and there": (
        HEADER + "E1\n" + GOOD + "E1,1,1,1,1\nE1\nE1\n" + BAD + ALSO_GOOD + "E1\n" + BAD,
        [
            (2, "too_few_fields"),
            (4, "too_many_fields"),
            (5, "too_few_fields"),
            (6, "too_few_fields"),
            (7, RANGE),
            (9, "too_few_fields"),
            (10, RANGE),
        ],
    ),
    "line break inside quotes": (
        NOTED + 'E1,phq9,0,20,"a\nb"\nE1,phq9,7,99,\n',
        [(4, RANGE)],
    ),
    "a bad row with a line break inside quotes is where it begins": (
        NOTED + 'E1,phq9,0,20,"a\n\nb"\nE1,phq9,7,99,"c\nd"\nE1,phq9,8,99,\n',
        [(5, RANGE), (7, RANGE)],
    ),
    "malformed row after a line break inside quotes": (
        NOTED + 'E1,phq9,0,20,"a\nb"\nE1\nE1,phq9,7,99,\n',
        [(4, "too_few_fields"), (5, RANGE)],
    ),
    "malformed row before a line break inside quotes": (
        NOTED + 'E1\nE1,phq9,0,20,"a\nb"\nE1,phq9,7,99,\nE1\nE1,phq9,8,99,\n',
        [(2, "too_few_fields"), (5, RANGE), (6, "too_few_fields"), (7, RANGE)],
    ),
    "malformed row that itself has a line break inside quotes": (
        NOTED + 'E1,phq9,0,20\nE1,"a\nb"\nE1,phq9,7,99,\n',
        [(2, "too_few_fields"), (3, "too_few_fields"), (5, RANGE)],
    ),
    "blank lines": (HEADER + "\n" + GOOD + "\n\n" + BAD, [(6, RANGE)]),
    "blank lines and malformed rows": (
        HEADER + GOOD + "\nE1\n\n" + BAD,
        [(4, "too_few_fields"), (6, RANGE)],
    ),
    "line break in a quoted column name": (
        'episode_id,instrument,day,score,"free\ntext"\nE1,phq9,7,99,\n',
        [(3, RANGE)],
    ),
    "byte order mark": (b"\xef\xbb\xbf" + (HEADER + GOOD + BAD).encode(), [(3, RANGE)]),
    "Windows line ends": (
        (HEADER + GOOD + "E1\n" + BAD).replace("\n", "\r\n"),
        [(3, "too_few_fields"), (4, RANGE)],
    ),
    "Windows line ends, also inside quotes": (
        (NOTED + 'E1,phq9,0,20,"a\nb"\nE1,phq9,7,99,\n').replace("\n", "\r\n"),
        [(4, RANGE)],
    ),
    "old Macintosh line ends": (
        (HEADER + GOOD + "E1\n" + BAD).replace("\n", "\r"),
        [(3, "too_few_fields"), (4, RANGE)],
    ),
    "line ends of all kinds": (
        HEADER + "E1,phq9,0,20\r\nE1,phq9,42,4\rE1,phq9,7,99\n",
        [(4, RANGE)],
    ),
    "bytes that are not UTF-8": (
        (HEADER + GOOD).encode() + b"E1,phq9\xff,1,2\n" + BAD.encode(),
        [(3, "not_utf8"), (4, RANGE)],
    ),
    "a name in Latin-1": (
        (NOTED + "E1,phq9,0,20,Z\u00fcrich\nE1,phq9,7,99,\n").encode("latin-1"),
        [(2, "not_utf8"), (3, RANGE)],
    ),
    "a field of 200,000 characters": (
        HEADER + GOOD + f"E1,{'x' * 200_000},1,2\n" + BAD,
        [(3, "line_too_long"), (4, RANGE)],
    ),
    "a quoted field of 200,000 characters": (
        HEADER + GOOD + f'E1,"{"x" * 200_000}",1,2\n' + BAD,
        [(3, "line_too_long"), (4, RANGE)],
    ),
}


@pytest.mark.parametrize(("content", "expected"), FILES.values(), ids=FILES)
def test_malformed_rows_are_kept_aside_on_their_own_line(clinic, two_episodes, content, expected):
    report = clinic.load(episodes=two_episodes, x=content)
    assert [(row.line, row.rule) for row in report.quarantined] == expected
    assert report.files[-1].quarantined == len(expected)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfepisode_id,instrument,day,score\nE1,phq9,0,20\nE1,phq9,42,4\n",
        "episode_id,instrument,day,score\r\nE1,phq9,0,20\r\nE1,phq9,42,4\r\n",
        "episode_id,instrument,day,score\rE1,phq9,0,20\rE1,phq9,42,4\r",
        '"episode_id","instrument","day","score"\n"E1","phq9","0","20"\n"E1","phq9","42","4"\n',
        " episode_id , instrument , day , score \n E1 , phq9 , 0 , 20 \nE1,phq9, 42,4 \n",
        "episode_id,instrument,day,score\n\nE1,phq9,0,20\n\nE1,phq9,42,4\n\n",
    ],
    ids=["byte order mark", "CRLF", "CR", "quoted", "blanks", "blank lines"],
)
def test_the_form_of_a_file_does_not_change_what_is_loaded(clinic, two_episodes, content):
    report = clinic.load(episodes=two_episodes, x=content)
    assert report.quarantined == ()
    assert clinic.scores() == [("E1", "phq9", 0, 20), ("E1", "phq9", 42, 4)]


def test_an_open_quote_never_swallows_the_rows_after_it_in_silence(clinic, two_episodes):
    """Everything after the quote is one field: such a file is refused where the quote stands."""
    text = HEADER + GOOD + 'E1,"phq9,1,3\n' + "".join(f"E1,phq9,{d},9\n" for d in range(50, 80))
    with pytest.raises(InputError) as refused:
        clinic.load(episodes=two_episodes, x=text)
    assert refused.value.line == 3


def test_line_numbers_hold_in_a_file_that_is_read_in_parts(clinic):
    """60,000 rows, far more than the reader takes at once, with every kind of trouble in them."""
    bad_at, malformed_at, broken_at = {9_999, 30_000, 59_990}, {5_000, 5_001, 40_000}, {20_000}
    lines, expected, extra = [NOTED.strip()], [], 0
    for line in range(2, 60_001):
        if line in malformed_at:
            lines.append(f"E{line}")
            expected.append((line + extra, "too_few_fields"))
        elif line in bad_at:
            lines.append(f"E{line},phq9,0,99,")
            expected.append((line + extra, RANGE))
        elif line in broken_at:
            lines.append(f'E{line},phq9,0,20,"first\nsecond"')
            extra += 1
        else:
            lines.append(f"E{line},phq9,0,20,{'padding' * 6}")
    episodes = "\n".join(f"E{n},P{n},rtms" for n in range(2, 60_001))
    report = clinic.load(
        episodes="episode_id,patient_id,modality\n" + episodes + "\n", x="\n".join(lines) + "\n"
    )
    assert [(row.line, row.rule) for row in report.quarantined] == expected
    assert report.files[-1].rows_read == 59_999
    assert report.files[-1].loaded == 59_999 - len(expected)
