"""The host of *귤밭*: a farmer in a straw hat and a denim apron behind her table. Decides body, arms and hands; her
face is in face.py, what she does is in gestures.py."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from demo.canvas import (
    Point,
    along,
    around,
    colour,
    ellipse,
    kept,
    line,
    rounded,
    smooth,
    thick,
    wave,
)
from demo.face import head
from demo.fruit import leaf, mandarin
from demo.gestures import Pose, pose, swung

SKIN, SKIN_SHADE, SKIN_LIGHT = "#F3BE94", "#D68F63", "#FFDDB8"
LINEN, LINEN_SHADE = "#FFF2DC", "#DDBD92"
DENIM, DENIM_SHADE, DENIM_LIGHT = "#56789A", "#385470", "#86A6C2"


class Host:
    """Paints the person, standing at x 372 behind the table."""

    def __init__(self) -> None:
        self.fruit = mandarin(74, 501, (0.05, -0.45), 0.94)

    def paint(self, painter: QPainter, moment: float) -> None:
        now = pose(moment)
        with kept(painter):
            painter.translate(372 + now.sway * 0.4, 0)
            self.back_hair(painter, now)
            self.torso(painter, now)
            shoulder = (93 + now.sway * 0.5, 740 + now.breath)
            elbow = swung((138.0, 838.0), (160.0, 818.0), now.greet, 12)
            hand = swung((108.0, 926.0), (186.0 + 15 * now.wag, 690.0 - 3 * abs(now.wag)), now.greet, 50)
            self.arm(painter, shoulder, elbow, hand)
            self.open_hand(painter, hand, 4 + 15 * now.wag, now.greet)
            with kept(painter):
                painter.translate(now.sway * 0.9, now.breath * 0.8)
                painter.translate(0, 700)
                painter.rotate(now.tilt)
                painter.translate(0, -700)
                head(painter, now)
            shoulder = (-93 + now.sway * 0.5, 740 + now.breath)
            elbow = swung((-136.0, 842.0 + now.breath), (-148.0, 834.0), now.offer, -10)
            lift = (-134.0 + 6 * wave(moment, 5) * now.offer, 716.0 + 6 * wave(moment, 4, 0.2) * now.offer)
            hand = swung((-58.0, 862.0 + now.breath), lift, now.offer, -14)
            self.arm(painter, shoulder, elbow, hand)
            self.holding_hand(painter, hand, now.offer)

    def back_hair(self, painter: QPainter, now: Pose) -> None:
        """The hair behind the neck."""
        with kept(painter):
            painter.translate(now.sway * 0.8, now.breath * 0.8)
            painter.setBrush(along((-60, 560), (60, 700), [(0, "#5A372A"), (1, "#2C1B17")]))
            painter.drawPath(
                smooth(
                    [(-66, 590), (-70, 650), (-46, 704), (0, 716), (46, 704), (70, 650), (66, 590), (0, 540)],
                    closed=True,
                )
            )

    def torso(self, painter: QPainter, now: Pose) -> None:
        """Neck, shirt and apron."""
        lean = now.sway * 0.5
        top = now.breath
        body = smooth(
            [
                (-38 + lean, 694 + top),
                (-84 + lean, 712 + top),
                (-116 + lean, 744 + top),
                (-108, 830),
                (-100, 900),
                (-112, 1010),
                (112, 1010),
                (100, 900),
                (108, 830),
                (116 + lean, 744 + top),
                (84 + lean, 712 + top),
                (38 + lean, 694 + top),
            ],
            closed=True,
        )
        painter.setBrush(along((-116, 700), (116, 860), [(0, "#FFF9EA"), (0.45, LINEN), (1, LINEN_SHADE)]))
        painter.drawPath(body)
        painter.setBrush(along((-26, 650), (30, 720), [(0, SKIN), (1, SKIN_SHADE)]))
        painter.drawPath(
            smooth(
                [
                    (-25 + lean, 640),
                    (-27 + lean, 694 + top),
                    (-34 + lean, 704 + top),
                    (lean, 736 + top),
                    (34 + lean, 704 + top),
                    (27 + lean, 694 + top),
                    (25 + lean, 640),
                ],
                closed=True,
            )
        )
        painter.setBrush(colour("#A75F3C", 0.42))
        painter.drawPath(
            smooth(
                [
                    (-25 + lean, 664),
                    (0 + lean, 692),
                    (27 + lean, 664),
                    (27 + lean, 690 + top),
                    (0 + lean, 708),
                    (-25 + lean, 686),
                ],
                closed=True,
            )
        )
        painter.setPen(line("#EAD3AC", 5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(
            smooth(
                [
                    (-40 + lean, 698 + top),
                    (-22 + lean, 726 + top),
                    (0 + lean, 742 + top),
                    (22 + lean, 726 + top),
                    (40 + lean, 698 + top),
                ]
            )
        )
        painter.setPen(Qt.PenStyle.NoPen)
        with kept(painter):
            painter.setClipPath(body)
            for points in (
                [(-62 + lean, 700 + top), (-58, 760), (-56, 800)],
                [(62 + lean, 700 + top), (58, 760), (56, 800)],
            ):
                painter.setPen(line(colour("#7A5A34", 0.22), 25))
                painter.drawPath(smooth([(east + 3, south + 2) for east, south in points]))
                painter.setPen(line(DENIM, 21))
                painter.drawPath(smooth(points))
            painter.setPen(Qt.PenStyle.NoPen)
            bib = smooth(
                [
                    (-72, 806 + top),
                    (-70, 786 + top),
                    (-62, 780 + top),
                    (62, 780 + top),
                    (70, 786 + top),
                    (72, 806 + top),
                    (78, 862),
                    (116, 900),
                    (122, 1010),
                    (-122, 1010),
                    (-116, 900),
                    (-78, 862),
                ],
                closed=True,
            )
            painter.setBrush(colour("#7A5A34", 0.20))
            painter.drawPath(bib.translated(5, 3))
            painter.setBrush(along((-110, 780), (120, 960), [(0, DENIM_LIGHT), (0.3, DENIM), (1, DENIM_SHADE)]))
            painter.drawPath(bib)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            stitch = line(colour("#E9DFC8", 0.75), 1.6)
            stitch.setDashPattern([3.2, 3.0])
            painter.setPen(stitch)
            painter.drawPath(smooth([(-62, 789 + top), (0, 787 + top), (62, 789 + top)]))
            painter.drawPath(rounded(-52, 868, 104, 78, 12))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush("#E8C46A")
            for side in (-1, 1):
                ellipse(painter, (side * 57, 793 + top), 5.2, 5.2)
            painter.setBrush(around((-6, 818 + top), 24, [(0, "#FFC25C"), (1, "#F08A1E")]))
            ellipse(painter, (0, 824 + top), 17, 16)
            painter.translate(1, 808 + top)
            painter.rotate(-38)
            leaf(painter, 22, 11, 0.75)

    def arm(self, painter: QPainter, shoulder: Point, elbow: Point, hand: Point) -> None:
        """A linen sleeve, rolled up below the elbow, and the bare forearm."""
        cuff = (elbow[0] + (hand[0] - elbow[0]) * 0.36, elbow[1] + (hand[1] - elbow[1]) * 0.36)
        skin = along(
            (elbow[0] - 14, elbow[1]), (elbow[0] + 24, elbow[1] + 10), [(0, SKIN_LIGHT), (0.5, SKIN), (1, SKIN_SHADE)]
        )
        with kept(painter):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(line(colour("#6A3A18", 0.16), 50))
            painter.drawPath(smooth([(shoulder[0] + 6, shoulder[1] + 8), (elbow[0] + 7, elbow[1] + 6)]))
            painter.setPen(thick(skin, 31))
            painter.drawLine(QPointF(*cuff), QPointF(*hand))
            sleeve = along(
                (elbow[0] - 30, elbow[1] - 20),
                (elbow[0] + 30, elbow[1] + 20),
                [(0, "#FFF9EA"), (0.4, LINEN), (1, LINEN_SHADE)],
            )
            path = QPainterPath(QPointF(*shoulder))
            path.quadTo(QPointF(*elbow), QPointF(*cuff))
            painter.setPen(thick(sleeve, 49))
            painter.drawPath(path)
            painter.setPen(line(colour("#FFFDF2", 0.45), 9))
            painter.drawPath(path.translated(-14, -4))
            way = math.atan2(hand[1] - elbow[1], hand[0] - elbow[0])
            painter.translate(*cuff)
            painter.rotate(math.degrees(way))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(along((0, -28), (0, 28), [(0, "#FFF7E6"), (0.6, "#EED8B2"), (1, "#D2AF7E")]))
            painter.drawPath(rounded(2, -27, 23, 54, 11))

    def open_hand(self, painter: QPainter, place: Point, turn: float, spread: float) -> None:
        """The waving hand, palm to the lens."""
        with kept(painter):
            painter.translate(*place)
            painter.rotate(turn)
            skin = along((-24, -40), (24, 20), [(0, SKIN_LIGHT), (0.5, SKIN), (1, SKIN_SHADE)])
            for east, reach, fan in [(-17, 44, -15), (-6, 52, -5), (6, 50, 4), (17, 41, 14)]:
                with kept(painter):
                    painter.translate(east, -16)
                    painter.rotate(fan * (0.5 + 0.7 * spread))
                    painter.setPen(thick(skin, 14.5))
                    painter.drawLine(QPointF(0, 0), QPointF(0, -reach + 10))
            with kept(painter):
                painter.setPen(thick(skin, 15))
                painter.drawPath(smooth([(-16, 10), (-32, -4), (-40, -20)]))
            painter.setBrush(skin)
            painter.drawPath(
                smooth([(-24, -20), (-25, 4), (-15, 22), (15, 22), (25, 4), (24, -20), (0, -26)], closed=True)
            )
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(line(colour("#C47C52", 0.5), 2))
            painter.drawPath(smooth([(-18, -2), (-6, -7), (8, -4)]))
            painter.drawPath(smooth([(-14, -12), (2, -14), (18, -10)]))

    def holding_hand(self, painter: QPainter, place: Point, offer: float) -> None:
        """The hand with the mandarin: palm behind the fruit, finger tips in front."""
        size = 70 + 12 * offer
        skin = along((-30, -20), (34, 30), [(0, SKIN_LIGHT), (0.5, SKIN), (1, SKIN_SHADE)])
        with kept(painter):
            painter.translate(*place)
            painter.setBrush(skin)
            painter.drawPath(smooth([(-28, -4), (-24, 20), (0, 30), (24, 20), (28, -4), (0, -12)], closed=True))
            painter.setPen(thick(skin, 15))
            painter.drawPath(smooth([(24, 12), (37, -8), (36, -28)]))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.save()
            painter.translate(0, -26 - 5 * offer)
            painter.rotate(-10 * offer)
            painter.scale(size / 74, size / 74)
            painter.drawImage(QPointF(-37, -37), self.fruit)
            painter.translate(3, -20)
            painter.rotate(-52)
            leaf(painter, 38, 17, 0.8)
            painter.restore()
            for east, reach, fan in [(-30, -24, -10), (-19, -14, -5), (-6, -9, 1), (8, -7, 5)]:
                painter.setPen(line(colour("#A85A30", 0.4), 15))
                painter.drawLine(QPointF(east * 0.72 + 1, 18), QPointF(east + fan * 0.3 + 1.5, reach + 2))
                painter.setPen(thick(skin, 13.5))
                painter.drawLine(QPointF(east * 0.72, 17), QPointF(east + fan * 0.3, reach))
