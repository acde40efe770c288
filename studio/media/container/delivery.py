"""How much of what was handed to FFmpeg the peer has acknowledged, told from the kernel's counters alone, because
FFmpeg tells nothing. The counters count bytes on the wire; while little waits in the kernel nothing waits in FFmpeg
either, so in calm moments the two counts are matched anew and the error stays below one look. Pure, times are
arguments; `hand` is called by the muxer thread, `look` by the watching one."""

from __future__ import annotations

import threading
from collections import deque

CALM_BYTES = 64 << 10
"""Less than this waiting in the kernel: FFmpeg's thread cannot be blocked by it."""

LEAST_EDGE = 0.5
"""Of the newly acknowledged bytes, the part by which the edge must move to count as read."""

STALLED_SECONDS = 1.0
LOST_SECONDS = 4.0
AWAY_SECONDS = 1.0
"""After so long without a look this process itself was asleep or stopped: that says nothing about the peer."""

MOST_RATIO = 2.0
"""Bytes on the wire per byte of media; TLS in small records comes near to this."""


class Delivery:
    """The account of one connection. `handshake` is an upper bound of the bytes before the first media."""

    def __init__(self, handshake: int) -> None:
        self._handshake = handshake
        self._lock = threading.Lock()
        self._unacknowledged: deque[tuple[int, float]] = deque()  # media bytes up to and with, media time at its end
        self._handed = 0
        self._handed_at_last_look = 0
        self._first_size: int | None = None
        self._first_match: tuple[int, int] | None = None
        self._match: tuple[int, int] | None = None  # bytes on the wire, media bytes
        self._edge = -1
        self._acked_at_edge = -1
        self._moved_at = 0.0
        self._looked_at: float | None = None
        self._waiting = 0
        self.acked = 0
        self.is_live = False
        self.acknowledged_seconds: float | None = None

    def hand(self, size: int, until: float) -> None:
        """`size` bytes of media were handed to FFmpeg; their media time ends at `until`."""
        with self._lock:
            self._handed += size
            if self._first_size is None:
                self._first_size = size
            self._unacknowledged.append((self._handed, until))

    def look(self, acked: int, waiting: int, now: float, window: int | None = None) -> None:
        """One look at the kernel's counters. A peer's kernel goes on acknowledging into its buffer, which may be
        megabytes, after its program stopped reading; but the right edge of its window (acknowledged + window) then
        all but stands still at once: it creeps by what is rounded up, measured at 4 % of what is acknowledged, while
        it keeps step with a program that reads. So progress is the edge, where the window is known."""
        with self._lock:
            was_away = self._looked_at is None or now - self._looked_at > AWAY_SECONDS
            edge = acked if window is None else acked + window
            is_idle = self._waiting == 0 and acked == self._acked_at_edge
            new = acked - self._acked_at_edge
            has_moved = new > 0 and edge - self._edge >= new * LEAST_EDGE
            if has_moved or is_idle or was_away:
                self._moved_at, self._edge, self._acked_at_edge = now, edge, acked
            self._looked_at = now
            self.acked = acked
            self._waiting = waiting
            if self._first_size is not None and acked >= self._handshake + self._first_size:
                self.is_live = True
            if self.is_live:
                if waiting < CALM_BYTES:
                    self._match = (acked + waiting, self._handed_at_last_look)
                    self._first_match = self._first_match or self._match
                self._acknowledge(acked)
            self._handed_at_last_look = self._handed

    def _ratio(self) -> float:
        if self._match is None or self._first_match is None:
            return 1.0
        wire, media = self._match[0] - self._first_match[0], self._match[1] - self._first_match[1]
        return min(MOST_RATIO, max(1.0, wire / media)) if media > CALM_BYTES else 1.0

    def _acknowledge(self, acked: int) -> None:
        if self._match is None:
            return
        media = self._match[1] + (acked - self._match[0]) / self._ratio()
        while self._unacknowledged and self._unacknowledged[0][0] <= media:
            self.acknowledged_seconds = self._unacknowledged.popleft()[1]

    def is_drained(self) -> bool:
        """Whether everything handed was acknowledged, or very nearly."""
        with self._lock:
            return self.is_live and self._waiting == 0 and self._handed_at_last_look == self._handed

    def still_seconds(self, now: float) -> float:
        """How long bytes have waited, in our kernel or the peer's, without the peer taking any."""
        with self._lock:
            return now - self._moved_at if self._waiting or self.acked > self._acked_at_edge else 0.0
