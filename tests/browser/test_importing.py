"""A data steward's journey: upload, check, import, see it, take it back."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
HEADER = "patient_id,modality,instrument,day,score,ward\n"
ROWS = "".join(f"P{n},rtms,phq9,{d},{s},W\n" for n in range(12) for d, s in ((0, 20), (42, 5)))
FAULTY = "P0,rtms,phq9,84,28,W\n"
MORE = HEADER + "".join(f"Q{n},ect,phq9,{d},20,W\n" for n in range(8) for d in (0, 42))
LONG = 120_000


@pytest.fixture
def fresh(serve, tmp_path):
    """A dashboard on a store that is not there yet."""
    with serve("serve", str(tmp_path / "store")) as server:
        yield server


def upload(person, name, text):
    person.page.locator("input[type=file]").first.set_input_files(
        [{"name": name, "mimeType": "text/csv", "buffer": text.encode()}]
    )


def load(person, name, text, said):
    upload(person, name, text)
    main = person.page.get_by_test_id("stMain")
    expect(main).to_contain_text(said, timeout=LONG)
    person.settled()
    person.page.get_by_role("button", name="Import", exact=True).click()
    expect(main).to_contain_text("is in the store", timeout=LONG)
    person.settled()


def test_files_are_uploaded_checked_imported_seen_and_withdrawn(reader, fresh):
    person = reader(address=fresh.address)
    person.open()
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Import")
    expect(person.page.get_by_text("There is nothing to show yet")).to_be_visible()
    load(
        person,
        "march.csv",
        HEADER + ROWS + FAULTY,
        "25 rows read = 24 to load + 1 kept aside + 0 exact duplicates",
    )
    person.page.get_by_role("link", name="See it on Program").click()
    person.drawn()
    assert person.tile("Episodes") == "12"
    person.follow("Import")
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Import")
    person.settled()
    load(person, "april.csv", MORE, "16 rows read = 16 to load")
    person.go_to("Program")
    assert person.tile("Episodes") == "20"
    person.follow("Import")
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Import")
    person.settled()
    person.page.get_by_role("button", name="Withdraw ...").click()
    main = person.page.get_by_test_id("stMain")
    expect(main).to_contain_text("will not count any more")
    person.page.get_by_role("button", name="Withdraw batch 2", exact=True).click()
    expect(main).to_contain_text("Batch 3 withdraws batch", timeout=LONG)
    person.settled()
    person.go_to("Program")
    assert person.tile("Episodes") == "12"
    assert person.faults == []
