"""What lies on the table of *손 카메라*: a cloth, the crate of 24 mandarins, a plate with a peeled one. Decides each
thing and how it is laid down with its shadow."""

from __future__ import annotations

import math
import random

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from demo.canvas import (
    Point,
    along,
    around,
    blank,
    colour,
    ellipse,
    kept,
    line,
    noise,
    oval,
    painting,
    pixels,
    polygon,
    rounded,
    shadow,
    smooth,
)
from demo.fruit import cut, leaf, mandarin, segment, straw_board, wedge


def padded(image: QImage, border: int) -> QImage:
    """The image with empty space around it."""
    result = blank(image.width() + 2 * border, image.height() + 2 * border)
    with painting(result) as painter:
        painter.drawImage(border, border, image)
    return result


def lay(painter: QPainter, picture: QImage, place: Point, blur: float, strength: float, fall: Point) -> None:
    """Puts a picture on the table, with its shadow."""
    border = int(blur * 3)
    below = shadow(padded(picture, border), blur, "#2E1404", strength)
    painter.drawImage(QPointF(place[0] - border + fall[0], place[1] - border + fall[1]), below)
    near = shadow(padded(picture, border), blur * 0.3, "#2E1404", strength * 0.7)
    painter.drawImage(QPointF(place[0] - border + fall[0] * 0.3, place[1] - border + fall[1] * 0.3), near)
    painter.drawImage(QPointF(*place), picture)


def linen() -> QImage:
    """A natural linen cloth with a woven edge, a little turned."""
    size = 430
    image = blank(size, size)
    with painting(image) as painter:
        painter.translate(size / 2, size / 2)
        painter.rotate(-9)
        cloth = polygon((-176, -172), (2, -175), (177, -170), (179, 4), (175, 174), (-4, 172), (-178, 175), (-175, -2))
        painter.setBrush(along((-170, -170), (170, 170), [(0, "#F7EEDD"), (0.6, "#EADDC4"), (1, "#D9C7A8")]))
        painter.drawPath(cloth)
        with kept(painter):
            painter.setClipPath(cloth)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for inset, width in ((16, 5.0), (27, 2.0)):
                painter.setPen(line(colour("#7F9A8C", 0.75), width))
                painter.drawPath(rounded(-174 + inset, -172 + inset, 348 - 2 * inset, 344 - 2 * inset, 4))
            painter.setPen(line(colour("#FFFFFF", 0.35), 16))
            painter.drawPath(smooth([(-150, -40), (-60, -90), (10, -168)]))
            painter.setPen(line(colour("#8A7350", 0.14), 14))
            painter.drawPath(smooth([(-146, -20), (-50, -72), (26, -160)]))
    area = pixels(image)
    weave = noise(size, size, 0.6, 3.0, 61) * 3.0 + noise(size, size, 3.0, 0.6, 62) * 3.0
    area[..., :3] = np.clip(area[..., :3] + weave[..., None] * (area[..., 3:] / 255), 0, area[..., 3:]).astype(np.uint8)
    return image


def crate() -> QImage:
    """The wooden crate with its 24 mandarins, six by four."""
    width, height, wall = 664, 452, 24
    chance = random.Random(24)
    image = blank(width, height)
    with painting(image) as painter:
        painter.setBrush(along((0, 0), (0, height), [(0, "#4A2A14"), (1, "#6A4022")]))
        painter.drawPath(rounded(6, 6, width - 12, height - 12, 8))
        for _ in range(420):
            east, south = chance.uniform(wall, width - wall), chance.uniform(wall, height - wall)
            painter.setPen(
                line(colour(chance.choice(["#E3C98F", "#C9A564", "#F0DDAE"]), 0.8), chance.uniform(1.2, 2.4))
            )
            painter.drawPath(
                smooth(
                    [
                        (east, south),
                        (east + chance.uniform(-22, 22), south + chance.uniform(-14, 14)),
                        (east + chance.uniform(-40, 40), south + chance.uniform(-30, 30)),
                    ]
                )
            )
        painter.setPen(Qt.PenStyle.NoPen)
        column, row = (width - 2 * wall) / 6, (height - 2 * wall) / 4
        for number in range(24):
            east = wall + column * (number % 6 + 0.5) + chance.uniform(-3, 3)
            south = wall + row * (number // 6 + 0.5) + chance.uniform(-3, 3)
            size = chance.randrange(104, 111)
            dark = [(0.55, colour("#2A1002", 0.75)), (1, colour("#2A1002", 0))]
            painter.setBrush(around((east + 4, south + 7), size * 0.62, dark))
            ellipse(painter, (east + 4, south + 7), size * 0.62, size * 0.62)
            tilt = (chance.uniform(-0.4, 0.4), chance.uniform(-0.4, 0.4))
            picture = mandarin(size, 200 + number, tilt, chance.uniform(0.96, 1.0))
            with kept(painter):
                painter.translate(east, south)
                painter.drawImage(QPointF(-size / 2, -size / 2), picture)
                if number in (3, 8, 16, 22):
                    painter.translate(tilt[0] * size / 2, tilt[1] * size / 2)
                    for way in (chance.uniform(-70, -20), chance.uniform(120, 200)):
                        with kept(painter):
                            painter.rotate(way)
                            painter.translate(3, 5)
                            painter.setOpacity(0.20)
                            painter.setBrush("#3A1800")
                            ellipse(painter, (28, 6), 26, 9)
                            painter.setOpacity(1)
                            painter.translate(-3, -5)
                            leaf(painter, 60, 26, chance.uniform(0.5, 0.9))
        inner = [(0, colour("#1E0C02", 0.6)), (1, colour("#1E0C02", 0))]
        painter.setBrush(along((0, wall), (0, wall + 26), inner))
        painter.drawRect(QRectF(wall, wall, width - 2 * wall, 26))
        painter.setBrush(along((wall, 0), (wall + 22, 0), inner))
        painter.drawRect(QRectF(wall, wall, 22, height - 2 * wall))
        for upright in (0, width - wall):
            with kept(painter):
                painter.translate(upright, height - 4)
                painter.rotate(-90)
                straw_board(painter, 0, 0, height - 8, wall, 300 + upright, 0.55)
        straw_board(painter, 0, 0, width, wall, 310, 0.85)
        straw_board(painter, 0, height - wall, width, wall, 311, 0.6)
        for east in (13, width - 13):
            for south in (12, height - 12):
                painter.setBrush(around((east - 1, south - 1), 5, [(0, "#D9D2C6"), (1, "#6E655A")]))
                ellipse(painter, (east, south), 3.6, 3.6)
    return image


def plate() -> QImage:
    """A white plate: the peel like an opened flower, the peeled fruit on it, a few segments beside."""
    image = blank(360, 360)
    with painting(image) as painter:
        painter.translate(180, 180)
        painter.setBrush(around((-40, -50), 230, [(0, "#FFFFFF"), (0.6, "#F4EFE8"), (1, "#D5C9BA")]))
        ellipse(painter, (0, 0), 168, 168)
        painter.setBrush(along((-110, -110), (110, 110), [(0, "#D9CEC0"), (0.5, "#F3EDE4"), (1, "#FFFFFF")]))
        ellipse(painter, (0, 0), 129, 129)
        painter.setBrush(around((-20, -24), 150, [(0, "#FFFDF9"), (0.8, "#F6F0E7"), (1, "#EADFD0")]))
        ellipse(painter, (0, 0), 123, 123)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(line(colour("#6F8FA8", 0.65), 2.4))
        ellipse(painter, (0, 0), 159, 159)
        painter.setPen(Qt.PenStyle.NoPen)
        lay(painter, peel(), (-150, -150), 7, 0.35, (4, 7))
        lay(painter, wheel(), (-104, -104), 6, 0.5, (4, 7))
        for place, way, seed in [((64, 6), -64, 402), ((22, 82), 12, 403)]:
            with kept(painter):
                turned = blank(130, 130)
                with painting(turned) as inside:
                    inside.translate(65, 65)
                    inside.rotate(way)
                    inside.drawImage(QPointF(-48, -48), segment(96, seed))
                lay(painter, turned, (place[0] - 65.0, place[1] - 65.0), 5, 0.5, (4, 7))
    return image


def peel() -> QImage:
    """The peel, opened into five petals, its pale inside up."""
    image = blank(230, 230)
    chance = random.Random(9)
    with painting(image) as painter:
        painter.translate(115, 115)
        for shade, size in (("#E9861C", 1.0), ("#FFE9C4", 0.91)):
            for index in range(5):
                way = 2 * math.pi * index / 5 + 0.35
                wide = chance.uniform(0.9, 1.1) if size == 1.0 else 1.0
                points = []
                for angle, reach in [
                    (-0.32, 26),
                    (-0.52 * wide, 62),
                    (-0.34, 92),
                    (0.0, 106),
                    (0.34, 92),
                    (0.52 * wide, 62),
                    (0.32, 26),
                ]:
                    points.append(
                        (reach * size * math.cos(way + angle * size), reach * size * math.sin(way + angle * size))
                    )
                if size == 1.0:
                    painter.setBrush(around((0, 0), 108, [(0, shade), (0.8, shade), (1, "#C9650C")]))
                else:
                    painter.setBrush(around((-10, -12), 100, [(0, "#F6D8A2"), (0.5, shade), (1, "#FBD9A0")]))
                painter.drawPath(smooth(points, closed=True))
            if size < 1.0:
                painter.setBrush("#F6D8A2")
                ellipse(painter, (0, 0), 34, 34)
    area = pixels(image)
    fluff = noise(230, 230, 2.4, 2.4, 15)[..., None] * 4.0
    area[..., :3] = np.clip(area[..., :3] + fluff * (area[..., 3:] / 255), 0, area[..., 3:]).astype(np.uint8)
    return image


def wheel() -> QImage:
    """The peeled fruit from above: plump segments around a small hollow, two of them gone."""
    size = 150
    image = blank(size, size)
    chance = random.Random(31)
    with painting(image) as painter:
        painter.translate(size / 2, size / 2)
        count = 11
        for index in range(count):
            if index in (1, 2):
                continue
            way = 2 * math.pi * index / count
            step = 2 * math.pi / count
            middle = (38 * math.cos(way), 38 * math.sin(way))
            body = wedge(way, step * 1.02, 7, 69)
            lit = 0.5 - 0.5 * math.cos(way - math.atan2(-1, -1))
            painter.setBrush(
                around(
                    (middle[0] - 9, middle[1] - 11),
                    50,
                    [
                        (0, "#FFCB6E"),
                        (0.5, "#FFA030" if lit < 0.5 else "#F8922A"),
                        (1, "#E0720C" if lit < 0.5 else "#C95F06"),
                    ],
                )
            )
            painter.drawPath(body)
            with kept(painter):
                painter.setClipPath(body)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                for _ in range(3):
                    bend = chance.uniform(-0.16, 0.16)
                    points = [
                        (reach * math.cos(way + bend * reach / 40), reach * math.sin(way + bend * reach / 40))
                        for reach in (10, 34, 58)
                    ]
                    painter.setPen(line(colour("#FFF3DA", 0.65), chance.uniform(1.0, 2.0)))
                    painter.drawPath(smooth(points))
                painter.setPen(line(colour("#FFFFFF", 0.42), 4))
                painter.drawPath(
                    smooth([(reach * math.cos(way - 0.10), reach * math.sin(way - 0.10)) for reach in (40, 50, 60)])
                )
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(line(colour("#FFEBC4", 0.8), 1.6))
            painter.drawPath(body)
            painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(around((0, 0), 11, [(0, "#FFF6E0"), (0.7, "#FBE4B8"), (1, colour("#E9B060", 0.6))]))
        painter.drawPath(oval((0, 0), 10, 10))
    return image


def half_fruit() -> QImage:
    """A mandarin cut in half, juicy side up."""
    return cut(132, 55)


def loose_leaf() -> QImage:
    """A twig with two leaves, fallen from the crate."""
    image = blank(150, 120)
    with painting(image) as painter:
        painter.translate(18, 66)
        painter.setPen(line("#7A5630", 4))
        painter.drawLine(QPointF(-6, 4), QPointF(30, 0))
        painter.setPen(Qt.PenStyle.NoPen)
        for way, length, tone in ((-26, 96, 0.85), (20, 84, 0.5)):
            with kept(painter):
                painter.translate(18, 2)
                painter.rotate(way)
                leaf(painter, length, 38, tone)
    return image
