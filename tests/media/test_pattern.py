"""The test pattern as the product draws it, read with the tests' own instruments."""

from __future__ import annotations

import numpy as np
import pytest

from studio.media.sources.pattern import PatternSource
from studio.model.sentence import Refusal
from studio.model.time import RATES
from studio.program.draw_list import Look
from tests.instruments.pattern import background, flash_on, is_flash, patch, read_tick, whole
from tests.rigs.samples import draw, to_planes

SIZES = [(1920, 1080), (1080, 1920), (320, 180), (180, 320), (160, 90), (90, 160), (640, 360)]
TICKS = [0, 1, 2, 29, 30, 31, 255, 256, 65_535, 65_536, 0xABCDEF, 0xFFFFFF]
RED = (63, 102, 240)


@pytest.mark.parametrize("size", SIZES)
def test_the_tick_is_read_at_any_size(size: tuple[int, int]) -> None:
    source = PatternSource("", 30)
    for tick in TICKS:
        shown = source.picture(Look(*size), tick, 0.0)
        assert shown is not None
        assert read_tick(shown.planes.y) == tick
        assert flash_on(shown.planes.y) == is_flash(tick, 30)


def test_ticks_beyond_24_bits_begin_again() -> None:
    shown = PatternSource("", 30).picture(Look(160, 90), 0x1000005, 0.0)
    assert shown is not None
    assert read_tick(shown.planes.y) == 5


def test_colours_are_bt709() -> None:
    shown = PatternSource("#FF0000", 30).picture(Look(640, 360), 5, 0.0)
    assert shown is not None
    planes = shown.planes
    frame = whole(planes.y)
    for name, wanted in (("red", RED), ("green", (173, 42, 26)), ("blue", (32, 240, 118)), ("white", (235, 128, 128))):
        x, y, width, height = patch(frame, name)
        column, row = int(x + width / 2), int(y + height / 2)
        seen = (planes.y[row, column], planes.u[row // 2, column // 2], planes.v[row // 2, column // 2])
        assert tuple(map(int, seen)) == wanted
    x, y, width, height = background(frame)
    middle = int(y + height / 2), int(x + width / 2)
    assert int(planes.y[middle]) == RED[0]
    assert int(planes.v[middle[0] // 2, middle[1] // 2]) == RED[2]


def test_the_drawing_of_the_tests_is_the_same() -> None:
    """Drawn twice, by the product and by the rigs: they check each other."""
    shown = PatternSource("#666666", 30).picture(Look(320, 180), 12_345, 0.0)
    assert shown is not None
    luma = to_planes(draw(12_345, 320, 180, 30, (0.4, 0.4, 0.4)))[0]
    apart = np.abs(shown.planes.y.astype(float) - luma)
    assert np.quantile(apart, 0.97) <= 1.0


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_look_is_turned(turn: int) -> None:
    size = (90, 160) if turn != 180 else (160, 90)
    shown = PatternSource("", 30).picture(Look(*size, turn=turn), 77, 0.0)  # type: ignore[arg-type]
    assert shown is not None
    assert (shown.planes.width, shown.planes.height) == size
    assert read_tick(np.rot90(shown.planes.y, turn // 90)) == 77


@pytest.mark.parametrize("fps", RATES)
def test_the_beep_sounds_with_the_flash(fps: int) -> None:
    source = PatternSource("", fps)
    for tick in range(2 * fps + 3):
        samples = source.sound(tick, 0.0)
        assert samples is not None
        assert samples.shape == (48_000 // fps, 2)
        assert bool(np.abs(samples).max() > 0.4) == is_flash(tick, fps)


def test_the_beep_is_one_kilohertz_and_unbroken() -> None:
    source = PatternSource("", 30)
    blocks = [source.sound(tick, 0.0) for tick in (30, 31)]
    wave = np.concatenate([block[:, 0] for block in blocks if block is not None])
    expected = 0.5 * np.sin(2 * np.pi * 1000 / 48_000 * np.arange(len(wave)))
    assert np.abs(wave - expected).max() < 1e-5


@pytest.mark.parametrize("address", ["red", "#12345", "#12345G", "#1234567", "FF0000"])
def test_an_unknown_colour_is_refused(address: str) -> None:
    with pytest.raises(Refusal):
        PatternSource(address, 30)


def test_held_pictures_come_from_memory_and_come_again() -> None:
    source = PatternSource("held", 30)
    look = Look(320, 180)
    first = source.picture(look, 7, 0.0)
    other = source.picture(look, 8, 0.0)
    again = source.picture(look, 67, 0.0)
    assert first is not None
    assert other is not None
    assert again is first
    assert read_tick(first.planes.y) == 7
    assert read_tick(other.planes.y) == 8
