"""The hand-over of pictures from a source's thread to the tick: the last four with their media times; the tick
takes the newest not later than it wants (house law 2). One writer, readers anywhere; nobody waits, except a stepped
run, which asks to wait, and a writer that is ahead."""

from __future__ import annotations

import threading
from typing import NamedTuple

from studio.media.frame import Planes
from studio.media.prepare import Prepared, prepare
from studio.program.draw_list import Look

DEPTH = 4
TOLERANCE_NS = 500_000
"""Media times are rounded by containers (Matroska to 1 ms): half a millisecond early still counts as due."""


class SlotPicture(NamedTuple):
    """One picture: media time in nanoseconds, as decoded, and at the looks that were wanted."""

    time_ns: int
    planes: Planes
    looks: dict[Look, Prepared]

    def at(self, look: Look) -> Prepared:
        """Prepared ahead, or now: the same function and so the same pixels."""
        return self.looks.get(look) or self.looks.setdefault(look, prepare(self.planes, look))


class Slot:
    """The last four pictures of one source, or more where it is held back: those of `held_ns` and four before them.
    `turn` counts the positions that were asked for: a writer that was still busy with an earlier one is not listened
    to."""

    def __init__(self, held_ns: int = 0) -> None:
        self._held_ns = held_ns
        self._pictures: tuple[SlotPicture, ...] = ()
        self._wanted_ns = -1
        self._ended = False
        self._are_old = False
        self._changed = threading.Condition()
        self._looks: frozenset[Look] = frozenset()
        self._taken: SlotPicture | None = None
        self.turn = 0

    @property
    def looks(self) -> frozenset[Look]:
        """Looks the writer should prepare."""
        return self._looks

    def want(self, looks: frozenset[Look]) -> None:
        """Set by the engine when preview or program change."""
        self._looks = looks

    def put(self, time_ns: int, planes: Planes, turn: int | None = None) -> None:
        """Writer: one more picture; times rise. `turn` is the one it was decoded for."""
        looks = {look: prepare(planes, look) for look in self._looks}
        with self._changed:
            if turn is not None and turn != self.turn:
                return
            kept = () if self._are_old else self._kept(time_ns)
            self._are_old = False
            self._pictures = (*kept, SlotPicture(time_ns, planes, looks))
            self._changed.notify_all()

    def _kept(self, time_ns: int) -> tuple[SlotPicture, ...]:
        old = sum(picture.time_ns < time_ns - self._held_ns for picture in self._pictures) if self._held_ns else 0
        return self._pictures[max(0, old - DEPTH) if self._held_ns else -(DEPTH - 1) :]

    def end(self, turn: int | None = None) -> None:
        """Writer: no further picture will come."""
        with self._changed:
            if turn is None or turn == self.turn:
                self._ended = True
                self._changed.notify_all()

    def clear(self) -> None:
        """Start over; earlier pictures are forgotten."""
        self.start_over()
        with self._changed:
            self._pictures = ()

    def start_over(self) -> None:
        """A new position is asked for. Until its first picture comes, a live run goes on showing the newest old one:
        better than none."""
        with self._changed:
            self.turn += 1
            self._are_old = True
            self._ended = False
            self._wanted_ns = -1
            self._changed.notify_all()

    def wait_for_room(self, timeout: float) -> bool:
        """Writer of a file: whether fewer than three pictures lie ahead of what was last wanted."""
        with self._changed:
            return self._changed.wait_for(self._has_room, timeout)

    def _has_room(self) -> bool:
        ahead = sum(picture.time_ns > self._wanted_ns + TOLERANCE_NS for picture in self._pictures)
        return self._are_old or ahead < DEPTH - 1

    @property
    def wanted_ns(self) -> int:
        """The media time last asked for; −1 before the first."""
        return self._wanted_ns

    def take(self, time_ns: int, wait_seconds: float = 0.0) -> SlotPicture | None:
        """The newest picture not later than `time_ns`, or the first one there is. With `wait_seconds` (stepped runs
        only) waits until that answer is final."""
        with self._changed:
            if time_ns != self._wanted_ns:
                self._wanted_ns = time_ns
                self._changed.notify_all()
            if wait_seconds > 0:
                self._changed.wait_for(lambda: self._is_final(time_ns), wait_seconds)
            pictures = self._pictures
            if self._are_old:
                return pictures[-1] if pictures else None
        chosen = None
        for picture in pictures:
            if chosen is None or picture.time_ns <= time_ns + TOLERANCE_NS:
                chosen = picture
        self._taken = chosen
        return chosen

    @property
    def last_taken(self) -> SlotPicture | None:
        """What the tick saw last, else the first there is: for whoever looks on without moving anything."""
        pictures, taken = self._pictures, self._taken
        if any(picture is taken for picture in pictures):
            return taken
        return pictures[0] if pictures else None

    @property
    def newest(self) -> SlotPicture | None:
        """The last one that came."""
        pictures = self._pictures
        return pictures[-1] if pictures else None

    def _is_final(self, time_ns: int) -> bool:
        if self._are_old:
            return self._ended
        return self._ended or (bool(self._pictures) and self._pictures[-1].time_ns > time_ns + TOLERANCE_NS)
