"""What happens in a folder, as it happens: files written, Delta commits begun and made. Linux only (inotify)."""

import ctypes
import os
import re
import select
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

_CREATE, _CLOSE_WRITE, _MOVED_TO, _IS_DIRECTORY, _OVERFLOWED = 0x100, 0x8, 0x80, 0x40000000, 0x4000
_HEADER = struct.Struct("iIII")
_COMMIT = re.compile(r"\d{20}\.json")
_COMMIT_BEGUN = re.compile(r"\.\d{20}\.json\..*tmp")


@dataclass(frozen=True)
class StorageEvent:
    """`kind` is `data file`, `commit begun`, `commit made` or `other file`; `place` the table or folder it is in."""

    kind: str
    place: str


class StorageWatch:
    """Watches a folder and every folder in it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._folders: dict[int, Path] = {}
        self._waiting: list[StorageEvent] = []

    def __enter__(self) -> Self:
        self._descriptor = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert self._descriptor >= 0, os.strerror(ctypes.get_errno())
        self._add(self._root, is_new=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def events(self, *, seconds: float) -> Iterator[StorageEvent]:
        """The events of the next `seconds`, each as soon as it is known."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self._descriptor], [], [], left)[0]:
                self._read()
            while self._waiting:
                yield self._waiting.pop(0)

    def drained(self) -> list[StorageEvent]:
        """What has happened until now and was not asked for yet."""
        while select.select([self._descriptor], [], [], 0)[0]:
            self._read()
        found, self._waiting = self._waiting, []
        return found

    def _add(self, folder: Path, *, is_new: bool) -> None:
        mask = _CREATE | _CLOSE_WRITE | _MOVED_TO
        watch = self._libc.inotify_add_watch(self._descriptor, os.fsencode(folder), mask)
        if watch < 0:  # the folder is gone already
            return
        self._folders[watch] = folder
        # What came into a new folder before it was watched.
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                self._add(Path(entry.path), is_new=is_new)
            elif is_new:
                self._note(folder, entry.name, _CLOSE_WRITE)

    def _read(self) -> None:
        content = os.read(self._descriptor, 1 << 16)
        while content:
            watch, mask, _, length = _HEADER.unpack_from(content)
            name = os.fsdecode(content[_HEADER.size : _HEADER.size + length].rstrip(b"\0"))
            content = content[_HEADER.size + length :]
            assert not mask & _OVERFLOWED, "more happened than the kernel remembers"
            if mask & _IS_DIRECTORY and mask & (_CREATE | _MOVED_TO):
                self._add(self._folders[watch] / name, is_new=True)
            elif not mask & _IS_DIRECTORY and watch in self._folders:
                self._note(self._folders[watch], name, mask)

    def _note(self, folder: Path, name: str, mask: int) -> None:
        place = folder.relative_to(self._root).parts
        if "_delta_log" in place:
            table = place[place.index("_delta_log") - 1]
            if mask & _CREATE and _COMMIT_BEGUN.fullmatch(name):
                self._waiting.append(StorageEvent("commit begun", table))
            elif mask & (_MOVED_TO | _CLOSE_WRITE) and _COMMIT.fullmatch(name):
                self._waiting.append(StorageEvent("commit made", table))
        elif name.endswith(".parquet") and not name.startswith(".") and mask & (_MOVED_TO | _CLOSE_WRITE):
            table = place[1] if place[:1] == ("warehouse",) else place[0]
            self._waiting.append(StorageEvent("data file", table))
        elif not name.endswith(".crc") and mask & (_CREATE | _MOVED_TO):
            self._waiting.append(StorageEvent("other file", "/".join(place[:1]) or "."))
