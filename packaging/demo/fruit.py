"""Mandarins, slices, segments and leaves. Decides what the fruit of the demo show looks like, so that the orchard,
the table and the product pictures show the same fruit. Every drawing is a pure function of its numbers and its
seed."""

from __future__ import annotations

import math
import random

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter, QPainterPath, Qt

from demo.canvas import (
    Point,
    along,
    around,
    blank,
    colour,
    ellipse,
    from_floats,
    kept,
    line,
    mixed,
    noise,
    painting,
    rounded,
    smooth,
)

PEEL = ((150, 52, 6), (214, 92, 14), (246, 139, 30), (255, 171, 58), (255, 205, 112))
GOLD = ((168, 92, 10), (222, 136, 16), (250, 176, 40), (255, 203, 82), (255, 228, 146))


def mandarin(
    size: int,
    seed: int,
    tilt: Point = (0.1, -0.25),
    flat: float = 1.0,
    ramp: tuple[tuple[int, int, int], ...] = PEEL,
    stem: bool = True,
) -> QImage:
    """One shaded fruit, lit from the upper left. `tilt` is where its stem end looks, in radii from the centre."""
    chance = random.Random(seed)
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1
    across, down = np.meshgrid(axis, axis / flat)
    angle = np.arctan2(down, across)
    edge = 0.95 + 0.012 * np.cos(2 * angle + chance.uniform(0, 6)) + 0.008 * np.cos(3 * angle + chance.uniform(0, 6))
    reach = np.sqrt(across**2 + down**2) / edge
    inside = np.clip((1 - reach) * size / 2 * 0.95 + 0.5, 0, 1).astype(np.float32)
    height = np.sqrt(np.clip(1 - reach**2, 0, 1))

    grain = max(size / 110, 0.7)
    pores = noise(size, size, grain, grain, seed) * min(0.07, size / 3200) * grain * 4 / size
    patches = noise(size, size, size / 5, size / 5, seed + 1)
    east, south = tilt
    from_stem = np.sqrt((across - east) ** 2 + (down - south) ** 2)
    ribs = np.cos(9 * np.arctan2(down - south, across - east) + chance.uniform(0, 6))
    dimple = np.exp(-((from_stem / 0.2) ** 2))
    bump = pores - 0.05 * dimple + 0.012 * ribs * np.exp(-(((from_stem - 0.16) / 0.14) ** 2)) * stem
    slope_down, slope_across = np.gradient(bump * size / 2 * 0.5)
    normal = np.stack([across / edge - slope_across, down / edge - slope_down, height + 0.05], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    light = np.array([-0.46, -0.62, 0.64], np.float32)
    light /= np.linalg.norm(light)
    facing = normal @ light
    level = np.clip((facing + 0.42) / 1.42, 0, 1) ** 1.15 + 0.02 * patches
    level -= 0.16 * np.clip(reach, 0, 1) ** 5
    level += 0.16 * np.clip(reach, 0, 1) ** 7 * np.clip(-facing, 0, 1)

    places = np.linspace(0, 1, len(ramp))
    shade = np.stack([np.interp(level, places, [entry[part] for entry in ramp]) for part in range(3)], axis=-1)
    green = np.exp(-((from_stem / 0.24) ** 2))[..., None] * (0.30 if stem else 0.12)
    shade = shade * (1 - green) + np.array([196, 168, 40]) * green
    half = light + np.array([0, 0, 1])
    half /= np.linalg.norm(half)
    gloss = np.clip(normal @ half, 0, 1)
    shine = 0.42 * gloss**38 + 0.16 * gloss**9
    shade = shade + (255 - shade) * shine[..., None] * np.array([1.0, 0.96, 0.86])
    image = from_floats(shade.astype(np.float32), inside)
    if stem:
        with painting(image) as painter:
            painter.translate((east + 1) * size / 2, (south * flat + 1) * size / 2)
            painter.scale(size / 100, size / 100 * (0.65 + 0.35 * (1 - abs(south))))
            calyx(painter, chance)
    return image


def calyx(painter: QPainter, chance: random.Random) -> None:
    """The little green star where the fruit hung, about ten units wide."""
    turn = chance.uniform(0, 1)
    points: list[Point] = []
    for index in range(10):
        reach = 7.2 * chance.uniform(0.9, 1.1) if index % 2 == 0 else 3.4
        points.append((reach * math.cos(math.pi * index / 5 + turn), reach * math.sin(math.pi * index / 5 + turn)))
    with kept(painter):
        painter.translate(0.7, 1.2)
        painter.setBrush(colour("#5A2A04", 0.35))
        painter.drawPath(smooth(points, closed=True))
    painter.setBrush(around((-1, -1), 8, [(0, "#8FA84A"), (1, "#53702A")]))
    painter.drawPath(smooth(points, closed=True))
    painter.setBrush(around((-0.6, -0.6), 2.4, [(0, "#D8C68A"), (1, "#8A7436")]))
    ellipse(painter, (0, 0), 2.1, 2.1)


def leaf(painter: QPainter, length: float, width: float, tone: float, bend: float = 0.12) -> None:
    """One glossy leaf from the origin to the right. Tone 0 is deep shade, 1 is sunlit."""
    drop = bend * length
    upper, lower = QPainterPath(QPointF(0, 0)), QPainterPath(QPointF(0, 0))
    tip = QPointF(length, drop)
    for path, side in ((upper, -1), (lower, 1)):
        path.cubicTo(
            QPointF(length * 0.22, side * width * 0.62), QPointF(length * 0.68, side * width * 0.55 + drop * 0.4), tip
        )
        path.cubicTo(QPointF(length * 0.66, drop * 0.25), QPointF(length * 0.3, 0), QPointF(0, 0))
    dark, bright = mixed("#24452B", "#5D8A36", tone), mixed("#3C6634", "#A9C45A", tone)
    painter.setBrush(along((0, -width / 2), (length, drop), [(0, bright), (1, mixed(dark, bright, 0.45))]))
    painter.drawPath(upper)
    painter.setBrush(along((0, 0), (length * 0.6, width / 2 + drop), [(0, mixed(dark, bright, 0.30)), (1, dark)]))
    painter.drawPath(lower)
    with kept(painter):
        painter.setPen(line(mixed(bright, "#E8F0B0", 0.35), max(0.6, width * 0.05)))
        rib = QPainterPath(QPointF(0, 0))
        rib.cubicTo(QPointF(length * 0.3, 0), QPointF(length * 0.66, drop * 0.25), QPointF(length * 0.94, drop * 0.85))
        painter.drawPath(rib)


def cut(size: int, seed: int, peel: bool = True, dried: bool = False) -> QImage:
    """A mandarin cut across: peel, white rim and a wheel of juicy segments; or the same, dried to a chip."""
    chance = random.Random(seed)
    image = blank(size, size)
    with painting(image) as painter:
        painter.translate(size / 2, size / 2)
        painter.scale(size / 200, size / 200)
        if peel:
            outer = [("#E98A20", "#C45F0E"), ("#C9731C", "#8E420C")][dried]
            painter.setBrush(around((-20, -24), 130, [(0, outer[0]), (0.7, outer[0]), (1, outer[1])]))
            ellipse(painter, (0, 0), 97, 97)
            painter.setBrush(around((0, 0), 90, [(0, "#FFF3D6"), (1, ["#FFE7B8", "#EFC27C"][dried])]))
            ellipse(painter, (0, 0), 89, 89)
        flesh = [("#FFC25A", "#FF9A1F", "#EC7A0A"), ("#F3AE4C", "#DD8420", "#B5590F")][dried]
        count = 10
        for index in range(count):
            step = 2 * math.pi / count
            middle = step * index + chance.uniform(-0.05, 0.05)
            painter.setBrush(around((0, 0), 84, [(0, flesh[0]), (0.55, flesh[1]), (1, flesh[2])]))
            painter.drawPath(wedge(middle, step * 0.90, 8, 83))
            with kept(painter):
                painter.setClipPath(wedge(middle, step * 0.84, 11, 81))
                for _ in range(16):
                    way = middle + chance.uniform(-0.25, 0.25)
                    start = chance.uniform(18, 62)
                    end = start + chance.uniform(10, 22)
                    painter.setPen(line(colour(chance.choice(["#FFE3A0", "#FFD27A", "#E06E08"]), 0.42), 2.6))
                    painter.drawLine(
                        QPointF(start * math.cos(way), start * math.sin(way)),
                        QPointF(end * math.cos(way), end * math.sin(way)),
                    )
            painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("#FFF1CF", 0.95))
        ellipse(painter, (0, 0), 7, 7)
        painter.setBrush(around((-34, -44), 92, [(0, colour("#FFFFFF", 0.34)), (1, colour("#FFFFFF", 0))]))
        ellipse(painter, (0, 0), 88, 88)
    return image


def wedge(middle: float, spread: float, inner: float, outer: float) -> QPainterPath:
    """A piece of a wheel with round corners, point towards the middle."""
    half = spread / 2

    def at(way: float, reach: float) -> Point:
        return reach * math.cos(way), reach * math.sin(way)

    return smooth(
        [
            at(middle, inner),
            at(middle - half * 0.72, outer * 0.42),
            at(middle - half * 0.92, outer * 0.78),
            at(middle - half * 0.72, outer * 0.95),
            at(middle, outer),
            at(middle + half * 0.72, outer * 0.95),
            at(middle + half * 0.92, outer * 0.78),
            at(middle + half * 0.72, outer * 0.42),
        ],
        closed=True,
    )


def segment(size: int, seed: int) -> QImage:
    """One peeled segment lying on its side, a plump half moon with white threads, lit from the upper left."""
    chance = random.Random(seed)
    image = blank(size, size)
    with painting(image) as painter:
        painter.translate(size / 2, size / 2)
        painter.scale(size / 100, size / 100)
        body = smooth(
            [(-45, 3), (-34, -14), (-14, -25), (6, -27), (28, -20), (44, 0), (45, 8), (32, 15), (0, 13), (-34, 13)],
            closed=True,
        )
        painter.setBrush(along((-10, -28), (6, 18), [(0, "#FFC964"), (0.45, "#FF9E2A"), (1, "#E5770C")]))
        painter.drawPath(body)
        with kept(painter):
            painter.setClipPath(body)
            for _ in range(26):
                place = chance.uniform(-40, 40)
                painter.setPen(line(colour(chance.choice(["#FFE2A0", "#FFD080", "#E87A0A"]), 0.35), 2.0))
                painter.drawLine(QPointF(place * 0.86, chance.uniform(2, 12)), QPointF(place, chance.uniform(-22, -4)))
            painter.setPen(line(colour("#FFF4DC", 0.75), 2.6))
            painter.drawPath(smooth([(-44, 5), (-20, 11), (10, 11), (45, 8)]))
            painter.setPen(line(colour("#FFF4DC", 0.40), 1.3))
            for _ in range(4):
                place = chance.uniform(-34, 34)
                painter.drawPath(smooth([(place, 11), (place + 4, -4), (place + chance.uniform(-8, 8), -22)]))
            painter.setPen(line(colour("#FFFFFF", 0.55), 4.0))
            painter.drawPath(smooth([(-26, -13), (-8, -20), (8, -21)]))
    return image


def heap(
    painter: QPainter, places: list[tuple[float, float, float]], seed: int, golden: bool = False, leaves: int = 0
) -> None:
    """Fruits piled back to front: each place is centre x, centre y and diameter; some keep a leaf."""
    chance = random.Random(seed)
    for number, (east, south, size) in enumerate(sorted(places, key=lambda place: place[1])):
        gloom = around(
            (east, south + size * 0.1), size * 0.62, [(0.6, colour("#3A1600", 0.5)), (1, colour("#3A1600", 0))]
        )
        painter.setBrush(gloom)
        ellipse(painter, (east, south + size * 0.1), size * 0.62, size * 0.62)
        tilt = (chance.uniform(-0.45, 0.45), chance.uniform(-0.62, 0.1))
        picture = mandarin(
            round(size), seed * 100 + number, tilt, 0.93, GOLD if golden else PEEL, stem=chance.random() < 0.7
        )
        with kept(painter):
            painter.translate(east, south)
            painter.rotate(chance.uniform(-8, 8))
            painter.drawImage(QPointF(-size / 2, -size / 2), picture)
            if number < leaves:
                painter.translate(tilt[0] * size / 2, tilt[1] * size / 2)
                painter.rotate(chance.uniform(-160, -20))
                leaf(painter, size * 0.62, size * 0.3, chance.uniform(0.5, 0.9))


def sprig(size: int, seed: int, count: int = 3) -> QImage:
    """A small twig with leaves, tips up."""
    chance = random.Random(seed)
    image = blank(size, size)
    with painting(image) as painter:
        painter.translate(size * 0.5, size * 0.92)
        for index in range(count):
            with kept(painter):
                painter.rotate(-90 + (index - (count - 1) / 2) * 44 + chance.uniform(-8, 8))
                leaf(painter, size * chance.uniform(0.62, 0.8), size * 0.26, chance.uniform(0.35, 0.9))
    return image


def straw_board(
    painter: QPainter, left: float, top: float, width: float, height: float, seed: int, tone: float
) -> None:
    """One wooden board, lying across, with a lit upper edge and grain."""
    chance = random.Random(seed)
    board = rounded(left, top, width, height, min(6.0, height / 4))
    light, dark = mixed("#B98048", "#F0C48A", tone), mixed("#8A5628", "#C9924F", tone)
    painter.setBrush(along((left, top), (left, top + height), [(0, light), (0.15, mixed(light, dark, 0.3)), (1, dark)]))
    painter.drawPath(board)
    with kept(painter):
        painter.setClipPath(board)
        for _ in range(int(height / 5)):
            level = top + chance.uniform(0, height)
            painter.setPen(line(colour("#5A3210", chance.uniform(0.06, 0.16)), chance.uniform(0.8, 2.2)))
            painter.drawPath(
                smooth([(left + width * part / 4, level + chance.uniform(-2.5, 2.5)) for part in range(5)])
            )
        painter.setPen(line(colour("#FFF0D0", 0.45), 2))
        painter.drawLine(QPointF(left + 4, top + 1.5), QPointF(left + width - 4, top + 1.5))
    painter.setPen(Qt.PenStyle.NoPen)


def contact(painter: QPainter, centre: Point, across: float, down: float, strength: float = 0.45) -> None:
    """The soft dark place where something stands."""
    with kept(painter):
        painter.translate(*centre)
        painter.scale(1, down / across)
        stops = [(0, colour("#4A2408", strength)), (0.55, colour("#4A2408", strength * 0.5)), (1, colour("#4A2408", 0))]
        painter.setBrush(around((0, 0), across, stops))
        ellipse(painter, (0, 0), across, across)


__all__ = [
    "GOLD",
    "PEEL",
    "contact",
    "cut",
    "heap",
    "leaf",
    "mandarin",
    "segment",
    "sprig",
    "straw_board",
    "wedge",
]
