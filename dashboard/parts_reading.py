"""Furniture of the page of imports: what files are read with, a kept mapping and study codes."""

import streamlit as st

from dashboard import data_import, uploads
from dashboard.import_wizard import Wizard
from dashboard.study_codes import FILE

NEW, OWN = "", "file"
WORDS = {NEW: "a new mapping", OWN: "a mapping file that you have"}


def kept_mapping(wizard: Wizard) -> None:
    """Let a mapping be chosen that the store keeps or the person has, else one is proposed."""
    kept = data_import.kept_mappings()
    chosen = st.selectbox(
        "Read with",
        [NEW, *kept, OWN],
        format_func=lambda label: WORDS.get(label, f"the mapping {label}"),
        key=f"import_kept_{wizard.turn}",
        width=420,
        disabled=wizard.running,
        help="Mappings of earlier imports, the newest first. Each is used as it is.",
    )
    if chosen == OWN:
        given = st.file_uploader(
            "Mapping file",
            type=["toml"],
            key=f"import_mapping_first_{wizard.turn}",
            max_upload_size=1,
            disabled=wizard.running,
        )
        wizard.choose(data_import.mapping_file(given) if given is not None else None)
    else:
        wizard.choose(kept.get(chosen))


def study_codes(wizard: Wizard) -> None:
    """Let ids be replaced by study codes, with the crosswalk of earlier imports or a new one."""
    wanted = st.checkbox(
        "Replace patient ids by random study codes",
        value=data_import.has_codes(),
        key=f"import_codes_{wizard.turn}",
        disabled=wizard.running,
        help="The store then holds the codes alone. The crosswalk leads back to the patients: you "
        "must keep it, and every later import into this store needs it.",
    )
    given = None
    if wanted:
        given = st.file_uploader(
            "Crosswalk of the last import; none for the first import",
            type=["csv"],
            key=f"import_crosswalk_{wizard.turn}",
            max_upload_size=uploads.MOST_MEGABYTES,
            disabled=wizard.running,
        )
    wizard.code(wanted, None if given is None else (given.file_id, given))


def crosswalk(wizard: Wizard) -> None:
    """Offer the crosswalk that an import has made, until the clinic says that it has it."""
    made = wizard.codes.made
    if made is None:
        return
    st.warning(
        "It leads from the study codes back to your patients, and the clinic must keep it: here it "
        "is gone as soon as you leave. Keep it with a backup, where only those who may know the "
        "patients can read it. The next import needs it; without it no patient can be recognised. "
        "Where it was lost, withdraw the batch and import the files again.",
        title="Save the crosswalk now",
    )
    with st.container(horizontal=True):
        st.download_button(
            "Crosswalk (CSV)",
            lambda: made.decode("utf-8"),
            file_name=FILE,
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="download_crosswalk",
        )
        st.button("I have saved it", on_click=wizard.codes.saved, key="import_crosswalk_saved")


def name_of_mapping(wizard: Wizard) -> str:
    """Let the mapping be named that the store will keep; return the key of the box."""
    key = f"import_name_{wizard.version}"
    if wizard.mapping.strip():
        name = st.text_input(
            "Keep the mapping in the store as",
            wizard.name,
            key=key,
            max_chars=40,
            width=420,
            help="The next import can be read with it; its version counts up by itself.",
        )
        st.text(data_import.will_be_kept(wizard, name))
    return key
