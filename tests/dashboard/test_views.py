"""Every page in every situation, and the numbers on it against the engine's own."""

import pytest

PAGES = ("Program", "Outcomes", "Trajectories", "Durability", "Sensitivity", "Compare")
WITH_COHORT = (*PAGES, "Course")
EVERY_PAGE = (*WITH_COHORT, "Instruments and methods")
NOBODY = {"modality": ["psilocybin"], "adequate_trials": ["8"]}
KETAMINE = {"modality": ["iv_ketamine", "esketamine"], "site": ["north"]}


def percent(rate: float) -> str:
    return f"{100 * rate:.1f} %"


def fraction(row) -> str:
    return f"{row.numerator:,} / {row.denominator:,}"


def interval(row) -> str:
    return f"{100 * row.conf_low:.1f} to {100 * row.conf_high:.1f} %"


@pytest.mark.parametrize("page", EVERY_PAGE)
@pytest.mark.parametrize(
    "situation", ["whole sample", "filtered", "nobody", "withheld", "withheld from nobody"]
)
def test_every_page_opens_on_the_sample(open_page, sample_store, page, situation):
    chosen = {"filtered": KETAMINE, "nobody": NOBODY, "withheld from nobody": NOBODY}
    opened = open_page(
        page,
        sample_store.path,
        release="shared" if "withheld" in situation else "local",
        chosen=chosen.get(situation),
    )
    assert not opened.app.exception
    assert not opened.app.error
    assert [title.value for title in opened.app.title] == [page]


@pytest.mark.parametrize("release", ["local", "shared"])
@pytest.mark.parametrize("page", EVERY_PAGE)
def test_every_page_opens_on_one_episode(open_page, one_episode, page, release):
    opened = open_page(page, one_episode.path, release=release)
    assert not opened.app.exception
    assert not opened.app.error
    assert opened.app.title[0].value == page


@pytest.mark.parametrize("page", WITH_COHORT)
def test_a_cohort_of_nobody_says_so_and_shows_no_number(open_page, sample_store, page):
    opened = open_page(page, sample_store.path, chosen=NOBODY)
    assert opened.app.info[0].proto.title == "No episode matches these filters"
    assert "Remove a filter" in opened.app.info[0].value
    assert not opened.tiles
    assert not opened.figures
    assert not opened.tables


@pytest.mark.parametrize("page", PAGES)
def test_each_page_says_which_episodes_definition_and_snapshot_it_is_about(
    open_page, sample_store, answered, page
):
    opened = open_page(page, sample_store.path, chosen=KETAMINE)
    answer = answered(sample_store, KETAMINE)
    assert answer.cohort in opened.text
    assert "PHQ-9. Baseline: last score on day -14 to 0. Eligible: baseline at least 10." in (
        opened.text
    )
    assert f"Snapshot {sample_store.snapshot}, definition {answer.definition.id}." in opened.text


@pytest.mark.parametrize("page", PAGES)
def test_every_figure_carries_its_cohort_definition_and_snapshot(open_page, sample_store, page):
    opened = open_page(page, sample_store.path, chosen=KETAMINE)
    assert opened.figures
    for figure in opened.figures:
        printed = figure["layout"]["title"]["text"].replace("<br>", " ")
        assert "Episodes with modality Esketamine or IV ketamine; site north." in printed
        assert "Baseline: last score on day -14 to 0." in printed
        assert f"snapshot {sample_store.snapshot}" in printed


@pytest.mark.parametrize("page", WITH_COHORT)
def test_every_figure_has_words_for_those_who_cannot_see_it(open_page, sample_store, page):
    opened = open_page(page, sample_store.path)
    charts = opened.app.get("plotly_chart")
    assert charts
    assert all(len(chart.proto.alt) > 20 for chart in charts)


@pytest.mark.parametrize("cohort", [{}, KETAMINE])
def test_the_headline_is_the_engines(open_page, sample_store, answered, cohort):
    tiles = open_page("Program", sample_store.path, chosen=cohort).tiles
    observed = answered(sample_store, cohort)
    everybody = answered(sample_store, cohort, missing="nonresponse")
    assert tiles == {
        "Response": percent(observed.rows[0].estimate),
        "Response, everybody": percent(everybody.rows[0].estimate),
        "Remission": percent(observed.rows[1].estimate),
        "Remission, everybody": percent(everybody.rows[1].estimate),
        "Completeness": percent(observed.rows[0].completeness),
        "Episodes": f"{observed.flow[0].episodes:,}",
    }


def test_beside_each_headline_stand_its_fraction_interval_and_what_was_counted(
    open_page, sample_store, answered
):
    page = open_page("Program", sample_store.path).text
    for missing, counted in (
        ("observed", "Episodes with an endpoint"),
        ("nonresponse", "All due, missing = not met"),
    ):
        for row in answered(sample_store, missing=missing).rows:
            assert fraction(row) in page
            assert f"95 % interval {interval(row)}. {counted}." in page


def test_episodes_and_patients_are_both_on_the_screen(open_page, sample_store):
    page = open_page("Program", sample_store.path)
    assert page.tiles["Episodes"] == "1,500"
    assert "of 1,300 patients" in page.text


def test_a_filter_changes_the_numbers(open_page, sample_store, answered):
    page = open_page("Program", sample_store.path)
    before = page.tiles
    page.app.multiselect(key="site").select("valley")
    after = page.again().tiles
    valley = answered(sample_store, {"site": ["valley"]})
    assert after["Response"] == percent(valley.rows[0].estimate) != before["Response"]
    assert after["Episodes"] == f"{valley.flow[0].episodes:,}" != before["Episodes"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("instrument", "madrs"),
        ("timepoint", "month_6"),
        ("timepoint", "28:56:best"),
        ("missing", "locf"),
        ("missing", "nonresponse"),
        ("min_baseline", "none"),
        ("min_baseline", "15"),
        ("baseline", "-28:0"),
    ],
)
def test_each_part_of_the_definition_reaches_the_engine(
    open_page, sample_store, answered, key, value
):
    page = open_page("Program", sample_store.path, chosen={key: value})
    answer = answered(sample_store, **{key: value})
    assert not page.app.error
    assert answer.definition_sentence in page.text
    shown = list(page.tiles.values())
    assert {percent(row.estimate) for row in answer.rows} <= set(shown)


def test_the_formula_is_the_fraction_with_its_numbers(open_page, sample_store, answered):
    page = open_page("Outcomes", sample_store.path, chosen={"outcome": "remission"})
    answer = answered(sample_store, outcomes=("remission",))
    row, mature = answer.rows[0], answer.flow[0].mature
    assert page.app.code[0].value == (
        f"Remission = {row.numerator:,} / ({mature:,} − {row.unknown:,}) = {percent(row.estimate)}"
    )
    assert row.denominator == mature - row.unknown
    assert f"95 % interval {interval(row)}" in page.text


@pytest.mark.parametrize("by", [["modality"], ["site"], ["site", "start_year"], []])
def test_each_row_of_the_table_is_the_engines(open_page, sample_store, answered, by):
    page = open_page("Outcomes", sample_store.path, chosen={"by": by})
    table = page.tables[0]
    expected = [
        (fraction(row), percent(row.estimate), interval(row), percent(row.completeness))
        for pair in zip(
            answered(sample_store, outcomes=("response",), by=tuple(by)).rows,
            answered(
                sample_store, outcomes=("response",), by=tuple(by), missing="nonresponse"
            ).rows,
            strict=True,
        )
        for row in pair
    ]
    columns = ["n / N", "Rate", "95 % interval", "Completeness"]
    assert list(table[columns].itertuples(index=False, name=None)) == expected


def test_the_two_counts_stand_side_by_side_in_every_group(open_page, sample_store):
    table = open_page("Outcomes", sample_store.path).tables[0]
    counted = table.groupby("Group", sort=False)["Counted"].agg(list)
    assert len(counted) == 13
    assert all(
        pair == ["Episodes with an endpoint", "All due, missing = not met"] for pair in counted
    )


def test_the_missing_rule_that_counts_everybody_is_not_drawn_twice(open_page, sample_store):
    page = open_page("Outcomes", sample_store.path, chosen={"missing": "nonresponse"})
    assert list(page.tables[0]["Counted"].unique()) == ["All due, missing = not met"]
    assert len(page.figures[0]["data"]) == 1
    program = open_page("Program", sample_store.path, chosen={"missing": "nonresponse"})
    assert len(program.figures[0]["data"]) == 2  # response and remission, once each
    assert not program.tables[0].duplicated().any()


def test_the_drawn_rates_are_those_of_the_table(open_page, sample_store):
    page = open_page("Outcomes", sample_store.path)
    drawn = [rate for trace in page.figures[0]["data"] for rate in trace["x"]]
    listed = [float(rate.removesuffix(" %")) for rate in page.tables[0]["Rate"]]
    assert sorted(drawn) == sorted(listed)


def test_the_patient_flow_says_what_each_step_loses(open_page, sample_store, answered):
    step = answered(sample_store).flow[0]
    words = open_page("Program", sample_store.path).figures[-1]["data"][1]["text"]
    assert [word.strip() for word in words[:3]] == [
        "1,500",
        f"{step.with_baseline:,}  (−{1500 - step.with_baseline})",
        f"{step.eligible:,}  (−{step.with_baseline - step.eligible})",
    ]


def test_trajectories_print_the_number_of_episodes_under_the_axis(open_page, sample_store):
    page = open_page("Trajectories", sample_store.path)
    table, figure = page.tables[0], page.figures[0]
    under = [text for trace in figure["data"] if trace["mode"] == "text" for text in trace["text"]]
    assert under == list(table["Episodes"])
    assert len(under) == 5 * 9  # five lines, the baseline and eight intervals


def test_at_most_six_lines_are_drawn(open_page, sample_store):
    page = open_page("Trajectories", sample_store.path, chosen={"lines": "adequate_trials"})
    shown = next(box for box in page.app.multiselect if box.label == "Shown")
    assert shown.proto.max_selections == 6
    assert len({trace["name"] for trace in page.figures[0]["data"] if "name" in trace}) == 5


def test_no_line_chosen_is_said(open_page, sample_store):
    page = open_page("Trajectories", sample_store.path)
    shown = next(box for box in page.app.multiselect if box.label == "Shown")
    shown.set_value([])
    page.again()
    assert page.app.info[0].proto.title == "No line is chosen"
    assert not page.figures


def test_a_comparison_of_groups_carries_its_limit(open_page, sample_store):
    for page in ("Program", "Outcomes"):
        text = open_page(page, sample_store.path).text
        assert "People are not assigned to groups by chance" in text


def test_reset_gives_back_the_whole_program_under_the_default_definition(open_page, sample_store):
    page = open_page("Program", sample_store.path)
    untouched = page.tiles
    page.app.multiselect(key="site").select("valley")
    page.app.selectbox(key="instrument").select("gad7")
    page.app.selectbox(key="timepoint").select("month_6")
    assert page.again().tiles != untouched
    reset = next(button for button in page.app.button if button.label.startswith("Reset"))
    reset.click()
    page.again()
    assert page.tiles == untouched
    assert "All episodes." in page.text


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_a_slip_in_a_typed_window_is_a_sentence(open_page, sample_store, page):
    opened = open_page(page, sample_store.path, chosen={"baseline": "two weeks"})
    assert not opened.app.exception
    assert "is not a window of days: write FROM:TO, such as -14:0." in opened.app.error[
        0
    ].value.replace("\\", "")
