"""How long something took, over a whole run, in memory that does not grow: counts of milliseconds in fine steps up to a
second, and one for all that was longer. Owned by the thread that notes; percentiles may be read at the end."""

from __future__ import annotations

from array import array

import numpy as np

STEP_MS = 0.02
STEPS = 50_000


class Distribution:
    """Milliseconds, to a fiftieth."""

    def __init__(self) -> None:
        self._counts = array("q", bytes(8 * (STEPS + 1)))
        self.count = 0

    def note(self, milliseconds: float) -> None:
        """One more."""
        self._counts[min(STEPS, max(0, int(milliseconds / STEP_MS)))] += 1
        self.count += 1

    def percentile(self, percent: float) -> float:
        """What `percent` of all were not longer than; 0 where there are none."""
        if not self.count:
            return 0.0
        reached = np.searchsorted(np.cumsum(np.frombuffer(self._counts, np.int64)), self.count * percent / 100)
        return round((int(reached) + 1) * STEP_MS, 2)

    def told(self) -> dict[str, float]:
        """As a summary tells it."""
        return {"p50": self.percentile(50), "p99": self.percentile(99)}
