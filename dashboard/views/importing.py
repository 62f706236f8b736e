"""Import: from uploaded files to a batch of the store, step by step, and the batches so far."""

from typing import Any

import streamlit as st

from dashboard import data_import, frames_import, parts, parts_import, parts_reading, uploads
from dashboard.import_wizard import Wizard
from dashboard.words import plain


def show(program: Any = None, nothing_yet: str | None = None) -> None:
    """Draw the page; `program` is the page that shows the result.

    `nothing_yet` is the sentence for a store that cannot answer questions yet.
    """
    st.title("Import")
    st.caption(
        "Files are read on this machine. Nothing is stored until you press Import, and then all of "
        "a batch or nothing. Columns that the mapping does not name are never stored."
    )
    if nothing_yet is not None:
        st.info(plain(nothing_yet), title="There is nothing to show yet")
    wizard = data_import.wizard()
    _files(wizard)
    if wizard.running:
        parts_import.running(wizard)
    elif wizard.files:
        _steps(wizard)
    if wizard.problem:
        st.error(plain(wizard.problem), title="Not done")
    if wizard.done:
        st.success(plain(wizard.done), title="Done")
        parts_import.warnings(wizard.warnings)
        if not wizard.files:
            parts_import.aside(wizard)
        if program is not None:
            st.page_link(program, label="See it on Program", icon=":material/arrow_forward:")
    parts_reading.crosswalk(wizard)
    _batches(wizard)
    _help()


def _files(wizard: Wizard) -> None:
    st.subheader("1. Files")
    sent = st.file_uploader(
        "Exports of one import, all together",
        type=list(uploads.KINDS),
        accept_multiple_files=True,
        max_upload_size=uploads.MOST_MEGABYTES,
        key=f"import_files_{wizard.turn}",
    )
    parts_reading.kept_mapping(wizard)
    parts_reading.study_codes(wizard)
    wizard.take([(file.file_id, file) for file in sent])
    if wizard.refused:
        st.error(plain(wizard.refused), title="Refused: nothing of it was kept")


def _steps(wizard: Wizard) -> None:
    st.subheader("2. What columns and values mean")
    parts_import.mapping(wizard)
    parts_import.options(wizard)
    st.subheader("3. Check")
    st.button(
        "Check",
        on_click=wizard.check,
        type="secondary" if wizard.ready else "primary",
        key="import_check",
        help="Says what an import would do, and stores nothing.",
    )
    if wizard.report is not None:
        parts_import.checked(wizard, wizard.report)
    st.subheader("4. Import")
    if wizard.codes.made is not None:
        st.caption("Save the crosswalk of the last import first.")
    elif not wizard.ready:
        st.caption("Check first: what is imported is exactly what was checked.")
    named = parts_reading.name_of_mapping(wizard)
    st.button(
        "Import",
        on_click=data_import.load,
        args=(wizard, named),
        type="primary",
        disabled=not wizard.ready,
        key="import_load",
    )


def _batches(wizard: Wizard) -> None:
    st.subheader("Batches")
    logged = data_import.batches()
    if not logged:
        st.caption("None yet.")
        return
    parts.table(frames_import.batch_table(logged), "The batches of this store, newest first")
    offered = data_import.withdrawable(logged)
    if not offered or wizard.running:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Batch to withdraw",
            list(offered),
            format_func=lambda number: offered[number],
            key="import_batch",
            width=420,
        )
        if st.button("Withdraw ...", key="import_withdraw"):
            wizard.withdrawing = chosen
    if wizard.withdrawing in offered:
        _confirm(wizard, plain(data_import.taken_away(logged, wizard.withdrawing)))


def _confirm(wizard: Wizard, what: str) -> None:
    number = wizard.withdrawing
    st.warning(what, title=f"Withdraw batch {number}?")
    with st.container(horizontal=True):
        st.button(f"Withdraw batch {number}", on_click=wizard.withdraw, args=(number,))
        st.button("Keep it", on_click=wizard.keep)


def _help() -> None:
    with st.expander("How to read this page"):
        st.markdown(
            "**What it shows.** What is in your files, what each row would become, and every batch "
            "that this store has taken. Rows read are always those to load, those kept aside and "
            "exact duplicates together.\n\n"
            "**What can be changed.** The mapping, whether the files correct or replace earlier "
            "ones, and which batches count.\n\n"
            "**What to look for.** Rows kept aside: each names its line, its rule and what would "
            "be right. Mend them in the export and import the file again: what is there already "
            "is an exact duplicate and is not loaded twice."
        )
