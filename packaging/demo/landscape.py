"""The dusk behind the orchard: sky, sun, clouds, three green hills and a stone wall. Decides their shapes and
colours; all are painted once, a little wider than the picture, so that they can drift at different depths."""

from __future__ import annotations

import math
import random
from itertools import pairwise

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPainterPath

from demo.canvas import (
    Point,
    along,
    around,
    blank,
    colour,
    ease,
    ellipse,
    grained,
    line,
    mixed,
    noise,
    painting,
    pixels,
    smooth,
    softened,
)
from demo.film import HEIGHT, WIDTH
from demo.fruit import contact

MARGIN = 40
SUN: Point = (205.0, 556.0)


def haze(painter: QPainter, top: float, bottom: float, shade: str, strength: float) -> None:
    """Evening air between two hills."""
    stops = [(0, colour(shade, 0)), (0.45, colour(shade, strength)), (1, colour(shade, strength * 0.6))]
    painter.setBrush(along((0, top), (0, bottom), stops))
    painter.drawRect(QRectF(0, top, WIDTH, bottom - top))


def sky() -> QImage:
    """The dusk, from soft apricot down to orange, with a breath of grain against bands."""
    image = blank(WIDTH, HEIGHT)
    with painting(image) as painter:
        gradient = QLinearGradient(0, 0, 0, 700)
        for place, shade in [(0, "#FFD9A0"), (0.35, "#FFCB8C"), (0.72, "#FFB06C"), (1, "#FF9F5A")]:
            gradient.setColorAt(place, QColor(shade))
        painter.fillRect(0, 0, WIDTH, HEIGHT, gradient)
        painter.setBrush(around((620, 60), 620, [(0, colour("#F7B3A0", 0.38)), (1, colour("#F7B3A0", 0))]))
        painter.drawRect(0, 0, WIDTH, HEIGHT)
    grained(image, seed=1, strength=0.5)
    return image


def sun_glow() -> QImage:
    """The light around the sun."""
    image = blank(840, 840)
    with painting(image) as painter:
        stops = [
            (0, colour("#FFF6D0", 0.95)),
            (0.10, colour("#FFEFB8", 0.72)),
            (0.28, colour("#FFDF96", 0.36)),
            (0.60, colour("#FFD080", 0.12)),
            (1, colour("#FFC878", 0)),
        ]
        painter.setBrush(around((420, 420), 420, stops))
        ellipse(painter, (420, 420), 420, 420)
    return image


def cloud(width: int, height: int, seed: int) -> QImage:
    """A thin evening cloud, soft above, lit from below."""
    chance = random.Random(seed)
    image = blank(width + 80, height + 80)
    with painting(image) as painter:
        painter.translate(40 + width / 2, 40 + height * 0.6)
        for _ in range(46):
            place = chance.uniform(-1, 1)
            body = (1 - place * place) ** 0.8
            lift = -chance.uniform(0, 0.55) * height * body * (0.55 + 0.45 * math.sin(place * 5 + seed))
            painter.setBrush(colour(chance.choice(["#FFE6C2", "#FFDDB0", "#FFEFD6", "#FBD0A6"]), 0.34))
            ellipse(painter, (place * width * 0.42, lift), width * 0.15 * (0.35 + body), height * 0.20 * (0.25 + body))
        painter.setBrush(
            along(
                (0, -6),
                (0, 10),
                [(0, colour("#FFF6DE", 0.0)), (0.6, colour("#FFF6DE", 0.7)), (1, colour("#FFF6DE", 0))],
            )
        )
        ellipse(painter, (0, 2), width * 0.40, 8)
    return softened(image, 6.0)


def ridge(points: list[Point]) -> QPainterPath:
    """The ground under a soft skyline."""
    path = smooth(points)
    path.lineTo(WIDTH + 2 * MARGIN, HEIGHT)
    path.lineTo(0, HEIGHT)
    path.closeSubpath()
    return path


def hill(
    points: list[Point], top: float, bottom: float, light: str, dark: str, seed: int
) -> tuple[QImage, QPainterPath]:
    """One green hill with sunlit crest and soft patches of grass."""
    image = blank(WIDTH + 2 * MARGIN, HEIGHT)
    path = ridge(points)
    with painting(image) as painter:
        painter.setBrush(along((0, top), (0, bottom), [(0, light), (1, dark)]))
        painter.drawPath(path)
    area = pixels(image)
    patches = noise(HEIGHT, WIDTH + 2 * MARGIN, 42, 14, seed)[..., None] * 3.2
    area[..., :3] = (area[..., :3] + patches).clip(0, area[..., 3:]).astype("uint8")
    with painting(image) as painter:
        painter.setClipPath(path)
        painter.setPen(line(colour("#FFF0B8", 0.55), 5))
        painter.drawPath(smooth(points))
        painter.setPen(line(colour("#FFF6CC", 0.6), 2))
        painter.drawPath(smooth(points))
    return image, path


def far_hill() -> QImage:
    """The old volcano far away, with one small cone on its shoulder."""
    points = [
        (-20, 640),
        (90, 622),
        (190, 596),
        (300, 566),
        (400, 552),
        (480, 558),
        (560, 574),
        (640, 572),
        (700, 586),
        (820, 622),
    ]
    image, _ = hill([(float(x), float(y)) for x, y in points], 550, 760, "#B9B878", "#A9A868", 31)
    return image


def bushes(
    painter: QPainter, skyline: list[Point], rows: int, depth: float, size: float, seed: int, shade: float
) -> None:
    """Rows of mandarin bushes that follow the skyline, small behind and large in front."""
    chance = random.Random(seed)
    for row in range(rows):
        share = (row + 0.6) / rows
        grow = size * (0.45 + 0.75 * share)
        step = grow * 1.62
        east = -chance.uniform(0, step)
        while east < WIDTH + 2 * MARGIN + grow:
            south = level(skyline, east) + 10 + depth * share**1.25 + chance.uniform(-0.08, 0.08) * grow
            reach = grow * chance.uniform(0.86, 1.1)
            contact(painter, (east + reach * 0.25, south + reach * 0.50), reach * 0.95, reach * 0.32, 0.28)
            warm = mixed("#B7B04E", "#8FA046", share)
            painter.setBrush(
                around(
                    (east - reach * 0.3, south - reach * 0.35),
                    reach * 1.25,
                    [
                        (0, mixed(warm, "#F2D77C", 0.35)),
                        (0.45, mixed(warm, "#5F8038", 0.55)),
                        (1, mixed("#4C6C36", "#33502E", shade * share)),
                    ],
                )
            )
            ellipse(painter, (east, south), reach * 0.70, reach * 0.58)
            ellipse(painter, (east - reach * 0.34, south + reach * 0.14), reach * 0.42, reach * 0.38)
            ellipse(painter, (east + reach * 0.36, south + reach * 0.16), reach * 0.42, reach * 0.36)
            for _ in range(5 if grow < 20 else 9):
                spot = (east + chance.uniform(-0.62, 0.62) * reach, south + chance.uniform(-0.36, 0.42) * reach)
                painter.setBrush(colour(chance.choice(["#FF9A2A", "#FFAE42", "#F5871C"]), 0.95))
                ellipse(painter, spot, reach * 0.075 + 0.5, reach * 0.075 + 0.5)
            east += step * chance.uniform(0.94, 1.08)


def level(skyline: list[Point], east: float) -> float:
    """How high the ground is there."""
    for (left, one), (right, two) in pairwise(skyline):
        if left <= east <= right:
            return one + (two - one) * ease((east - left) / (right - left))
    return skyline[-1][1] if east > skyline[-1][0] else skyline[0][1]


def middle_hill() -> QImage:
    """The second hill, with rows of small bushes."""
    skyline: list[Point] = [(-30, 690), (120, 668), (260, 640), (400, 650), (540, 688), (680, 676), (840, 640)]
    image, path = hill(skyline, 636, 860, "#B4BC62", "#7F9A48", 32)
    with painting(image) as painter:
        painter.setClipPath(path)
        bushes(painter, skyline, 5, 130, 19, 41, 0.4)
    return image


def near_hill() -> QImage:
    """The orchard close by."""
    skyline: list[Point] = [(-30, 742), (140, 756), (300, 782), (460, 790), (620, 766), (840, 728)]
    image, path = hill(skyline, 736, 960, "#A6B555", "#5C7C38", 33)
    with painting(image) as painter:
        painter.setClipPath(path)
        bushes(painter, skyline, 3, 104, 40, 42, 0.8)
    return image


def stone_wall() -> QImage:
    """The island's low wall of dark, round stones."""
    chance = random.Random(51)
    image = blank(WIDTH + 2 * MARGIN, HEIGHT)
    with painting(image) as painter:
        painter.setBrush(along((0, 880), (0, 1010), [(0, "#3A3230"), (1, "#2A2423")]))
        painter.drawRect(QRectF(0, 894, WIDTH + 2 * MARGIN, 160))
        for row in range(5):
            east = -chance.uniform(10, 40)
            while east < WIDTH + 2 * MARGIN + 30:
                width, height = chance.uniform(40, 74), chance.uniform(32, 42)
                south = 868 + row * 31 + chance.uniform(-4, 4) + (chance.uniform(-6, 2) if row == 0 else 0)
                points = []
                for corner in range(9):
                    way = 2 * math.pi * corner / 9
                    reach = chance.uniform(0.88, 1.08)
                    points.append(
                        (east + width / 2 * reach * math.cos(way), south + height / 2 * reach * math.sin(way))
                    )
                tone = chance.uniform(0.0, 1.0)
                warm = 0.42 if row == 0 else 0.16
                painter.setBrush(
                    around(
                        (east - width * 0.22, south - height * 0.34),
                        width * 0.85,
                        [
                            (0, mixed(mixed("#7A6C64", "#948479", tone), "#FFC98A", warm)),
                            (0.5, mixed("#5A4F4B", "#6C605A", tone)),
                            (1, "#332C2B"),
                        ],
                    )
                )
                painter.drawPath(smooth(points, closed=True))
                for _ in range(5):
                    painter.setBrush(colour("#2A2322", 0.38))
                    spot = (east + chance.uniform(-0.3, 0.3) * width, south + chance.uniform(-0.3, 0.3) * height)
                    ellipse(painter, spot, chance.uniform(1, 2.3), chance.uniform(0.8, 1.8))
                east += width * 0.93
    return image
