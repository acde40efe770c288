"""The bounded queue of packets to one sink. Bounded by time: when more than `most_seconds` wait, whole tails of groups
of pictures are dropped from the oldest on, never sound, never a key frame that pictures depend on; what was dropped is
told by ticks. Filled by encoder threads, emptied by the outlet's writer."""

from __future__ import annotations

import threading
from collections import deque

from studio.model.packet import VIDEO, Packet
from studio.model.time import SAMPLE_RATE

MOST_SECONDS = 10.0
"""Of sound, too; then everything that waits is dropped and the destination begins anew with a key frame."""


class PacketQueue:
    """First in, first out. `put` never waits in a live run; with `patience_seconds` (stepped runs, which have time) it
    waits for room before it drops."""

    def __init__(self, fps: int, most_seconds: float | None, patience_seconds: float = 0.0) -> None:
        self._patience_seconds = patience_seconds
        self._fps = fps
        self._most_ticks = None if most_seconds is None else max(1, int(most_seconds * fps))
        self._packets: deque[Packet] = deque()
        self._changed = threading.Condition()
        self._dropped: list[tuple[int, int]] = []
        self._closed = False
        self.dropped_ticks = 0
        self.awaits_key = False
        self._only_stills = False

    def only_stills(self, wanted: bool) -> None:
        """Whether, of the pictures, key frames alone go on; afterwards pictures begin with one."""
        with self._changed:
            self.awaits_key = self.awaits_key or (self._only_stills and not wanted)
            self._only_stills = wanted

    def put(self, packet: Packet) -> None:
        """Adds a packet and keeps the bound."""
        with self._changed:
            if self._patience_seconds > 0:
                self._changed.wait_for(self._has_room, self._patience_seconds)
            if self._closed:
                return
            if packet.stream == VIDEO and (self.awaits_key or self._only_stills):
                if not packet.is_key:
                    self._note_drop(packet.pts, packet.pts)
                    return
                self.awaits_key = False
            self._packets.append(packet)
            while self._most_ticks is not None and self._video_span() > self._most_ticks:
                self._drop_oldest_tail()
            if self._most_ticks is not None and self._waiting_seconds() > MOST_SECONDS:
                self._begin_anew()
            if packet.stream == VIDEO:  # its sound came just before it: the writer wakes up once for both
                self._changed.notify()

    def take(self, timeout: float, most: int = 1) -> list[Packet]:
        """The oldest packets, at most so many; none after `timeout` or at the end."""
        with self._changed:
            if not self._packets and not self._closed:
                self._changed.wait(timeout)
            taken = [self._packets.popleft() for _ in range(min(most, len(self._packets)))]
            if self._patience_seconds > 0:
                self._changed.notify_all()
            return taken

    def _has_room(self) -> bool:
        return self._closed or self._most_ticks is None or self._video_span() < self._most_ticks

    def drain_drops(self, is_over: bool = False) -> list[tuple[int, int]]:
        """Dropped tick ranges (first, last) since the last call. One that may still grow is held back until it is a
        second long, or all `is_over`."""
        with self._changed:
            last = self._dropped[-1] if self._dropped else None
            grows = last is not None and self.awaits_key | self._only_stills and last[1] - last[0] + 1 < self._fps
            held = [last] if grows and last is not None and not (is_over or self._closed) else []
            drops, self._dropped = self._dropped[: len(self._dropped) - len(held)], held
            return drops

    def close(self) -> None:
        """Nothing more comes; what is there may still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def is_finished(self) -> bool:
        """Closed and empty."""
        with self._changed:
            return self._closed and not self._packets

    @property
    def span_ticks(self) -> int:
        """How many ticks of pictures wait."""
        with self._changed:
            return self._video_span()

    @property
    def waiting_seconds(self) -> float:
        """From the oldest to the newest of what waits, picture or sound."""
        with self._changed:
            return self._waiting_seconds()

    def _waiting_seconds(self) -> float:
        return self._time(self._packets[-1]) - self._time(self._packets[0]) if self._packets else 0.0

    def _time(self, packet: Packet) -> float:
        return packet.pts / (self._fps if packet.stream == VIDEO else SAMPLE_RATE)

    def _begin_anew(self) -> None:
        """A link that does not even take the sound: whoever hears it would hear what was said a minute ago."""
        for packet in self._packets:
            if packet.stream == VIDEO:
                self._note_drop(packet.pts, packet.pts)
        self._packets.clear()
        self.awaits_key = True

    def _video_span(self) -> int:
        first = next((packet.pts for packet in self._packets if packet.stream == VIDEO), None)
        last = next((packet.pts for packet in reversed(self._packets) if packet.stream == VIDEO), None)
        return 0 if first is None or last is None else last - first + 1

    def _drop_oldest_tail(self) -> None:
        """Drops the pictures of the oldest group behind its key frame, or that key frame too where it stands alone.
        Where no later key frame waits, pictures begin again with the next one that comes."""
        pictures = [packet for packet in self._packets if packet.stream == VIDEO]
        stands_alone = len(pictures) > 1 and pictures[1].is_key
        start = 1 if pictures[0].is_key and not stands_alone else 0
        end = next((n for n in range(start + 1, len(pictures)) if pictures[n].is_key), len(pictures))
        self.awaits_key = end == len(pictures)
        dropped = pictures[start:end]
        for packet in dropped:
            self._note_drop(packet.pts, packet.pts)
        gone = set(map(id, dropped))
        self._packets = deque(packet for packet in self._packets if id(packet) not in gone)

    def _note_drop(self, first: int, last: int) -> None:
        self.dropped_ticks += last - first + 1
        if self._dropped and self._dropped[-1][1] == first - 1:
            self._dropped[-1] = (self._dropped[-1][0], last)
        else:
            self._dropped.append((first, last))
