"""The file under a recording: what FFmpeg writes goes through here, so that sizes, digests, a full disk and the
order in which bytes become durable are ours. While the file is being finished, changes to earlier bytes are held
back until the new end is on the medium: at no moment is there a file that cannot be read. Owned by a Recording;
written by the muxer thread; `settled` may be read by its syncing thread."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Protocol

RANGE_BYTES = 1 << 20
"""Each range of so many bytes has a digest of its own."""

MOST_RESERVE_BYTES = 64 << 20
RESERVE_SHARE = 16
"""Of the free space, this part is set aside for finishing the file, but never more than MOST_RESERVE_BYTES."""


class Held(Protocol):
    """Space set aside."""

    @property
    def is_held(self) -> bool: ...
    def release(self) -> None: ...


class Disk(Protocol):
    """What the system offers for durability; `studio.link.durable` is one."""

    @property
    def FULL(self) -> Sequence[int]: ...
    def sync_file(self, number: int) -> None: ...
    def sync_folder(self, folder: Path) -> None: ...
    def free_bytes(self, folder: Path) -> int: ...
    def Reserve(self, beside: Path, size: int) -> Held: ...


class PartFile:
    """A new file that is written mostly forward. Never opens an existing one."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self._disk = disk
        self._reserve = disk.Reserve(path, min(MOST_RESERVE_BYTES, disk.free_bytes(path.parent) // RESERVE_SHARE))
        try:
            self._file = open(path, "xb+", buffering=0)  # noqa: SIM115 - lives as long as this object
        except OSError:
            self._reserve.release()
            raise
        disk.sync_folder(path.parent)
        self._position = 0
        self.size = 0
        self.settled = 0
        self.is_full = False
        self._begin_of_end: int | None = None
        self._held_back: list[tuple[int, bytes]] = []
        self._digests: list[str] = []
        self._hash = sha256()
        self._dirty: set[int] = set()

    # --- what FFmpeg calls ---

    def write(self, data: bytes) -> int:
        """All of `data` at the current position. On a full disk the reserve is given up, once."""
        early = max(0, (self._begin_of_end or 0) - self._position)
        if early:
            self._held_back.append((self._position, bytes(data[:early])))
        if early < len(data):
            self._put(self._position + early, data[early:])
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move; only from the start, from here or from the end."""
        self._position = offset + (0, self._position, self.size)[whence]
        return self._position

    def tell(self) -> int:
        return self._position

    # --- what the recording calls ---

    def settle(self) -> None:
        """Everything written up to now is whole: FFmpeg is between two packets."""
        self.settled = self.size

    def begin_end(self) -> None:
        """From now on FFmpeg finishes the file."""
        self._begin_of_end = self.size

    def seal(self) -> list[str]:
        """Make the end durable, then the changes to earlier bytes; let go of the file. Returns the digests."""
        self._disk.sync_file(self._file.fileno())
        held, self._held_back, self._begin_of_end = self._held_back, [], None
        self._change(held)
        # Whole as it is: should the last sync fail, nothing is to be cut off.
        self.settled = self.size
        self._disk.sync_file(self._file.fileno())
        digests = self._finish_digests()
        self.let_go()
        return digests

    def _change(self, held: list[tuple[int, bytes]]) -> None:
        """Writes all of it over earlier bytes, or puts those back: half of it would leave a file nobody can read."""
        before = [(position, self._read_at(position, len(data))) for position, data in held]
        try:
            for position, data in held:
                self._put(position, data)
        except OSError:
            for position, data in reversed(before):
                with contextlib.suppress(OSError):
                    self._put(position, data)
            raise

    def retreat(self) -> list[str]:
        """The end could not be written: cut it off again. What was settled before stays readable."""
        self._held_back, self._begin_of_end = [], None
        with contextlib.suppress(OSError):
            # In any case: a write that did not fit may have left some bytes that `size` does not know.
            self._file.truncate(self.settled)
            if self.settled < self.size:
                self._dirty.add(self.settled // RANGE_BYTES)
                self.size = self.settled
            self._disk.sync_file(self._file.fileno())
        try:
            return self._finish_digests()
        finally:
            self.let_go()

    def let_go(self) -> None:
        """Close the file and give the reserve back."""
        self._reserve.release()
        with contextlib.suppress(OSError):
            self._file.close()

    # --- bytes ---

    def _put(self, position: int, data: bytes) -> None:
        done = 0
        while done < len(data):
            try:
                self._file.seek(position + done)
                done += self._file.write(memoryview(data)[done:])
            except OSError as error:
                if error.errno not in self._disk.FULL:
                    raise
                self.is_full = True
                if not self._reserve.is_held:
                    raise
                self._reserve.release()
        self._digest(position, data)
        self.size = max(self.size, position + len(data))

    def _digest(self, position: int, data: bytes) -> None:
        if position != self.size:
            last = max(position, min(position + len(data), self.size) - 1)
            first = min(position, self.size)
            self._dirty.update(range(first // RANGE_BYTES, last // RANGE_BYTES + 1))
        fresh = memoryview(data)[max(0, self.size - position) :]
        hole = max(0, position - self.size)
        at = self.size + hole
        if hole:
            self._dirty.update(range(self.size // RANGE_BYTES, at // RANGE_BYTES + 1))
            while len(self._digests) < at // RANGE_BYTES:
                self._digests.append("")
        while fresh:
            room = RANGE_BYTES - at % RANGE_BYTES
            self._hash.update(fresh[:room])
            at += len(fresh[:room])
            fresh = fresh[room:]
            if at % RANGE_BYTES == 0:
                self._digests.append(self._hash.hexdigest())
                self._hash = sha256()

    def _finish_digests(self) -> list[str]:
        count = -(-self.size // RANGE_BYTES)
        digests = self._digests[:count]
        if len(digests) < count:
            digests.append(self._hash.hexdigest())
        for number in sorted(self._dirty):
            if number < count:
                start = number * RANGE_BYTES
                digests[number] = sha256(self._read_at(start, min(RANGE_BYTES, self.size - start))).hexdigest()
        return digests

    def _read_at(self, position: int, size: int) -> bytes:
        self._file.seek(position)
        data = b""
        while len(data) < size:
            more = self._file.read(size - len(data))
            if not more:
                break
            data += more
        return data
