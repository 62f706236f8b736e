"""A crosswalk of the page lies in a folder only while a run needs it, and is never lost by one."""

import os
import stat

import pytest

from dashboard.study_codes import FILE, FOLDER, StudyCodes


class Sent:
    """What a browser sends."""

    name = FILE

    def getbuffer(self):
        return memoryview(b"old")


@pytest.fixture
def codes():
    found = StudyCodes()
    assert found.take(True, ("a", Sent()))
    return found


@pytest.mark.parametrize(
    ("written", "imported", "made"),
    [
        (b"old", False, None),  # a check, or an import that failed before it used any code
        (b"old", True, b"old"),
        (b"old and new", True, b"old and new"),
        (b"old and new", False, b"old and new"),  # stopped when the store may have been published
        (None, True, None),
    ],
)
def test_a_crosswalk_is_to_be_saved_where_its_codes_may_be_in_the_store(
    codes, tmp_path, written, imported, made
):
    codes.lay_out(tmp_path)
    path = tmp_path / FOLDER / FILE
    path.unlink()
    if written is not None:
        path.write_bytes(written)
    codes.take_up(tmp_path, imported=imported)
    assert codes.made == made
    assert list(tmp_path.iterdir()) == []
    codes.saved()
    assert codes.made is None


def test_a_crosswalk_is_laid_out_for_its_owner_alone(codes, tmp_path):
    path = codes.lay_out(tmp_path)
    assert path == str(tmp_path / FOLDER / FILE)
    with open(path, "rb") as handle:
        assert handle.read() == b"old"
    if os.name == "posix":
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / FOLDER).stat().st_mode) == 0o700


def test_without_codes_or_without_a_crosswalk_no_file_is_laid_out(tmp_path):
    codes = StudyCodes()
    assert codes.lay_out(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    assert codes.take(True, None)
    assert not codes.take(True, None)
    assert codes.lay_out(tmp_path) == str(tmp_path / FOLDER / FILE)
    assert list((tmp_path / FOLDER).iterdir()) == []
