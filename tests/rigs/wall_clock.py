"""A wall clock that jumps: every process of a home is told by a file what time of day it is (`jumping_clock`), while
the monotonic clock goes on as it does on a real machine. `jump` changes the time for all of them at once. Any one
thread."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

MODULE = Path(__file__).parent / "jumping_clock"


class WallClock:
    """It says `begins` (UTC) now, and hangs in `zone`, a name of the time zone database."""

    def __init__(self, folder: Path, begins: datetime, zone: str) -> None:
        self._file = folder / "time-of-day"
        self._zone = zone
        self._away = begins - datetime.now(UTC)
        self._write()

    @property
    def environment(self) -> dict[str, str | None]:
        """For every process that is to live by this clock."""
        return {"WALL_CLOCK_FILE": str(self._file), "TZ": self._zone, "PYTHONPATH": str(MODULE)}

    def now(self) -> datetime:
        """What the clock on the wall says."""
        return datetime.now(UTC) + self._away

    def jump(self, hours: float) -> None:
        """Somebody, or NTP, sets the clock."""
        self._away += timedelta(hours=hours)
        self._write()

    def _write(self) -> None:
        written = self._file.with_suffix(".new")
        written.write_text(str(self._away.total_seconds()))
        os.replace(written, self._file)
