"""What an encoder that cannot keep up gives up, rung by rung (F40): first quality for speed, then every second picture;
and when it gets it back. Decided from one figure, how many ticks found no room with it. A hiccup of a moment changes
nothing: it must fall behind in three seconds running. Pure; times are arguments. Owned by the attendant."""

from __future__ import annotations

from collections import deque
from itertools import pairwise

WINDOWS = 3
"""Seconds; a hiccup shorter than one lies in two of them at most."""

BEHIND_PART = 0.1
"""Of a second's ticks, in each of them."""

FIRST_CALM_SECONDS, MOST_CALM_SECONDS = 30.0, 600.0
"""Without a tick behind, until a rung is taken back; twice as long each time that was too early."""


class Strain:
    """`rung` 0 is as planned; `most` is the last there is."""

    def __init__(self, fps: int, most: int) -> None:
        self.rung = 0
        self._fps, self._most = fps, most
        self._looks: deque[tuple[float, int]] = deque()
        self._changed_at = self._behind_at = float("-inf")
        self._calm_seconds = FIRST_CALM_SECONDS
        self._rose_at = float("-inf")

    def look(self, at: float, behind: int) -> None:
        """`behind` counts, since the beginning, the ticks that found no room."""
        if self._looks and behind > self._looks[-1][1]:
            self._behind_at = at
        self._looks.append((at, behind))
        while len(self._looks) > 2 and self._looks[1][0] <= at - WINDOWS:
            self._looks.popleft()
        if self._is_behind(at) and self.rung < self._most and at - self._changed_at >= WINDOWS:
            if at - self._rose_at < 2 * self._calm_seconds:
                self._calm_seconds = min(MOST_CALM_SECONDS, 2 * self._calm_seconds)
            self.rung, self._changed_at = self.rung + 1, at
        elif self.rung and at - max(self._changed_at, self._behind_at) >= self._calm_seconds:
            self.rung, self._changed_at, self._rose_at = self.rung - 1, at, at

    def _is_behind(self, at: float) -> bool:
        if at - self._looks[0][0] < WINDOWS:
            return False
        edges = [self._counted_by(at - second) for second in range(WINDOWS, -1, -1)]
        return all(later - earlier >= BEHIND_PART * self._fps for earlier, later in pairwise(edges))

    def _counted_by(self, at: float) -> int:
        return next((behind for when, behind in reversed(self._looks) if when <= at), self._looks[0][1])
