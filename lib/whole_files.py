"""Files that the driver writes: each appears whole or not at all, in the folder that was meant and in no other."""

import os
import re
import secrets
from pathlib import Path

from schemas.errors import ConfigurationError

# Letters of any script would do; a file's name that every system, shell and address takes as it is does better.
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")


def inside(folder: Path, name: str) -> Path:
    """The file `name` in `folder`; raises ConfigurationError for a name that could lead anywhere else.

    Names are made of values: ids, queues, versions, days.
    """
    if not _FILE_NAME.fullmatch(name):
        raise ConfigurationError(
            f"Folder {folder}: `{name[:80]}` is no name for a file in it; mend the id or the setting that it is made "
            "of: letters, digits, _, - and points inside."
        )
    return folder / name


def write_whole(path: Path, content: str | bytes) -> None:
    """Write `content`, a text as UTF-8, to `path`, and make its folder if it is not there.

    It is written to a new hidden file beside it, which then takes its place. So nobody reads half a file, and a link
    that somebody laid there is replaced, not followed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o666)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - it is open already
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
