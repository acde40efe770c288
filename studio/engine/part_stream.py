"""The packets of a recording that are not yet safe, in the order of their times, with a cursor for the present recorder
and marks where parts are split. Pictures and sound come from two threads and are put in order here, so that every part
begins with a key frame and with the sound that belongs to it. After a recorder's death the cursor goes back to the
oldest kept key frame. Filled by encoder threads, read by the recording thread."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

from studio.model.packet import SOUND, VIDEO, Packet
from studio.model.time import SAMPLE_RATE

MOST_BYTES = 64 * 1024 * 1024
SOUND_AHEAD_PACKETS = 500
"""Sound without pictures (about ten seconds): nothing of a canvas is being encoded."""

SOUND_PATIENCE_SECONDS = 2
STEPPED_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Taken:
    """A packet for a recorder: whether a new part begins with it, or whether it is sound of the part before."""

    packet: Packet
    begins_part: bool
    goes_to_old: bool


class PartStream:
    """Kept packets begin with a key frame (house recipe: the next part of a killed recorder starts there). A stepped
    run `waits` for the disk; a live one never does."""

    def __init__(self, fps: int, part_ticks: int, waits: bool = False) -> None:
        self._fps = fps
        self._part_ticks = part_ticks
        self._waits = waits
        self._kept: deque[tuple[Packet, bool]] = deque()
        self._ahead: deque[Packet] = deque()
        self._bytes = 0
        self._cursor = 0
        self._is_fresh = True
        self._part_first: int | None = None
        self._split_from: int | None = None
        self._last_picture: int | None = None
        self._boundary: int | None = None
        self._sound_done = True
        self._safe_through: int | None = None
        self._reached: int | None = None
        self._forgotten: list[tuple[int, int]] = []
        self._lost: list[tuple[int, int]] = []
        self._closed = False
        self._changed = threading.Condition()

    # --- encoder threads ---

    def put(self, packet: Packet) -> bool:
        """One more packet; before the first key frame pictures are of no use. True when a key frame is wanted because
        a new part is due."""
        with self._changed:
            if self._closed:
                return False
            self._make_room()
            if packet.stream == SOUND:
                self._put_sound(packet)
            else:
                self._put_picture(packet)
            if self._waits:  # the recording thread of a live run looks by itself, a few times a second
                self._changed.notify_all()
            due = self._split_due()
            return due is not None and self._last_picture is not None and self._last_picture >= due

    def _put_sound(self, packet: Packet) -> None:
        if self._last_picture is not None and packet.pts < self._sample(self._last_picture):
            self._keep(packet, False)
            return
        # It runs ahead of the pictures: were it handed out now, the part before the next key frame would get it.
        self._ahead.append(packet)
        if len(self._ahead) > SOUND_AHEAD_PACKETS:
            self._ahead.popleft()

    def _put_picture(self, packet: Packet) -> None:
        begins = self._last_picture is None
        if begins and not packet.is_key:
            return
        while self._ahead and self._ahead[0].pts < self._sample(packet.pts):
            sound = self._ahead.popleft()
            if not begins:
                self._keep(sound, False)
        due = self._split_due()
        splits = packet.is_key and due is not None and packet.pts >= due
        if self._part_first is None or splits:
            self._part_first = packet.pts
        if splits and self._split_from is not None and packet.pts >= self._split_from:
            self._split_from = None
        self._last_picture = packet.pts
        self._keep(packet, splits)

    def _keep(self, packet: Packet, splits: bool) -> None:
        self._kept.append((packet, splits))
        self._bytes += len(packet.data)

    def _split_due(self) -> int | None:
        """The tick from which on the next key frame begins a part."""
        if self._part_first is None:
            return None
        due = self._part_first + self._part_ticks
        return due if self._split_from is None else min(due, self._split_from)

    def _sample(self, tick: int) -> int:
        return tick * SAMPLE_RATE // self._fps

    def _make_room(self) -> None:
        """A disk that takes nothing: the oldest go, rather than the engine's memory, and a new part begins behind the
        hole. A stepped run waits instead."""
        deadline = time.monotonic() + STEPPED_PATIENCE_SECONDS
        while self._waits and self._bytes > MOST_BYTES and not self._closed and time.monotonic() < deadline:
            self._changed.wait(0.2)
        while self._bytes > MOST_BYTES and self._forget_oldest_group():
            pass

    def _forget_oldest_group(self) -> bool:
        """A key frame and all up to the next one; False where there is no next one."""
        following = next((at for at, (packet, _) in enumerate(self._kept) if at and _is_key(packet)), None)
        if following is None:
            return False
        group = list(self._kept)[:following]
        for packets, told in ((group[: self._cursor], self._forgotten), (group[self._cursor :], self._lost)):
            pictures = [packet.pts for packet, _ in packets if packet.stream == VIDEO]
            if pictures:
                told.append((pictures[0], pictures[-1]))
        is_taken = self._cursor >= following
        self._drop(following)
        if not is_taken:
            self._kept[0] = (self._kept[0][0], True)
        return True

    def _drop(self, count: int) -> None:
        for _ in range(count):
            self._bytes -= len(self._kept.popleft()[0].data)
        self._cursor = max(0, self._cursor - count)
        self._changed.notify_all()

    def split_at(self, tick: int) -> None:
        """The next key frame at or after `tick` begins a new part. Any thread."""
        with self._changed:
            self._split_from = tick if self._split_from is None else min(tick, self._split_from)

    def close(self) -> None:
        """Nothing more comes."""
        with self._changed:
            if self._last_picture is not None:
                while self._ahead:
                    self._keep(self._ahead.popleft(), False)
            self._closed = True
            self._changed.notify_all()

    # --- the recording thread ---

    def take(self, timeout: float, most: int = 1) -> list[Taken]:
        """The next packets, at most so many; where there are none it waits for `timeout` and looks once more."""
        with self._changed:
            if self._cursor >= len(self._kept) and not self._closed:
                self._changed.wait(timeout)
            return [self._take_next() for _ in range(min(most, len(self._kept) - self._cursor))]

    def _take_next(self) -> Taken:
        packet, splits = self._kept[self._cursor]
        self._cursor += 1
        begins = splits and not self._is_fresh
        self._is_fresh = False
        if begins:
            self._boundary, self._sound_done = packet.pts, False
        goes_to_old = False
        if packet.stream == VIDEO:
            self._reached = packet.pts
            waited = self._boundary is not None and packet.pts - self._boundary > SOUND_PATIENCE_SECONDS * self._fps
            self._sound_done = self._sound_done or waited
        elif self._boundary is not None:
            goes_to_old = packet.pts < self._sample(self._boundary)
            self._sound_done = self._sound_done or not goes_to_old
        return Taken(packet, begins, goes_to_old)

    def forget_through(self, tick: int) -> None:
        """All pictures up to `tick` are on disk: everything before the last key frame among them is not needed."""
        with self._changed:
            self._note_safe(tick)
            keep_from = 0
            for position, (packet, _) in enumerate(self._kept):
                if position >= self._cursor or (packet.stream == VIDEO and packet.pts > tick):
                    break
                if _is_key(packet):
                    keep_from = position
            self._drop(keep_from)

    def _note_safe(self, tick: int) -> None:
        self._safe_through = tick if self._safe_through is None else max(tick, self._safe_through)
        self._forgotten = [one for one in self._forgotten if one[1] > self._safe_through]

    def forget_before(self, tick: int) -> None:
        """The part before the one that begins with `tick` is finished."""
        with self._changed:
            self._note_safe(tick - 1)
            positions = (at for at, (packet, _) in enumerate(self._kept) if _is_key(packet) and packet.pts >= tick)
            self._drop(next(positions, 0))

    def forget_all(self) -> None:
        """Nobody will record any of it."""
        with self._changed:
            self._closed = True
            self._kept.clear()
            self._ahead.clear()
            self._bytes = self._cursor = 0
            self._changed.notify_all()

    def rewind(self) -> None:
        """A new recorder begins with the oldest packet that is not known to be safe."""
        with self._changed:
            safe = -1 if self._safe_through is None else self._safe_through
            self._lost += [(max(first, safe + 1), last) for first, last in self._forgotten if last > safe]
            self._forgotten.clear()
            self._cursor = 0
            self._is_fresh = True
            self._reached = None
            self._boundary, self._sound_done = None, True

    def drain_lost(self) -> list[tuple[int, int]]:
        """First and last of pictures that are on no disk because there was no room to keep them; each is told once."""
        with self._changed:
            lost, self._lost = self._lost, []
            return lost

    @property
    def old_part_is_complete(self) -> bool:
        """Whether all sound of the part before the split has been taken."""
        return self._sound_done

    @property
    def is_drained(self) -> bool:
        """Closed and everything taken."""
        with self._changed:
            return self._closed and self._cursor >= len(self._kept)

    @property
    def waiting_ticks(self) -> int:
        """Ticks of pictures not yet taken by a recorder."""
        with self._changed:
            if self._last_picture is None or self._cursor >= len(self._kept):
                return 0
            reached = self._kept[0][0].pts - 1 if self._reached is None else self._reached
            return self._last_picture - reached

    @property
    def unsafe_ticks(self) -> int:
        """Kept pictures that are not known to be on disk."""
        with self._changed:
            safe = -1 if self._safe_through is None else self._safe_through
            return sum(packet.stream == VIDEO and packet.pts > safe for packet, _ in self._kept)


def _is_key(packet: Packet) -> bool:
    return packet.stream == VIDEO and packet.is_key
