"""Furniture of the page of imports: the mapping as a form and as text, a check, what runs."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from dashboard import data_import, frames_import, mapping_text, parts, widgets
from dashboard.import_wizard import Options, Wizard
from dashboard.mapping_text import Form
from dashboard.words import plain

AS_NAMED = ""
TICK = 0.7  # seconds between two looks at what runs


def running(wizard: Wizard) -> None:
    """Show how far a run is, with a button that stops it; the rest of the page stays usable."""
    st.fragment(_running, run_every=TICK)(wizard)


def _running(wizard: Wizard) -> None:
    if wizard.job is None:
        return
    if wizard.collect():
        st.rerun()
    done, sentence = data_import.progress(wizard.job)
    with st.container(border=True):
        if done is None:
            st.text(sentence)
        else:
            st.progress(done, text=plain(sentence))
        st.button("Cancel", key="import_cancel", on_click=wizard.cancel, icon=":material/close:")


def warnings(sentences: Sequence[str]) -> None:
    """Show what is loaded and may still surprise."""
    if sentences:
        st.warning("\n".join(f"- {plain(one)}" for one in sentences), title="Have a look at this")


def mapping(wizard: Wizard) -> None:
    """Let the mapping be changed, as a form or as text; open where something is to be decided."""
    questions = mapping_text.undecided(wizard.proposed)
    if questions:
        with st.container(border=True):
            st.markdown("The proposal leaves these lines open. Put those that are right into it.")
            st.code("\n".join(questions), language=None, wrap_lines=True)
    with st.expander("Change the mapping", expanded=wizard.report is None):
        shown = widgets.switch(
            "The mapping as", ["form", "text"], key="import_mapping_as", words=str.capitalize
        )
        (_form if shown == "form" else _text)(wizard)


def _form(wizard: Wizard) -> None:
    now = mapping_text.form_of(wizard.mapping)
    with st.form(f"import_form_{wizard.version}", border=False):
        st.markdown("**Columns**: ours, and what the files call them")
        columns = _columns(wizard, now)
        values = {name: _values(wizard, now, name) for name in mapping_text.VALUES}
        visit, days = _visits(wizard, now)
        missing = st.text_input(
            "Codes that stand for no value",
            " ".join(now.missing),
            key=f"import_missing_{wizard.version}",
            help="Separated by blanks, such as NA -9 999.",
        )
        profile = now.profile
        if mapping_text.has_profiles():
            profile = st.selectbox(
                "Identity",
                list(mapping_text.PROFILES),
                index=int(now.profile == "limited"),
                format_func=lambda name: mapping_text.PROFILES[name],
                key=f"import_profile_{wizard.version}",
            )
        if st.form_submit_button("Use this mapping"):
            form = Form(columns, values, visit, days, mapping_text.codes(missing), profile)
            data_import.saved(wizard, form)
            st.rerun()


def _columns(wizard: Wizard, now: Form) -> dict[str, str]:
    named = {**mapping_text.COLUMNS, **{n: n for n in now.columns if n not in mapping_text.COLUMNS}}
    chosen = {}
    with st.grid(columns=4, min_column_width=180):
        for ours, label in named.items():
            chosen[ours] = _column(wizard, plain(label), ours, now.columns.get(ours, AS_NAMED))
    return chosen


def _column(wizard: Wizard, label: str, key: str, theirs: str) -> str:
    """Draw the box for one of our columns; `theirs` is what it is called in the files."""
    offered = list(dict.fromkeys([AS_NAMED, *wizard.headers, theirs]))
    same = key if key in wizard.headers else "–"
    return st.selectbox(
        label,
        offered,
        index=offered.index(theirs),
        format_func=lambda name: name or same,
        key=f"import_column_{key}_{wizard.version}",
    )


def _values(wizard: Wizard, now: Form, name: str) -> dict[str, Any]:
    st.markdown(f"**{mapping_text.VALUES[name]}**: values in the files, and what they are here")
    unknown = data_import.unknown_values(wizard.report, name)
    edited = st.data_editor(
        frames_import.value_table(now.values.get(name, {}), unknown),
        key=f"import_values_{name}_{wizard.version}",
        num_rows="dynamic",
        hide_index=True,
        alt=f"Values of the column {name} and what each is here",
        column_config={
            "In the files": st.column_config.TextColumn(max_chars=200),
            "Here": st.column_config.SelectboxColumn(options=data_import.choices(name)),
        },
    )
    return frames_import.pairs_of(edited)


def _visits(wizard: Wizard, now: Form) -> tuple[str, dict[str, Any]]:
    st.markdown("**Visits**: where a column names the visit instead of a day or a date")
    column = _column(wizard, "Column of the visit", "visit", now.visit_column)
    edited = st.data_editor(
        frames_import.day_table(now.visit_days),
        key=f"import_days_{wizard.version}",
        num_rows="dynamic",
        hide_index=True,
        alt="Visits and the day of each",
        column_config={"Day": st.column_config.NumberColumn(step=1, format="%d")},
    )
    return column, frames_import.pairs_of(edited)


def _text(wizard: Wizard) -> None:
    text = st.text_area(
        "Mapping file (TOML)", wizard.mapping, height=320, key=f"import_toml_{wizard.version}"
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if st.button("Use this text", key="import_use_text"):
            mapping_text.parsed(text)
            wizard.use(text)
            st.rerun()
        st.download_button(
            "Mapping file",
            lambda: wizard.mapping,
            file_name="mapping.toml",
            mime="application/toml",
            icon=":material/download:",
            on_click="ignore",
            key="import_mapping_file",
        )
    given = st.file_uploader(
        "Or a mapping file that you have",
        type=["toml"],
        key=f"import_mapping_given_{wizard.version}",
        max_upload_size=1,
    )
    if given is not None:
        wizard.use(mapping_text.decoded(given.getvalue()))
        st.rerun()


def options(wizard: Wizard) -> None:
    """Let the person say how the files are to be taken."""
    offered = data_import.withdrawable(data_import.batches())
    with st.expander("Corrections, replacements and who imports"):
        who = st.text_input(
            "Who imports", wizard.options.who or "", key="import_who", placeholder="as signed in"
        )
        corrections = st.checkbox(
            "These are corrections",
            key="import_corrections",
            help="Their scores count instead of stored ones of the same day and instrument.",
        )
        replaces = st.selectbox(
            "In place of",
            [None, *offered],
            format_func=lambda number: offered[number] if number else "no earlier batch",
            key="import_replaces",
        )
        absent = 0
        if replaces is not None:
            absent = st.number_input(
                "Rows of that batch that may be gone", 0, step=1, key="import_absent"
            )
    data_import.with_options(wizard, Options(who, corrections, replaces, int(absent)))


def checked(wizard: Wizard, report: dict[str, Any]) -> None:
    """Show what an import would do with each file, and the rows that it would keep aside."""
    found = report["findings"]
    for number, file in enumerate(report["files"]):
        with st.container(border=True):
            st.text(f"{file['file']}: {frames_import.FILES.get(file['kind'], file['kind'])}")
            st.markdown(f"**{plain(frames_import.equation(file))}**")
            for note in file["notes"]:
                st.text(note)
            preview = found["previews"][number]
            st.caption("First rows, in the columns that are stored")
            parts.table(
                frames_import.preview_table(preview), f"First rows of {file['file']} as stored"
            )
            if file["unused"]:
                st.text(f"Not stored: {', '.join(file['unused'])}")
    warnings(report["warnings"])
    if found["by_rule"]:
        _aside(report)
        aside(wizard)
        if sum(rows for _, _, rows in found["by_rule"]) > len(found["quarantined"]):
            st.caption(f"These are the first {len(found['quarantined']):,}.")


def _aside(report: dict[str, Any]) -> None:
    found = report["findings"]
    st.markdown("##### Rows that are kept aside")
    parts.table(frames_import.rule_table(found["by_rule"]), "Rows kept aside by rule")
    st.caption("The first of them, and what would be right")
    parts.table(
        frames_import.aside_table(found["quarantined"]),
        "First rows kept aside",
        widths={"Line": 70, "What would be right": 420},
    )


def aside(wizard: Wizard) -> None:
    """Offer the rows that are kept aside as they stand in the clinic's files, to be mended."""
    files = wizard.spool.aside()
    if not files:
        return
    with st.container(horizontal=True):
        for path in files:
            parts.file(
                f"Rows kept aside: {plain(path.name)}",
                partial(data_import.aside, path),
                path.name.removesuffix(".csv"),
            )
    st.caption(
        "They have the cells of your file, dates too, and why each was kept aside. Mend them as "
        "text and upload them with the same mapping."
    )
