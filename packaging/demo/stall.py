"""The selling table of *귤밭* with its crates and its cloth, and the leaves close to the lens. Decides what is for sale
there; painted once."""

from __future__ import annotations

import random

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from demo.canvas import (
    along,
    blank,
    colour,
    ellipse,
    kept,
    line,
    painting,
    polygon,
)
from demo.film import HEIGHT, WIDTH
from demo.fruit import contact, heap, leaf, mandarin, straw_board
from demo.landscape import MARGIN


def stand() -> QImage:
    """The selling table: a board with crates full of mandarins, a cloth over the front."""
    image = blank(WIDTH + 2 * MARGIN, HEIGHT)
    wide = WIDTH + 2 * MARGIN
    with painting(image) as painter:
        painter.setBrush(along((0, 1010), (0, HEIGHT), [(0, "#8A5A34"), (1, "#5C3A22")]))
        painter.drawRect(QRectF(0, 1010, wide, HEIGHT))
        for number in range(9):
            straw_board_upright(painter, number * 92 - 10, 1030, 88, 260, 60 + number)
        painter.setBrush(along((0, 966), (0, 1036), [(0, "#E2B074"), (1, "#C58A4C")]))
        painter.drawPath(polygon((0, 972), (wide, 972), (wide, 1036), (0, 1036)))
        straw_board(painter, -10, 1030, wide + 20, 26, 71, 0.45)
        cloth(painter, 250, 1040, 300)
        crate(painter, 66, 930, 236, 108, 81)
        crate(painter, 498, 936, 232, 104, 82)
        for east, south, size, seed in [(338, 1004, 52, 1), (386, 1012, 54, 2), (362, 974, 50, 3), (440, 1008, 50, 4)]:
            contact(painter, (east, south + size * 0.46), size * 0.62, size * 0.18, 0.5)
            painter.drawImage(
                QPointF(east - size / 2, south - size / 2), mandarin(size, 900 + seed, (0.1 * seed - 0.3, -0.5), 0.93)
            )
    return image


def straw_board_upright(painter: QPainter, left: float, top: float, width: float, height: float, seed: int) -> None:
    """A board standing upright."""
    with kept(painter):
        painter.translate(left, top + height)
        painter.rotate(-90)
        straw_board(painter, 0, 0, height, width, seed, 0.12)


def cloth(painter: QPainter, left: float, top: float, width: float) -> None:
    """A striped linen hanging over the edge."""
    path = polygon(
        (left, top),
        (left + width, top),
        (left + width - 12, top + 96),
        (left + width / 2, top + 176),
        (left + 12, top + 96),
    )
    painter.setBrush(colour("#3A1E0C", 0.35))
    painter.drawPath(path.translated(4, 8))
    painter.setBrush(along((left, top), (left, top + 176), [(0, "#FFF3DC"), (0.2, "#F6E2BE"), (1, "#E7CC9E")]))
    painter.drawPath(path)
    with kept(painter):
        painter.translate(left + width / 2, top + 74)
        painter.setBrush("#F09A34")
        ellipse(painter, (0, 8), 30, 28)
        painter.setBrush(colour("#FFE2B0", 0.55))
        ellipse(painter, (-10, -1), 9, 6)
        for way, tone in ((-150, 0.35), (-38, 0.6)):
            with kept(painter):
                painter.translate(0, -18)
                painter.rotate(way)
                leaf(painter, 38, 18, tone)
    with kept(painter):
        painter.setClipPath(path)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for shift in (18, 34):
            painter.setPen(line("#E39A3C", 5 if shift == 18 else 2.4))
            painter.drawPath(
                polygon(
                    (left + shift, top - 20),
                    (left + width - shift, top - 20),
                    (left + width - 12 - shift * 0.9, top + 96 - shift * 0.5),
                    (left + width / 2, top + 176 - shift * 1.15),
                    (left + 12 + shift * 0.9, top + 96 - shift * 0.5),
                )
            )


def crate(painter: QPainter, left: float, top: float, width: float, height: float, seed: int) -> None:
    """A wooden crate seen from the front, heaped with fruit."""
    chance = random.Random(seed)
    contact(painter, (left + width / 2, top + height), width * 0.56, 16, 0.6)
    places = []
    for count, lift in ((4, -34), (5, -12), (5, 14)):
        for index in range(count):
            east = left + width * (index + 0.5) / count + chance.uniform(-4, 4)
            places.append((east, top + lift + chance.uniform(-5, 5), 56.0 + chance.uniform(-3, 4)))
    heap(painter, places, seed, leaves=3)
    for number in range(3):
        straw_board(
            painter, left, top + 8 + number * (height - 8) / 3, width, (height - 8) / 3 - 5, seed * 10 + number, 0.55
        )
    for side in (left + 4, left + width - 24):
        with kept(painter):
            painter.translate(side, top + height)
            painter.rotate(-90)
            straw_board(painter, 0, 0, height - 2, 20, seed * 20 + int(side), 0.75)


def front_leaves() -> QImage:
    """Leaves and two fruits close to the lens, later blurred."""
    chance = random.Random(91)
    image = blank(420, 460)
    with painting(image) as painter:
        for index in range(13):
            with kept(painter):
                painter.translate(96 + chance.uniform(-40, 70), 400 + chance.uniform(-70, 20))
                painter.rotate(-150 + index * 12 + chance.uniform(-9, 9))
                leaf(painter, chance.uniform(110, 170), chance.uniform(48, 62), chance.uniform(0.0, 0.5))
        painter.drawImage(QPointF(120, 300), mandarin(104, 92, (0.1, -0.5)))
        for way in (-60, -20, -110):
            with kept(painter):
                painter.translate(176, 318)
                painter.rotate(way)
                leaf(painter, 96, 40, 0.55)
    return image
