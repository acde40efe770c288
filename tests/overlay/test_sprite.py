"""Sprite planes: the documented layout, BT.709 limited range, rounding, premultiplied chroma, even trimming."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.overlay.shadow import soft
from studio.overlay.sprite import Bounds, Pixels, even_bounds, even_near, even_up, planes, sprite
from tests.overlay.seeing import Planes, opened


def flat(red: int, green: int, blue: int, alpha: int = 255, width: int = 4, height: int = 4) -> Pixels:
    one = [round(part * alpha / 255) for part in (blue, green, red)] + [alpha]
    return np.tile(np.array(one, np.uint8), (height, width, 1))


def seen(pixels: Pixels) -> Planes:
    ref, data = sprite(pixels)
    return opened(ref, data)


@pytest.mark.parametrize(
    ("colour", "wanted"),
    [
        ((255, 0, 0), (63, 102, 240)),
        ((0, 255, 0), (173, 42, 26)),
        ((0, 0, 255), (32, 240, 118)),
        ((255, 255, 255), (235, 128, 128)),
        ((0, 0, 0), (16, 128, 128)),
        ((128, 128, 128), (126, 128, 128)),
    ],
)
def test_an_opaque_colour_has_its_exact_planes(colour: tuple[int, int, int], wanted: tuple[int, int, int]) -> None:
    got = seen(flat(*colour))
    assert (set(got.y.flat), set(got.u.flat), set(got.v.flat)) == ({wanted[0]}, {wanted[1]}, {wanted[2]})
    assert not got.inverse.any()
    assert not got.inverse_quarter.any()


def test_a_transparent_sprite_changes_nothing() -> None:
    got = seen(flat(0, 0, 0, 0))
    assert not got.y.any()
    assert not got.u.any()
    assert not got.v.any()
    assert (got.inverse == 255).all()
    assert (got.inverse_quarter == 255).all()


@given(st.tuples(*[st.integers(0, 255)] * 3), st.integers(0, 255), st.integers(16, 235))
def test_painting_is_the_blend_it_stands_for(colour: tuple[int, int, int], alpha: int, under: int) -> None:
    got = seen(flat(*colour, alpha))
    painted = under * float(got.inverse[0, 0]) / 255 + float(got.y[0, 0])
    red, green, blue = (part / 255 for part in colour)
    luma = 16 + 219 * (0.2126 * red + 0.7152 * green + 0.0722 * blue)
    assert abs(painted - (luma * alpha + under * (255 - alpha)) / 255) <= 1.1
    wanted_v = 128 + 224 * (red - (luma - 16) / 219) / 1.5748
    painted_v = 128 * float(got.inverse_quarter[0, 0]) / 255 + float(got.v[0, 0])
    assert abs(painted_v - (wanted_v * alpha + 128 * (255 - alpha)) / 255) <= 1.6


def test_values_are_rounded_and_not_cut_off() -> None:
    assert set(seen(flat(255, 255, 255, 128)).y.flat) == {round(235 * 128 / 255)}
    assert set(seen(flat(1, 1, 1)).y.flat) == {17}


def test_chroma_comes_from_the_mean_of_four_premultiplied_pixels() -> None:
    pixels = flat(0, 0, 0, 0, 2, 2)
    pixels[0, 0] = (0, 0, 255, 255)
    got = seen(pixels)
    assert int(got.inverse_quarter[0, 0]) == round(255 - 255 / 4)
    assert int(got.v[0, 0]) == round(240 / 4)
    assert got.y.tolist() == [[63, 0], [0, 0]]


def test_odd_sides_are_no_sprite() -> None:
    with pytest.raises(ValueError, match="even"):
        planes(flat(1, 2, 3, 255, 3, 4))


@given(st.integers(0, 18), st.integers(0, 18), st.integers(1, 19), st.integers(1, 19))
def test_trimming_keeps_every_visible_pixel_on_even_bounds(left: int, top: int, right: int, bottom: int) -> None:
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[top : max(top + 1, bottom), left : max(left + 1, right), 3] = 1
    bounds = even_bounds(pixels)
    assert all(one % 2 == 0 for one in (bounds.x, bounds.y, bounds.width, bounds.height))
    inside = pixels[bounds.y : bounds.y + bounds.height, bounds.x : bounds.x + bounds.width]
    assert inside.sum() == pixels.sum()
    assert inside.shape[0] <= max(top + 1, bottom) - top + 2
    assert bounds.x + bounds.width <= 20


def test_an_empty_picture_trims_to_the_smallest_sprite() -> None:
    assert even_bounds(np.zeros((8, 8, 4), np.uint8)) == Bounds(0, 0, 2, 2)


@given(st.floats(0, 5000))
def test_even_numbers(value: float) -> None:
    assert even_up(value) % 2 == 0
    assert value <= even_up(value) <= value + 2
    assert even_near(value) % 2 == 0
    assert abs(even_near(value) - value) <= 1


@pytest.mark.parametrize("sigma", [0.05, 1.0, 2.0, 12.0])
def test_a_shadow_keeps_its_weight_and_falls_off(sigma: float) -> None:
    plane = np.zeros((160, 200), np.uint8)
    plane[60:100, 70:130] = 255
    blurred = soft(plane, sigma)
    assert blurred.shape == plane.shape
    assert abs(float(blurred.sum()) / float(plane.sum()) - 1) < 0.03
    row = blurred[80, 100:]
    assert (np.diff(row) <= 1e-3).all()
    assert row[0] > 200
    assert row[-1] < 1
