"""The loop *손 카메라*: a wooden table from above. Decides what lies on it and how light and leaves move over it; the
hand that shows a segment to the lens is in hand.py. What stands still is painted once."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter

from demo.canvas import (
    Point,
    around,
    blank,
    colour,
    from_floats,
    glide,
    kept,
    noise,
    painting,
    shadow,
    smooth,
    softened,
    wave,
)
from demo.film import HEIGHT, WIDTH
from demo.fruit import segment
from demo.hand import Hand
from demo.still_life import crate, half_fruit, lay, linen, loose_leaf, padded, plate

PLATE: Point = (226.0, 1046.0)
HOME: Point = (322.0, 1128.0)


class Table:
    """Paints any moment of the loop."""

    def __init__(self) -> None:
        self.ground = wood()
        with painting(self.ground) as painter:
            lay(painter, linen(), (34, 866), 18, 0.34, (5, 9))
            lay(painter, crate(), (28, 404), 18, 0.55, (10, 18))
            lay(painter, plate(), (PLATE[0] - 180, PLATE[1] - 180), 14, 0.42, (6, 12))
            lay(painter, loose_leaf(), (470, 900), 8, 0.40, (4, 8))
            lay(painter, half_fruit(), (560, 916), 10, 0.45, (6, 10))
        self.segment = segment(104, 401)
        self.segment_shadow = shadow(padded(self.segment, 20), 6, "#3A1A04", 0.55)
        self.hand = Hand()
        self.shades = [leaf_shade(5, 560), leaf_shade(6, 620), leaf_shade(7, 500)]
        self.beam = beam()

    def __call__(self, moment: float) -> QImage:
        image = self.ground.copy()
        with painting(image) as painter:
            reach = self.hand.at(moment, HOME)
            self.paint_segment(painter, reach.held, reach.lift, reach.place, reach.turn)
            self.hand.paint_shadow(painter, reach)
            self.paint_light(painter, moment)
            if reach.held:
                self.hand.paint_behind(painter, reach)
                self.paint_held(painter, reach.place, reach.lift, reach.turn)
                self.hand.paint_before(painter, reach)
            else:
                self.hand.paint_behind(painter, reach)
                self.hand.paint_before(painter, reach)
        return image

    def paint_segment(self, painter: QPainter, held: bool, lift: float, place: Point, turn: float) -> None:
        """The segment's shadow always, the segment itself while it lies on the plate."""
        with kept(painter):
            painter.translate(place[0] + 4 + 34 * lift, place[1] + 7 + 52 * lift)
            painter.rotate(turn)
            painter.scale(1 + 0.40 * lift, 1 + 0.40 * lift)
            painter.setOpacity(1 - 0.45 * lift)
            size = self.segment_shadow.width()
            painter.drawImage(QPointF(-size / 2, -size / 2), self.segment_shadow)
        if not held:
            self.paint_held(painter, place, 0.0, turn)

    def paint_held(self, painter: QPainter, place: Point, lift: float, turn: float) -> None:
        with kept(painter):
            painter.translate(*place)
            painter.rotate(turn)
            painter.scale(1 + 0.45 * lift, 1 + 0.45 * lift)
            painter.drawImage(QPointF(-52, -52), self.segment)

    def paint_light(self, painter: QPainter, moment: float) -> None:
        """Late sun through a tree: leaf shadows that sway over the table, and a warm beam that breathes."""
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        homes = [((60, 120), 0.0, 2, 5.0), ((660, 250), 0.35, 3, 4.0), ((700, 1090), 0.6, 2, 4.5)]
        for picture, (place, phase, turns, reach) in zip(self.shades, homes, strict=True):
            with kept(painter):
                painter.translate(
                    place[0] + 9 * wave(moment, 1, phase), place[1] + 7 * wave(moment, turns, phase + 0.2)
                )
                painter.rotate(reach * wave(moment, turns, phase) + 1.5 * wave(moment, 5, phase))
                painter.drawImage(QPointF(-picture.width() / 2, -picture.height() / 2), picture)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Screen)
        painter.setOpacity(0.85 + 0.15 * wave(moment, 2, 0.1))
        glide(painter, self.beam, -60 + 14 * wave(moment, 1), -60)
        painter.setOpacity(1)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)


def wood() -> QImage:
    """Five boards with grain, and gaps between them."""
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    edges = [0, 138, 290, 436, 590, WIDTH + 20]
    shade = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    random_numbers = np.random.default_rng(3)
    for number, (left, right) in enumerate(pairwise(edges)):
        mask = (across >= left) & (across < right)
        bend = noise(HEIGHT, WIDTH, 40, 240, 10 + number) * 9
        position = across - left + bend
        rings = np.sin(position * 0.34 + noise(HEIGHT, WIDTH, 3, 90, 20 + number) * 0.9) * 0.5
        fibre = noise(HEIGHT, WIDTH, 0.8, 34, 30 + number) * 0.34 + noise(HEIGHT, WIDTH, 2.2, 120, 40 + number) * 0.42
        tone = 0.5 * rings + fibre + random_numbers.uniform(-0.55, 0.55)
        base = np.array([190, 136, 86], np.float32) + tone[..., None] * np.array([11.5, 11, 9.5], np.float32)
        rim = np.minimum(across - left, right - 1 - across)
        base *= (1 - 0.16 * np.exp(-np.maximum(rim, 0) / 5))[..., None]
        base *= np.where(rim < 1.6, 0.45, 1.0)[..., None]
        shade = np.where(mask[..., None], base, shade)
    light = 1.10 - 0.25 * (down / HEIGHT) - 0.08 * (across / WIDTH)
    return from_floats(np.clip(shade * light[..., None], 0, 255), np.ones((HEIGHT, WIDTH), np.float32))


def leaf_shade(seed: int, size: int) -> QImage:
    """The blurred shadow of a branch, for multiplying."""
    chance = random.Random(seed)
    image = blank(size, size)
    with painting(image) as painter:
        painter.translate(size / 2, size / 2)
        for _ in range(26):
            with kept(painter):
                reach = chance.uniform(0, size * 0.30)
                way = chance.uniform(0, 2 * math.pi)
                painter.translate(reach * math.cos(way), reach * math.sin(way))
                painter.rotate(chance.uniform(0, 360))
                length = chance.uniform(60, 100)
                painter.setBrush(colour("#7A5240", 0.42))
                painter.drawPath(
                    smooth(
                        [(0, 0), (length * 0.4, -length * 0.2), (length, 0), (length * 0.4, length * 0.2)], closed=True
                    )
                )
    return softened(image, 9.0)


def beam() -> QImage:
    """Warm light falling from the upper left."""
    image = blank(WIDTH + 120, HEIGHT + 120)
    with painting(image) as painter:
        stops = [(0, colour("#FFB25E", 0.34)), (0.5, colour("#FF9E4A", 0.12)), (1, colour("#FF9040", 0))]
        painter.setBrush(around((150, 120), 1150, stops))
        painter.drawRect(image.rect())
    return image
