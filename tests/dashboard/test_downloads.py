"""Every file that a page offers says in every row what it is about."""

import csv
import io

import pytest

PAGES = ("Program", "Outcomes", "Trajectories", "Durability", "Sensitivity", "Compare")
KETAMINE = {"modality": ["iv_ketamine", "esketamine"], "site": ["north"]}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("page", PAGES)
def test_every_row_carries_cohort_definition_and_snapshot(open_page, sample_store, answered, page):
    opened = open_page(page, sample_store.path, chosen={**KETAMINE, "timepoint": "month_6"})
    assert opened.files
    cohort = answered(sample_store, KETAMINE).cohort
    for text in opened.files.values():
        rows = rows_of(text)
        assert rows
        for row in rows:
            assert row["cohort"] == cohort
            assert "Baseline: last score on day -14 to 0." in row["definition"]
            # beside the chosen definition stand those on other scales
            assert page == "Sensitivity" or row["definition"].startswith("PHQ-9. ")
            assert len(row["definition_id"]) == 8
            assert row["snapshot"] == sample_store.snapshot
            assert row["release"] == "local"


def test_the_rates_in_the_file_are_the_engines(open_page, sample_store, answered):
    opened = open_page("Outcomes", sample_store.path, chosen=KETAMINE)
    answer = answered(sample_store, KETAMINE, ("response",), ("modality",))
    (text,) = (
        t for name, t in opened.files.items() if answer.definition.id in name and "measures" in name
    )
    saved = [
        (row["modality"], int(row["numerator"]), float(row["estimate"])) for row in rows_of(text)
    ]
    assert saved == [(row.group[0], row.numerator, row.estimate) for row in answer.rows]


@pytest.mark.parametrize("page", PAGES)
def test_a_file_is_named_after_its_definition_and_snapshot(open_page, sample_store, page):
    opened = open_page(page, sample_store.path)
    offered = opened.app.get("download_button")
    assert len(opened.files) == len(offered)  # no two files share a name
    for name, text in opened.files.items():
        row = rows_of(text)[0]
        assert name.startswith("trd-outcomes-")
        assert name.endswith(f"-{row['definition_id']}-{row['snapshot']}.csv")


def test_the_trajectories_file_holds_all_groups_with_n(open_page, sample_store):
    opened = open_page("Trajectories", sample_store.path)
    (text,) = opened.files.values()
    rows = rows_of(text)
    assert len({row["modality"] for row in rows}) == 13
    assert all(row["n"].isdigit() for row in rows)
