"""Painting a draw list onto the planes of a frame: rectangles, never whole frames, except in a crossfade (house law 6).
Owned by the engine's tick; one Painter per canvas, for its scratch picture. Opening nothing, waiting for nothing."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from studio.media.frame import Planes, new_planes
from studio.media.opencv import cv2
from studio.media.prepare import Prepared
from studio.media.sprite import SpritePicture
from studio.model.overlay import SpriteRef
from studio.program.draw_list import Box, Crossfade, DrawList, Fill, Operation, Picture, Sprite, Window, shifted

STAND_BY_COLOUR = (40, 128, 128)


class Pictures(Protocol):
    """Where the painter gets what is not a number. None means: not there now."""

    def picture(self, operation: Picture, tick: int) -> Prepared | None:
        """The source's picture for `tick`, at the wanted look."""
        ...

    def sprite(self, ref: SpriteRef) -> SpritePicture | None:
        """A drawn sprite."""
        ...


class Painter:
    """Paints draw lists of one canvas size."""

    def __init__(self, width: int, height: int) -> None:
        self._scratch = new_planes(width, height)

    def paint(self, draw_list: DrawList, target: Planes, pictures: Pictures) -> None:
        """All operations in order; `target` has the size of the canvas."""
        self._paint(draw_list.operations, draw_list.tick, target, pictures)

    def _paint(self, operations: tuple[Operation, ...], tick: int, target: Planes, pictures: Pictures) -> None:
        for operation in operations:
            if isinstance(operation, Fill):
                _fill(target, operation.box, operation.colour, operation.alpha)
            elif isinstance(operation, Picture):
                _picture(target, operation, pictures.picture(operation, tick))
            elif isinstance(operation, Sprite):
                sprite = pictures.sprite(operation.sprite)
                if sprite is not None:
                    sprite.blend(target, operation.x, operation.y, operation.alpha)
            elif isinstance(operation, Window):
                box = operation.box
                inner = operation.operations
                if box.x < 0 or box.y < 0:
                    inner = shifted(inner, min(0, box.x), min(0, box.y))
                self._paint(inner, tick, _through(target, box), pictures)
            else:
                self._crossfade(operation, tick, target, pictures)

    def _crossfade(self, operation: Crossfade, tick: int, target: Planes, pictures: Pictures) -> None:
        self._paint(operation.under, tick, target, pictures)
        self._paint(operation.over, tick, self._scratch, pictures)
        for plane, over in zip(target, self._scratch, strict=True):
            cv2.addWeighted(plane, 1 - operation.progress, over, operation.progress, 0.0, dst=plane)


def _through(target: Planes, box: Box) -> Planes:
    """The part of the target inside a box; where the box begins left of it or above it, the target's own corner."""
    left, top = max(0, box.x), max(0, box.y)
    right, bottom = max(left, box.x + box.width), max(top, box.y + box.height)
    half = np.s_[top // 2 : bottom // 2, left // 2 : right // 2]
    return Planes(target.y[top:bottom, left:right], target.u[half], target.v[half])


def _fill(target: Planes, box: Box, colour: tuple[int, int, int], alpha: float) -> None:
    for plane, value, step in zip(target, colour, (1, 2, 2), strict=True):
        region = plane[
            max(0, box.y) // step : max(0, box.y + box.height) // step,
            max(0, box.x) // step : max(0, box.x + box.width) // step,
        ]
        if alpha >= 1:
            region[:] = value
        elif region.size:
            region[:] = cv2.addWeighted(region, 1 - alpha, region, 0.0, value * alpha)


def _picture(target: Planes, operation: Picture, prepared: Prepared | None) -> None:
    box = operation.box
    if prepared is None:
        _fill(target, box, STAND_BY_COLOUR, operation.alpha)
        return
    x, y = box.x + prepared.x, box.y + prepared.y
    left, top = max(0, x), max(0, y)
    right = min(target.width, x + prepared.planes.width)
    bottom = min(target.height, y + prepared.planes.height)
    if left >= right or top >= bottom:
        return
    for plane, part, step in zip(target, prepared.planes, (1, 2, 2), strict=True):
        region = plane[top // step : bottom // step, left // step : right // step]
        shown = part[(top - y) // step : (bottom - y) // step, (left - x) // step : (right - x) // step]
        if operation.alpha >= 1:
            np.copyto(region, shown)
        else:
            region[:] = cv2.addWeighted(region, 1 - operation.alpha, shown, operation.alpha, 0.0)
