"""Paints an arranged card into a picture: shape, shadow, pictures, texts as filled outlines. Glyphs are filled as
paths, never by the machine's font settings, so the same card has the same pixels everywhere. Owned by the letters
process; its main thread only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QImage,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPen,
    QRadialGradient,
    QTransform,
)

from studio.overlay.arrange import Block, PlacedBox, PlacedText
from studio.overlay.design import Check, Countdown, Disc, Picture, Shape
from studio.overlay.fonts import EM, Shaped, capital_height
from studio.overlay.picture import covering
from studio.overlay.shadow import soft
from studio.overlay.sprite import Pixels, pixels_of

STRIKE_THICKNESS = 0.065
CHECK_THICKNESS = 0.15


@dataclass(frozen=True)
class Frame:
    """Where a card stands in the picture it is painted into: size in pixels, the card's corner, pixels per design
    pixel."""

    width: int
    height: int
    left: float
    top: float
    scale: float


@dataclass(frozen=True)
class Paint:
    """What a card is painted with: colours by token, pictures by field, and whether it is the urgent state."""

    colours: Mapping[str, str]
    pictures: Mapping[str, QImage]
    urgent: bool = False

    def colour(self, token: str, urgent: str = "") -> QColor:
        return QColor(self.colours[urgent if self.urgent and urgent else token])


def blank(width: int, height: int) -> QImage:
    """A transparent picture."""
    image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    return image


def begin(image: QImage, frame: Frame) -> QPainter:
    """A painter in design pixels."""
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    painter.translate(frame.left, frame.top)
    painter.scale(frame.scale, frame.scale)
    return painter


def outline(shape: Shape, width: float, height: float) -> QPainterPath:
    """The edge of the card."""
    path = QPainterPath()
    path.addRoundedRect(QRectF(0, 0, width, height), shape.radius, shape.radius)
    if shape.kind == "ticket" and shape.notch:
        holes = QPainterPath()
        for y in (0.0, height):
            holes.addEllipse(QPointF(shape.tear, y), shape.notch, shape.notch)
        path = path.subtracted(holes)
    return path


def paint_shadow(shape: Shape, block: Block, frame: Frame) -> Pixels:
    """The card's shadow alone, black."""
    pixels = np.zeros((frame.height, frame.width, 4), np.uint8)
    if shape.shadow is None:
        return pixels
    image = blank(frame.width, frame.height)
    painter = begin(image, frame)
    painter.translate(0, shape.shadow.down)
    painter.fillPath(outline(shape, block.width, block.height), QColor("black"))
    painter.end()
    dark = soft(pixels_of(image)[:, :, 3], shape.shadow.blur / 2 * frame.scale) * shape.shadow.opacity
    pixels[:, :, 3] = (dark + 0.5).astype(np.uint8)
    return pixels


def paint_card(shape: Shape, block: Block, frame: Frame, paint: Paint, shadow: bool = True) -> Pixels:
    """The whole card without its moving parts."""
    image = blank(frame.width, frame.height)
    if shape.kind == "canvas":
        _paint_canvas(image, shape, paint)
    painter = begin(image, frame)
    edge = outline(shape, block.width, block.height)
    if shape.kind != "canvas":
        _paint_shape(painter, shape, block, edge, paint)
    for placed in block.placed:
        if isinstance(placed, PlacedText):
            _paint_placed_text(painter, placed, paint)
        elif isinstance(placed.node, Picture):
            _paint_picture(painter, placed, placed.node, edge, paint)
        elif isinstance(placed.node, Check):
            _paint_check(painter, placed, paint.colour(placed.node.colour))
    painter.end()
    pixels = pixels_of(image)
    return _over(pixels, paint_shadow(shape, block, frame)) if shadow and shape.shadow else pixels


def _over(pixels: Pixels, shadow: Pixels) -> Pixels:
    """The card over its black shadow: only alpha changes, because black adds nothing to premultiplied colours."""
    alpha = pixels[:, :, 3].astype(np.uint16)
    under = shadow[:, :, 3] * (255 - alpha)
    result = pixels.copy()
    result[:, :, 3] = alpha + (under + 127) // 255
    return result


def _paint_shape(painter: QPainter, shape: Shape, block: Block, edge: QPainterPath, paint: Paint) -> None:
    fill = paint.colour(shape.fill)
    fill.setAlphaF(shape.opacity)
    if shape.kind == "ticket":
        stub = QPainterPath()
        stub.addRect(QRectF(shape.tear, 0, block.width - shape.tear, block.height))
        painter.fillPath(edge.subtracted(stub), fill)
        painter.fillPath(edge.intersected(stub), paint.colour(shape.stub, shape.stub_urgent))
        if shape.dash:
            pen = QPen(paint.colour(shape.dash), 4, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.RoundCap)
            pen.setDashPattern([0.01, 3.0])
            inset = shape.notch + 14
            painter.strokePath(_line(shape.tear, inset, shape.tear, block.height - inset + 1), pen)
        return
    painter.fillPath(edge, fill)
    if shape.bar:
        bar = QPainterPath()
        bar.addRect(QRectF(0, 0, shape.bar, block.height))
        painter.fillPath(edge.intersected(bar), paint.colour(shape.bar_colour))


def _line(x: float, y: float, to_x: float, to_y: float) -> QPainterPath:
    path = QPainterPath(QPointF(x, y))
    path.lineTo(to_x, to_y)
    return path


def _paint_canvas(image: QImage, shape: Shape, paint: Paint) -> None:
    """A slate covers the whole picture, whatever its proportions."""
    width, height = image.width(), image.height()
    painter = QPainter(image)
    gradient = QLinearGradient(0, 0, width * 0.25, height)
    gradient.setColorAt(0, paint.colour(shape.fill))
    gradient.setColorAt(1, paint.colour(shape.fill_end or shape.fill))
    painter.fillRect(image.rect(), gradient)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for disc in shape.discs:
        _paint_disc(painter, disc, width, height, paint)
    painter.end()


def _paint_disc(painter: QPainter, disc: Disc, width: int, height: int, paint: Paint) -> None:
    centre = QPointF(disc.x * width, disc.y * height)
    radius = disc.radius * max(width, height)
    light = paint.colour(disc.colour)
    if disc.sharp:
        light.setAlphaF(disc.opacity)
        path = QPainterPath()
        path.addEllipse(centre, radius, radius)
        painter.fillPath(path, light)
        return
    gradient = QRadialGradient(centre, radius)
    for step in range(9):
        distance = step / 8
        light.setAlphaF(disc.opacity * (1 - distance * distance) ** 2)
        gradient.setColorAt(distance, light)
    painter.fillRect(QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius), gradient)


def _paint_placed_text(painter: QPainter, placed: PlacedText, paint: Paint) -> None:
    node = placed.node
    colour = paint.colour(node.colour, node.urgent)
    paint_text(painter, placed.shaped, placed.x, placed.base, placed.size, colour)
    if node.strike:
        middle = placed.base - placed.size * capital_height(node.weight) / 2
        width = placed.shaped.advance * placed.size
        pen = QPen(colour, placed.size * STRIKE_THICKNESS, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
        start = placed.x + placed.shaped.lead * placed.size
        painter.strokePath(_line(start, middle, placed.x + width, middle), pen)


def paint_text(painter: QPainter, shaped: Shaped, x: float, base: float, size: float, colour: QColor) -> None:
    """One line of text with its start at `x` and its base line moved to the nearest whole pixel."""
    before = painter.transform()
    start = before.map(QPointF(x, base))
    unit = before.m11() * size
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for piece in shaped.pieces:
        if piece.outline is not None:
            path.addPath(piece.outline.translated(piece.x * EM, 0))
    painter.setTransform(QTransform(unit / EM, 0, 0, unit / EM, start.x(), round(start.y())))
    painter.fillPath(path, colour)
    painter.resetTransform()
    for piece in shaped.pieces:
        if piece.picture is not None:
            width = max(1, round(piece.width * unit))
            height = max(1, round(piece.width * unit * piece.picture.height() / piece.picture.width()))
            small = piece.picture.scaled(
                width, height, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            middle = start.y() - unit * capital_height("regular") / 2
            painter.drawImage(round(start.x() + piece.x * unit), round(middle - height / 2), small)
    painter.setTransform(before)


def _paint_picture(painter: QPainter, placed: PlacedBox, node: Picture, edge: QPainterPath, paint: Paint) -> None:
    before = painter.transform()
    box = QRectF(placed.x, placed.y, placed.width, placed.height)
    there = before.mapRect(box).toAlignedRect()
    brush = QBrush(covering(paint.pictures[node.field], max(1, there.width()), max(1, there.height())))
    brush.setTransform(QTransform.fromTranslate(there.x(), there.y()) * before.inverted()[0])
    path = QPainterPath()
    path.addRoundedRect(box, node.radius, node.radius)
    painter.fillPath(path.intersected(edge), brush)


def _paint_check(painter: QPainter, placed: PlacedBox, colour: QColor) -> None:
    path = QPainterPath(QPointF(placed.x + 0.12 * placed.width, placed.y + 0.52 * placed.height))
    path.lineTo(placed.x + 0.40 * placed.width, placed.y + 0.79 * placed.height)
    path.lineTo(placed.x + 0.90 * placed.width, placed.y + 0.24 * placed.height)
    thickness = placed.width * CHECK_THICKNESS
    pen = QPen(colour, thickness, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(path, pen)


def paint_glyph(shaped: Shaped, node: Countdown, scale: float, width: int, height: int, colour: QColor) -> Pixels:
    """One character of a countdown in the middle of its own small picture; a colon is lifted to the middle too."""
    image = blank(width, height)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    unit = node.size * scale
    base = (height + unit * capital_height(node.weight)) / 2
    if shaped.text == ":":
        inks = [piece.outline.boundingRect().center().y() for piece in shaped.pieces if piece.outline is not None]
        base = height / 2 - sum(inks) / len(inks) / EM * unit
    painter.translate(0, round(base) - base if shaped.text != ":" else 0)
    painter.translate((width - shaped.advance * unit) / 2, base)
    painter.scale(unit / EM, unit / EM)
    for piece in shaped.pieces:
        if piece.outline is not None:
            painter.fillPath(piece.outline.translated(piece.x * EM, 0), colour)
    painter.end()
    return pixels_of(image)
