"""From a source's picture to the size it is shown at: turn, mirror, crop, and fit, fill, blur or stretch (house law 6).
Pure functions over planes, called in the source's own thread; the tick calls them only when a scene was taken that
nobody had prepared."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from studio.media.frame import Plane, Planes
from studio.media.opencv import cv2
from studio.model.scene import Crop, Turn
from studio.program.draw_list import Look

ROTATIONS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
BLUR_REDUCTION = 12


class Prepared(NamedTuple):
    """Planes at shown size; (x, y) is their even offset inside the layer's box (fit leaves bars)."""

    planes: Planes
    x: int = 0
    y: int = 0


def prepare(planes: Planes, look: Look) -> Prepared:
    """The picture as `look` wants it. Widths and heights of `look` are even."""
    turned = _cropped(_turned(planes, look.turn, look.mirror), look.crop)
    if look.fit == "stretch":
        return Prepared(_resized(turned, look.width, look.height))
    if look.fit == "fill":
        return Prepared(_resized(_centre(turned, look.width, look.height), look.width, look.height))
    inner_width, inner_height = _inner(turned, look)
    x, y = (look.width - inner_width) // 4 * 2, (look.height - inner_height) // 4 * 2
    inner = _resized(turned, inner_width, inner_height)
    if look.fit == "fit" or (inner_width, inner_height) == (look.width, look.height):
        return Prepared(inner, x, y)
    ground = _blurred(_centre(turned, look.width, look.height), look.width, look.height)
    for plane, part, step in zip(ground, inner, (1, 2, 2), strict=True):
        plane[y // step : y // step + part.shape[0], x // step : x // step + part.shape[1]] = part
    return Prepared(ground)


def upright(planes: Planes, rotation: int) -> Planes:
    """Turned clockwise by a multiple of 90 degrees."""
    degrees = rotation % 360
    if degrees not in ROTATIONS:
        return planes
    return Planes(*(_as_plane(cv2.rotate(plane, ROTATIONS[degrees])) for plane in planes))


def _turned(planes: Planes, turn: Turn, mirror: bool) -> Planes:
    turned = upright(planes, turn)
    if mirror:
        turned = Planes(*(_as_plane(cv2.flip(plane, 1)) for plane in turned))
    return turned


def _cropped(planes: Planes, crop: Crop) -> Planes:
    if crop == Crop():
        return planes
    left, right = _kept(crop.left, crop.right, planes.width)
    top, bottom = _kept(crop.top, crop.bottom, planes.height)
    return _window(planes, left, top, right - left, bottom - top)


def _kept(before: float, after: float, length: int) -> tuple[int, int]:
    """Even edges of what a crop leaves, two pixels at least, inside the picture whatever was asked."""
    begin = min(_even(before * length), length - 2)
    return begin, max(begin + 2, min(_even((1 - after) * length), length))


def _centre(planes: Planes, width: int, height: int) -> Planes:
    """The largest centred part with the proportions of width × height."""
    part_width = min(planes.width, max(2, _even(planes.height * width / height)))
    part_height = min(planes.height, max(2, _even(planes.width * height / width)))
    left, top = (planes.width - part_width) // 4 * 2, (planes.height - part_height) // 4 * 2
    return _window(planes, left, top, part_width, part_height)


def _window(planes: Planes, left: int, top: int, width: int, height: int) -> Planes:
    half = np.s_[top // 2 : (top + height) // 2, left // 2 : (left + width) // 2]
    return Planes(planes.y[top : top + height, left : left + width], planes.u[half], planes.v[half])


def _inner(planes: Planes, look: Look) -> tuple[int, int]:
    scale = min(look.width / planes.width, look.height / planes.height)
    width = min(look.width, max(2, _even(planes.width * scale)))
    height = min(look.height, max(2, _even(planes.height * scale)))
    return width, height


def _resized(planes: Planes, width: int, height: int) -> Planes:
    if (planes.width, planes.height) == (width, height):
        return planes
    # Averaging areas costs 5 ms where 1280 becomes 960, and shows no more than the line between two pixels does; below
    # half the size pixels would be left out.
    is_small = 2 * width <= planes.width or 2 * height <= planes.height
    method = cv2.INTER_AREA if is_small else cv2.INTER_LINEAR
    sizes = ((width, height), (width // 2, height // 2), (width // 2, height // 2))
    return Planes(
        *(_as_plane(cv2.resize(plane, size, interpolation=method)) for plane, size in zip(planes, sizes, strict=True))
    )


def _blurred(planes: Planes, width: int, height: int) -> Planes:
    small_width = max(8, width // BLUR_REDUCTION // 2 * 2)
    small_height = max(8, height // BLUR_REDUCTION // 2 * 2)
    small = _resized(planes, small_width, small_height)
    widths = (2.0, 1.0, 1.0)  # the same on screen: chroma has half the pixels
    soft = Planes(
        *(_as_plane(cv2.GaussianBlur(plane, (0, 0), sigma)) for plane, sigma in zip(small, widths, strict=True))
    )
    dimmed = soft._replace(y=_as_plane(cv2.addWeighted(soft.y, 0.7, soft.y, 0.0, 16 * 0.3)))
    return _resized(dimmed, width, height)


def _as_plane(picture: object) -> Plane:
    return np.asarray(picture, np.uint8)


def _even(value: float) -> int:
    return round(value / 2) * 2
