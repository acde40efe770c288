"""The timeline's writer: facts in, chained lines out, in a thread of its own so that the tick never waits for a disk.
Lines are written at once and synced in groups; replies to askers leave only after their facts are written, so that what
was answered survives a kill of the engine. On a full disk facts wait in memory, in order, until there is room again."""

from __future__ import annotations

import contextlib
import errno
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from studio.link import durable
from studio.model.chain import FIRST_HASH, Reading, chained_line, read_chain
from studio.model.events import Fact

log = logging.getLogger(__name__)

SYNC_SECONDS = 0.2
RETRY_SECONDS = 0.5
CLOSE_SECONDS = 5.0
RESERVE_BYTES = 1 << 20
"""Set aside beside the timeline: some thousand facts more on a disk that is full."""

MOST_WAITING = 100_000
TIMELINE_NAME = "timeline.jsonl"

Entry = tuple[tuple[Fact, ...], Callable[[], None] | None]


class Journal:
    """Appends to `timeline.jsonl` of one run folder. `on_trouble` is told in the journal's thread when facts can no
    longer be written (True) and when all of them are (False)."""

    def __init__(
        self, folder: Path, reading: Reading | None = None, on_trouble: Callable[[bool], None] | None = None
    ) -> None:
        self.path = folder / TIMELINE_NAME
        self._troubles: set[str] = set()
        self._on_trouble = on_trouble
        self._number = len(reading.facts) if reading else 0
        self._last_hash = reading.last_hash if reading else FIRST_HASH
        if reading is not None:
            with self.path.open("r+b") as file:
                file.truncate(reading.good_bytes)
        self._file = self.path.open("ab", buffering=0)
        self._good_bytes = self._file.seek(0, 2)
        durable.sync_folder(folder)
        self._reserve = durable.Reserve(self.path, RESERVE_BYTES)
        self._entries: queue.Queue[Entry | None] = queue.Queue()
        self._waiting: deque[Fact] = deque()
        self._dropped = 0
        self._retry_at = 0.0
        self._unsynced = False
        self._synced_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def append(self, facts: tuple[Fact, ...], then: Callable[[], None] | None = None) -> None:
        """Queues facts; `then` is called in the journal's thread once they are written, or wait for a full disk: an
        asker is not kept waiting with them."""
        self._entries.put((facts, then))

    def close(self) -> None:
        """Writes and syncs what is queued."""
        self._entries.put(None)
        self._thread.join(CLOSE_SECONDS)

    @property
    def unwritten(self) -> int:
        """Facts that are on no disk."""
        return len(self._waiting) + self._dropped

    def _run(self) -> None:
        is_open = True
        while is_open:
            with contextlib.suppress(queue.Empty):
                entry = self._entries.get(timeout=self._patience())
                if entry is None:
                    is_open = False
                else:
                    self._take(entry)
            self._catch_up(at_once=not is_open)
            self._sync(at_once=not is_open)
        if self._waiting:
            log.error("%d facts could not be written", self.unwritten)
        self._reserve.release()
        self._file.close()

    def _patience(self) -> float | None:
        """How long nothing needs to be done without a new entry."""
        moments = [self._synced_at + SYNC_SECONDS] if self._unsynced else []
        moments += [self._retry_at] if self._waiting else []
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    def _take(self, entry: Entry) -> None:
        facts, then = entry
        for fact in facts:
            if self._waiting or not self._wrote(fact):
                self._wait_with(fact)
        if then is not None:
            then()

    def _wait_with(self, fact: Fact) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._dropped += 1
        else:
            self._waiting.append(fact)

    def _catch_up(self, at_once: bool) -> None:
        if not self._waiting or (not at_once and time.monotonic() < self._retry_at):
            return
        while self._waiting and self._wrote(self._waiting[0]):
            self._waiting.popleft()

    def _wrote(self, fact: Fact) -> bool:
        line, digest = chained_line(fact, self._number, self._last_hash)
        try:
            self._append(line)
        except OSError as error:
            # A full disk must not end the broadcast: it is said, and the chain goes on once there is room.
            self._retry_at = time.monotonic() + RETRY_SECONDS
            self._note("written", error.strerror or "")
            return False
        self._number, self._last_hash, self._unsynced = self._number + 1, digest, True
        if len(self._waiting) <= 1:
            self._note("written")
        return True

    def _append(self, line: bytes) -> None:
        """A whole line or nothing: what was written of it when the disk filled up is cut off again, now or before the
        next one."""
        if self._file.seek(0, 2) != self._good_bytes:
            self._file.truncate(self._good_bytes)
        try:
            self._put(line)
        except OSError as error:
            with contextlib.suppress(OSError):
                self._file.truncate(self._good_bytes)
            if error.errno not in durable.FULL or not self._reserve.is_held:
                raise
            log.warning("the disk of the timeline is full: its reserve is given up")
            self._reserve.release()
            self._put(line)
        self._good_bytes += len(line)

    def _put(self, line: bytes) -> None:
        if self._file.write(line) != len(line):
            raise OSError(errno.ENOSPC, "no space left")

    def _sync(self, at_once: bool) -> None:
        if not self._unsynced or (not at_once and time.monotonic() - self._synced_at < SYNC_SECONDS):
            return
        self._synced_at = time.monotonic()
        try:
            durable.sync_file(self._file.fileno())
            self._unsynced = False
            self._note("synced")
        except OSError as error:
            self._note("synced", error.strerror or "")

    def _note(self, what: str, why: str | None = None) -> None:
        """Something cannot be done, or can be done again; a change is said once."""
        if (why is not None) == (what in self._troubles):
            return
        before = bool(self._troubles)
        if why is not None:
            self._troubles.add(what)
            log.error("the timeline cannot be %s: %s", what, why)
        else:
            self._troubles.remove(what)
            log.warning("the timeline is %s again", what)
        if self._on_trouble is not None and before != bool(self._troubles):
            self._on_trouble(not before)


def read_timeline(folder: Path) -> Reading:
    """The timeline of a run folder; OSError where there is none."""
    with (folder / TIMELINE_NAME).open("rb") as file:
        return read_chain(file)
