"""The command around the page: it starts, says where it is, and ends cleanly."""

import pytest
from playwright.sync_api import expect

from analysis.ingest import import_files

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
NASTY = [
    "<b>bold</b>",
    "[click](evil)",
    "$a$ and $b$",
    ":red[x]",
    "=cmd()",
    "*a* `c` ~~d~~",
    "&lt;i&gt;",
]


def test_ctrl_c_ends_the_demo_cleanly_and_says_so(serve):
    with serve("demo", "--no-browser") as server:
        code = server.interrupt()
    assert code in {0, 130}
    assert (
        "Building the store from the sample data (synthetic, no real patients)." in server.printed
    )
    assert f"The dashboard is at {server.address}" in server.printed
    assert "The dashboard has ended." in server.printed


@pytest.fixture(scope="module")
def marked_up(serve, tmp_path_factory):
    """Serve a program whose sites are called what no site should be called."""
    folder = tmp_path_factory.mktemp("marked_up")
    episodes, scores = folder / "episodes.csv", folder / "assessments.csv"
    names = [(f"E{number}", site) for number, site in enumerate(NASTY)]
    episodes.write_text(
        "episode_id,patient_id,modality,site,follow_up_days\n"
        + "".join(f"{name},P{name},ect,{site},400\n" for name, site in names)
    )
    scores.write_text(
        "episode_id,instrument,day,score\n"
        + "".join(f"{name},phq9,0,20\n{name},phq9,42,8\n" for name, _ in names)
    )
    import_files(folder / "store", [episodes, scores])
    with serve("serve", str(folder / "store")) as server:
        yield server


def test_markup_in_data_is_shown_as_text(reader, marked_up):
    person = reader(address=marked_up.address)
    person.open("/outcomes")
    for name in NASTY:
        person.choose("Site", name)
    person.choose("Grouped by", "Site")
    person.drawn()
    sentence = person.page.get_by_test_id("stMain").get_by_text("Episodes with site").first
    chart = person.page.locator(".js-plotly-plot").first.text_content()
    sidebar = person.page.get_by_test_id("stSidebar").inner_text()
    for name in NASTY:
        expect(sentence).to_contain_text(name)
        assert name in sidebar
        assert name.replace(" ", "") in chart.replace(" ", "")
    for made in ("a[href*=evil]", ".katex", "svg a", "del", "main em", "main code em"):
        assert person.page.locator(made).count() == 0, made
    assert person.faults == []
