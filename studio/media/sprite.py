"""Sprites in memory and how they are blended: `canvas × inverse/255 + plane` inside their rectangle only (house law 6).
Most of a card is evenly opaque or evenly translucent: that box is found once and painted in one step, only the rest
is blended pixel by pixel. Loaded in a thread that may wait, painted in the tick."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import NamedTuple

import numpy as np

from studio.media.frame import Plane, Planes
from studio.media.opencv import cv2
from studio.model.overlay import SpriteRef, sprite_bytes

Edges = tuple[int, int, int, int]
"""Left, top, right and bottom."""

SMALLEST_SIDE = 8
MOST_SHAPES = 500
DEAREST_EXTRA_PIXELS = 100_000
"""What four further pieces cost in calls, told in pixels blended one by one."""

SAVED_WHERE_TRANSLUCENT = 0.2
"""How much of that work an even box saves that is not opaque."""


class _Piece(NamedTuple):
    """A part of one plane, in that plane's own pixels. `kept` is how much of the canvas shines through where that is
    the same everywhere; else `inverse` says it for each pixel."""

    plane: int
    left: int
    top: int
    right: int
    bottom: int
    part: Plane
    kept: float
    inverse: Plane | None


class _Scratch(threading.local):
    """Where a thread works out products: one piece of memory for all sprites, so that it stays in the cache."""

    def __init__(self) -> None:
        self._memory = np.empty(1 << 17, np.uint8)
        self._views: dict[tuple[int, ...], Plane] = {}

    def like(self, plane: Plane) -> Plane:
        """Memory of that shape, good until the next call."""
        shape = plane.shape
        view = self._views.get(shape)
        if view is None:
            if plane.size > self._memory.size or len(self._views) > MOST_SHAPES:
                self._memory = np.empty(max(plane.size, self._memory.size), np.uint8)
                self._views = {}
            view = self._views[shape] = self._memory[: plane.size].reshape(shape)
        return view


_scratch = _Scratch()


class SpritePicture:
    """One sprite, ready to be painted. ValueError where the file's length does not fit its size."""

    def __init__(self, ref: SpriteRef, data: bytes) -> None:
        width, height = ref.width, ref.height
        if len(data) != sprite_bytes(width, height):
            raise ValueError(f"sprite {ref.sha256[:12]} has {len(data)} bytes")
        whole = np.frombuffer(data, np.uint8)
        full, half = width * height, (width // 2) * (height // 2)
        at = np.cumsum([0, full, half, half, full, half])
        luma, chroma = (height, width), (height // 2, width // 2)
        parts = [whole[at[n] : at[n + 1]] for n in range(5)]
        self.width, self.height = width, height
        self.planes = Planes(parts[0].reshape(luma), parts[1].reshape(chroma), parts[2].reshape(chroma))
        self.inverse = Planes(parts[3].reshape(luma), parts[4].reshape(chroma), parts[4].reshape(chroma))
        self._boxes = _boxes(self.inverse)
        self._whole: list[_Piece] | None = None

    def blend(self, target: Planes, x: int, y: int, alpha: float) -> None:
        """Paints at even (x, y), clipped to the target; `alpha` fades the whole sprite."""
        if alpha <= 0:
            return
        if x >= 0 and y >= 0 and x + self.width <= target.width and y + self.height <= target.height:
            if self._whole is None:
                self._whole = self._pieces((0, 0, self.width, self.height))
            pieces = self._whole
        else:
            pieces = self._pieces((-x, -y, target.width - x, target.height - y))
        places = ((y, x), (y // 2, x // 2), (y // 2, x // 2))
        for number, left, top, right, bottom, part, kept, inverse in pieces:
            down, across = places[number]
            region = target[number][down + top : down + bottom, across + left : across + right]
            if inverse is not None:
                if alpha >= 1:
                    cv2.multiply(region, inverse, region, 1 / 255)
                    cv2.add(region, part, region)
                else:
                    scratch = _scratch.like(inverse)
                    cv2.multiply(region, inverse, scratch, 1 / 255)
                    cv2.add(scratch, part, scratch)
                    cv2.addWeighted(region, 1 - alpha, scratch, alpha, 0.0, region)
            elif alpha < 1:
                cv2.addWeighted(region, 1 - alpha + alpha * kept, part, alpha, 0.0, region)
            elif kept:
                cv2.addWeighted(region, kept, part, 1.0, 0.0, region)
            else:
                np.copyto(region, part)

    def _pieces(self, bounds: Edges) -> list[_Piece]:
        """What is painted when only `bounds` of the sprite are seen."""
        pieces = []
        for box, is_even in self._boxes:
            left, top = max(box[0], bounds[0]), max(box[1], bounds[1])
            right, bottom = min(box[2], bounds[2]), min(box[3], bounds[3])
            if left >= right or top >= bottom:
                continue
            for number, step in enumerate((1, 2, 2)):
                edges = (left // step, top // step, right // step, bottom // step)
                here = np.s_[edges[1] : edges[3], edges[0] : edges[2]]
                part, inverse = self.planes[number][here], self.inverse[number][here]
                if is_even:
                    pieces.append(_Piece(number, *edges, part, int(inverse[0, 0]) / 255, None))
                else:
                    pieces.append(_Piece(number, *edges, part, 0.0, inverse))
        return pieces


def load_sprite(folder: Path, ref: SpriteRef) -> SpritePicture:
    """The sprite from its file; OSError or ValueError where it is missing or of the wrong length."""
    return SpritePicture(ref, (folder / f"{ref.sha256}.sprite").read_bytes())


def _boxes(inverse: Planes) -> list[tuple[Edges, bool]]:
    """Boxes that together are the whole sprite, and whether their alpha is the same everywhere."""
    height, width = inverse.y.shape
    whole = (0, 0, width, height)
    even = _even_box(inverse)
    if even is None:
        return [(whole, False)]
    left, top, right, bottom = even
    around = (
        (0, 0, width, top),
        (0, bottom, width, height),
        (0, top, left, bottom),
        (right, top, width, bottom),
    )
    rest = [(box, False) for box in around if box[0] < box[2] and box[1] < box[3]]
    saved = (right - left) * (bottom - top) * (1.0 if inverse.y[top, left] == 0 else SAVED_WHERE_TRANSLUCENT)
    if saved < DEAREST_EXTRA_PIXELS / 4 * len(rest):
        return [(whole, False)]
    return [(even, True), *rest]


def _even_box(inverse: Planes) -> Edges | None:
    """A large box with even edges in which alpha is what it is in the middle, or None. Rows and columns that are so
    along their middle bound it; then it is shrunk until all of it is."""
    height, width = inverse.y.shape
    value = inverse.y[height // 2, width // 2]
    left, right = _run(inverse.y[height // 2] == value, width // 2)
    top, bottom = _run(inverse.y[:, width // 2] == value, height // 2)
    while True:
        left, top, right, bottom = -(-left // 2) * 2, -(-top // 2) * 2, right // 2 * 2, bottom // 2 * 2
        if right - left < SMALLEST_SIDE or bottom - top < SMALLEST_SIDE:
            return None
        chroma = inverse.u[top // 2 : bottom // 2, left // 2 : right // 2]
        if (inverse.y[top:bottom, left:right] == value).all() and (chroma == chroma[0, 0]).all():
            return (left, top, right, bottom)
        # A side that touches the sprite's own edge stays: a ticker fades above and below only.
        left, right = left + 2 * (left > 0), right - 2 * (right < width)
        top, bottom = top + 2, bottom - 2


def _run(same: Plane | np.ndarray[tuple[int, ...], np.dtype[np.bool_]], middle: int) -> tuple[int, int]:
    """Where the run of True around `middle` begins and ends."""
    different = np.flatnonzero(~same)
    at = int(np.searchsorted(different, middle))
    return int(different[at - 1]) + 1 if at else 0, int(different[at]) if at < len(different) else len(same)
