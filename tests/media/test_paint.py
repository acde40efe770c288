"""Painting rectangles: clipping at every edge, alpha, sprites in pieces or whole, and crossfades, against slow
arithmetic in floating point."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.media.frame import Planes, PooledFrame, new_planes
from studio.media.paint import STAND_BY_COLOUR, Painter
from studio.media.prepare import Prepared
from studio.media.sprite import SpritePicture, load_sprite
from studio.model.overlay import SpriteRef, sprite_bytes
from studio.program.draw_list import Box, Crossfade, DrawList, Fill, Look, Operation, Picture, Sprite

Exact = list[NDArray[np.float64]]
WIDTH, HEIGHT = 64, 48


class Shelf:
    """Pictures and sprites by name."""

    def __init__(self) -> None:
        self.pictures: dict[str, Prepared] = {}
        self.sprites: dict[str, SpritePicture] = {}

    def picture(self, operation: Picture, tick: int) -> Prepared | None:
        return self.pictures.get(operation.source)

    def sprite(self, ref: SpriteRef) -> SpritePicture | None:
        return self.sprites.get(ref.sha256)

    def keep(self, data: bytes, width: int, height: int) -> SpriteRef:
        ref = SpriteRef(sha256(data).hexdigest(), width, height)
        self.sprites[ref.sha256] = SpritePicture(ref, data)
        return ref


def noise(seed: int, width: int = WIDTH, height: int = HEIGHT) -> Planes:
    chooser = np.random.default_rng(seed)
    half = (height // 2, width // 2)
    return Planes(*(chooser.integers(16, 235, size, np.uint8) for size in ((height, width), half, half)))


def paint(shelf: Shelf, *operations: Operation, ground: Planes | None = None, tick: int = 0) -> Planes:
    target = (ground or noise(1)).copy()
    Painter(WIDTH, HEIGHT).paint(DrawList(WIDTH, HEIGHT, tick, operations), target, shelf)
    return target


def exact(planes: Planes) -> Exact:
    return [plane.astype(np.float64) for plane in planes]


def near(painted: Planes, expected: Exact, most: float = 1.0) -> None:
    for plane, wanted in zip(painted, expected, strict=True):
        assert np.abs(plane - wanted).max() <= most


def alpha_plane(shape: str, width: int, height: int) -> NDArray[np.uint8]:
    alpha = np.full((height, width), 255, np.uint8)
    if shape == "translucent":
        alpha[:] = 204
    elif shape == "card":
        alpha[:4], alpha[-4:], alpha[:, :4], alpha[:, -4:] = 90, 90, 90, 90
        alpha[:2, :2] = 0
    elif shape == "ticker":
        alpha[:] = 204
        alpha[:2], alpha[-2:] = 60, 60
    elif shape == "noise":
        alpha[:] = np.random.default_rng(3).integers(0, 256, alpha.shape, np.uint8)
    elif shape == "nothing":
        alpha[:] = 0
    return alpha


def make_sprite(alpha: NDArray[np.uint8], seed: int = 7) -> tuple[bytes, Exact, Exact]:
    """File, premultiplied planes and inverse alpha planes."""
    height, width = alpha.shape
    colour = noise(seed, width, height)
    small = np.rint(alpha.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3)))
    weights = [alpha.astype(np.float64), small, small]
    parts = [np.rint(plane * weight / 255) for plane, weight in zip(colour, weights, strict=True)]
    data = b"".join(part.astype(np.uint8).tobytes() for part in (*parts, 255 - weights[0], 255 - weights[1]))
    assert len(data) == sprite_bytes(width, height)
    return data, parts, [255 - weight for weight in weights]


def blended(ground: Planes, parts: Exact, inverse: Exact, x: int, y: int, alpha: float) -> Exact:
    """Slowly: every pixel by itself."""
    result = exact(ground)
    for number, step in enumerate((1, 2, 2)):
        plane = result[number]
        for row in range(parts[number].shape[0]):
            for column in range(parts[number].shape[1]):
                down, across = y // step + row, x // step + column
                if 0 <= down < plane.shape[0] and 0 <= across < plane.shape[1]:
                    kept = 1 - alpha * (1 - inverse[number][row, column] / 255)
                    plane[down, across] = plane[down, across] * kept + alpha * parts[number][row, column]
    return result


@pytest.mark.parametrize("shape", ["opaque", "translucent", "card", "ticker", "noise", "nothing"])
@pytest.mark.parametrize("alpha", [1.0, 0.5, 0.013])
@pytest.mark.parametrize("place", [(8, 6), (-10, -8), (50, 40), (40, -4), (0, 0)])
def test_a_sprite_is_blended_as_arithmetic_says(shape: str, alpha: float, place: tuple[int, int]) -> None:
    shelf, ground = Shelf(), noise(1)
    data, parts, inverse = make_sprite(alpha_plane(shape, 32, 24))
    ref = shelf.keep(data, 32, 24)
    painted = paint(shelf, Sprite(*place, ref, alpha), ground=ground)
    near(painted, blended(ground, parts, inverse, *place, alpha), 1.01)


@pytest.mark.parametrize("shape", ["card", "ticker", "opaque", "translucent"])
def test_pieces_and_whole_are_the_same(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data, parts, inverse = make_sprite(alpha_plane(shape, 60, 40))
    for dear in (0, 10**9):
        monkeypatch.setattr("studio.media.sprite.DEAREST_EXTRA_PIXELS", dear)
        for alpha in (1.0, 0.4):
            shelf = Shelf()
            ref = shelf.keep(data, 60, 40)
            near(paint(shelf, Sprite(2, 4, ref, alpha)), blended(noise(1), parts, inverse, 2, 4, alpha), 1.01)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(-40, 40), st.integers(-40, 40), st.floats(0, 1))
def test_any_sprite_anywhere(seed: int, x: int, y: int, alpha: float) -> None:
    chooser = np.random.default_rng(seed)
    plain = np.full((18, 22), chooser.choice([0, 1, 128, 254, 255]), np.uint8)
    top, left = chooser.integers(0, 9, 2)
    plain[top : top + 6, left : left + 9] = chooser.integers(0, 256)
    data, parts, inverse = make_sprite(plain, seed % 1000)
    shelf = Shelf()
    ref = shelf.keep(data, 22, 18)
    painted = paint(shelf, Sprite(x * 2, y * 2, ref, alpha))
    near(painted, blended(noise(1), parts, inverse, x * 2, y * 2, alpha), 1.01)


def test_a_faded_out_sprite_leaves_no_trace() -> None:
    shelf = Shelf()
    ref = shelf.keep(make_sprite(alpha_plane("card", 32, 24))[0], 32, 24)
    near(paint(shelf, Sprite(2, 2, ref, 0.0)), exact(noise(1)), 0)
    near(paint(shelf, Sprite(2, 2, SpriteRef("unknown", 4, 4))), exact(noise(1)), 0)


def test_an_opaque_sprite_is_copied_exactly() -> None:
    shelf = Shelf()
    data, parts, _ = make_sprite(alpha_plane("opaque", 64, 48))
    painted = paint(shelf, Sprite(0, 0, shelf.keep(data, 64, 48)))
    near(painted, parts, 0)


def test_a_sprite_file_of_the_wrong_length(tmp_path: Path) -> None:
    data = make_sprite(alpha_plane("card", 8, 8))[0]
    ref = SpriteRef("name", 8, 8)
    with pytest.raises(OSError, match="name"):
        load_sprite(tmp_path, ref)
    (tmp_path / "name.sprite").write_bytes(data[:-1])
    with pytest.raises(ValueError, match="bytes"):
        load_sprite(tmp_path, ref)
    (tmp_path / "name.sprite").write_bytes(data)
    assert load_sprite(tmp_path, ref).width == 8


@pytest.mark.parametrize("box", [Box(8, 4, 20, 10), Box(-6, -8, 20, 20), Box(50, 40, 40, 40), Box(-4, 60, 8, 8)])
@pytest.mark.parametrize("alpha", [1.0, 0.25])
def test_a_fill_is_clipped_and_mixed(box: Box, alpha: float) -> None:
    colour = (63, 102, 240)
    expected = exact(noise(1))
    for plane, value, step in zip(expected, colour, (1, 2, 2), strict=True):
        rows = slice(max(0, box.y) // step, max(0, box.y + box.height) // step)
        columns = slice(max(0, box.x) // step, max(0, box.x + box.width) // step)
        plane[rows, columns] = plane[rows, columns] * (1 - alpha) + value * alpha
    near(paint(Shelf(), Fill(box, colour, alpha)), expected, 0.51)


@pytest.mark.parametrize("place", [(4, 6), (-10, -12), (50, 36), (-100, 0)])
@pytest.mark.parametrize("alpha", [1.0, 0.75])
def test_a_picture_is_clipped_and_mixed(place: tuple[int, int], alpha: float) -> None:
    shelf, shown = Shelf(), noise(9, 24, 20)
    shelf.pictures["a"] = Prepared(shown, 2, 4)  # bars of 2 and 4 pixels
    box = Box(*place, 28, 28)
    expected = exact(noise(1))
    for plane, part, step in zip(expected, shown, (1, 2, 2), strict=True):
        for row in range(part.shape[0]):
            for column in range(part.shape[1]):
                down, across = (box.y + 4) // step + row, (box.x + 2) // step + column
                if 0 <= down < plane.shape[0] and 0 <= across < plane.shape[1]:
                    plane[down, across] += alpha * (float(part[row, column]) - plane[down, across])
    near(paint(shelf, Picture(box, "a", Look(28, 28), 0, alpha)), expected, 0 if alpha == 1 else 0.51)


def test_a_picture_that_is_not_there_is_a_stand_by_colour() -> None:
    painted = paint(Shelf(), Picture(Box(4, 4, 8, 8), "gone", Look(8, 8), 0))
    assert [int(plane[3 * 2 // step, 3 * 2 // step]) for plane, step in zip(painted, (1, 2, 2), strict=True)] == list(
        STAND_BY_COLOUR
    )


@pytest.mark.parametrize("progress", [0.0, 0.25, 1.0])
def test_a_crossfade_is_a_weighted_sum(progress: float) -> None:
    shelf = Shelf()
    shelf.pictures = {"a": Prepared(noise(2)), "b": Prepared(noise(3))}
    whole = Box(0, 0, WIDTH, HEIGHT)
    fade = Crossfade(
        (Picture(whole, "a", Look(WIDTH, HEIGHT), 0),), (Picture(whole, "b", Look(WIDTH, HEIGHT), 0),), progress
    )
    expected = [a * (1 - progress) + b * progress for a, b in zip(exact(noise(2)), exact(noise(3)), strict=True)]
    near(paint(shelf, fade), expected, 0.51)


def test_padding_of_a_frame_is_left_alone() -> None:
    frame = PooledFrame(90, 46)
    assert frame.planes.y.strides[0] > 90
    Painter(90, 46).paint(DrawList(90, 46, 0, (Fill(Box(-2, -2, 200, 200), (50, 60, 70)),)), frame.planes, Shelf())
    assert {int(value) for value in np.unique(frame.planes.y)} == {50}
    assert {int(value) for value in np.unique(frame.planes.v)} == {70}


def test_a_new_picture_is_black() -> None:
    planes = new_planes(16, 8)
    assert (planes.width, planes.height) == (16, 8)
    assert [int(plane[0, 0]) for plane in planes] == [16, 128, 128]
