"""The hand of *손 카메라*: it comes from the lower right, takes a segment, shows it to the lens and lays it back.
Decides the shape of the hand and its way; the segment ends where it began, so the loop closes."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter

from demo.canvas import (
    Point,
    along,
    around,
    between,
    blank,
    colour,
    ease,
    ellipse,
    kept,
    line,
    painting,
    rounded,
    shadow,
    smooth,
    wave,
)

SIZE = (360, 900)
PINCH: Point = (146.0, 124.0)
STEPS = 8
SKIN, SKIN_SHADE, SKIN_LIGHT = "#F1BB90", "#CF8459", "#FFDDB8"
REST: Point = (566.0, 1236.0)
SHOWN: Point = (384.0, 872.0)


@dataclass(frozen=True, slots=True)
class Reach:
    """The hand at one moment: where thumb and finger meet, how high, how closed."""

    place: Point
    tip: Point
    lift: float
    turn: float
    way: float
    grip: float
    held: bool


class Hand:
    """Paints the hand in a few grips, each with its blurred shadow."""

    def __init__(self) -> None:
        self.behind = [hand(step / (STEPS - 1), before=False) for step in range(STEPS)]
        self.before = [hand(step / (STEPS - 1), before=True) for step in range(STEPS)]
        self.shade = []
        for back, front in zip(self.behind, self.before, strict=True):
            whole = blank(SIZE[0] + 80, SIZE[1] + 80)
            with painting(whole) as painter:
                painter.drawImage(40, 40, back)
                painter.drawImage(40, 40, front)
            self.shade.append(shadow(whole, 11, "#2E1404", 0.50))

    def at(self, moment: float, home: Point) -> Reach:
        """Out of rest, to the plate, up to the lens, back, and to rest again."""
        near = between(moment, 0.08, 0.95, 0.15)
        lift = between(moment, 0.31, 0.75, 0.12)
        grip = between(moment, 0.20, 0.84, 0.06)
        held = 0.265 <= moment <= 0.775
        shown = (SHOWN[0] + 8 * wave(moment, 3) * lift, SHOWN[1] + 7 * wave(moment, 4, 0.3) * lift)
        rest = (REST[0] + 5 * wave(moment, 2), REST[1] + 7 * wave(moment, 2, 0.25))
        place = (home[0] + (shown[0] - home[0]) * lift, home[1] + (shown[1] - home[1]) * lift)
        tip = (rest[0] + (place[0] - rest[0]) * near, rest[1] + (place[1] - rest[1]) * near)
        turn = -28.0 + 34 * lift + 13 * wave(moment, 5) * lift
        way = -22.0 + 5 * near + 9 * lift + 1.5 * wave(moment, 2) + 3 * wave(moment, 5) * lift
        return Reach(place if held else home, tip, lift, turn if held else -28.0, way, ease(grip), held)

    def paint_shadow(self, painter: QPainter, reach: Reach) -> None:
        with kept(painter):
            self.place(painter, reach, (12 + 38 * reach.lift, 18 + 56 * reach.lift))
            painter.setOpacity(1 - 0.35 * reach.lift)
            painter.drawImage(QPointF(-PINCH[0] - 40, -PINCH[1] - 40), self.shade[self.step(reach)])

    def paint_behind(self, painter: QPainter, reach: Reach) -> None:
        """What is under the segment: everything but the index finger."""
        with kept(painter):
            self.place(painter, reach, (0, 0))
            painter.drawImage(QPointF(-PINCH[0], -PINCH[1]), self.behind[self.step(reach)])

    def paint_before(self, painter: QPainter, reach: Reach) -> None:
        """What lies over the segment."""
        with kept(painter):
            self.place(painter, reach, (0, 0))
            painter.drawImage(QPointF(-PINCH[0], -PINCH[1]), self.before[self.step(reach)])

    def place(self, painter: QPainter, reach: Reach, fall: Point) -> None:
        painter.translate(reach.tip[0] + fall[0], reach.tip[1] + fall[1])
        painter.rotate(reach.way)
        painter.scale(1 + 0.10 * reach.lift, 1 + 0.10 * reach.lift)

    def step(self, reach: Reach) -> int:
        return round(reach.grip * (STEPS - 1))


def hand(grip: float, before: bool) -> QImage:
    """A right hand from above, fingers up; before: only the index finger, else all the rest."""
    image = blank(*SIZE)
    open_by = 1 - grip
    with painting(image) as painter:
        if before:
            tip = (148.0 + 16 * open_by, 146.0 - 14 * open_by)
            finger(
                painter, [(172.0, 250.0), (170 + 3 * open_by, 206.0), (160 + 10 * open_by, 170 - 6 * open_by), tip], 38
            )
            nail(painter, tip, -10 + 4 * open_by)
            return image
        sleeve(painter)
        finger(painter, [(252, 280), (270, 244), (270 - 5 * grip, 214 + 8 * grip)], 31)
        finger(painter, [(230, 264), (244, 214), (236 - 8 * grip, 172 + 14 * grip)], 36)
        finger(painter, [(202, 252), (210, 196), (198 - 6 * grip, 150 + 10 * grip)], 38)
        thumb = [
            (160.0, 340.0),
            (130 - 4 * open_by, 290.0),
            (118 - 12 * open_by, 226.0),
            (132 - 20 * open_by, 166 + 6 * open_by),
        ]
        finger(painter, thumb, 41)
        palm = smooth(
            [
                (150, 268),
                (154, 236),
                (180, 224),
                (214, 230),
                (244, 246),
                (269, 276),
                (270, 326),
                (256, 372),
                (244, 420),
                (164, 420),
                (152, 376),
                (142, 322),
            ],
            closed=True,
        )
        painter.setBrush(along((140, 300), (276, 320), [(0, SKIN_LIGHT), (0.4, SKIN), (1, "#D9936A")]))
        painter.drawPath(palm)
        for place in ((174, 246), (205, 248), (233, 260), (256, 282)):
            painter.setBrush(around(place, 17, [(0, colour("#FFE3C4", 0.50)), (1, colour("#FFE3C4", 0))]))
            ellipse(painter, place, 17, 15)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for start, end in (((182, 268), (188, 336)), ((208, 268), (206, 338)), ((233, 280), (224, 340))):
            painter.setPen(line(colour("#B9714A", 0.12), 5))
            painter.drawLine(QPointF(*start), QPointF(*end))
    return image


def finger(painter: QPainter, points: list[Point], width: float) -> None:
    """One finger, lit from the left, darker along its right side."""
    path = smooth(points)
    with kept(painter):
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(line(colour("#A9633C", 0.40), width + 2.4))
        painter.drawPath(path.translated(1.2, 1.0))
        layers = [
            ("#DE9B6E", 1.0, 0.0),
            ("#E6A77B", 0.86, -0.05),
            ("#EDB489", 0.68, -0.09),
            ("#F3BF97", 0.46, -0.13),
            ("#F8CAA5", 0.22, -0.17),
        ]
        for shade, share, shift in layers:
            painter.setPen(line(shade, width * share))
            painter.drawPath(path.translated(width * shift, width * shift * 0.3))


def nail(painter: QPainter, tip: Point, turn: float) -> None:
    """The nail of a finger that points up."""
    with kept(painter):
        painter.translate(tip[0] - 1.5, tip[1] - 3)
        painter.rotate(turn)
        painter.setBrush(along((-9, -12), (9, 12), [(0, "#FFEDE0"), (0.5, "#FAD2BC"), (1, "#EBA98B")]))
        painter.drawPath(rounded(-9.5, -12, 19, 23, 9))
        painter.setBrush(colour("#FFFFFF", 0.5))
        painter.drawPath(rounded(-6, -9, 4, 12, 2))


def sleeve(painter: QPainter) -> None:
    """Bare wrist and a rolled linen cuff."""
    painter.setBrush(along((140, 300), (276, 320), [(0, SKIN_LIGHT), (0.4, SKIN), (1, "#D9936A")]))
    painter.drawPath(smooth([(164, 380), (168, 440), (166, 520), (246, 520), (240, 440), (238, 380)], closed=True))
    painter.setBrush(along((140, 0), (280, 0), [(0, "#FFF9EA"), (0.45, "#FBEBD0"), (1, "#CDAA7A")]))
    painter.drawPath(smooth([(150, 496), (142, 700), (130, 900), (292, 900), (272, 700), (262, 496)], closed=True))
    painter.setPen(line(colour("#B08A58", 0.3), 4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(smooth([(166, 560), (190, 640), (186, 740)]))
    painter.drawPath(smooth([(240, 560), (228, 660), (246, 760)]))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(along((0, 470), (0, 522), [(0, "#FFFBF0"), (0.6, "#F3E0BE"), (1, "#C9A574")]))
    painter.drawPath(rounded(144, 466, 124, 54, 16))
