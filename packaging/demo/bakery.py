"""A plate, scones and a spoon of jam for the product pictures. Decides how dough, china and glaze are shaded."""

from __future__ import annotations

import random

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from demo.canvas import (
    along,
    around,
    colour,
    ellipse,
    kept,
    line,
    smooth,
    thick,
)
from demo.fruit import contact


def bowl(painter: QPainter, east: float, south: float, across: float, down: float) -> None:
    """A shallow plate seen from the side and above."""
    painter.setBrush(along((0, south), (0, south + down + 30), [(0, "#E9E0D2"), (1, "#B9A990")]))
    ellipse(painter, (east, south + 18), across * 0.96, down)
    painter.setBrush(
        around(
            (east - across * 0.3, south - down * 0.6), across * 1.7, [(0, "#FFFFFF"), (0.6, "#F8F2E8"), (1, "#DCCFBB")]
        )
    )
    ellipse(painter, (east, south), across, down)
    painter.setBrush(
        along((0, south - down * 0.7), (0, south + down * 0.7), [(0, "#D9CCB8"), (0.5, "#F3ECE0"), (1, "#FFFFFF")])
    )
    ellipse(painter, (east, south + 2), across * 0.80, down * 0.72)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(line(colour("#6F8FA8", 0.7), 4))
    ellipse(painter, (east, south), across * 0.95, down * 0.93)
    painter.setPen(Qt.PenStyle.NoPen)


def scone(painter: QPainter, east: float, south: float, size: float, seed: int, spread: bool = False) -> None:
    """A risen scone with a cracked side; opened ones carry jam and cream."""
    chance = random.Random(seed)
    with kept(painter):
        painter.translate(east, south)
        painter.scale(size / 200, size / 200)
        contact(painter, (6, 62), 112, 26, 0.55)
        top_level = -20 if spread else -46
        body = smooth(
            [
                (-88, top_level + 6),
                (-97, 6),
                (-92, 44),
                (-62, 66),
                (0, 74),
                (62, 66),
                (92, 44),
                (97, 6),
                (88, top_level + 6),
                (0, top_level - 12),
            ],
            closed=True,
        )
        painter.setBrush(along((-100, -40), (100, 70), [(0, "#FFE6AE"), (0.45, "#F0C078"), (1, "#B9773A")]))
        painter.drawPath(body)
        with kept(painter):
            painter.setClipPath(body)
            for _ in range(5):
                level = chance.uniform(-4, 46)
                painter.setPen(line(colour("#9A5A22", 0.40), chance.uniform(2, 4.5)))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPath(smooth([(part * 34 - 100, level + chance.uniform(-8, 8)) for part in range(7)]))
            painter.setPen(Qt.PenStyle.NoPen)
            for _ in range(60):
                painter.setBrush(colour(chance.choice(["#FFF3D0", "#A9692E"]), 0.30))
                ellipse(
                    painter,
                    (chance.uniform(-95, 95), chance.uniform(-30, 70)),
                    chance.uniform(1, 4),
                    chance.uniform(1, 3),
                )
        if not spread:
            crown = smooth(
                [(-90, -38), (-70, -66), (-24, -82), (30, -80), (72, -64), (91, -36), (60, -16), (0, -8), (-60, -18)],
                closed=True,
            )
            painter.setBrush(
                around((-34, -66), 140, [(0, "#FFDF9C"), (0.35, "#E9A850"), (0.8, "#BC7028"), (1, "#96541A")])
            )
            painter.drawPath(crown)
            with kept(painter):
                painter.setClipPath(crown)
                painter.setBrush(colour("#FFF4D4", 0.5))
                painter.drawPath(smooth([(-62, -56), (-30, -74), (14, -74), (-10, -62), (-44, -50)], closed=True))
                for _ in range(26):
                    painter.setBrush(colour(chance.choice(["#FFF0C8", "#8A4A14"]), 0.32))
                    ellipse(
                        painter,
                        (chance.uniform(-80, 80), chance.uniform(-80, -12)),
                        chance.uniform(1, 4),
                        chance.uniform(1, 3),
                    )
            return
        painter.setBrush(around((-30, -40), 130, [(0, "#FFF5D8"), (0.7, "#FBE0A6"), (1, "#DDAA62")]))
        ellipse(painter, (0, -24), 92, 30)
        cream = smooth(
            [(-66, -24), (-56, -44), (-24, -54), (14, -56), (52, -46), (68, -26), (48, -10), (4, -4), (-44, -10)],
            closed=True,
        )
        painter.setBrush(around((-24, -50), 110, [(0, "#FFFFFF"), (0.7, "#FFF6E4"), (1, "#E6D3B0")]))
        painter.drawPath(cream)
        painter.setBrush(around((-16, -62), 70, [(0, "#FFD078"), (0.5, "#F99A22"), (1, "#CC6206")]))
        painter.drawPath(
            smooth(
                [
                    (-44, -40),
                    (-30, -62),
                    (0, -72),
                    (34, -62),
                    (48, -40),
                    (40, -18),
                    (24, -26),
                    (8, -12),
                    (-12, -24),
                    (-30, -18),
                ],
                closed=True,
            )
        )
        painter.setBrush(colour("#FFFFFF", 0.7))
        painter.drawPath(smooth([(-24, -54), (-8, -63), (6, -62), (-8, -54)], closed=True))


def spoon(painter: QPainter, east: float, south: float) -> None:
    """A small spoon with jam."""
    with kept(painter):
        painter.translate(east, south)
        painter.rotate(-14)
        contact(painter, (60, 24), 190, 18, 0.35)
        painter.setPen(thick(along((0, -8), (0, 10), [(0, "#F6E6C0"), (0.5, "#D3B06C"), (1, "#97742F")]), 13))
        painter.drawLine(QPointF(40, 2), QPointF(212, 6))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(along((0, -36), (0, 34), [(0, "#FBEFCF"), (0.5, "#D9B976"), (1, "#9A7632")]))
        ellipse(painter, (-14, 0), 64, 36)
        painter.setBrush(around((-30, -12), 62, [(0, "#FFCB6C"), (0.5, "#F7931E"), (1, "#C95F06")]))
        path = QPainterPath()
        path.addPath(
            smooth([(-66, 2), (-52, -22), (-14, -32), (26, -20), (36, 2), (16, 20), (-18, 24), (-52, 18)], closed=True)
        )
        painter.drawPath(path)
        painter.setBrush(colour("#FFFFFF", 0.75))
        painter.drawPath(smooth([(-46, -8), (-28, -20), (-8, -22), (-26, -12)], closed=True))
