"""The program clock (house law 1): tick n is due at start + n / fps on the monotonic clock. The live clock waits for
each tick and says how many were missed; the stepped clock never waits, exact and fast, for tests and renders. Owned by
the engine's main thread."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from studio.model.time import nanoseconds_of


class Clock(Protocol):
    """When ticks are due."""

    @property
    def is_stepped(self) -> bool:
        """Whether ticks run as fast as the encoders accept them."""
        ...

    def wait_for(self, tick: int) -> int:
        """Waits until `tick` is due; returns the tick that is due now (later than asked where the engine was late)."""
        ...

    def late_ms(self, tick: int) -> float:
        """How long ago the tick was due."""
        ...

    def utc(self, tick: int) -> datetime:
        """The wall-clock label of a tick."""
        ...


class LiveClock:
    """`started_ns` is the monotonic time of tick 0, on this boot of the machine."""

    is_stepped = False

    def __init__(self, fps: int, started_ns: int) -> None:
        self._fps = fps
        self._started_ns = started_ns

    @property
    def started_ns(self) -> int:
        """Monotonic time of tick 0."""
        return self._started_ns

    def wait_for(self, tick: int) -> int:
        """Sleeps until then; the system wakes it within a fraction of a millisecond, and no processor time is spent on
        being nearer."""
        due = self._started_ns + nanoseconds_of(tick, self._fps)
        while (left := due - time.monotonic_ns()) > 0:
            time.sleep(left / 1e9)
        return max(tick, self.tick_now())

    def tick_now(self) -> int:
        """The tick that is due at this moment."""
        return (time.monotonic_ns() - self._started_ns) * self._fps // 1_000_000_000

    def late_ms(self, tick: int) -> float:
        """On the monotonic clock."""
        return max(0.0, (time.monotonic_ns() - self._started_ns - nanoseconds_of(tick, self._fps)) / 1e6)

    def utc(self, tick: int) -> datetime:
        """Now: a label, never used for arithmetic on media."""
        return datetime.now(UTC)


class SteppedClock:
    """Every tick is due at once; the wall clock is imagined to run with the program from `started_utc`."""

    is_stepped = True

    def __init__(self, fps: int, started_utc: datetime) -> None:
        self._fps = fps
        self._started_utc = started_utc

    def wait_for(self, tick: int) -> int:
        """Never waits, is never late."""
        return tick

    def late_ms(self, tick: int) -> float:
        """Never."""
        return 0.0

    def utc(self, tick: int) -> datetime:
        """The start plus the tick's program time."""
        return self._started_utc + timedelta(microseconds=tick * 1_000_000 // self._fps)
