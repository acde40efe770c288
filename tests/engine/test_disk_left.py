"""Minutes of recording left: told once per limit, before the disk is full, and never for a guess."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.engine.disk_left import FLOOR_BYTES, RATE_SECONDS, ROOMY_BYTES, DiskLeft

MINUTE_BYTES = 60_000_000
"""A recording of 1 MB a second."""


def told(free: int, seconds: int, disk: DiskLeft | None = None) -> list[tuple[int, float]]:
    """Second and minutes of every warning while a recording fills what is free."""
    disk = disk or DiskLeft()
    warnings = []
    for second in range(seconds):
        minutes = disk.note(float(second), second * 1_000_000, free - second * 1_000_000)
        if minutes is not None:
            warnings.append((second, minutes))
    return warnings


def test_each_limit_is_told_once() -> None:
    free = 40 * MINUTE_BYTES + FLOOR_BYTES
    warnings = told(free, 39 * 60)
    assert [limit for _, limit in warnings] == [30.0, 5.0]
    assert abs(warnings[0][0] - 600) <= 2 * RATE_SECONDS
    assert abs(warnings[1][0] - 2100) <= 2 * RATE_SECONDS


def test_a_disk_that_is_nearly_full_at_the_start_is_told_once() -> None:
    ((second, minutes),) = told(3 * MINUTE_BYTES, 170)
    assert second == RATE_SECONDS
    assert 2.8 <= minutes <= 3.0


def test_nothing_is_said_without_growth() -> None:
    disk = DiskLeft()
    assert [disk.note(float(second), 5, 1000) for second in range(60)] == [None] * 60
    assert disk.minutes is None


@given(st.integers(0, 3 * ROOMY_BYTES), st.integers(0, 3 * ROOMY_BYTES))
def test_only_a_roomy_disk_has_a_floor(at_start: int, later: int) -> None:
    disk = DiskLeft()
    disk.note(0.0, 0, at_start)
    disk.note(1.0, 0, later)
    assert disk.is_at_floor == (at_start >= ROOMY_BYTES and later < FLOOR_BYTES)
