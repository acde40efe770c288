"""Paper, brushes and noise for the demo pictures. Decides how images are made, blurred and shared between QtGui and
numpy; every other module of this package draws with these few helpers. Single-threaded, no state."""

from __future__ import annotations

import ctypes
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QImage,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
    QRadialGradient,
)

Floats = NDArray[np.float32]
Point = tuple[float, float]
Stops = Sequence[tuple[float, str | QColor]]


def keep_none_alive() -> None:
    """PySide6 6.12.0 on Python before 3.12 gives back one reference to None too many at every call that returns
    nothing, until Python aborts with "deallocating None" after some five thousand of them. From 3.12 on None is
    immortal; before, a count that no drawing can use up does the same. Needless once PySide6 is repaired, and
    harmless then."""
    if sys.implementation.name == "cpython" and sys.version_info < (3, 12):
        ctypes.c_ssize_t.from_address(id(None)).value += 1 << 40


def blank(width: int, height: int) -> QImage:
    """An empty, transparent picture."""
    image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    return image


@contextmanager
def painting(image: QImage) -> Iterator[QPainter]:
    """A smooth painter without outline, closed at the end even when drawing fails."""
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setPen(Qt.PenStyle.NoPen)
    try:
        yield painter
    finally:
        painter.end()


@contextmanager
def kept(painter: QPainter) -> Iterator[QPainter]:
    """Whatever is set inside is undone afterwards."""
    painter.save()
    try:
        yield painter
    finally:
        painter.restore()


def pixels(image: QImage) -> NDArray[np.uint8]:
    """The image's own memory as height × width × (blue, green, red, alpha); writes go into the image."""
    rows = np.frombuffer(image.bits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width()]


def from_floats(colour: Floats, alpha: Floats) -> QImage:
    """A picture from red, green, blue in 0–255 (height × width × 3, not premultiplied) and alpha in 0–1."""
    height, width = alpha.shape
    image = blank(width, height)
    target = pixels(image)
    premultiplied = np.clip(colour, 0, 255) * alpha[..., None]
    target[..., :3] = np.rint(premultiplied[..., ::-1]).astype(np.uint8)
    target[..., 3] = np.rint(alpha * 255).astype(np.uint8)
    return image


def blurred(values: Floats, radius: float) -> Floats:
    """A Gaussian blur of a height × width array; the outside counts as its nearest edge."""
    if radius <= 0:
        return values
    reach = max(1, math.ceil(radius * 3))
    steps = np.arange(-reach, reach + 1, dtype=np.float32)
    weights = np.exp(-(steps**2) / (2 * radius * radius)).astype(np.float32)
    weights /= weights.sum()
    for axis in (0, 1):
        padding = [(0, 0), (0, 0)]
        padding[axis] = (reach, reach)
        padded = np.pad(values, padding, mode="edge")
        length = padded.shape[axis]
        size = 1 << (length - 1).bit_length()
        kernel = np.zeros(size, np.float32)
        kernel[: reach + 1] = weights[reach:]
        kernel[-reach:] = weights[:reach]
        shape = [1, 1]
        shape[axis] = size // 2 + 1
        spectrum = np.fft.rfft(padded, size, axis=axis) * np.fft.rfft(kernel).reshape(shape)
        smooth = np.fft.irfft(spectrum, size, axis=axis)
        values = np.take(smooth, np.arange(reach, length - reach), axis=axis).astype(np.float32)
    return values


def softened(image: QImage, radius: float) -> QImage:
    """The image, blurred: for things near the lens and for glows."""
    source = pixels(image).astype(np.float32)
    result = blank(image.width(), image.height())
    target = pixels(result)
    for channel in range(4):
        target[..., channel] = np.clip(np.rint(blurred(source[..., channel], radius)), 0, 255).astype(np.uint8)
    target[..., :3] = np.minimum(target[..., :3], target[..., 3:])
    return result


def shadow(image: QImage, radius: float, colour: str, strength: float) -> QImage:
    """The blurred shape of an image in one colour; the result has the image's size."""
    alpha = blurred(np.asarray(pixels(image)[..., 3] / 255, np.float32), radius) * np.float32(strength)
    shade = QColor(colour)
    flat = np.empty((*alpha.shape, 3), np.float32)
    flat[:] = (shade.red(), shade.green(), shade.blue())
    return from_floats(flat, np.clip(alpha, 0, 1))


def noise(height: int, width: int, across: float, down: float, seed: int) -> Floats:
    """Soft noise of mean 0 and deviation 1 with grains about `across` × `down` pixels large; it tiles."""
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(random.standard_normal((height, width)).astype(np.float32))
    vertical = np.exp(-2 * (np.pi * np.fft.fftfreq(height)[:, None] * down) ** 2)
    horizontal = np.exp(-2 * (np.pi * np.fft.rfftfreq(width)[None, :] * across) ** 2)
    grain = np.fft.irfft2(spectrum * vertical * horizontal, s=(height, width)).astype(np.float32)
    return np.asarray((grain - grain.mean()) / grain.std(), np.float32)


def grained(image: QImage, seed: int, strength: float = 0.9) -> None:
    """Adds a breath of noise, so that wide gradients do not fall into bands."""
    target = pixels(image)
    random = np.random.default_rng(seed)
    grain = random.normal(0, strength, target.shape[:2]).astype(np.float32)[..., None]
    target[..., :3] = np.clip(np.rint(target[..., :3] + grain), 0, target[..., 3:]).astype(np.uint8)


def colour(name: str, alpha: float = 1.0) -> QColor:
    """A colour with an alpha of its own."""
    result = QColor(name)
    result.setAlphaF(alpha)
    return result


def mixed(first: str | QColor, second: str | QColor, share: float) -> QColor:
    """`share` of the second colour, the rest of the first."""
    one, two = QColor(first), QColor(second)

    def part(start: float, end: float) -> float:
        return start + (end - start) * share

    return QColor.fromRgbF(
        part(one.redF(), two.redF()),
        part(one.greenF(), two.greenF()),
        part(one.blueF(), two.blueF()),
        part(one.alphaF(), two.alphaF()),
    )


def along(start: Point, end: Point, stops: Stops) -> QBrush:
    """A linear gradient."""
    gradient = QLinearGradient(QPointF(*start), QPointF(*end))
    for place, shade in stops:
        gradient.setColorAt(place, QColor(shade))
    return QBrush(gradient)


def around(centre: Point, radius: float, stops: Stops, focus: Point | None = None) -> QBrush:
    """A radial gradient."""
    gradient = QRadialGradient(QPointF(*centre), radius, QPointF(*(focus or centre)))
    for place, shade in stops:
        gradient.setColorAt(place, QColor(shade))
    return QBrush(gradient)


def line(shade: str | QColor, width: float) -> QPen:
    """A round pen."""
    return QPen(QColor(shade), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def thick(brush: QBrush, width: float) -> QPen:
    """A round pen that draws with a gradient."""
    return QPen(brush, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def glide(painter: QPainter, image: QImage, east: float, south: float) -> None:
    """Draws an image between pixels: a plain move would snap to whole ones, and slow drifts would stutter."""
    with kept(painter):
        painter.translate(east, south)
        painter.scale(1.0004, 1.0004)
        painter.drawImage(0, 0, image)


def ellipse(painter: QPainter, centre: Point, across: float, down: float) -> None:
    """An ellipse by its centre and its two radii."""
    painter.drawEllipse(QPointF(*centre), across, down)


def oval(centre: Point, across: float, down: float) -> QPainterPath:
    """The same as a path, for clipping and adding."""
    path = QPainterPath()
    path.addEllipse(QPointF(*centre), across, down)
    return path


def rounded(left: float, top: float, width: float, height: float, radius: float) -> QPainterPath:
    """A rectangle with round corners."""
    path = QPainterPath()
    path.addRoundedRect(QRectF(left, top, width, height), radius, radius)
    return path


def polygon(*corners: Point) -> QPainterPath:
    """A closed shape with straight edges."""
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
    path.closeSubpath()
    return path


def smooth(points: Sequence[Point], closed: bool = False) -> QPainterPath:
    """A soft curve through all points (Catmull–Rom)."""
    count = len(points)
    path = QPainterPath(QPointF(*points[0]))
    for index in range(count if closed else count - 1):
        before, start, end, after = (
            points[(index + step) % count] if closed else points[min(max(index + step, 0), count - 1)]
            for step in (-1, 0, 1, 2)
        )
        first = QPointF(start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
        second = QPointF(end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
        path.cubicTo(first, second, QPointF(*end))
    if closed:
        path.closeSubpath()
    return path


def wave(moment: float, turns: int, phase: float = 0.0) -> float:
    """A sine that fits the loop: `moment` runs from 0 to 1 once, `turns` is whole, so the seam cannot be seen."""
    return math.sin(2 * math.pi * (turns * moment + phase))


def ease(value: float) -> float:
    """0 → 1 without a jolt at either end."""
    value = min(max(value, 0.0), 1.0)
    return value * value * value * (value * (6 * value - 15) + 10)


def between(moment: float, start: float, end: float, ramp: float) -> float:
    """1 inside a span of the loop, 0 outside, with soft ramps that lie inside the span."""
    return ease((moment - start) / ramp) * ease((end - moment) / ramp)
