"""Every Python process that finds this folder on its path lives by a wall clock that a file sets: `time.time` and
`datetime.now` are moved by the seconds in WALL_CLOCK_FILE, looked up at each call. The monotonic clock is the real one,
as on a machine whose clock is set. Imported by Python itself before anything else."""

from __future__ import annotations

import datetime as datetime_module
import os
import time
from datetime import datetime as real_datetime
from datetime import tzinfo

real_time = time.time


def away_seconds() -> float:
    with open(os.environ["WALL_CLOCK_FILE"]) as file:
        return float(file.read())


def jumping_time() -> float:
    return real_time() + away_seconds()


class JumpingDatetime(real_datetime):
    """What `from datetime import datetime` gives."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> JumpingDatetime:
        return cls.fromtimestamp(jumping_time(), tz)


if "WALL_CLOCK_FILE" in os.environ:
    time.time = jumping_time
    datetime_module.datetime = JumpingDatetime  # type: ignore[misc]  # a class in a class's place
