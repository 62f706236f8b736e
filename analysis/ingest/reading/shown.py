"""Names from outside, made safe to show: in a message, on a screen, in a report."""

import re
from pathlib import Path

LONGEST_NAME = 120
# Controls, signs that turn the reading direction, invisible signs and lone surrogates: a name that
# holds them looks like another one. Angle brackets could become markup on a page.
UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff<>]"
)


def shown(name: str, longest: int = LONGEST_NAME) -> str:
    """Return a name as it may be shown: unsafe signs replaced by ?, at most `longest` signs.

    The end of a long name stays, since a file's ending says what it is taken for.
    """
    safe = UNSAFE.sub("?", name)
    if len(safe) <= longest:
        return safe
    return f"{safe[: longest - 21]}...{safe[-18:]}"


def shown_path(path: Path) -> str:
    """Return a path as it may be shown: each of its parts safe, its last part not too long."""
    return str(Path(*(UNSAFE.sub("?", part) for part in path.parts[:-1]), shown(path.name)))
