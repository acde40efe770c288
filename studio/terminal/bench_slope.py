"""How fast a process' memory grows: looked at every few seconds while a show runs, a straight line through what was
seen after the warm-up, and how sure that line is. A thread of its own; nothing where the system does not tell."""

from __future__ import annotations

import threading
import time
from types import TracebackType

import numpy as np

from studio.link import process

LOOK_SECONDS = 2.0
WARM_UP_PART = 0.4
LEAST_LOOKS = 10
SURE = 1.96
"""Standard errors of a slope to the upper end of 95 %."""


class MemorySlope:
    """Within the block it looks at one process."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._looks: list[tuple[float, int]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory", daemon=True)

    def __enter__(self) -> MemorySlope:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            held = process.own_memory_bytes(self._pid)
            if held is not None:
                self._looks.append((time.monotonic(), held))

    def told(self) -> dict[str, float] | None:
        """`mb` at the end, `mb_per_hour`, and `mb_per_hour_at_most` (upper end of 95 %); None for too short a time."""
        return slope(self._looks)


def slope(looks: list[tuple[float, int]]) -> dict[str, float] | None:
    """Of (seconds, bytes), without the first two fifths."""
    kept = looks[int(len(looks) * WARM_UP_PART) :]
    if len(kept) < LEAST_LOOKS:
        return None
    hours = np.array([at for at, _ in kept]) / 3600
    held = np.array([size for _, size in kept]) / 1e6
    away = hours - hours.mean()
    per_hour = float((away * held).sum() / (away**2).sum())
    rest = held - held.mean() - per_hour * away
    error = float(np.sqrt((rest**2).sum() / (len(kept) - 2) / (away**2).sum()))
    return {
        "mb": round(float(held[-1]), 2),
        "mb_per_hour": round(per_hour, 3),
        "mb_per_hour_at_most": round(per_hour + SURE * error, 3),
    }
