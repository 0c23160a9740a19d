"""Says in one sentence what an engine's error means for a table: damaged files, a full disk.

Engines word the same fault in different ways: py4j hands over the JVM's stack trace, Spark Connect a message with an
error class. Both carry the class in brackets and the causes' own words, and by these a fault is known.
"""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

from schemas.contracts.settings import StorageSettings
from schemas.errors import DamagedDataError, PlumblineError, StorageFullError

_BROKEN_LOG = re.compile(
    r"\[(DELTA_(?:VERSIONS_NOT_CONTIGUOUS|TRUNCATED_TRANSACTION_LOG|LOG_FILE_NOT_FOUND|MISSING_PART_FILES|"
    r"STATE_RECOVER_ERROR|TXN_LOG_FAILED_INTEGRITY))\b"
)
_UNREADABLE = re.compile(
    r"\[(FAILED_READ_FILE\.(?:NO_HINT|FILE_NOT_EXIST|CANNOT_READ_FILE_FOOTER)|CANNOT_READ_FILE_FOOTER)\]"
)
_FULL = re.compile(r"No space left on device|Disk quota exceeded|File too large|not enough space on the disk")
_FULL_NUMBERS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_ADDRESS = re.compile(
    r"(?:reading|footer for:?|writing rows to) (?:file:? )?(?P<address>[a-z0-9]+:/[^\s;]+?)\.?(?=[\s;]|$)"
)


def named_fault(error: BaseException, settings: StorageSettings) -> PlumblineError | None:
    """What `error` means for a table of the warehouse or a log; None if it is something else."""
    text = str(error)
    if _is_full(error, text):
        return _full(text, settings)
    if _UNREADABLE.search(text):
        address = _address_in(text)
        return _unreadable(_table_of(address, settings), address, is_gone="FILE_NOT_EXIST" in text)
    return None


@contextmanager
def damage_named(table: str, location: str) -> Iterator[None]:
    """Turn the engine's errors about a broken file or Delta log at `location` into a DamagedDataError."""
    try:
        yield
    except Exception as error:
        text = str(error)
        if match := _BROKEN_LOG.search(text):
            raise DamagedDataError(
                f"Table `{table}`: the Delta log in {location}/_delta_log is broken, files of it are gone or damaged "
                f"({match[1]}); restore the folder from a backup. A table that steps write by the day may be moved "
                "away instead, and its days run again."
            ) from error
        if _UNREADABLE.search(text):
            raise _unreadable(f"Table `{table}`", location, is_gone="FILE_NOT_EXIST" in text) from error
        raise


def _is_full(error: BaseException, text: str) -> bool:
    if isinstance(error, OSError):
        return error.errno in _FULL_NUMBERS
    return _FULL.search(text) is not None


def _full(text: str, settings: StorageSettings) -> StorageFullError:
    match = _FULL.search(text)
    address = _address_in(text)
    where = f"{_table_of(address, settings)} at {address}" if address else "a file"
    return StorageFullError(
        f"{where[0].upper()}{where[1:]} cannot be written: {match[0].lower() if match else 'the disk is full'}. Free "
        "space there and where Spark keeps its own files (spark.local.dir), then run the step again; no table was left "
        "half-written."
    )


def _unreadable(named: str, address: str, *, is_gone: bool) -> DamagedDataError:
    state = "is gone" if is_gone else "cannot be read: it is cut off or corrupt"
    return DamagedDataError(
        f"{named}: file {address} {state}. A file of a log: have it delivered again. A file of the warehouse: restore "
        "it from a backup, or run the step that writes the table for that day again. Then go on with this step."
    )


def _address_in(text: str) -> str:
    match = _ADDRESS.search(text)
    return match["address"] if match else ""


def _table_of(address: str, settings: StorageSettings) -> str:
    """The log or table that `address` lies in; data that Plumbline does not own has no such name."""
    for root in (settings.input.path, settings.warehouse):
        is_whole = root.startswith("/") or ":/" in root
        _, found, below = address.rpartition(f"{'' if is_whole else '/'}{root.rstrip('/')}/")
        if found:
            return f"Table `{below.partition('/')[0]}`"
    return "Data that conf names"
