"""Fit, fill, blur, stretch, turn, mirror and crop, judged by where known colours come out."""

from __future__ import annotations

import numpy as np
import pytest

from studio.media.frame import Planes, new_planes
from studio.media.prepare import Prepared, prepare, upright
from studio.model.scene import Crop
from studio.program.draw_list import Look

CORNERS = ((200, 90, 150), (60, 200, 100), (120, 110, 220), (90, 60, 60))
"""Colours of top left, top right, bottom left, bottom right."""

TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT = CORNERS


def quarters(width: int, height: int) -> Planes:
    planes = new_planes(width, height)
    for number, colour in enumerate(CORNERS):
        down, across = divmod(number, 2)
        for plane, value in zip(planes, colour, strict=True):
            rows, columns = plane.shape[0] // 2, plane.shape[1] // 2
            plane[down * rows : (down + 1) * rows, across * columns : (across + 1) * columns] = value
    return planes


def at(planes: Planes, x: float, y: float) -> tuple[int, int, int]:
    """Colour at a place given in fractions."""
    row, column = int(y * planes.height), int(x * planes.width)
    return int(planes.y[row, column]), int(planes.u[row // 2, column // 2]), int(planes.v[row // 2, column // 2])


def corners(planes: Planes) -> list[tuple[int, int, int]]:
    return [at(planes, x, y) for y in (0.25, 0.75) for x in (0.25, 0.75)]


def close(seen: tuple[int, int, int], wanted: tuple[int, int, int], most: int = 1) -> bool:
    return all(abs(one - other) <= most for one, other in zip(seen, wanted, strict=True))


@pytest.mark.parametrize("look", [Look(64, 36), Look(640, 360), Look(20, 200), Look(2, 2), Look(1080, 2)])
@pytest.mark.parametrize("fit", ["fit", "fill", "blur", "stretch"])
@pytest.mark.parametrize("size", [(128, 72), (72, 128), (2, 2), (2, 400)])
def test_any_size_becomes_the_wanted_size(look: Look, fit: str, size: tuple[int, int]) -> None:
    prepared = prepare(quarters(*size), Look(look.width, look.height, fit))  # type: ignore[arg-type]
    planes = prepared.planes
    assert planes.u.shape == planes.v.shape == (planes.height // 2, planes.width // 2)
    assert prepared.x % 2 == prepared.y % 2 == planes.width % 2 == planes.height % 2 == 0
    assert prepared.x + planes.width <= look.width
    assert prepared.y + planes.height <= look.height
    if fit != "fit":
        assert (prepared.x, prepared.y, planes.width, planes.height) == (0, 0, look.width, look.height)


def test_the_right_size_is_passed_on_unchanged() -> None:
    planes = quarters(64, 36)
    for fit in ("fit", "fill", "stretch", "blur"):
        same = prepare(planes, Look(64, 36, fit)).planes  # type: ignore[arg-type]
        assert all(np.array_equal(one, other) for one, other in zip(same, planes, strict=True))


def test_stretch_shows_everything() -> None:
    assert corners(prepare(quarters(128, 72), Look(60, 200, "stretch")).planes) == list(CORNERS)


def test_fill_shows_the_centre() -> None:
    planes = quarters(160, 90)
    planes.y[:, :34] = planes.y[:, 124:] = 16  # outside of the middle 90 × 90
    shown = prepare(planes, Look(90, 90, "fill")).planes
    assert corners(shown) == list(CORNERS)
    assert shown.y.min() >= 60


def test_fit_shows_the_whole_between_bars() -> None:
    prepared = prepare(quarters(160, 90), Look(90, 160, "fit"))
    assert (prepared.planes.width, prepared.planes.height, prepared.x) == (90, 50, 0)
    assert prepared.y == 54
    assert corners(prepared.planes) == list(CORNERS)
    sideways = prepare(quarters(90, 160), Look(160, 90, "fit"))
    assert (sideways.planes.width, sideways.planes.height, sideways.x, sideways.y) == (50, 90, 54, 0)


def test_blur_stands_before_a_dimmed_blurred_copy() -> None:
    prepared = prepare(quarters(160, 90), Look(90, 160, "blur"))
    planes = prepared.planes
    sharp = Planes(planes.y[54:104], planes.u[27:52], planes.v[27:52])
    assert corners(sharp) == list(CORNERS)
    above = at(planes, 0.1, 0.05)
    assert above[0] == pytest.approx(16 + (200 - 16) * 0.7, abs=15)
    assert close((0, *above[1:]), (0, *TOP_LEFT[1:]), 30)
    edge = planes.y[20, 25:65].astype(int)
    assert np.abs(np.diff(edge)).max() < 12, "a hard edge in the blurred ground"


@pytest.mark.parametrize(
    ("turn", "wanted"),
    [
        (0, (TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT)),
        (90, (BOTTOM_LEFT, TOP_LEFT, BOTTOM_RIGHT, TOP_RIGHT)),
        (180, (BOTTOM_RIGHT, BOTTOM_LEFT, TOP_RIGHT, TOP_LEFT)),
        (270, (TOP_RIGHT, BOTTOM_RIGHT, TOP_LEFT, BOTTOM_LEFT)),
    ],
)
def test_turns_are_clockwise(turn: int, wanted: tuple[tuple[int, int, int], ...]) -> None:
    size = (90, 160) if turn in (90, 270) else (160, 90)
    assert corners(prepare(quarters(160, 90), Look(*size, turn=turn)).planes) == list(wanted)  # type: ignore[arg-type]
    assert corners(upright(quarters(160, 90), turn)) == list(wanted)
    assert corners(upright(quarters(160, 90), turn - 360)) == list(wanted)


def test_the_mirror_looks_at_the_turned_picture() -> None:
    plain = prepare(quarters(160, 90), Look(160, 90, mirror=True)).planes
    assert corners(plain) == [TOP_RIGHT, TOP_LEFT, BOTTOM_RIGHT, BOTTOM_LEFT]
    turned = prepare(quarters(160, 90), Look(90, 160, turn=90, mirror=True)).planes
    assert corners(turned) == [TOP_LEFT, BOTTOM_LEFT, TOP_RIGHT, BOTTOM_RIGHT]


@pytest.mark.parametrize(
    ("crop", "colour"),
    [
        (Crop(left=0.5, top=0.5), BOTTOM_RIGHT),
        (Crop(right=0.5, bottom=0.5), TOP_LEFT),
        (Crop(left=0.5, bottom=0.5), TOP_RIGHT),
        (Crop(left=0.999), TOP_RIGHT),
        (Crop(top=0.999, right=0.5), BOTTOM_LEFT),
    ],
)
def test_a_crop_cuts_what_it_says(crop: Crop, colour: tuple[int, int, int]) -> None:
    shown = prepare(quarters(160, 88), Look(64, 64, "stretch", crop=crop)).planes
    assert close(at(shown, 0.1, 0.1), colour if crop.left != 0.999 else TOP_RIGHT)
    assert close(at(shown, 0.5, 0.3), colour)


def test_a_crop_counts_from_the_turned_picture() -> None:
    shown = prepare(quarters(160, 90), Look(64, 64, "stretch", turn=90, crop=Crop(left=0.5, bottom=0.5))).planes
    assert close(at(shown, 0.5, 0.5), TOP_LEFT)


def test_red_stays_red_through_scaling() -> None:
    red = new_planes(334, 190, (63, 102, 240))
    for look in (Look(64, 36, "fill"), Look(640, 360, "blur"), Look(100, 300, "fit"), Look(50, 50, turn=270)):
        planes = prepare(red, look).planes
        middle = at(planes, 0.5, 0.5)
        assert middle == (63, 102, 240)


def test_padding_between_rows_does_no_harm() -> None:
    wide = quarters(256, 128)
    planes = Planes(wide.y[:, :128], wide.u[:, :64], wide.v[:, :64])
    prepared = prepare(planes, Look(64, 64, "stretch", turn=180, mirror=True))
    assert isinstance(prepared, Prepared)
    assert close(at(prepared.planes, 0.5, 0.1), BOTTOM_LEFT)
