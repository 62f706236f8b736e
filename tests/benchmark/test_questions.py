"""How long the engine takes to answer, held to its bars; the table is printed at the end."""

import pytest

from tests.benchmark.adding import adding_rows, cold_rows
from tests.benchmark.measuring import growth_rows, peer_rows, question_rows
from tests.benchmark.stores import LARGE, SMALL, USUAL, made_store
from tests.benchmark.table import missed

ROUNDS = 7


def test_questions_against_a_bare_scan():
    assert missed(question_rows(made_store(USUAL), USUAL, ROUNDS)) == []


def test_the_preset_question_against_other_programs(tmp_path):
    assert missed(peer_rows(made_store(USUAL), USUAL, ROUNDS, tmp_path)) == []


@pytest.mark.timeout(3600)
def test_time_grows_no_faster_than_the_rows():
    folders = {episodes: made_store(episodes) for episodes in (SMALL, USUAL, LARGE)}
    assert missed(growth_rows(folders, ROUNDS)) == []


def test_an_answer_from_a_cold_process():
    assert missed(cold_rows(made_store(SMALL), SMALL, 9)) == []


@pytest.mark.timeout(3600)
def test_adding_twenty_thousand_scores(tmp_path):
    assert missed(adding_rows(tmp_path, USUAL, 20_000, 5)) == []
