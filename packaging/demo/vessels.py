"""A crate and a gift box with its ribbon, for the product pictures. Decides how wood, card and silk are shaded; places
are in pixels of an 880 × 880 picture."""

from __future__ import annotations

import random

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from demo.canvas import (
    along,
    around,
    colour,
    ellipse,
    kept,
    line,
    polygon,
    rounded,
    smooth,
)
from demo.fruit import contact, straw_board


def crate(painter: QPainter, left: float, top: float, width: float, height: float, back: bool) -> None:
    """A wooden crate; first its dark inside, and, once it is filled, its front."""
    if back:
        painter.setBrush(along((0, top - 60), (0, top + 80), [(0, "#8A5A30"), (1, "#3A2010")]))
        painter.drawPath(
            polygon((left + 34, top - 60), (left + width - 34, top - 60), (left + width, top + 60), (left, top + 60))
        )
        return
    board = (height - 20) / 3
    painter.setBrush("#4A2A14")
    painter.drawPath(rounded(left + 6, top + 30, width - 12, height - 34, 8))
    for number in range(3):
        straw_board(painter, left, top + 20 + number * board, width, board - 14, 500 + number, 0.72)
    for side in (left + 10, left + width - 74):
        painter.setBrush(colour("#4A2408", 0.35))
        painter.drawRect(QRectF(side + 6, top + 8, 64, height - 6))
        with kept(painter):
            painter.translate(side, top + height)
            painter.rotate(-90)
            straw_board(painter, 0, 0, height - 4, 64, 510 + int(side), 0.9)
        for number in range(3):
            for place in (18, 46):
                nail = (side + place, top + 18 + (number + 0.42) * board)
                painter.setBrush(around((nail[0] - 1, nail[1] - 1), 6, [(0, "#E8E0D2"), (1, "#77695A")]))
                ellipse(painter, nail, 4.6, 4.6)


def box(painter: QPainter, left: float, top: float, width: float, height: float, front: bool = False) -> None:
    """A dark green gift box with a gold edge; its lid leans behind it, its inside is lined with pale paper."""
    chance = random.Random(6)
    if not front:
        contact(painter, (left + width / 2, top + height), width * 0.60, 62, 0.6)
        lid = polygon((left + 46, 96), (left + width - 46, 96), (left + width - 20, top + 40), (left + 20, top + 40))
        painter.setBrush(along((left, 96), (left + width, top), [(0, "#3F7A5C"), (0.5, "#2C5F46"), (1, "#1C4533")]))
        painter.drawPath(lid)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(line("#E3BE68", 5))
        painter.drawPath(
            polygon((left + 74, 120), (left + width - 74, 120), (left + width - 52, top + 40), (left + 52, top + 40))
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(along((0, 96), (0, 112), [(0, "#6AA384"), (1, colour("#6AA384", 0))]))
        painter.drawPath(polygon((left + 46, 96), (left + width - 46, 96), (left + width - 44, 110), (left + 44, 110)))
        emblem(painter, left + width / 2, 196)
        painter.setBrush(along((0, top), (0, top + 210), [(0, "#D9C49A"), (1, "#8A744A")]))
        painter.drawPath(
            polygon((left + 22, top), (left + width - 22, top), (left + width, top + 220), (left, top + 220))
        )
        for _ in range(300):
            east, south = chance.uniform(left + 16, left + width - 16), chance.uniform(top - 6, top + 200)
            painter.setPen(line(chance.choice(["#FFF6DF", "#F1E2BC", "#E5CF9E", "#FFFBEF"]), chance.uniform(3, 6)))
            painter.drawPath(
                smooth(
                    [
                        (east, south),
                        (east + chance.uniform(-30, 30), south + chance.uniform(-26, 14)),
                        (east + chance.uniform(-50, 50), south + chance.uniform(-24, 30)),
                    ]
                )
            )
        painter.setPen(Qt.PenStyle.NoPen)
        return
    face = top + 200
    for _ in range(130):
        east, south = chance.uniform(left + 20, left + width - 20), face + chance.uniform(-14, 16)
        painter.setPen(line(chance.choice(["#FFF6DF", "#F1E2BC", "#E9D6A8", "#FFFBEF"]), chance.uniform(3, 6)))
        painter.drawPath(
            smooth(
                [
                    (east, south),
                    (east + chance.uniform(-30, 30), south + chance.uniform(-30, 4)),
                    (east + chance.uniform(-50, 50), south + chance.uniform(-10, 16)),
                ]
            )
        )
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(
        along((left, face), (left + width, top + height), [(0, "#448262"), (0.45, "#2E6449"), (1, "#1A4030")])
    )
    painter.drawPath(rounded(left, face, width, height - 200, 10))
    painter.setBrush(along((0, face), (0, face + 22), [(0, "#F6DE98"), (0.5, "#DDB45A"), (1, "#A67C2C")]))
    painter.drawPath(rounded(left, face, width, 18, 5))
    painter.setBrush(
        along((0, top + height - 70), (0, top + height), [(0, colour("#0A2016", 0)), (1, colour("#0A2016", 0.5))])
    )
    painter.drawPath(rounded(left, top + height - 70, width, 70, 10))


def emblem(painter: QPainter, east: float, south: float) -> None:
    """A golden fruit with two leaves, as if stamped into the lid."""
    painter.setBrush(along((east - 30, south - 30), (east + 30, south + 30), [(0, "#F8E2A0"), (1, "#B98F3C")]))
    ellipse(painter, (east, south + 10), 34, 31)
    for way in (-150, -34):
        with kept(painter):
            painter.translate(east, south - 20)
            painter.rotate(way)
            painter.drawPath(smooth([(2, 0), (24, -11), (50, 2), (24, 11)], closed=True))


def ribbon(painter: QPainter, east: float, south: float) -> None:
    """A gold ribbon around the box with a bow."""
    gold = [(0, "#FBE9B4"), (0.45, "#E6C069"), (1, "#B58632")]
    painter.setBrush(along((east - 34, 0), (east + 34, 0), gold))
    painter.drawRect(QRectF(east - 30, 500, 60, 240))
    painter.setBrush(along((0, south - 26), (0, south + 30), gold))
    painter.drawRect(QRectF(110, south - 26, 660, 54))
    painter.setBrush(along((0, south + 26), (0, south + 40), [(0, colour("#0A2016", 0.35)), (1, colour("#0A2016", 0))]))
    painter.drawRect(QRectF(110, south + 28, 660, 12))
    for side in (-1, 1):
        tail = smooth(
            [
                (east, south),
                (east + side * 46, south + 60),
                (east + side * 84, south + 128),
                (east + side * 44, south + 122),
                (east + side * 26, south + 136),
                (east + side * 8, south + 60),
            ],
            closed=True,
        )
        painter.setBrush(
            along((east, south), (east + side * 80, south + 130), [(0, "#C9983F"), (0.5, "#EFD083"), (1, "#C6953C")])
        )
        painter.drawPath(tail)
        loop = smooth(
            [
                (east, south),
                (east + side * 54, south - 66),
                (east + side * 132, south - 70),
                (east + side * 150, south - 8),
                (east + side * 112, south + 40),
                (east + side * 50, south + 26),
            ],
            closed=True,
        )
        painter.setBrush(colour("#0A2016", 0.30))
        painter.drawPath(loop.translated(5, 10))
        painter.setBrush(
            around((east + side * 90 - 14, south - 44), 120, [(0, "#FFF1C4"), (0.45, "#EBC974"), (1, "#B58632")])
        )
        painter.drawPath(loop)
        painter.setBrush(colour("#8A6020", 0.55))
        painter.drawPath(
            smooth(
                [
                    (east + side * 22, south - 6),
                    (east + side * 70, south - 34),
                    (east + side * 116, south - 28),
                    (east + side * 104, south + 12),
                    (east + side * 62, south + 10),
                ],
                closed=True,
            )
        )
    painter.setBrush(around((east - 8, south - 12), 44, [(0, "#FFF3CC"), (0.5, "#E9C56C"), (1, "#AD7F2E")]))
    painter.drawPath(rounded(east - 30, south - 34, 60, 64, 20))
