"""The reference scene every speed of painting is told by: one full picture, a quarter-size picture in it, and four
sprites (product card, coupon, ticker, comment) with soft edges. Made of numbers, so that every machine measures the
same; aired by folding facts, so that it runs through the real compose. Pure, any thread."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.media.ffmpeg_overlay import Straight
from studio.media.frame import Planes, PooledFrame
from studio.media.prepare import Prepared
from studio.media.sprite import SpritePicture
from studio.model.events import CardShown, Fact, RunStarted
from studio.model.overlay import DrawnCard, SpriteRef
from studio.model.scene import Layer, Place, Rect, Scene
from studio.model.show import Canvas, Show, Source
from studio.program.draw_list import Picture
from studio.program.state import State, begin, fold

PICTURES = 4
"""As many as a slot keeps: the tick reads another one each time."""

SETTLED_TICK = 60
"""Every card has entered by now."""


class Piece(NamedTuple):
    """One sprite of the scene in pixels at 1080 lines; `body` is the alpha of its inside."""

    name: str
    x: int
    y: int
    width: int
    height: int
    corner: int
    body: float


PIECES = (
    Piece("card", 64, 760, 460, 160, 20, 1.0),
    Piece("coupon", 64, 64, 400, 120, 20, 1.0),
    Piece("ticker", 0, 1000, 1920, 60, 0, 0.8),
    Piece("comment", 1240, 860, 600, 100, 28, 1.0),
)
EXTRA = Piece("extra", 64, 560, 460, 160, 20, 1.0)
INSET = (1376, 64, 480, 270)
SOFT = 3.0
"""Pixels over which an edge fades."""


class ReferenceScene:
    """The scene at one size; also where the painter finds its pictures and sprites."""

    def __init__(self, width: int, height: int) -> None:
        self.canvas = Canvas("reference", width, height)
        self.inset = _placed(INSET, self.canvas)
        chooser = np.random.default_rng(20)
        self.pictures = [_picture(width, height, chooser) for _ in range(PICTURES)]
        self.insets = [_picture(self.inset[2], self.inset[3], chooser) for _ in range(PICTURES)]
        self.sprites: list[tuple[Straight, int, int]] = []
        self._ready: dict[str, SpritePicture] = {}
        self.state = begin(Fact(0, "", RunStarted("bench", "rehearsal", self._show(), 0, "", True, "")))
        for piece in PIECES:
            self.state = self._aired(self.state, piece)
        self.painted = len(self.sprites)
        self.state_with_extra = self._aired(self.state, EXTRA)

    def picture(self, operation: Picture, tick: int) -> Prepared | None:
        """The next of the four pictures, at its size already."""
        rotating = self.pictures if operation.source == "main" else self.insets
        return Prepared(rotating[tick % PICTURES].planes)

    def sprite(self, ref: SpriteRef) -> SpritePicture | None:
        """A sprite of the scene."""
        return self._ready.get(ref.sha256)

    def away_from_edges(self, pixels: int) -> Planes:
        """1 where no edge of a sprite is within `pixels`, for each plane."""
        luma = np.ones((self.canvas.height, self.canvas.width), np.uint8)
        for straight, x, y in self.sprites[: self.painted]:
            height, width = straight.alpha.shape
            framed = np.pad(straight.alpha, pixels + 1)
            near = np.zeros(framed.shape, bool)
            near[:, 1:] |= framed[:, 1:] != framed[:, :-1]
            near[1:] |= framed[1:] != framed[:-1]
            for axis in (0, 1):
                wide = near.copy()
                for shift in range(1, pixels + 1):
                    wide |= np.roll(near, shift, axis) | np.roll(near, -shift, axis)
                near = wide
            top, left = max(0, y - pixels - 1), max(0, x - pixels - 1)
            part = near[top - (y - pixels - 1) :, left - (x - pixels - 1) :]
            region = luma[top : y + height + pixels + 1, left : x + width + pixels + 1]
            region[part[: region.shape[0], : region.shape[1]]] = 0
        half = luma.reshape(luma.shape[0] // 2, 2, luma.shape[1] // 2, 2).min(axis=(1, 3))
        return Planes(luma, half, half)

    def _show(self) -> Show:
        x, y, width, height = self.inset
        across, down = self.canvas.width, self.canvas.height
        small = Place(Rect(x / across, y / down, width / across, height / down), z=1)
        layers = (
            Layer("full", source="main", places={"*": Place()}),
            Layer("small", source="guest", places={"*": small}),
        )
        sources = (Source("main", "pattern:"), Source("guest", "pattern:"))
        return Show("bench", "bench", (self.canvas,), sources, (Scene("reference", layers=layers),))

    def _aired(self, state: State, piece: Piece) -> State:
        x, y, width, height = _placed(piece[1:5], self.canvas)
        corner = piece.corner * min(self.canvas.width, self.canvas.height) / 1080
        straight = _straight(width, height, corner, piece.body, len(self.sprites))
        data = _premultiplied(straight)
        ref = SpriteRef(sha256(data).hexdigest(), width, height)
        self._ready[ref.sha256] = SpritePicture(ref, data)
        self.sprites.append((straight, x, y))
        shown = CardShown(piece.name, "product", piece.name, piece.name, {}, {self.canvas.id: DrawnCard(ref, x, y)})
        return fold(state, Fact(0, "", shown))


def _placed(box: tuple[int, ...], canvas: Canvas) -> tuple[int, int, int, int]:
    x, y, width, height = box
    across, down = canvas.width / 1920, canvas.height / 1080
    return (_even(x * across), _even(y * down), max(4, _even(width * across)), max(4, _even(height * down)))


def _even(value: float) -> int:
    return round(value / 2) * 2


def _picture(width: int, height: int, chooser: np.random.Generator) -> PooledFrame:
    """Something like a camera's picture: soft shapes and a little noise."""
    frame = PooledFrame(width, height)
    for plane, low, high in zip(frame.planes, (16, 80, 80), (235, 176, 176), strict=True):
        rows, columns = plane.shape
        waves = chooser.uniform(1, 5, 4)
        down = np.sin(np.linspace(0, waves[0], rows) * np.pi + waves[1])
        along = np.cos(np.linspace(0, waves[2], columns) * np.pi + waves[3])
        smooth = (low + high) / 2 + (high - low) / 2.4 * np.outer(down, along)
        noisy = smooth + chooser.normal(0, 3, plane.shape)
        plane[:] = np.clip(np.rint(noisy), low, high).astype(np.uint8)
    return frame


def _straight(width: int, height: int, corner: float, body: float, number: int) -> Straight:
    """A rounded rectangle with soft edges, and stripes in it like lines of text."""
    across, down = np.abs(np.arange(width) + 0.5 - width / 2), np.abs(np.arange(height) + 0.5 - height / 2)
    outside_x = np.maximum(across - (width / 2 - corner), 0)[np.newaxis, :]
    outside_y = np.maximum(down - (height / 2 - corner), 0)[:, np.newaxis]
    inside = corner - np.hypot(outside_x, outside_y)
    inside = np.minimum(inside, np.minimum(width / 2 - across, (height / 2 - down)[:, np.newaxis]))
    alpha = np.rint(255 * body * np.clip((inside if corner else inside + SOFT) / SOFT, 0, 1)).astype(np.uint8)
    luma = np.full((height, width), 210 - 20 * number, np.uint8)
    stripe = max(2, height // 6)
    for line in range(1, 6, 2):
        luma[line * stripe : line * stripe + stripe // 2, width // 8 : width * 7 // 8 : 3] = 40
    half = (height // 2, width // 2)
    u, v = np.full(half, 110 + 8 * number, np.uint8), np.full(half, 150 - 6 * number, np.uint8)
    return Straight(Planes(luma, u, v), alpha)


def _premultiplied(straight: Straight) -> bytes:
    """The layout of studio/model/overlay.py."""
    alpha = straight.alpha.astype(np.float64)
    height, width = alpha.shape
    mean = alpha.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    small = np.rint(mean)
    planes = (
        straight.colour.y * alpha / 255,
        straight.colour.u * small / 255,
        straight.colour.v * small / 255,
        255 - alpha,
        255 - small,
    )
    return b"".join(_bytes(plane) for plane in planes)


def _bytes(values: NDArray[np.float64]) -> bytes:
    return np.rint(values).astype(np.uint8).tobytes()
