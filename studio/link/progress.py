"""The last tick made, in eight mapped bytes of the run folder: a write costs nothing and survives a kill of the engine,
so that the next one knows exactly where the old one stopped. Written by the tick, read by anybody."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

NUMBER = struct.Struct("<q")
ENDING = -2
"""Numbers from here down say that the run is ending: ENDING − n, where n was the last tick."""


def read_progress(folder: Path) -> int:
    """What stands there now, for a watcher in another process: −1 before the first tick, ≤ ENDING at the end."""
    try:
        return int(NUMBER.unpack((folder / "progress").read_bytes())[0])
    except (OSError, struct.error):
        return -1


class Progress:
    """`progress` in the run folder; −1 before the first tick."""

    def __init__(self, folder: Path) -> None:
        path = folder / "progress"
        if not path.exists() or path.stat().st_size != NUMBER.size:
            path.write_bytes(NUMBER.pack(-1))
        with path.open("r+b") as file:
            self._bytes = mmap.mmap(file.fileno(), NUMBER.size)

    def note(self, tick: int) -> None:
        """Tick: `tick` was made."""
        NUMBER.pack_into(self._bytes, 0, tick)

    def note_ending(self) -> None:
        """No further tick will be made, and nobody should wonder why."""
        self._ended_at = self.latest
        NUMBER.pack_into(self._bytes, 0, ENDING - self._ended_at)

    @property
    def latest(self) -> int:
        """The last tick made."""
        number = int(NUMBER.unpack_from(self._bytes)[0])
        return number if number > ENDING else ENDING - number
