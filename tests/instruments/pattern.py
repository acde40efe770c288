"""Reads the test pattern that `pattern:` sources draw: tick number with checksum, colour patches and flash. The pattern
may be the whole picture or lie in a rectangle of it (picture-in-picture). Everything is sampled from the inner part of
each cell, so scaling, rounding of cell edges and strong compression do no harm. Pure, any thread.

Layout of a pattern w × h: rows 0–h/16 sixteen black or white cells, the high 16 bits of the 24-bit tick number, highest
first; rows h/16–h/8 the low 8 bits, then an 8-bit checksum; rows h/8–h/2 background; rows h/2–3h/4 red, green, blue,
white; rows 3h/4–h flash. Sound: 1 kHz at 0.5 of full scale for exactly the first two ticks of each second, like the
flash."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Luma: TypeAlias = "NDArray[np.uint8]"
Rectangle: TypeAlias = "tuple[float, float, float, float]"
"""x, y, width, height in pixels of the picture."""

CELLS = 16
TICK_BITS = 24
TICKS = 1 << TICK_BITS
CHECK_MASK = 0x5A
FLASH_TICKS = 2
BEEP_HZ = 1000
BEEP_AMPLITUDE = 0.5

THRESHOLD = 126
"""Between black (16) and white (235); fits full range as well."""

PATCHES = ("red", "green", "blue", "white")


def checksum(tick: int) -> int:
    """Eight bits over the three bytes of a tick number."""
    number = tick % TICKS
    return (((number >> 16) + ((number >> 8) & 0xFF) + (number & 0xFF)) ^ CHECK_MASK) & 0xFF


def cell_bits(tick: int) -> list[list[bool]]:
    """Which cells of the two rows are white."""
    number = tick % TICKS
    rows = (number >> 8, ((number & 0xFF) << 8) | checksum(number))
    return [[bool(row >> (CELLS - 1 - index) & 1) for index in range(CELLS)] for row in rows]


def is_flash(tick: int, fps: int) -> bool:
    """Whether the pattern flashes and beeps at this tick."""
    return tick % fps < FLASH_TICKS


def whole(luma: Luma) -> Rectangle:
    return 0.0, 0.0, float(luma.shape[1]), float(luma.shape[0])


def inner(rectangle: Rectangle, part: float) -> Rectangle:
    """The middle of a rectangle, `part` of its width and height."""
    x, y, width, height = rectangle
    return x + width * (1 - part) / 2, y + height * (1 - part) / 2, width * part, height * part


def area(plane: Luma, rectangle: Rectangle) -> Luma:
    """The pixels of a plane whose centres lie in the rectangle; at least the one in its middle."""
    x, y, width, height = rectangle
    left, top = int(np.ceil(x - 0.5)), int(np.ceil(y - 0.5))
    right, bottom = int(np.ceil(x + width - 0.5)), int(np.ceil(y + height - 0.5))
    if right <= left:
        left = int(x + width / 2)
        right = left + 1
    if bottom <= top:
        top = int(y + height / 2)
        bottom = top + 1
    return plane[max(top, 0) : bottom, max(left, 0) : right]


def _part_of(rectangle: Rectangle, x: float, y: float, width: float, height: float) -> Rectangle:
    """A part given in fractions of the pattern."""
    left, top, full_width, full_height = rectangle
    return left + x * full_width, top + y * full_height, width * full_width, height * full_height


def cell(rectangle: Rectangle, row: int, index: int) -> Rectangle:
    return _part_of(rectangle, index / CELLS, row / 16, 1 / CELLS, 1 / 16)


def patch(rectangle: Rectangle, colour: str) -> Rectangle:
    """Middle of the red, green, blue or white patch, clear of its soft edges."""
    return inner(_part_of(rectangle, PATCHES.index(colour) / 4, 1 / 2, 1 / 4, 1 / 4), 0.5)


def background(rectangle: Rectangle) -> Rectangle:
    return inner(_part_of(rectangle, 0, 1 / 8, 1, 3 / 8), 0.6)


def flash(rectangle: Rectangle) -> Rectangle:
    return inner(_part_of(rectangle, 0, 3 / 4, 1, 1 / 4), 0.5)


def read_tick(luma: Luma, rect: Rectangle | None = None) -> int | None:
    """The tick number in the picture, or None if the checksum says that no pattern can be read here."""
    rectangle = rect or whole(luma)
    words = []
    for row in (0, 1):
        word = 0
        for index in range(CELLS):
            sample = area(luma, inner(cell(rectangle, row, index), 0.5))
            if sample.size == 0:
                return None
            word = word << 1 | int(sample.mean() > THRESHOLD)
        words.append(word)
    tick = words[0] << 8 | words[1] >> 8
    return tick if checksum(tick) == words[1] & 0xFF else None


def flash_on(luma: Luma, rect: Rectangle | None = None) -> bool:
    """Whether the flash area is white."""
    sample = area(luma, flash(rect or whole(luma)))
    return bool(sample.size and sample.mean() > THRESHOLD)
