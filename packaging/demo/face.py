"""The face, the braid and the straw hat of the host. Decides her looks; how she turns and talks comes as a pose."""

from __future__ import annotations

import math
import random

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from demo.canvas import (
    along,
    around,
    colour,
    ellipse,
    kept,
    line,
    oval,
    polygon,
    rounded,
    smooth,
)
from demo.gestures import Pose

SKIN = "#F3BE94"
HAIR, HAIR_LIGHT = "#38231D", "#7A4A34"


def head(painter: QPainter, now: Pose) -> None:
    """Face, hair and hat, turned a little by shifting what is nearer to the lens."""
    shift = 7.0 * now.turn
    face = smooth(
        [
            (-57, 590),
            (-56, 626),
            (-42, 662),
            (-16, 684),
            (0, 687),
            (16, 684),
            (42, 662),
            (56, 626),
            (57, 590),
            (40, 548),
            (0, 536),
            (-40, 548),
        ],
        closed=True,
    )
    for side in (-1, 1):
        painter.setBrush(along((-60, 600), (60, 640), [(0, "#FFCFA4"), (1, "#CF8559")]))
        ellipse(painter, (side * 57 - shift * 0.3, 622), 9, 14)
    painter.setBrush(around((-22, 606), 110, [(0, "#FFD9B6"), (0.5, SKIN), (0.82, "#E5A274"), (1, "#D08A5E")]))
    painter.drawPath(face)
    with kept(painter):
        painter.setClipPath(face)
        painter.setBrush(
            along(
                (0, 548),
                (0, 606),
                [(0, colour("#9A5530", 0.62)), (0.7, colour("#B06A40", 0.28)), (1, colour("#B06A40", 0))],
            )
        )
        painter.drawRect(-70, 530, 140, 90)
        for side in (-1, 1):
            painter.setBrush(
                around((side * 34 + shift, 646), 22, [(0, colour("#F0755A", 0.50)), (1, colour("#F0755A", 0))])
            )
            ellipse(painter, (side * 34 + shift, 646), 22, 17)
    features(painter, now, shift)
    front_hair(painter, shift)
    hat(painter, shift)


def features(painter: QPainter, now: Pose, shift: float) -> None:
    """Eyes, brows, nose and a mouth that talks and otherwise smiles."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for side in (-1, 1):
        east = side * 25 + shift
        painter.setPen(line("#5A382B", 3.6))
        lift = 2.4 * now.offer + 1.4 * now.greet
        painter.drawPath(
            smooth(
                [
                    (east - 11, 601 - lift - (side > 0) * 1.0),
                    (east, 596.5 - lift),
                    (east + 11, 601 - lift - (side < 0) * 1.0),
                ]
            )
        )
        closed = min(1.0, now.blink + 0.12)
        with kept(painter):
            painter.translate(east, 622)
            if closed > 0.75:
                painter.setPen(line("#2C1B17", 3.6))
                painter.drawPath(smooth([(-9, -1), (0, 3.5), (9, -1)]))
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.scale(1, 1 - 0.8 * closed)
                painter.setBrush(around((0, -2), 12, [(0, "#4A2C22"), (1, "#22130F")]))
                ellipse(painter, (0, 0), 7.6, 10.2)
                painter.setBrush(colour("#FFFFFF", 0.95))
                ellipse(painter, (-2.4, -4.0), 2.7, 3.1)
                painter.setBrush(colour("#FFFFFF", 0.5))
                ellipse(painter, (2.6, 4.0), 1.4, 1.5)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(line("#22130F", 2.8))
                painter.drawPath(smooth([(-9.5 + (side < 0) * -2, -6), (0, -11), (9.5 + (side > 0) * 2, -6)]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(line(colour("#B8693F", 0.8), 3))
    painter.drawPath(smooth([(shift * 1.35 - 4, 641), (shift * 1.35 + 1, 644.5), (shift * 1.35 + 6, 641)]))
    east, gape = shift * 1.1, now.mouth
    if gape < 0.10:
        painter.setPen(line("#A2472F", 3.8))
        painter.drawPath(smooth([(east - 17, 657), (east - 9, 664), (east, 666.5), (east + 9, 664), (east + 17, 657)]))
    else:
        wide, deep = 17 - 3.5 * gape, 5 + 14 * gape
        mouth = smooth(
            [
                (east - wide, 656.5),
                (east, 659),
                (east + wide, 656.5),
                (east + wide * 0.72, 657 + deep * 0.72),
                (east, 658 + deep),
                (east - wide * 0.72, 657 + deep * 0.72),
            ],
            closed=True,
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush("#8A2F24")
        painter.drawPath(mouth)
        with kept(painter):
            painter.setClipPath(mouth)
            painter.setBrush("#FFF8EE")
            painter.drawPath(rounded(east - 12, 653, 24, 8, 3))
            painter.setBrush("#E8796A")
            ellipse(painter, (east, 660 + deep), 9, 6)
    painter.setPen(Qt.PenStyle.NoPen)


def front_hair(painter: QPainter, shift: float) -> None:
    """Locks at both temples and a braid over one shoulder."""
    for side in (-1, 1):
        points = [
            (side * 30, 548),
            (side * 54, 560),
            (side * 64, 600),
            (side * 60, 650),
            (side * 52, 640),
            (side * 50, 606),
            (side * 40, 578),
        ]
        painter.setBrush(along((side * 40, 550), (side * 64, 650), [(0, HAIR_LIGHT if side < 0 else HAIR), (1, HAIR)]))
        painter.drawPath(smooth([(east + shift * 0.4, south) for east, south in points], closed=True))
    painter.setBrush(along((-50, 545), (50, 590), [(0, HAIR_LIGHT), (1, HAIR)]))
    painter.drawPath(
        smooth(
            [
                (-54 + shift * 0.5, 572),
                (-20 + shift, 580),
                (16 + shift, 566),
                (54 + shift * 0.5, 576),
                (48, 545),
                (-48, 545),
            ],
            closed=True,
        )
    )
    for index in range(5):
        east, south = 60 + index * 3.4, 668 + index * 19
        size = 16 - index * 1.4
        painter.setBrush(around((east - 5, south - 6), size * 1.4, [(0, "#7E4E38"), (0.6, "#45291F"), (1, "#2E1B16")]))
        painter.drawPath(oval((east, south), size, 13))
    painter.setBrush("#E8A33A")
    painter.drawPath(rounded(63, 757, 23, 10, 5))
    painter.setBrush(HAIR)
    painter.drawPath(smooth([(67, 766), (70, 784), (76, 790), (82, 783), (83, 766)], closed=True))


def hat(painter: QPainter, shift: float) -> None:
    """A wide straw hat with a green band; the low sun sits on its left edge."""
    chance = random.Random(3)
    with kept(painter):
        painter.translate(shift * 0.7, 556)
        painter.rotate(-2.5)
        painter.translate(0, -556)
        crown = smooth(
            [(-76, 556), (-70, 508), (-50, 474), (0, 460), (50, 474), (70, 508), (76, 556), (0, 572)], closed=True
        )
        brim = smooth(
            [
                (-156, 566),
                (-128, 546),
                (-74, 534),
                (0, 530),
                (74, 534),
                (128, 546),
                (156, 566),
                (118, 584),
                (58, 578),
                (0, 574),
                (-58, 578),
                (-118, 584),
            ],
            closed=True,
        )
        painter.setBrush(along((-150, 540), (150, 590), [(0, "#FFE9AE"), (0.35, "#F2CE80"), (1, "#C08F48")]))
        painter.drawPath(brim)
        with kept(painter):
            painter.setClipPath(brim)
            for ring in range(7):
                painter.setPen(line(colour("#9A6A28", 0.22), 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPath(oval((0, 556), 84 + ring * 12, 20 + ring * 4.4))
            for _ in range(90):
                way = chance.uniform(0, 2 * math.pi)
                start = chance.uniform(0.5, 0.9)
                painter.setPen(line(colour(chance.choice(["#FFF5CC", "#8A5E24"]), 0.25), 1.3))
                painter.drawLine(
                    QPointF(156 * start * math.cos(way), 556 + 40 * start * math.sin(way)),
                    QPointF(156 * (start + 0.12) * math.cos(way), 556 + 40 * (start + 0.12) * math.sin(way)),
                )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(
                around(
                    (10, 560),
                    110,
                    [(0, colour("#6A4316", 0.55)), (0.7, colour("#6A4316", 0.25)), (1, colour("#6A4316", 0))],
                )
            )
            painter.drawPath(oval((8, 556), 112, 26))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(along((-76, 470), (80, 560), [(0, "#FFEDB8"), (0.4, "#F0CB7C"), (1, "#BB8840")]))
        painter.drawPath(crown)
        with kept(painter):
            painter.setClipPath(crown)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for row in range(12):
                painter.setPen(line(colour("#9A6A28", 0.24), 1.5))
                south = 470 + row * 8
                painter.drawPath(
                    smooth([(-80, south - 2), (-40, south + 7), (0, south + 9), (40, south + 7), (80, south - 2)])
                )
            for column in range(-9, 10):
                painter.setPen(line(colour("#FFF6D2", 0.20), 1.4))
                painter.drawPath(smooth([(column * 6.0, 458), (column * 8.0, 500), (column * 8.6, 566)]))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(along((-80, 540), (80, 560), [(0, "#6E9A62"), (0.5, "#4B7A4C"), (1, "#33583A")]))
            painter.drawPath(
                polygon(
                    (-84, 530),
                    (-40, 541),
                    (0, 544),
                    (40, 541),
                    (84, 530),
                    (84, 556),
                    (40, 568),
                    (0, 571),
                    (-40, 568),
                    (-84, 556),
                )
            )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(line(colour("#FFFBE6", 0.85), 3.4))
        painter.drawPath(smooth([(-73, 524), (-67, 502), (-50, 477), (-20, 464)]))
        painter.drawPath(smooth([(-154, 565), (-128, 548), (-84, 537)]))
        painter.setPen(Qt.PenStyle.NoPen)
