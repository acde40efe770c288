"""The loop *귤밭*: a mandarin orchard at dusk. Decides the landscape, the light and what sways; the person is in
host.py. Everything that stands still is painted once and cached, everything that moves is a sine that fits the
loop."""

from __future__ import annotations

import math
import random

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from demo.canvas import (
    Point,
    along,
    around,
    blank,
    colour,
    ellipse,
    glide,
    kept,
    line,
    painting,
    smooth,
    softened,
    wave,
)
from demo.film import HEIGHT, WIDTH
from demo.fruit import leaf, mandarin
from demo.host import Host
from demo.landscape import MARGIN, SUN, cloud, far_hill, haze, middle_hill, near_hill, sky, stone_wall, sun_glow
from demo.stall import front_leaves, stand


class Orchard:
    """Paints any moment of the loop."""

    def __init__(self) -> None:
        self.sky = sky()
        self.glow = sun_glow()
        self.clouds = [cloud(300, 50, 11), cloud(400, 56, 12), cloud(240, 36, 13), cloud(330, 44, 14)]
        self.hills = [far_hill(), middle_hill(), near_hill()]
        self.wall = stone_wall()
        self.tree = Tree(seed=21)
        self.host = Host()
        self.stand = stand()
        self.front = softened(front_leaves(), 7.0)

    def __call__(self, moment: float) -> QImage:
        image = self.sky.copy()
        drift = wave(moment, 1)
        with painting(image) as painter:
            self.paint_sky(painter, moment, drift)
            for depth, hill in zip((3.0, 6.0, 9.0), self.hills, strict=True):
                glide(painter, hill, -MARGIN - depth * drift, 0)
                if depth == 3.0:
                    haze(painter, 600, 760, "#FFC27A", 0.50)
                elif depth == 6.0:
                    haze(painter, 690, 860, "#FFB469", 0.26)
            glide(painter, self.wall, -MARGIN - 11 * drift, 0)
            with kept(painter):
                painter.translate(-13 * drift, 0)
                self.tree.paint(painter, moment)
            with kept(painter):
                painter.translate(-16 * drift, 0)
                self.host.paint(painter, moment)
            glide(painter, self.stand, -MARGIN - 20 * drift, 0)
            self.paint_motes(painter, moment)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
            with kept(painter):
                painter.translate(-6 - 34 * drift, 1290)
                painter.rotate(1.6 * wave(moment, 2, 0.2))
                painter.drawImage(QPointF(-140, -400), self.front)
            self.paint_light(painter, moment)
        return image

    def paint_sky(self, painter: QPainter, moment: float, drift: float) -> None:
        """Sun, its breathing glow, and clouds that live for one turn: each fades out where it would have to jump
        back."""
        painter.setOpacity(0.93 + 0.07 * wave(moment, 2))
        glide(painter, self.glow, SUN[0] - 420 - drift, SUN[1] - 420)
        painter.setOpacity(1)
        painter.setBrush(around(SUN, 62, [(0, "#FFFDF0"), (0.75, "#FFF3CC"), (1, "#FFE6A6")]))
        ellipse(painter, (SUN[0] - drift, SUN[1]), 60, 60)
        homes = [(300, 404, 0.00), (10, 440, 0.30), (380, 470, 0.55), (-90, 350, 0.80)]
        for picture, (east, south, phase) in zip(self.clouds, homes, strict=True):
            for half in (0.0, 0.5):
                life = (moment + phase + half) % 1.0
                painter.setOpacity(0.5 * (1 - math.cos(2 * math.pi * life)) * 0.85)
                glide(painter, picture, east + half * 40 + 46 * life, south - half * 16)
        painter.setOpacity(1)

    def paint_motes(self, painter: QPainter, moment: float) -> None:
        """Specks of pollen that catch the low sun; they rise, and are dark where they start again."""
        chance = random.Random(5)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
        for _ in range(26):
            east, south = chance.uniform(0, WIDTH), chance.uniform(560, 1120)
            phase, size = chance.random(), chance.uniform(2.0, 4.6)
            life = (moment + phase) % 1.0
            strength = math.sin(math.pi * life) ** 2 * (0.6 + 0.4 * wave(moment, 3, phase))
            place = (east + 22 * math.sin(2 * math.pi * (life + phase)) + 26 * life, south - 120 * life)
            painter.setBrush(
                around(
                    place,
                    size * 2.6,
                    [
                        (0, colour("#FFE7A8", 0.75 * strength)),
                        (0.3, colour("#FFC86A", 0.35 * strength)),
                        (1, colour("#FFB040", 0)),
                    ],
                )
            )
            ellipse(painter, place, size * 2.6, size * 2.6)

    def paint_light(self, painter: QPainter, moment: float) -> None:
        """A veil of warm light from the sun over everything, and a little dusk in the lower corners."""
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Screen)
        strength = 0.20 + 0.02 * wave(moment, 2, 0.1)
        painter.setBrush(around(SUN, 560, [(0, colour("#FFB25A", strength)), (1, colour("#FF8A30", 0))]))
        painter.drawRect(QRectF(0, 0, WIDTH, HEIGHT))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        painter.setBrush(along((0, 900), (0, HEIGHT), [(0, colour("#B06A50", 0)), (1, colour("#B06A50", 0.38))]))
        painter.drawRect(QRectF(0, 900, WIDTH, HEIGHT - 900))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)


class Tree:
    """The mandarin tree at the right: a trunk and tufts of leaves with fruits, each tuft swaying a little by itself."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        self.trunk = trunk()
        self.tufts: list[tuple[QImage, Point, float, float, int]] = []
        centre: Point = (640.0, 600.0)
        places: list[tuple[float, float, float]] = []
        for ring, (count, reach) in enumerate([(11, 1.0), (9, 0.72), (6, 0.42), (2, 0.1)]):
            for index in range(count):
                way = 2 * math.pi * (index + 0.5 * ring) / count + chance.uniform(-0.16, 0.16)
                east = centre[0] + 176 * reach * math.cos(way)
                south = centre[1] + 172 * reach * math.sin(way)
                places.append((ring + chance.uniform(-0.3, 0.3), east, south))
        fruits = [mandarin(46, 700 + number, (chance.uniform(-0.3, 0.3), -0.6), 0.94) for number in range(6)]
        for ring_number, east, south in sorted(places):
            light = 0.5 + (centre[0] - east) / 420 + (centre[1] - south) / 520
            picture = tuft(chance.randrange(10**6), min(max(light, 0.05), 1.0), fruits, ring_number)
            self.tufts.append(
                (picture, (east, south), chance.random(), chance.uniform(1.3, 2.6), chance.choice([2, 3]))
            )

    def paint(self, painter: QPainter, moment: float) -> None:
        lean = 0.9 * wave(moment, 2) + 0.35 * wave(moment, 3, 0.3)
        with kept(painter):
            painter.translate(640, 960)
            painter.rotate(lean * 0.5)
            painter.drawImage(QPointF(-140, -400), self.trunk)
            for picture, (east, south), phase, reach, turns in self.tufts:
                with kept(painter):
                    painter.translate(east - 640, south - 960)
                    painter.rotate(reach * wave(moment, turns, phase * 0.35) + lean)
                    painter.drawImage(QPointF(-picture.width() / 2, -picture.height() / 2), picture)


def trunk() -> QImage:
    """A slender trunk that forks."""
    image = blank(280, 420)
    with painting(image) as painter:
        for points, width in [
            ([(142, 420), (138, 320), (146, 230), (140, 120)], 34.0),
            ([(142, 270), (104, 190), (64, 130)], 20.0),
            ([(144, 250), (186, 180), (216, 110)], 19.0),
        ]:
            for shade, size, shift in [("#54382A", 1.0, 0.0), ("#7C5138", 0.62, -3.0), ("#C98A55", 0.18, -9.0)]:
                painter.setPen(line(shade, width * size))
                painter.drawPath(smooth([(east + shift * width / 30, south) for east, south in points]))
    return image


def tuft(seed: int, light: float, fruits: list[QImage], ring: float) -> QImage:
    """A round bunch of leaves with a fruit or two among them."""
    chance = random.Random(seed)
    size = 210
    image = blank(size, size)
    with painting(image) as painter:
        painter.translate(size / 2, size / 2)
        stops = [(0, colour("#22402A", 0.95)), (0.6, colour("#22402A", 0.8)), (1, colour("#22402A", 0))]
        painter.setBrush(around((0, 2), 52, stops))
        ellipse(painter, (0, 2), 52, 52)
        hung = chance.randrange(1, 4)
        for layer in range(3):
            for _ in range(15):
                way = chance.uniform(0, 2 * math.pi)
                reach = chance.uniform(6, 50) * (1 - layer * 0.16)
                with kept(painter):
                    painter.translate(reach * math.cos(way), reach * math.sin(way) - layer * 5)
                    painter.rotate(math.degrees(way) + chance.uniform(-34, 34))
                    sunny = (
                        light * (0.35 + 0.33 * layer)
                        + 0.16 * (-math.cos(way) - math.sin(way))
                        + chance.uniform(-0.1, 0.1)
                    )
                    leaf(painter, chance.uniform(36, 50), chance.uniform(17, 23), min(max(sunny, 0), 1))
            if layer >= 1:
                for _ in range(hung if layer == 1 else hung - 1):
                    east, south = chance.uniform(-34, 34), chance.uniform(-22, 36)
                    painter.setBrush(
                        around((east, south + 5), 30, [(0.5, colour("#16281A", 0.5)), (1, colour("#16281A", 0))])
                    )
                    ellipse(painter, (east, south + 5), 30, 30)
                    painter.drawImage(QPointF(east - 23, south - 23), chance.choice(fruits))
    return image
