"""The five product pictures: still lifes on warm paper, without a word in them, made to be read at 176 pixels. Decides
each arrangement; fruit, glass, boxes and scones come from the modules beside it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter

from demo.bakery import bowl, scone, spoon
from demo.canvas import along, around, blank, colour, ellipse, grained, kept, painting, smooth
from demo.fruit import GOLD, contact, cut, heap, leaf, mandarin, segment
from demo.glass import jar, pouch
from demo.vessels import box, crate, ribbon

SIZE = 880


def paper(top: str, bottom: str, glow: str) -> QImage:
    """The ground: a wall that flows into a table, with a soft light behind the goods."""
    image = blank(SIZE, SIZE)
    with painting(image) as painter:
        painter.setBrush(along((0, 0), (0, SIZE), [(0, top), (0.62, bottom), (0.72, bottom), (1, top)]))
        painter.drawRect(0, 0, SIZE, SIZE)
        painter.setBrush(
            around((SIZE * 0.42, SIZE * 0.36), SIZE * 0.62, [(0, colour(glow, 0.95)), (1, colour(glow, 0))])
        )
        painter.drawRect(0, 0, SIZE, SIZE)
    return image


def fruit(painter: QPainter, east: float, south: float, size: int, seed: int, golden: bool = False) -> None:
    """One fruit that stands on the table."""
    contact(painter, (east + size * 0.05, south + size * 0.45), size * 0.62, size * 0.17, 0.55)
    tilt = (random.Random(seed).uniform(-0.3, 0.3), -0.5)
    picture = mandarin(size, seed, tilt, 0.93, GOLD) if golden else mandarin(size, seed, tilt, 0.93)
    painter.drawImage(QPointF(east - size / 2, south - size / 2), picture)


def leaves(painter: QPainter, east: float, south: float, ways: tuple[float, ...], length: float) -> None:
    """A few leaves around a point."""
    for number, way in enumerate(ways):
        with kept(painter):
            painter.translate(east, south)
            painter.rotate(way)
            leaf(painter, length, length * 0.44, 0.85 - 0.25 * (number % 3))


def mandarin_crate() -> QImage:
    """① a crate heaped with mandarins."""
    image = paper("#FFE9C9", "#FFD7A0", "#FFF9EC")
    chance = random.Random(1)
    with painting(image) as painter:
        contact(painter, (440, 770), 400, 60, 0.6)
        crate(painter, 96, 470, 688, 300, back=True)
        places = []
        for count, level, spread, size in (
            (3, 262, 300, 168),
            (4, 340, 470, 172),
            (5, 428, 590, 172),
            (5, 520, 620, 170),
        ):
            for index in range(count):
                east = 440 + spread * ((index + 0.5) / count - 0.5) + chance.uniform(-8, 8)
                places.append((east, level + chance.uniform(-10, 10), size + chance.uniform(-8, 8)))
        heap(painter, places, 14)
        leaves(painter, 356, 232, (-150, -60), 118)
        leaves(painter, 640, 330, (-40, 10), 104)
        leaves(painter, 196, 410, (-170,), 100)
        crate(painter, 96, 470, 688, 300, back=False)
        fruit(painter, 150, 756, 158, 31)
        fruit(painter, 742, 764, 150, 32)
        leaves(painter, 742, 702, (-30,), 92)
    return image


def gift_box() -> QImage:
    """② a gift box of golden hwanggeum fruits with a ribbon."""
    image = paper("#F8E3C0", "#F0CF98", "#FFF8E6")
    with painting(image) as painter:
        box(painter, 110, 300, 660, 440)
        places = [(210 + 115 * column, 362 + 96 * row, 178.0) for row in range(2) for column in range(5)]
        with kept(painter):
            painter.setClipPath(
                smooth([(60, 60), (820, 60), (820, 500), (770, 520), (110, 520), (60, 500)], closed=True)
            )
            heap(painter, [(place[0], place[1], 182.0) for place in places], 55, golden=True)
        leaves(painter, 324, 330, (-150, -70), 92)
        leaves(painter, 612, 330, (-110, -28), 92)
        box(painter, 110, 300, 660, 440, front=True)
        ribbon(painter, 440, 600)
        fruit(painter, 134, 738, 168, 61, golden=True)
        leaves(painter, 140, 664, (-24,), 96)
    return image


def syrup() -> QImage:
    """③ two jars of mandarin syrup, a halved fruit beside them."""
    image = paper("#FFEBCB", "#FFD596", "#FFFBEF")
    with painting(image) as painter:
        jar(painter, 448, 96, 346, 600, 21, "slices")
        jar(painter, 84, 168, 370, 620, 22, "slices")
        contact(painter, (700, 816), 130, 30, 0.5)
        with kept(painter):
            painter.translate(706, 738)
            painter.rotate(-8)
            painter.scale(1, 0.94)
            painter.drawImage(QPointF(-102, -102), cut(204, 71))
        leaves(painter, 640, 826, (8, -24), 108)
        fruit(painter, 520, 782, 150, 72)
    return image


def chips() -> QImage:
    """④ pouches of dried mandarin chips with a heap of slices in front."""
    image = paper("#FCE6C8", "#F6CF9C", "#FFF7E8")
    with painting(image) as painter:
        pouch(painter, 470, 120, 330, 560, 81, 5)
        pouch(painter, 120, 132, 372, 600, 82, -3)
        spots = [
            (560, 700, 170),
            (700, 716, 182),
            (430, 730, 176),
            (610, 774, 190),
            (300, 776, 180),
            (470, 800, 186),
            (750, 800, 170),
            (170, 800, 172),
        ]
        chance = random.Random(83)
        for number, (east, south, size) in enumerate(spots):
            contact(painter, (east + 6, south + size * 0.20), size * 0.56, size * 0.26, 0.5)
            with kept(painter):
                painter.translate(east, south)
                painter.rotate(chance.uniform(-14, 14))
                painter.scale(1, 0.62)
                painter.rotate(chance.uniform(0, 360))
                painter.setBrush(colour("#8A430C", 0.9))
                ellipse(painter, (0, 8), size * 0.485, size * 0.485)
                painter.drawImage(QPointF(-size / 2, -size / 2), cut(size, 90 + number, dried=True))
    return image


def jam_and_scones() -> QImage:
    """⑤ a jar of mandarin jam, a plate with scones, one opened and spread."""
    image = paper("#FFE8D0", "#FFD2A6", "#FFFAF0")
    with painting(image) as painter:
        jar(painter, 474, 130, 306, 470, 41, "jam")
        contact(painter, (386, 764), 390, 66, 0.5)
        bowl(painter, 386, 706, 368, 104)
        scone(painter, 250, 500, 250, 42)
        scone(painter, 470, 600, 268, 43)
        scone(painter, 196, 640, 262, 44, spread=True)
        spoon(painter, 640, 742)
        with kept(painter):
            painter.translate(752, 668)
            painter.rotate(-18)
            painter.drawImage(QPointF(-70, -70), segment(150, 45))
        leaves(painter, 742, 792, (-172, -20), 96)
    return image


PICTURES: dict[str, Callable[[], QImage]] = {
    "mandarin-5kg": mandarin_crate,
    "hwanggeum-gift": gift_box,
    "mandarin-syrup": syrup,
    "mandarin-chips": chips,
    "jam-scone": jam_and_scones,
}


def save(image: QImage, path: Path, limit: int = 195_000) -> None:
    """Writes a JPEG in the best quality that stays under the limit, in bytes."""
    grained(image, seed=2, strength=0.6)
    flat = image.convertToFormat(QImage.Format.Format_RGB32)
    for quality in range(95, 60, -3):
        if not flat.save(str(path), quality=quality):
            raise OSError(f"could not write {path.name}")
        if path.stat().st_size <= limit:
            return
