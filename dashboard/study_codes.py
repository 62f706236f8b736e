"""Study codes for an import of the page: the crosswalk comes from the clinic and goes back.

It lies in the private folder while a run needs it, else in the memory of the session alone.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from dashboard.uploads import Uploaded

FOLDER = "crosswalk"
FILE = "crosswalk.csv"


@dataclass
class StudyCodes:
    """Whether ids are replaced by study codes, with the crosswalk that the clinic has given.

    `given` is None for a new crosswalk, `key` tells one uploaded file from another. `made` is the
    crosswalk after an import, until the clinic says that it has it.
    """

    wanted: bool = False
    key: str | None = None
    given: bytes | None = None
    made: bytes | None = None

    def take(self, wanted: bool, sent: tuple[str, Uploaded] | None) -> bool:
        """Take what is chosen now; return whether that is something else than before."""
        key = sent[0] if wanted and sent is not None else None
        if (wanted, key) == (self.wanted, self.key):
            return False
        self.wanted, self.key = wanted, key
        self.given = bytes(sent[1].getbuffer()) if key is not None and sent is not None else None
        return True

    def lay_out(self, folder: Path) -> str | None:
        """Put the crosswalk where a run finds it and writes it; return the place, if any."""
        if not self.wanted:
            return None
        place = folder / FOLDER
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(mode=0o700)
        path = place / FILE
        if self.given is not None:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as to:
                to.write(self.given)
        return str(path)

    def take_up(self, folder: Path, *, imported: bool) -> None:
        """Remove the crosswalk from the folder; it is to be saved where an import may have used it.

        One that an import has added to counts also where that import failed or was stopped: its
        codes may be in the store.
        """
        path = folder / FOLDER / FILE
        if path.is_file():
            written = path.read_bytes()
            if imported or written != self.given:
                self.made = written
        shutil.rmtree(folder / FOLDER, ignore_errors=True)

    def saved(self) -> None:
        """Forget the crosswalk that the last import has made: the clinic has it."""
        self.made = None
