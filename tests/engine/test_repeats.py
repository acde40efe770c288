"""Repeated pictures: every tick that shows the one before it again is told once, gathered, and soon."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.engine.repeats import Repeats
from studio.model.events import Event, TicksRepeated

FPS = 30


def ticks_of(told: list[Event], canvas: str) -> list[int]:
    ranges = [one for one in told if isinstance(one, TicksRepeated) and one.canvas == canvas]
    assert all(one.first <= one.last for one in ranges)
    return [tick for one in ranges for tick in range(one.first, one.last + 1)]


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 2)), max_size=200))
def test_every_repeated_tick_is_told_once(ticks: list[tuple[bool, bool, int]]) -> None:
    """As the tick does it: what is over is told at the beginning of a tick, then pictures are offered. Some ticks are
    missed altogether."""
    repeats = Repeats()
    told: list[Event] = []
    behind: dict[str, list[int]] = {"vertical": [], "wide": []}
    tick = 0
    for first, second, missed in ticks:
        news = repeats.told(tick, FPS)
        assert all(isinstance(one, TicksRepeated) and one.last < tick for one in news)
        told += news
        for canvas, is_behind in (("vertical", first), ("wide", second)):
            if is_behind:
                repeats.encoder_behind(canvas, tick)
                behind[canvas].append(tick)
        tick += 1 + missed
    told += repeats.rest()
    assert all(isinstance(one, TicksRepeated) and one.reason == "encoder" for one in told)
    assert {canvas: ticks_of(told, canvas) for canvas in behind} == behind


@given(st.lists(st.integers(0, 60), unique=True, max_size=40).map(sorted))
def test_nothing_is_forgotten_when_nobody_asks_until_the_end(ticks: list[int]) -> None:
    repeats = Repeats()
    for tick in ticks:
        repeats.encoder_behind("vertical", tick)
    assert ticks_of(repeats.rest(), "vertical") == ticks


def test_a_slow_second_is_one_fact() -> None:
    repeats = Repeats()
    for tick in range(20):
        assert repeats.told(tick, FPS) == []
        repeats.encoder_behind("vertical", tick)
    assert repeats.told(20, FPS) == []
    assert repeats.told(21, FPS) == [TicksRepeated("vertical", 0, 19, "encoder")]
    assert repeats.told(22, FPS) == []
    assert repeats.rest() == []


@pytest.mark.parametrize("fps", [24, 25, 30, 50, 60])
def test_what_goes_on_is_told_every_second(fps: int) -> None:
    repeats = Repeats()
    told = []
    for tick in range(10 * fps):
        told += repeats.told(tick, fps)
        repeats.encoder_behind("vertical", tick)
    told += repeats.told(10 * fps, fps)
    assert told == [TicksRepeated("vertical", n * fps, (n + 1) * fps - 1, "encoder") for n in range(10)]


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 30)), max_size=10))
def test_late_ticks_are_told_at_once_and_counted(late: list[tuple[int, int]]) -> None:
    repeats = Repeats()
    for first, more in late:
        assert repeats.late(first, first + more) == [TicksRepeated("*", first, first + more, "late")]
    assert repeats.late_ticks == sum(more + 1 for _, more in late)
    assert repeats.rest() == []
