"""The timeline's writer: facts in, chained lines out, in a thread of its own so that the tick never waits for a disk.
Lines are written at once and synced in groups; replies to askers leave only after their facts are written, so that what
was answered survives a kill of the engine."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path

from studio.link import durable
from studio.model.chain import FIRST_HASH, Reading, chained_line, read_chain
from studio.model.events import Fact

log = logging.getLogger(__name__)

SYNC_SECONDS = 0.2
TIMELINE_NAME = "timeline.jsonl"

Entry = tuple[tuple[Fact, ...], Callable[[], None] | None]


class Journal:
    """Appends to `timeline.jsonl` of one run folder. `facts_written` counts from 0 over the whole run."""

    def __init__(self, folder: Path, reading: Reading | None = None) -> None:
        self.path = folder / TIMELINE_NAME
        self._number = len(reading.facts) if reading else 0
        self._last_hash = reading.last_hash if reading else FIRST_HASH
        if reading is not None:
            with self.path.open("r+b") as file:
                file.truncate(reading.good_bytes)
        self._file = self.path.open("ab", buffering=0)
        durable.sync_folder(folder)
        self._entries: queue.Queue[Entry | None] = queue.Queue()
        self._unsynced = False
        self.trouble = ""
        self._thread = threading.Thread(target=self._write, name="journal", daemon=True)
        self._thread.start()

    def append(self, facts: tuple[Fact, ...], then: Callable[[], None] | None = None) -> None:
        """Queues facts; `then` is called in the journal's thread once they are written."""
        self._entries.put((facts, then))

    def close(self) -> None:
        """Writes and syncs what is queued."""
        self._entries.put(None)
        self._thread.join(5.0)

    def _write(self) -> None:
        last_sync = time.monotonic()
        while True:
            wait = max(0.0, last_sync + SYNC_SECONDS - time.monotonic()) if self._unsynced else None
            with contextlib.suppress(queue.Empty):
                entry = self._entries.get(timeout=wait)
                if entry is None:
                    break
                self._one(entry)
            if self._unsynced and time.monotonic() - last_sync >= SYNC_SECONDS:
                self._sync()
                last_sync = time.monotonic()
        self._sync()
        self._file.close()

    def _one(self, entry: Entry) -> None:
        facts, then = entry
        for fact in facts:
            line, digest = chained_line(fact, self._number, self._last_hash)
            try:
                _write_whole(self._file, line)
            except OSError as error:
                # A full disk must not end the broadcast: it is said, and the chain goes on once there is room.
                self.trouble = "timeline_disk"
                log.error("the timeline cannot be written: %s", error.strerror)
                break
            self._number, self._last_hash, self._unsynced = self._number + 1, digest, True
        if then is not None:
            then()

    def _sync(self) -> None:
        try:
            durable.sync_file(self._file.fileno())
            self._unsynced = False
        except OSError as error:
            self.trouble = "timeline_disk"
            log.error("the timeline cannot be synced: %s", error.strerror)


def _write_whole(file, line: bytes) -> None:  # type: ignore[no-untyped-def]  # a raw file
    """Writes a line or nothing: a part that was written when the disk filled up is cut off again."""
    start = file.seek(0, 2)
    try:
        written = file.write(line)
        if written != len(line):
            raise OSError(28, "no space left")
    except OSError:
        with contextlib.suppress(OSError):
            file.truncate(start)
        raise


def read_timeline(folder: Path) -> Reading:
    """The timeline of a run folder; OSError where there is none."""
    with (folder / TIMELINE_NAME).open("rb") as file:
        return read_chain(file)
