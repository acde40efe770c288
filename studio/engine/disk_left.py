"""How long the disk under a recording lasts: told by what is free and by how fast the recording grows. Arithmetic over
what recorders say; time is an argument. Owned by one recording thread."""

from __future__ import annotations

WARN_MINUTES = (30.0, 5.0)
FLOOR_BYTES = 500_000_000
ROOMY_BYTES = 1_000_000_000
RATE_SECONDS = 5.0


class DiskLeft:
    """One folder. A disk that was roomy at the start is left when it is down to the floor, so that everything else on
    it still has some; a small one is used to its end."""

    def __init__(self) -> None:
        self.minutes: float | None = None
        self.is_at_floor = False
        self._floor: int | None = None
        self._from: tuple[float, int] | None = None
        self._warned = float("inf")

    def note(self, now: float, written: int, free: int) -> float | None:
        """`written` bytes of recording so far (all parts), `free` bytes left. Returns the minutes left where it is time
        for a warning, once per limit."""
        if self._floor is None:
            self._floor = FLOOR_BYTES if free >= ROOMY_BYTES else 0
        self.is_at_floor = free < self._floor
        if self._from is None:
            self._from = (now, written)
        elif now - self._from[0] >= RATE_SECONDS:
            rate = (written - self._from[1]) / (now - self._from[0])
            self._from = (now, written)
            if rate > 0:
                self.minutes = round(max(0, free - self._floor) / rate / 60, 1)
        passed = [limit for limit in WARN_MINUTES if self.minutes is not None and self.minutes <= limit < self._warned]
        if not passed:
            return None
        self._warned = min(passed)
        return self.minutes
