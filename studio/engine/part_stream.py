"""The packets of a recording that are not yet safe, in order, with a cursor for the present recorder and the places
where parts are split. After a recorder's death the cursor goes back to the oldest kept key frame. Filled by encoder
threads, read by the recording thread."""

from __future__ import annotations

import threading
from collections import deque

from studio.model.packet import SOUND, VIDEO, Packet
from studio.model.time import SAMPLE_RATE

MOST_BYTES = 64 * 1024 * 1024


class PartStream:
    """Kept packets begin with a key frame (house recipe: the next part of a killed recorder starts there)."""

    def __init__(self, fps: int) -> None:
        self._fps = fps
        self._kept: deque[Packet] = deque()
        self._bytes = 0
        self._cursor = 0
        self._split_from: int | None = None
        self._boundary: int | None = None
        self._sound_done = True
        self._has_key = False
        self._closed = False
        self._changed = threading.Condition()
        self.forgotten_unsafe = 0

    def put(self, packet: Packet) -> None:
        """One more packet; before the first key frame pictures and sound are of no use."""
        with self._changed:
            if self._closed:
                return
            if not self._has_key:
                if packet.stream != VIDEO or not packet.is_key:
                    return
                self._has_key = True
            self._kept.append(packet)
            self._bytes += len(packet.data)
            while self._bytes > MOST_BYTES:
                # A disk that takes nothing: the oldest go, counted, rather than the engine's memory.
                self._forget_oldest_group()
            self._changed.notify()

    def _forget_oldest_group(self) -> None:
        """A key frame and all up to the next one: what is kept begins with a key frame again, or with the next to
        come."""
        while self._kept:
            self._bytes -= len(self._kept.popleft().data)
            self._cursor = max(0, self._cursor - 1)
            self.forgotten_unsafe += 1
            if self._kept and self._kept[0].stream == VIDEO and self._kept[0].is_key:
                return
        self._has_key = False

    def split_at(self, tick: int) -> None:
        """The first key frame at or after `tick` that has not been taken begins a new part."""
        with self._changed:
            self._split_from = tick

    def take(self, timeout: float) -> tuple[Packet, bool, bool] | None:
        """Next packet, whether a new part begins with it, and whether it is sound that belongs to the part before."""
        with self._changed:
            if self._cursor >= len(self._kept) and not self._closed:
                self._changed.wait(timeout)
            if self._cursor >= len(self._kept):
                return None
            packet = self._kept[self._cursor]
            self._cursor += 1
            is_split = self._is_split(packet)
            goes_to_old = False
            if self._boundary is not None and packet.stream == SOUND:
                goes_to_old = packet.pts < self._boundary
                self._sound_done = self._sound_done or not goes_to_old
            return packet, is_split, goes_to_old

    def _is_split(self, packet: Packet) -> bool:
        if self._split_from is None or packet.stream != VIDEO or not packet.is_key or packet.pts < self._split_from:
            return False
        self._split_from = None
        self._boundary = packet.pts * SAMPLE_RATE // self._fps
        self._sound_done = False
        return True

    def forget_through(self, tick: int) -> None:
        """Everything before the last key frame at or before `tick` is on disk."""
        with self._changed:
            keep_from = 0
            for position, packet in enumerate(self._kept):
                if position >= self._cursor or (packet.stream == VIDEO and packet.pts > tick):
                    break
                if packet.stream == VIDEO and packet.is_key:
                    keep_from = position
            for _ in range(keep_from):
                self._bytes -= len(self._kept.popleft().data)
            self._cursor -= keep_from

    def rewind(self) -> None:
        """A new recorder begins with the oldest packet that is not known to be safe."""
        with self._changed:
            self._cursor = 0
            self._boundary, self._sound_done = None, True

    def close(self) -> None:
        """Nothing more comes."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def old_part_is_complete(self) -> bool:
        """Whether all sound of the part before the split has been taken."""
        return self._sound_done

    @property
    def awaits_split(self) -> bool:
        """Whether a split was asked for and its key frame has not come."""
        return self._split_from is not None

    @property
    def is_drained(self) -> bool:
        """Closed and everything taken."""
        with self._changed:
            return self._closed and self._cursor >= len(self._kept)

    @property
    def waiting_ticks(self) -> int:
        """Ticks of pictures not yet taken by a recorder."""
        with self._changed:
            pending = [packet.pts for packet in list(self._kept)[self._cursor :] if packet.stream == VIDEO]
            return pending[-1] - pending[0] + 1 if pending else 0

    @property
    def unsafe_ticks(self) -> int:
        """Pictures kept because they may not be on disk."""
        with self._changed:
            return sum(packet.stream == VIDEO for packet in self._kept)
