"""The recording of one canvas: parts in files, each written by a sink. Packets are kept until they are known to be on
disk; when a recorder dies, the next part begins with the last key frame that was not safe, so nothing is lost. Splits
by time and after gaps fall on key frames; sound that belongs to the old part still goes there. One thread."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio.engine.part_stream import PartStream
from studio.engine.sink_process import SinkProcess, Spares
from studio.model.events import DiskWarning, Event, PartEnded, PartStarted, RecordingStopped
from studio.model.packet import Packet
from studio.model.run import Recording
from studio.model.show import Canvas

log = logging.getLogger(__name__)

WAIT_SECONDS = 0.1
WARN_MINUTES = (30.0, 5.0)
FLOOR_BYTES = 500_000_000
ROOMY_BYTES = 1_000_000_000
RATE_SECONDS = 5.0
QUICK_DEATH_SECONDS = 2.0


class FileOutlet:
    """Records one canvas; `next_part` numbers its files over the whole run."""

    def __init__(
        self,
        name: str,
        canvas: Canvas,
        recording: Recording,
        next_part: int,
        spares: Spares,
        on_event: Callable[[Event], None],
        ask_key: Callable[[], None],
    ) -> None:
        self.canvas = canvas
        self.state, self.reason = "connecting", ""
        self.parts: list[str] = []
        self._name = name
        self._folders = [Path(folder) for folder in recording.folders]
        self._part_ticks = max(1, int(recording.part_seconds * canvas.fps))
        self._next_part = next_part
        self._spares = spares
        self._on_event, self._ask_key = on_event, ask_key
        self._stream = PartStream(canvas.fps)
        self._sinks: list[_Part] = []
        self._closing = threading.Event()
        self._free_at_start: int | None = None
        self._warned: set[float] = set()
        self._quick_deaths = 0
        self._bytes_before = 0
        self._thread = threading.Thread(target=self._run, name=f"record-{canvas.id}", daemon=True)
        self._thread.start()

    @property
    def wants_media(self) -> bool:
        """Until it ends or the disks are full."""
        return self.state not in ("ended", "failed")

    @property
    def sink_pid(self) -> int | None:
        """Process id of the present recorder."""
        part = self._sinks[-1] if self._sinks else None
        return part.sink.pid if part is not None else None

    def put(self, packet: Packet) -> None:
        """Encoder threads: one packet."""
        if self.wants_media:
            self._stream.put(packet)

    def split_at(self, tick: int) -> None:
        """The next key frame at or after `tick` begins a new part."""
        self._stream.split_at(tick)
        self._ask_key()

    def facts(self) -> dict[str, Any]:
        """State and figures."""
        latest = self._sinks[-1].sink.latest if self._sinks else {}
        return {
            "state": self.state,
            "reason": self.reason,
            "parts": list(self.parts),
            "bytes": self._bytes_before + int(latest.get("bytes", 0)),
            "minutes_left": self._minutes_left(),
            "queued_seconds": round(self._stream.waiting_ticks / self.canvas.fps, 2),
        }

    def begin_close(self) -> None:
        """The run ends; returns at once."""
        self._closing.set()
        self._stream.close()

    def finish_close(self, deadline: float) -> None:
        """Waits until the last part is finished or `deadline` passed, then kills its recorder: what is on disk is
        playable all the same."""
        self._thread.join(max(0.0, deadline - time.monotonic()))
        for part in list(self._sinks):
            if not part.sink.wait(deadline - time.monotonic()):
                log.warning("a recorder did not end in time: killed")
                part.sink.kill()
            self._listen(part)

    def _run(self) -> None:
        self._begin_part()
        while not (self._closing.is_set() and self._stream.is_drained):
            for part in list(self._sinks):
                self._listen(part)
            if self.state == "failed":
                break
            self._watch()
            self._feed()
        for part in self._sinks:
            part.sink.ask_close()
        deadline = time.monotonic() + 5.0
        while self._sinks and time.monotonic() < deadline:
            for part in list(self._sinks):
                self._listen(part)
            time.sleep(0.01)
        if self.state != "failed":
            self.state = "ended"

    def _feed(self) -> None:
        item = self._stream.take(WAIT_SECONDS)
        if item is None:
            return
        packet, is_split, goes_to_old = item
        if is_split or not self._sinks:
            self._begin_part()
        target = self._sinks[-2] if goes_to_old and len(self._sinks) > 1 else self._sinks[-1]
        target.sink.send(packet)
        if len(self._sinks) > 1 and self._stream.old_part_is_complete:
            for part in self._sinks[:-1]:
                if not part.asked_to_close:
                    part.asked_to_close = True
                    part.sink.ask_close()

    def _begin_part(self) -> None:
        path = self._folders[0] / f"{self._name}-{self.canvas.id}-{self._next_part:03d}.mp4"
        self._next_part += 1
        sink = self._spares.take()
        sink.open(
            {
                "kind": "file",
                "path": str(path),
                "fps": self.canvas.fps,
                "width": self.canvas.width,
                "height": self.canvas.height,
            }
        )
        self._sinks.append(_Part(sink, str(path)))
        self._ask_key()

    def _listen(self, part: _Part) -> None:
        while not part.sink.said.empty():
            message = part.sink.said.get()
            said = message["say"]
            if said == "part":
                part.first_tick = int(message["first_tick"])
                self.parts.append(part.path)
                self._on_event(PartStarted(self.canvas.id, part.path, part.first_tick))
            elif said == "state":
                self._state(part, message)
            elif said == "closed":
                self._over(part, message, "ended")
            elif said in ("failed", "gone"):
                self._over(part, message, str(message.get("reason") or "killed"))

    def _state(self, part: _Part, message: dict[str, Any]) -> None:
        part.last_tick = message.get("written_tick") if message.get("written_tick") is not None else part.last_tick
        durable = message.get("durable_through")
        if part is self._sinks[-1]:
            if durable is not None:
                self._stream.forget_through(int(durable))
                self._quick_deaths = 0
            self.state = str(message["state"])
            self.reason = "disk_slow" if self.state == "stalled" else ""
            self._disk(part, message)

    def _disk(self, part: _Part, message: dict[str, Any]) -> None:
        free = message.get("free_bytes")
        if free is None:
            return
        if self._free_at_start is None:
            self._free_at_start = int(free)
        part.note_rate(int(message["bytes"]), int(free))
        minutes = self._minutes_left()
        for limit in WARN_MINUTES:
            if minutes is not None and minutes <= limit and limit not in self._warned:
                self._warned.add(limit)
                self._on_event(DiskWarning(minutes, part.path))
        if self._free_at_start >= ROOMY_BYTES and int(free) < FLOOR_BYTES and not part.at_floor:
            part.at_floor = True
            self._next_folder(part, "disk_full")

    def _minutes_left(self) -> float | None:
        return self._sinks[-1].minutes_left if self._sinks else None

    def _next_folder(self, part: _Part, reason: str) -> None:
        """The disk is nearly full: go on in the second folder, or stop cleanly."""
        if len(self._folders) > 1:
            self._folders.pop(0)
            self._free_at_start = None
            self._stream.split_at(0)
            self._ask_key()
            return
        self.state, self.reason = "failed", reason
        self._on_event(RecordingStopped(self.canvas.id, reason))

    def _over(self, part: _Part, message: dict[str, Any], reason: str) -> None:
        if part not in self._sinks:
            return
        was_current = part is self._sinks[-1]
        self._sinks.remove(part)
        self._bytes_before += int(part.sink.latest.get("bytes", 0))
        if part.first_tick is not None:
            self._on_event(_ended(self.canvas.id, part, message, reason))
        if reason == "ended" or not was_current:
            return
        log.warning("the recorder of %s is gone: %s", self.canvas.id, reason)
        if time.monotonic() - part.sink.opened_at < QUICK_DEATH_SECONDS and part.first_tick is None:
            self._quick_deaths += 1
        if reason in ("disk_full", "disk", "bad_input") or self._quick_deaths > 3:
            if len(self._folders) > 1:
                self._folders.pop(0)
                self._free_at_start = None
            else:
                self.state, self.reason = "failed", reason
                self._on_event(RecordingStopped(self.canvas.id, reason))
                return
        if not (self._closing.is_set() and self._stream.is_drained and not self._stream.unsafe_ticks):
            self._stream.rewind()
            self._begin_part()

    def _watch(self) -> None:
        current = self._sinks[-1] if self._sinks else None
        if current is not None and current.first_tick is not None and current.last_tick is not None:
            boundary = current.first_tick + self._part_ticks
            if current.last_tick + 2 * self.canvas.fps >= boundary and not current.split_asked:
                current.split_asked = True
                self.split_at(boundary)
            elif current.split_asked and self._stream.awaits_split:
                self._ask_key()


class _Part:
    """One recorder at work."""

    def __init__(self, sink: SinkProcess, path: str) -> None:
        self.sink = sink
        self.path = path
        self.first_tick: int | None = None
        self.last_tick: int | None = None
        self.asked_to_close = self.split_asked = self.at_floor = False
        self.minutes_left: float | None = None
        self._rate_from: tuple[float, int] | None = None

    def note_rate(self, size: int, free: int) -> None:
        """Minutes of recording left at the rate of the last seconds."""
        now = time.monotonic()
        if self._rate_from is None:
            self._rate_from = (now, size)
        elif now - self._rate_from[0] >= RATE_SECONDS:
            rate = (size - self._rate_from[1]) / (now - self._rate_from[0])
            self._rate_from = (now, size)
            if rate > 0:
                self.minutes_left = round(free / rate / 60, 1)


def _ended(canvas: str, part: _Part, message: dict[str, Any], reason: str) -> PartEnded:
    assert part.first_tick is not None
    told = message.get("last_tick")
    last = told if told is not None else part.last_tick
    return PartEnded(
        canvas=canvas,
        path=part.path,
        first_tick=part.first_tick,
        last_tick=part.first_tick if last is None else int(last),
        bytes=int(message.get("bytes") or part.sink.latest.get("bytes", 0)),
        range_bytes=int(message.get("range_bytes") or 0),
        digests=tuple(message.get("digests") or ()),
        reason=reason,
    )
