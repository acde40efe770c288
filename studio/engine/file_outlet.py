"""The recording of one canvas: parts in files, each written by a sink. Packets are kept until they are known to be on
disk; when a recorder dies, the next part begins with the last key frame that was not safe, so nothing is lost. Splits
fall on key frames; sound that belongs to the old part still goes there. A full or broken disk moves the recording to
the next folder, or ends it; nothing else notices. One thread."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from studio.engine.disk_left import DiskLeft
from studio.engine.part_stream import PartStream, Taken
from studio.engine.sink_process import SinkProcess, Spares
from studio.model.events import DiskWarning, Event, MediaDropped, PartEnded, PartStarted, RecordingStopped
from studio.model.packet import Packet
from studio.model.run import Recording
from studio.model.show import Canvas

log = logging.getLogger(__name__)

SPAWN_PAUSE_SECONDS = 0.5
WAIT_SECONDS = 0.2
MOST_AT_ONCE = 64
"""Packets of a recording go in bundles: a file needs no haste, and every waking costs."""

LOOK_SECONDS = 0.02
QUICK_DEATH_SECONDS = 2.0
MOST_QUICK_DEATHS = 3
LAST_SILENCE_SECONDS = 0.9
"""At the end of a run there is no time for the usual patience with a recorder that says nothing."""

GIVING_UP = ("disk_full", "disk", "bad_input")


class FileOutlet:
    """Records one canvas; `next_part` numbers its files over the whole run. A stepped run waits for the disk."""

    def __init__(
        self,
        name: str,
        canvas: Canvas,
        recording: Recording,
        next_part: int,
        spares: Spares,
        on_event: Callable[[Event], None],
        ask_key: Callable[[], None],
        stepped: bool = False,
    ) -> None:
        self.canvas = canvas
        self.state, self.reason = "connecting", ""
        self._started: list[tuple[int, str]] = []
        self._name = name
        self._folders = [Path(folder) for folder in recording.folders]
        self._next_part = next_part
        self._spares = spares
        self._on_event, self._ask_key = on_event, ask_key
        self._stream = PartStream(canvas.fps, max(1, int(recording.part_seconds * canvas.fps)), waits=stepped)
        self._current: _Part | None = None
        self._sinks: list[_Part] = []
        self._disk = DiskLeft()
        self._closing = threading.Event()
        self._abandoned = threading.Event()
        self._is_stopped = False
        self._quick_deaths = 0
        self._bytes_before = 0
        self._thread = threading.Thread(target=self._run, name=f"record-{canvas.id}", daemon=True)
        self._thread.start()

    @property
    def parts(self) -> list[str]:
        """Files with something in them, in the order of their ticks: two recorders at work may speak in any order."""
        return [path for _, path in sorted(self._started)]

    @property
    def wants_media(self) -> bool:
        """Until it ends or the disks are full."""
        return self.state not in ("ended", "failed")

    @property
    def sink_pid(self) -> int | None:
        """Process id of the present recorder."""
        part = self._current
        return part.sink.pid if part is not None else None

    def put(self, packet: Packet) -> None:
        """Encoder threads: one packet."""
        if self.wants_media and self._stream.put(packet):
            self._ask_key()

    def split_at(self, tick: int) -> None:
        """The next key frame at or after `tick` begins a new part."""
        self._stream.split_at(tick)
        self._ask_key()

    def facts(self) -> dict[str, Any]:
        """State and figures."""
        return {
            "state": self.state,
            "reason": self.reason,
            "parts": self.parts,
            "bytes": self._written(),
            "minutes_left": self._disk.minutes,
            "queued_seconds": round(self._stream.waiting_ticks / self.canvas.fps, 2),
        }

    def begin_close(self) -> None:
        """The run ends; returns at once."""
        self._closing.set()
        self._stream.close()

    def finish_close(self, deadline: float) -> None:
        """Waits until the last part is finished or `deadline` passed, then kills its recorder: what is on disk is
        playable all the same."""
        while self._thread.is_alive() and time.monotonic() < deadline:
            self._thread.join(LOOK_SECONDS)
            for part in list(self._sinks):
                if part.sink.silent_seconds > LAST_SILENCE_SECONDS:
                    log.warning("a recorder says nothing: killed, so that another one can write what it has not")
                    part.sink.kill()
        self._abandoned.set()
        for part in list(self._sinks):
            log.warning("a recorder did not end in time: killed")
            part.sink.kill()
        self._thread.join(0.5)

    # --- the recording thread ---

    def _run(self) -> None:
        while True:
            for part in list(self._sinks):
                self._listen(part)
            self._tell_lost()
            if self._abandoned.is_set() or ((self._closing.is_set() or self._is_stopped) and self._is_done()):
                break
            if self._is_stopped:
                self._end_parts(self._sinks)
            elif self._current is not None:
                self._feed(self._current)
            elif not self._sinks:
                self._stream.rewind()
                self._begin_part()
            else:
                # The present recorder died beside an older one: where to go on is known when that one has ended.
                self._end_parts(self._sinks)
        for part in list(self._sinks):
            part.sink.wait(0.3)
            self._listen(part)
        if not self._is_stopped:
            self.state = "ended"

    def _is_done(self) -> bool:
        return not self._sinks and (self._is_stopped or (self._stream.is_drained and not self._stream.unsafe_ticks))

    def _feed(self, current: _Part) -> None:
        bundle = self._stream.take(WAIT_SECONDS, MOST_AT_ONCE)
        if not bundle:
            if self._stream.is_drained:
                self._end_parts(self._sinks)
            return
        for part, addressed in groupby(self._addressed(current, bundle), key=itemgetter(0)):
            part.sink.send([packet for _, packet in addressed])
        if self._stream.old_part_is_complete:
            for part in self._sinks[:-1]:
                part.end()

    def _addressed(self, current: _Part, bundle: Iterable[Taken]) -> Iterator[tuple[_Part, Packet]]:
        """Each packet and the part it goes to; a part that begins is begun."""
        for taken in bundle:
            if taken.begins_part:
                current.ends_before = taken.packet.pts
                current = self._begin_part()
            to_old = taken.goes_to_old and len(self._sinks) > 1
            yield self._sinks[-2] if to_old else current, taken.packet

    def _end_parts(self, parts: list[_Part]) -> None:
        for part in parts:
            part.end()
        if parts:
            parts[-1].sink.is_over.wait(LOOK_SECONDS)

    def _begin_part(self) -> _Part:
        path = self._free_path()
        while (sink := self._spares.take()) is None:
            time.sleep(SPAWN_PAUSE_SECONDS)  # out of processes or memory: packets are kept meanwhile
        sink.open(
            {
                "kind": "file",
                "path": str(path),
                "fps": self.canvas.fps,
                "width": self.canvas.width,
                "height": self.canvas.height,
            }
        )
        self._current = _Part(sink, str(path), self._disk)
        self._sinks.append(self._current)
        return self._current

    def _free_path(self) -> Path:
        """A recorder never writes into a file that is there: an engine may have died before it could say its name."""
        while True:
            path = self._folders[0] / f"{self._name}-{self.canvas.id}-{self._next_part:03d}.mp4"
            self._next_part += 1
            try:
                if not path.exists():
                    return path
            except OSError:
                return path  # a dead disk: the recorder finds out and says so

    def _listen(self, part: _Part) -> None:
        while True:
            try:
                message = part.sink.said.get_nowait()
            except queue.Empty:
                return
            said = message["say"]
            if said == "part":
                part.first_tick = int(message["first_tick"])
                self._started.append((part.first_tick, part.path))
                self._on_event(PartStarted(self.canvas.id, part.path, part.first_tick))
            elif said == "state":
                self._state(part, message)
            elif said == "closed":
                self._over(part, message, "ended")
            elif said in ("failed", "gone"):
                self._over(part, message, str(message.get("reason") or "killed"))

    def _state(self, part: _Part, message: dict[str, Any]) -> None:
        durable = message.get("durable_through")
        if durable is not None:
            part.durable = int(durable)
        if part is not self._current:
            return
        if part.durable is not None:
            self._quick_deaths = 0
            if len(self._sinks) == 1:
                self._stream.forget_through(part.durable)
        if not self._is_stopped:
            self.state = str(message["state"])
            self.reason = "disk_slow" if self.state == "stalled" else ""
            self._watch_disk(part, message.get("free_bytes"))

    def _watch_disk(self, part: _Part, free: int | None) -> None:
        if free is None or part.disk is not self._disk:
            return
        minutes = part.disk.note(time.monotonic(), self._written(), int(free))
        if minutes is not None:
            self._on_event(DiskWarning(minutes, part.path))
        if part.disk.is_at_floor:
            self._leave_folder("disk_full")
            self.split_at(0)

    def _written(self) -> int:
        return self._bytes_before + sum(int(part.sink.latest.get("bytes", 0)) for part in list(self._sinks))

    def _leave_folder(self, reason: str) -> None:
        """Nothing more can be written there: go on in the next folder, or stop cleanly."""
        if len(self._folders) > 1:
            left = self._folders.pop(0)
            self._disk = DiskLeft()
            self._quick_deaths = 0
            log.warning("recording of %s leaves %s: %s", self.canvas.id, left, reason)
            return
        self._is_stopped = True
        self.state, self.reason = "failed", reason
        self._stream.forget_all()
        self._on_event(RecordingStopped(self.canvas.id, reason))

    def _over(self, part: _Part, message: dict[str, Any], reason: str) -> None:
        if part not in self._sinks:
            return
        self._sinks.remove(part)
        self._bytes_before += int(message.get("bytes") or part.sink.latest.get("bytes", 0))
        self._tell_end(part, message, reason)
        was_current = part is self._current
        if was_current:
            self._current = None
        if reason == "ended":
            self._ended_well(part, message)
            return
        log.warning("the recorder of %s is gone: %s", self.canvas.id, reason)
        if self._is_stopped:
            return
        if not was_current:
            self._old_part_died(part)
            return
        if part.durable is None and time.monotonic() - part.sink.opened_at < QUICK_DEATH_SECONDS:
            self._quick_deaths += 1
        if part.durable is not None and len(self._sinks) == 0:
            self._stream.forget_through(part.durable)
        if self._closing.is_set() and self._is_done():
            self.reason = reason
        elif reason in GIVING_UP or self._quick_deaths > MOST_QUICK_DEATHS:
            self._leave_folder_of(part, reason)

    def _leave_folder_of(self, part: _Part, reason: str) -> None:
        if part.disk is self._disk:
            self._leave_folder(reason)

    def _ended_well(self, part: _Part, message: dict[str, Any]) -> None:
        last = message.get("last_tick")
        if part.ends_before is not None:
            self._stream.forget_before(part.ends_before)
        elif last is not None:
            self._stream.forget_through(int(last))

    def _old_part_died(self, part: _Part) -> None:
        """The recorder of the part before the split died before it was done. What it may not have written is still
        kept: the present part ends, and the next one begins there."""
        if part.ends_before is not None and part.durable is not None and part.durable >= part.ends_before - 1:
            self._stream.forget_before(part.ends_before)
        elif self._current is not None:
            self._current.sink.kill()

    def _tell_end(self, part: _Part, message: dict[str, Any], reason: str) -> None:
        """What is known to be in the file, no more: of a killed recorder, what it had said to be durable."""
        if part.first_tick is None:
            return
        told = message.get("last_tick", part.durable)
        if told is None:
            self._started.remove((part.first_tick, part.path))
            told = part.first_tick - 1
        self._on_event(
            PartEnded(
                canvas=self.canvas.id,
                path=part.path,
                first_tick=part.first_tick,
                last_tick=int(told),
                bytes=int(message.get("bytes") or part.sink.latest.get("bytes", 0)),
                range_bytes=int(message.get("range_bytes") or 0),
                digests=tuple(message.get("digests") or ()),
                reason=reason,
            )
        )

    def _tell_lost(self) -> None:
        for first, last in self._stream.drain_lost():
            log.error("recording of %s: the disk was too slow, ticks %d to %d are lost", self.canvas.id, first, last)
            self._on_event(MediaDropped(f"recording:{self.canvas.id}", first, last))


class _Part:
    """One recorder at work. `ends_before` is set where a split gave it an end."""

    def __init__(self, sink: SinkProcess, path: str, disk: DiskLeft) -> None:
        self.sink = sink
        self.path = path
        self.disk = disk
        self.first_tick: int | None = None
        self.durable: int | None = None
        self.ends_before: int | None = None
        self._is_asked = False

    def end(self) -> None:
        """Lets it finish its file; harmless a second time."""
        if not self._is_asked:
            self._is_asked = True
            self.sink.ask_close()
