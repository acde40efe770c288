"""From what cameras give to the program's colour (BT.709, limited range, house law 5): OpenCV's I420 and the YUV of
webcams are BT.601. Both matrices are linear and leave gray alone, so the change is two small sums at chroma size and
one correction of luma, a fraction of what a whole conversion costs. Pure functions, any thread."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.media.frame import Plane, Planes
from studio.media.opencv import cv2


def _change() -> NDArray[np.float64]:
    """BT.601 → BT.709 for (Y, U, V) of limited range around zero chroma (ITU-R BT.601-7, BT.709-6)."""

    def matrix(red: float, blue: float) -> NDArray[np.float64]:
        green = 1 - red - blue
        luma = np.array([red, green, blue])
        u = (np.array([0, 0, 1]) - luma) / (2 * (1 - blue))
        v = (np.array([1, 0, 0]) - luma) / (2 * (1 - red))
        return np.stack([219 * luma, 224 * u, 224 * v])

    whole: NDArray[np.float64] = matrix(0.2126, 0.0722) @ np.linalg.inv(matrix(0.299, 0.114))
    return whole


CHANGE = _change()
LEAST_SIDE = 16
MOST_PIXELS = 4096 * 2304
"""Larger pictures are halved until they are not: no canvas shows more, and 8K would cost a core."""


def from_bt601(planes: Planes) -> Planes:
    """The same picture in BT.709."""
    u, v = planes.u, planes.v
    (_, luma_u, luma_v), (_, u_u, u_v), (_, v_u, v_v) = CHANGE
    wide_u = cv2.addWeighted(u, u_u, v, u_v, 128 * (1 - u_u - u_v))
    wide_v = cv2.addWeighted(u, v_u, v, v_v, 128 * (1 - v_u - v_v))
    # Signed, so that darker and brighter both fit: −64 … 63 is more than the two matrices can differ by.
    shift = cv2.addWeighted(u, luma_u, v, luma_v, -128 * (luma_u + luma_v), dtype=cv2.CV_16S)
    large = cv2.resize(shift, (planes.width, planes.height), interpolation=cv2.INTER_LINEAR)
    y = cv2.add(planes.y, large, dtype=cv2.CV_8U)
    return Planes(_plane(y), _plane(wide_u), _plane(wide_v))


def from_camera(picture: NDArray[Any]) -> Planes | None:
    """Whatever a driver hands over: packed YUV, gray, BGR or BGRA of any size and stride; None for what is no picture
    (B40)."""
    if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or min(picture.shape[:2]) < LEAST_SIDE:
        return None
    channels = 1 if picture.ndim == 2 else picture.shape[2]
    if channels == 2:
        return _bounded(from_yuyv(picture))
    if channels == 1:
        return _bounded(from_bgr(np.repeat(picture.reshape(*picture.shape[:2], 1), 3, axis=2)))
    return _bounded(from_bgr(picture[..., :3])) if channels in (3, 4) else None


def _bounded(planes: Planes) -> Planes:
    while planes.width * planes.height > MOST_PIXELS:
        half = (planes.width // 4 * 2, planes.height // 4 * 2)
        y = cv2.resize(planes.y, half, interpolation=cv2.INTER_AREA)
        small = (half[0] // 2, half[1] // 2)
        u, v = (cv2.resize(plane, small, interpolation=cv2.INTER_AREA) for plane in (planes.u, planes.v))
        planes = Planes(_plane(y), _plane(u), _plane(v))
    return planes


def from_bgr(picture: NDArray[np.uint8]) -> Planes:
    """H × W × 3 BGR of even size."""
    height, width = picture.shape[0] & ~1, picture.shape[1] & ~1
    packed = np.asarray(cv2.cvtColor(np.ascontiguousarray(picture[:height, :width]), cv2.COLOR_BGR2YUV_I420), np.uint8)
    return from_bt601(_split(packed, width, height))


def from_yuyv(packed: NDArray[np.uint8]) -> Planes:
    """H × W × 2 packed 4:2:2 (YUY2), as USB cameras give it, of even size."""
    height, width = packed.shape[0] & ~1, packed.shape[1] & ~1
    whole = packed[:height, :width]
    small = (width // 2, height // 2)
    u, v = (cv2.resize(np.ascontiguousarray(whole[:, at::2, 1]), small, interpolation=cv2.INTER_AREA) for at in (0, 1))
    return from_bt601(Planes(np.ascontiguousarray(whole[..., 0]), _plane(u), _plane(v)))


def _split(packed: Plane, width: int, height: int) -> Planes:
    flat = packed.reshape(-1)
    size, part = width * height, width * height // 4
    half = (height // 2, width // 2)
    return Planes(
        flat[:size].reshape(height, width),
        flat[size : size + part].reshape(half),
        flat[size + part : size + 2 * part].reshape(half),
    )


def _plane(picture: object) -> Plane:
    return np.asarray(picture, np.uint8)
