"""Pictures in a mapped file between two processes: one writer, any number of readers, a few slots with sequence numbers
and no lock. A reader copies first and checks afterwards; what was written over meanwhile is no picture (None), never a
torn one. The content is opaque bytes: planes of a source, or BGRA of a preview. Writer and reader belong to one thread
each."""

from __future__ import annotations

import contextlib
import mmap
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Words = NDArray[np.int64]

MAGIC = 0x4A54_5049_4354_0001
HEAD_WORDS = 8
HEAD_BYTES = HEAD_WORDS * 8
ALIGNMENT = 64
MAGIC_AT, SLOTS_AT, SIZE_AT, LATEST_AT = range(4)
BEGIN_AT, TIME_AT, WIDTH_AT, HEIGHT_AT, LENGTH_AT, END_AT = range(6)
SOURCE_PREFIX, VIEW_PREFIX = "source-", "view-"
MAX_SLOT_BYTES = 4096 * 4096 * 4


def sweep(folder: Path) -> None:
    """Takes away what killed processes left: a folder in memory is not emptied by itself. For the one engine of a
    home, before anybody writes there."""
    for path in folder.iterdir():
        if path.name.startswith((SOURCE_PREFIX, VIEW_PREFIX)):
            with contextlib.suppress(OSError):  # Windows: somebody still has it mapped; the next engine takes it
                path.unlink()


class MappedPicture(NamedTuple):
    """A copy of one picture. `number` counts from 1, `time_ns` is the writer's."""

    number: int
    time_ns: int
    width: int
    height: int
    data: Bytes


class PictureWriter:
    """Makes the file, readable by its owner only."""

    def __init__(self, path: Path, slot_bytes: int, slots: int = 4) -> None:
        if not 0 < slot_bytes <= MAX_SLOT_BYTES:
            raise ValueError("an impossible size of pictures")
        self.path = path
        self._stride = HEAD_BYTES + -(-slot_bytes // ALIGNMENT) * ALIGNMENT
        size = HEAD_BYTES + slots * self._stride
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.ftruncate(descriptor, size)
            self._map = mmap.mmap(descriptor, size)
        finally:
            os.close(descriptor)
        self._bytes: Bytes = np.frombuffer(self._map, np.uint8)
        self._head: Words = self._bytes[:HEAD_BYTES].view(np.int64)
        self._slots = slots
        self._size = slot_bytes
        self._fence = threading.Lock()
        self._head[SLOTS_AT], self._head[SIZE_AT] = slots, slot_bytes
        self._head[MAGIC_AT] = MAGIC
        self.number = 0

    def put(self, time_ns: int, width: int, height: int, parts: Sequence[Bytes]) -> int:
        """One more picture, its parts one behind the other; the oldest is written over. Returns its number. ValueError
        where it is larger than a slot."""
        if sum(part.size for part in parts) > self._size:
            raise ValueError("a picture larger than its slot")
        number = self.number + 1
        start = HEAD_BYTES + (number % self._slots) * self._stride
        head: Words = self._bytes[start : start + HEAD_BYTES].view(np.int64)
        head[BEGIN_AT] = number
        with self._fence:
            pass
        at = start + HEAD_BYTES
        for part in parts:
            np.copyto(self._bytes[at : at + part.size].reshape(part.shape), part)
            at += part.size
        head[TIME_AT], head[WIDTH_AT], head[HEIGHT_AT] = time_ns, width, height
        head[LENGTH_AT] = at - start - HEAD_BYTES
        with self._fence:
            pass
        head[END_AT] = number
        self._head[LATEST_AT] = self.number = number
        return number

    def close(self) -> None:
        """Lets go; readers keep what they have mapped."""
        self._head = self._bytes = np.zeros(0, np.uint8)  # type: ignore[assignment]  # no view may outlive the map
        self._map.close()


class PictureReader:
    """Opens a writer's file; OSError where there is none, ValueError where it is none of ours."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            self._map = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
        finally:
            os.close(descriptor)
        self._bytes: Bytes = np.frombuffer(self._map, np.uint8)
        if self._bytes.size < HEAD_BYTES:
            raise ValueError("no mapped pictures")
        self._head: Words = self._bytes[:HEAD_BYTES].view(np.int64)
        self._slots, self._size = int(self._head[SLOTS_AT]), int(self._head[SIZE_AT])
        if self._head[MAGIC_AT] != MAGIC or not 0 < self._slots <= 64 or not 0 < self._size <= MAX_SLOT_BYTES:
            raise ValueError("no mapped pictures")
        self._stride = HEAD_BYTES + -(-self._size // ALIGNMENT) * ALIGNMENT
        if self._bytes.size < HEAD_BYTES + self._slots * self._stride:
            raise ValueError("no mapped pictures")
        self._fence = threading.Lock()

    @property
    def latest(self) -> int:
        """Number of the newest picture; 0 before the first."""
        return int(self._head[LATEST_AT])

    def read(self, number: int | None = None) -> MappedPicture | None:
        """A copy of picture `number`, or of the newest; None where it is not there yet or was written over."""
        wanted = self.latest if number is None else number
        if wanted <= 0:
            return None
        start = HEAD_BYTES + (wanted % self._slots) * self._stride
        head: Words = self._bytes[start : start + HEAD_BYTES].view(np.int64)
        if head[END_AT] != wanted:
            return None
        with self._fence:
            pass
        time_ns, width, height = int(head[TIME_AT]), int(head[WIDTH_AT]), int(head[HEIGHT_AT])
        length = min(max(0, int(head[LENGTH_AT])), self._size)
        data = self._bytes[start + HEAD_BYTES : start + HEAD_BYTES + length].copy()
        with self._fence:
            pass
        if head[BEGIN_AT] != wanted:
            return None
        return MappedPicture(wanted, time_ns, width, height, data)

    def close(self) -> None:
        """Lets go."""
        self._head = self._bytes = np.zeros(0, np.uint8)  # type: ignore[assignment]  # no view may outlive the map
        self._map.close()
