"""Turns a drawn picture into sprite planes in the layout that studio/model/overlay.py documents: BT.709 limited range,
premultiplied, chroma from the mean of 2×2 pixels, rounded and not cut off (house law 5). Also finds what of a picture
is not transparent. Owned by the letters process; pure, any thread."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from studio.model.overlay import SpriteRef

Pixels = NDArray[np.uint8]
"""height × width × (blue, green, red, alpha), premultiplied."""

Weights = tuple[np.float32, ...]

RED, BLUE = 0.2126, 0.0722
GREEN = 1.0 - RED - BLUE
_LUMA = (BLUE, GREEN, RED, 0.0)
_OPAQUE = (0.0, 0.0, 0.0, 1.0)


def _weights(scale: float, channel: tuple[float, ...], less: float, divisor: float, zero: float) -> Weights:
    """What blue, green, red and alpha (0 to 255, premultiplied) add to one plane."""
    return tuple(
        np.float32(scale / 255 * (one - less * luma) / divisor + zero / 255 * alpha)
        for one, luma, alpha in zip(channel, _LUMA, _OPAQUE, strict=True)
    )


Y_WEIGHTS = _weights(219, _LUMA, 0, 1, 16)
U_WEIGHTS = _weights(224, (1.0, 0.0, 0.0, 0.0), 1, 2 - 2 * BLUE, 128)
V_WEIGHTS = _weights(224, (0.0, 0.0, 1.0, 0.0), 1, 2 - 2 * RED, 128)


@dataclass(frozen=True, slots=True)
class Bounds:
    """A rectangle of whole pixels inside a picture."""

    x: int
    y: int
    width: int
    height: int


def even_up(value: float) -> int:
    """The smallest even number not below `value`."""
    return -int(-value // 2) * 2


def even_near(value: float) -> int:
    """The even number nearest to `value`; between two, the larger."""
    return int((value + 1) // 2) * 2


def pixels_of(image: QImage) -> Pixels:
    """A copy of the pixels of a premultiplied picture (a view would outlive the picture)."""
    if image.format() != QImage.Format.Format_ARGB32_Premultiplied:
        image = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    row = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return row[:, : image.width() * 4].reshape(image.height(), image.width(), 4).copy()


def even_bounds(pixels: Pixels) -> Bounds:
    """The smallest rectangle with even position and size that holds every pixel that is not transparent; 2×2 when all
    are. The picture's own size must be even."""
    alpha = pixels[:, :, 3]
    rows = np.flatnonzero(alpha.any(axis=1))
    columns = np.flatnonzero(alpha.any(axis=0))
    if not rows.size:
        return Bounds(0, 0, 2, 2)
    left, top = int(columns[0]) // 2 * 2, int(rows[0]) // 2 * 2
    return Bounds(left, top, even_up(int(columns[-1]) + 1 - left), even_up(int(rows[-1]) + 1 - top))


def cropped(pixels: Pixels, bounds: Bounds) -> Pixels:
    """The part of the picture inside the bounds."""
    return pixels[bounds.y : bounds.y + bounds.height, bounds.x : bounds.x + bounds.width]


def planes(pixels: Pixels) -> bytes:
    """The bytes of a sprite file. Both sides must be even."""
    height, width = pixels.shape[:2]
    if height % 2 or width % 2:
        raise ValueError(f"a sprite needs even sides, not {width}×{height}")
    exact = np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32)
    quarter = exact[:, 0::2] + exact[:, 1::2]
    quarter = (quarter[:, :, 0::2] + quarter[:, :, 1::2]) * np.float32(0.25)
    return b"".join(
        (
            _plane(exact, Y_WEIGHTS),
            _plane(quarter, U_WEIGHTS),
            _plane(quarter, V_WEIGHTS),
            (255 - pixels[:, :, 3]).tobytes(),
            (np.float32(255.5) - quarter[3]).astype(np.uint8).tobytes(),
        )
    )


def _plane(channels: NDArray[np.float32], weights: Weights) -> bytes:
    """The weighted sum of the channels, rounded. Plain sums: a matrix library's threads would fight the engine's."""
    total: NDArray[np.float32] = channels[3] * weights[3]
    total += np.float32(0.5)
    for channel, weight in zip(channels[:3], weights[:3], strict=True):
        total += channel * weight
    rounded: NDArray[np.uint8] = total.astype(np.uint8)
    return rounded.tobytes()


def sprite(pixels: Pixels) -> tuple[SpriteRef, bytes]:
    """The sprite's bytes and its name."""
    data = planes(pixels)
    height, width = pixels.shape[:2]
    return SpriteRef(sha256(data).hexdigest(), width, height), data
