"""Jars under linen caps and paper pouches with a window, for the product pictures. Decides how glass, syrup and kraft
paper catch the light; it always comes from the upper left."""

from __future__ import annotations

import random

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

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
    smooth,
    thick,
)
from demo.fruit import contact, cut


def jar(painter: QPainter, left: float, top: float, width: float, height: float, seed: int, filling: str) -> None:
    """A round glass, filled with slices in syrup or with jam, under a linen cap tied with string."""
    chance = random.Random(seed)
    right, bottom, middle = left + width, top + height, left + width / 2
    contact(painter, (middle + 14, bottom - 4), width * 0.66, 46, 0.6)
    glow = [(0, colour("#FFB340", 0.55)), (1, colour("#FFB340", 0))]
    painter.setBrush(around((middle + 30, bottom + 8), width * 0.6, glow))
    ellipse(painter, (middle + 30, bottom + 8), width * 0.55, 34)
    neck = top + 92
    glass = smooth(
        [
            (left + 34, neck),
            (left + 26, neck + 26),
            (left + 4, neck + 70),
            (left, neck + 130),
            (left, bottom - 70),
            (left + 12, bottom - 20),
            (left + 50, bottom),
            (right - 50, bottom),
            (right - 12, bottom - 20),
            (right, bottom - 70),
            (right, neck + 130),
            (right - 4, neck + 70),
            (right - 26, neck + 26),
            (right - 34, neck),
        ],
        closed=True,
    )
    syrup = (
        [(0, "#FFD56E"), (0.5, "#FFB02E"), (1, "#EE8A10")]
        if filling == "slices"
        else [(0, "#FFB03A"), (0.5, "#F58A14"), (1, "#CF6206")]
    )
    painter.setBrush(along((0, neck), (0, bottom), syrup))
    painter.drawPath(glass)
    with kept(painter):
        painter.setClipPath(glass)
        if filling == "slices":
            rows = [(level, shift) for level in range(4) for shift in range(2)]
            for level, shift in rows:
                size = round(width * chance.uniform(0.50, 0.60))
                east = left + width * (0.24 + 0.52 * shift + (0.10 if level % 2 else -0.06)) + chance.uniform(-14, 14)
                south = neck + 92 + level * (bottom - neck) / 4.3 + chance.uniform(-14, 14)
                with kept(painter):
                    painter.translate(east, south)
                    painter.rotate(chance.uniform(-40, 40))
                    painter.scale(chance.uniform(0.7, 1.0), chance.uniform(0.72, 1.0))
                    painter.setOpacity(0.90)
                    painter.drawImage(QPointF(-size / 2, -size / 2), cut(size, seed * 40 + level * 3 + shift))
            painter.setBrush(
                along((0, neck), (0, bottom), [(0, colour("#FFC040", 0.10)), (1, colour("#F08A10", 0.34))])
            )
            painter.drawRect(QRectF(left, neck, width, bottom - neck))
        else:
            for _ in range(90):
                place = (chance.uniform(left, right), chance.uniform(neck + 30, bottom))
                reach = chance.uniform(8, 26)
                painter.setBrush(colour(chance.choice(["#FFC25A", "#E87A0C", "#FFD98A", "#D96A08"]), 0.30))
                painter.drawPath(
                    smooth(
                        [
                            (place[0] - reach, place[1]),
                            (place[0], place[1] - reach * 0.4),
                            (place[0] + reach, place[1] + 2),
                            (place[0], place[1] + reach * 0.4),
                        ],
                        closed=True,
                    )
                )
        side = [
            (0, colour("#7A3A04", 0.55)),
            (0.12, colour("#7A3A04", 0.08)),
            (0.5, colour("#FFFFFF", 0.0)),
            (0.86, colour("#7A3A04", 0.12)),
            (1, colour("#7A3A04", 0.62)),
        ]
        painter.setBrush(along((left, 0), (right, 0), side))
        painter.drawRect(QRectF(left, neck, width, bottom - neck))
        painter.setBrush(
            along((0, bottom - 60), (0, bottom), [(0, colour("#7A3A04", 0)), (1, colour("#7A3A04", 0.42))])
        )
        painter.drawRect(QRectF(left, bottom - 60, width, 60))
        painter.setBrush(colour("#FFF6DC", 0.30))
        painter.drawRect(QRectF(left, neck - 10, width, 40))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(line(colour("#B06410", 0.55), 3))
    painter.drawPath(glass)
    painter.setPen(line(colour("#FFFFFF", 0.75), 4))
    painter.drawPath(smooth([(left + 5, neck + 90), (left + 3, bottom - 90), (left + 14, bottom - 30)]))
    painter.setPen(
        thick(along((0, neck + 60), (0, bottom - 80), [(0, colour("#FFFFFF", 0.85)), (1, colour("#FFFFFF", 0.12))]), 17)
    )
    painter.drawPath(smooth([(left + 36, neck + 84), (left + 31, neck + 160), (left + 32, bottom - 110)]))
    painter.setPen(
        thick(along((0, neck + 60), (0, bottom - 80), [(0, colour("#FFFFFF", 0.55)), (1, colour("#FFFFFF", 0.05))]), 8)
    )
    painter.drawPath(smooth([(right - 24, neck + 90), (right - 20, neck + 180), (right - 22, bottom - 130)]))
    painter.setPen(Qt.PenStyle.NoPen)
    if filling == "jam":
        label(painter, middle, neck + 200, width * 0.60)
    cap(painter, left + 16, top, width - 32, seed)


def label(painter: QPainter, east: float, south: float, width: float) -> None:
    """A round paper label with a drawn fruit, no words."""
    painter.setBrush(colour("#7A3A04", 0.30))
    ellipse(painter, (east + 3, south + 6), width / 2, width / 2)
    painter.setBrush(around((east - 30, south - 40), width * 0.8, [(0, "#FFFDF6"), (1, "#F1E2C6")]))
    ellipse(painter, (east, south), width / 2, width / 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(line("#D9924A", 3))
    ellipse(painter, (east, south), width / 2 - 11, width / 2 - 11)
    painter.setPen(Qt.PenStyle.NoPen)
    picture = cut(round(width * 0.56), 3)
    painter.drawImage(QPointF(east - picture.width() / 2, south - picture.width() / 2), picture)


def cap(painter: QPainter, left: float, top: float, width: float, seed: int) -> None:
    """Checked linen over the lid, gathered by a string."""
    chance = random.Random(seed)
    right, tie = left + width, top + 74
    points: list[Point] = [
        (left + 14, tie),
        (left + 4, top + 40),
        (left + 26, top + 12),
        (left + width * 0.5, top),
        (right - 26, top + 12),
        (right - 4, top + 40),
        (right - 14, tie),
        (right + 10, tie + 44),
    ]
    count = 9
    for index in range(count):
        share = 1 - (index + 0.5) / count
        points.append((left - 8 + (width + 16) * share, tie + 50 + (14 if index % 2 else -4) + chance.uniform(-4, 4)))
    points.append((left - 10, tie + 44))
    path = smooth(points, closed=True)
    painter.setBrush(colour("#5A2C08", 0.35))
    painter.drawPath(path.translated(4, 10))
    painter.setBrush(along((left, top), (right, tie + 50), [(0, "#FFFBF1"), (0.5, "#F7ECD6"), (1, "#D9C19A")]))
    painter.drawPath(path)
    with kept(painter):
        painter.setClipPath(path)
        for index in range(12):
            east = left - 10 + (width + 20) * (index + 0.5) / 12
            centre = left + width / 2
            painter.setPen(line(colour("#5E8F6E", 0.40), 9))
            painter.drawPath(
                smooth(
                    [
                        (centre + (east - centre) * 0.75, top - 4),
                        (centre + (east - centre) * 0.92, tie),
                        (centre + (east - centre) * 1.12, tie + 70),
                    ]
                )
            )
        for row in range(5):
            south = top + 10 + row * 27
            painter.setPen(line(colour("#5E8F6E", 0.34), 9))
            painter.drawPath(smooth([(left - 20, south - 6), (left + width / 2, south + 8), (right + 20, south - 6)]))
        for index in range(9):
            east = left + width * (index + 0.5) / 9
            painter.setPen(line(colour("#7A5A2A", 0.22), 4))
            painter.drawLine(QPointF(east, tie + 6), QPointF(east + (index - 4) * 3.0, tie + 58))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(
            along(
                (left, 0),
                (right, 0),
                [(0, colour("#FFFFFF", 0.35)), (0.4, colour("#FFFFFF", 0)), (1, colour("#6A4A1A", 0.38))],
            )
        )
        painter.drawRect(QRectF(left - 20, top - 10, width + 40, 160))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for shift in (0, 6):
        painter.setPen(line("#9A6A34" if shift else "#C2924F", 6))
        painter.drawPath(
            smooth([(left + 10, tie - 2 + shift), (left + width / 2, tie + 8 + shift), (right - 10, tie - 2 + shift)])
        )
    knot = (left + width * 0.42, tie + 10)
    painter.setPen(line("#B98545", 6))
    for end in ((-44, 26), (40, 30)):
        painter.drawPath(
            smooth(
                [
                    knot,
                    (knot[0] + end[0] * 0.7, knot[1] - 14),
                    (knot[0] + end[0], knot[1] + 4),
                    (knot[0] + end[0] * 0.5, knot[1] + 12),
                    knot,
                ]
            )
        )
        painter.drawPath(
            smooth([knot, (knot[0] + end[0] * 0.3, knot[1] + 30), (knot[0] + end[0] * 0.55, knot[1] + 56)])
        )
    painter.setPen(Qt.PenStyle.NoPen)


def pouch(painter: QPainter, left: float, top: float, width: float, height: float, seed: int, turn: float) -> None:
    """A kraft paper pouch with a window on the chips."""
    chance = random.Random(seed)
    right, bottom = left + width, top + height
    with kept(painter):
        painter.translate(left + width / 2, bottom)
        painter.rotate(turn)
        painter.translate(-left - width / 2, -bottom)
        contact(painter, (left + width / 2 + 8, bottom - 4), width * 0.62, 40, 0.6)
        path = smooth(
            [
                (left + 16, top),
                (left + width / 2, top - 2),
                (right - 16, top),
                (right - 12, top + 70),
                (right - 4, top + height * 0.4),
                (right, bottom - 60),
                (right - 14, bottom - 8),
                (left + width / 2, bottom + 10),
                (left + 14, bottom - 8),
                (left, bottom - 60),
                (left + 4, top + height * 0.4),
                (left + 12, top + 70),
            ],
            closed=True,
        )
        texture = blank(round(width) + 40, round(height) + 40)
        with painting(texture) as inside:
            inside.translate(20 - left, 20 - top)
            inside.setBrush(
                along(
                    (left, 0),
                    (right, 0),
                    [(0, "#B98A56"), (0.12, "#DDB480"), (0.5, "#D3A76F"), (0.88, "#C39258"), (1, "#94683A")],
                )
            )
            inside.drawPath(path)
        area = pixels(texture)
        grain = (
            noise(area.shape[0], area.shape[1], 1.0, 6.0, seed) * 3.4
            + noise(area.shape[0], area.shape[1], 30, 30, seed + 1) * 4
        )[..., None]
        area[..., :3] = np.clip(area[..., :3] + grain * (area[..., 3:] / 255), 0, area[..., 3:]).astype(np.uint8)
        painter.drawImage(QPointF(left - 20, top - 20), texture)
        painter.setPen(line(colour("#7A5226", 0.45), 3))
        for south in (top + 46, top + 58):
            painter.drawLine(QPointF(left + 18, south), QPointF(right - 18, south))
        painter.setPen(line(colour("#FFF0D4", 0.55), 3))
        painter.drawLine(QPointF(left + 18, top + 50), QPointF(right - 18, top + 50))
        painter.setPen(Qt.PenStyle.NoPen)
        centre, reach = (left + width / 2, top + height * 0.50), width * 0.36
        window = oval(centre, reach, reach)
        painter.setBrush("#6A3E14")
        painter.drawPath(window)
        with kept(painter):
            painter.setClipPath(window)
            for _ in range(12):
                size = round(width * chance.uniform(0.30, 0.38))
                place = (
                    centre[0] + chance.uniform(-1, 1) * reach * 0.85,
                    centre[1] + chance.uniform(-1, 1) * reach * 0.85,
                )
                painter.setBrush(
                    around(
                        (place[0] + 4, place[1] + 8),
                        size * 0.56,
                        [(0.6, colour("#3A1C04", 0.6)), (1, colour("#3A1C04", 0))],
                    )
                )
                ellipse(painter, (place[0] + 4, place[1] + 8), size * 0.56, size * 0.56)
                with kept(painter):
                    painter.translate(*place)
                    painter.rotate(chance.uniform(0, 360))
                    painter.scale(1, chance.uniform(0.75, 1))
                    painter.drawImage(QPointF(-size / 2, -size / 2), cut(size, seed * 20 + size, dried=True))
            painter.setBrush(
                along(
                    (centre[0] - reach, centre[1] - reach),
                    (centre[0] + reach, centre[1] + reach),
                    [
                        (0, colour("#FFFFFF", 0.42)),
                        (0.30, colour("#FFFFFF", 0.10)),
                        (0.34, colour("#FFFFFF", 0.0)),
                        (1, colour("#FFFFFF", 0.0)),
                    ],
                )
            )
            painter.drawPath(window)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(line("#FFF6E4", 9))
        painter.drawPath(window)
        painter.setPen(line(colour("#3E7A52", 0.9), 4))
        ellipse(painter, centre, reach + 14, reach + 14)
        painter.setPen(Qt.PenStyle.NoPen)
        for way in (-146, -34):
            with kept(painter):
                painter.translate(centre[0], top + 116)
                painter.rotate(way)
                painter.setBrush("#3E7A52")
                painter.drawPath(smooth([(0, 0), (22, -12), (52, 4), (22, 12)], closed=True))
        painter.setBrush(
            along((left, bottom - 80), (left, bottom), [(0, colour("#4A2A08", 0)), (1, colour("#4A2A08", 0.34))])
        )
        painter.drawPath(path)
