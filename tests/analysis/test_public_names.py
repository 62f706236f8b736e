"""The names that `analysis` offers, whatever was loaded before, and what an answer has to load."""

import subprocess
import sys
from types import ModuleType

import pytest

import analysis


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("name", analysis.__all__)
def test_each_name_is_found_and_is_no_file(name):
    assert not isinstance(getattr(analysis, name), ModuleType)
    assert name in dir(analysis)


def test_any_other_name_is_an_error():
    name = "median"
    with pytest.raises(AttributeError, match="no attribute 'median'"):
        getattr(analysis, name)


@pytest.mark.parametrize("name", ["compare", "course", "curves", "sensitivity", "trajectories"])
@pytest.mark.parametrize("before", ["import analysis.{0}", "from analysis import {0}", ""])
@pytest.mark.parametrize("after", ["import analysis.{0}", ""])
def test_a_function_hides_the_file_of_its_name(name, before, after):
    code = f"{before}\nfrom analysis import {{0}}\n{after}\nimport analysis\n"
    code += "print(callable({0}), callable(analysis.{0}), analysis.{0} is {0})"
    assert run(code.format(name)) == ["True"] * 3


def test_rates_load_no_comparison():
    loaded = run(
        "import sys, dashboard.commands.rates\n"
        "print(*(name for name in sys.modules if name.startswith('analysis.')))"
    )
    assert "analysis.measures" in loaded
    assert not {"analysis.compare", "analysis.course", "analysis.sensitivity"} & set(loaded)
