"""Sprites in memory and how they are blended: `canvas × inverse/255 + plane` inside their rectangle only (house law 6).
The inner part of a card is opaque and is copied; only its edges are blended. Loaded in a thread that may wait, painted
in the tick."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.media.frame import Plane, Planes
from studio.media.opencv import cv2
from studio.model.overlay import SpriteRef, sprite_bytes


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
        self.opaque = _opaque_box(self.inverse.y)

    def blend(self, target: Planes, x: int, y: int, alpha: float) -> None:
        """Paints at even (x, y), clipped to the target; `alpha` fades the whole sprite."""
        left, top = max(0, x), max(0, y)
        right, bottom = min(target.width, x + self.width), min(target.height, y + self.height)
        if left >= right or top >= bottom or alpha <= 0:
            return
        if alpha >= 1:
            for box, is_opaque in self._pieces():
                piece = _clip(box, (left - x, top - y, right - x, bottom - y))
                if piece is not None:
                    self._piece(target, x, y, piece, is_opaque)
        else:
            self._faded(target, x, y, (left - x, top - y, right - x, bottom - y), alpha)

    def _pieces(self) -> list[tuple[tuple[int, int, int, int], bool]]:
        whole = (0, 0, self.width, self.height)
        if self.opaque is None:
            return [(whole, False)]
        left, top, right, bottom = self.opaque
        return [
            (self.opaque, True),
            ((0, 0, self.width, top), False),
            ((0, bottom, self.width, self.height), False),
            ((0, top, left, bottom), False),
            ((right, top, self.width, bottom), False),
        ]

    def _piece(self, target: Planes, x: int, y: int, box: tuple[int, int, int, int], is_opaque: bool) -> None:
        left, top, right, bottom = box
        for plane, part, inverse, step in zip(target, self.planes, self.inverse, (1, 2, 2), strict=True):
            there = np.s_[(y + top) // step : (y + bottom) // step, (x + left) // step : (x + right) // step]
            here = np.s_[top // step : bottom // step, left // step : right // step]
            if is_opaque:
                plane[there] = part[here]
            else:
                region = plane[there]
                kept = cv2.multiply(region, inverse[here], scale=1 / 255)
                region[:] = cv2.add(kept, part[here])

    def _faded(self, target: Planes, x: int, y: int, box: tuple[int, int, int, int], alpha: float) -> None:
        left, top, right, bottom = box
        for plane, part, inverse, step in zip(target, self.planes, self.inverse, (1, 2, 2), strict=True):
            region = plane[(y + top) // step : (y + bottom) // step, (x + left) // step : (x + right) // step]
            here = np.s_[top // step : bottom // step, left // step : right // step]
            faded_inverse = cv2.addWeighted(inverse[here], alpha, inverse[here], 0.0, 255 * (1 - alpha))
            kept = cv2.multiply(region, faded_inverse, scale=1 / 255)
            region[:] = cv2.scaleAdd(part[here].astype(np.float32), alpha, kept.astype(np.float32)).round()


def load_sprite(folder: Path, ref: SpriteRef) -> SpritePicture:
    """The sprite from its file; OSError or ValueError where it is missing or of the wrong length."""
    return SpritePicture(ref, (folder / f"{ref.sha256}.sprite").read_bytes())


def _opaque_box(inverse: Plane) -> tuple[int, int, int, int] | None:
    """A large opaque rectangle with even edges, grown from the centre, or None. Rows and columns that are opaque along
    their middle bound it; then it is shrunk until nothing in it is translucent."""
    height, width = inverse.shape
    rows = np.flatnonzero(inverse[:, width // 2] == 0)
    columns = np.flatnonzero(inverse[height // 2, :] == 0)
    if len(rows) < 8 or len(columns) < 8:
        return None
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    for _ in range(64):
        left, top, right, bottom = -(-left // 2) * 2, -(-top // 2) * 2, right // 2 * 2, bottom // 2 * 2
        if right - left < 8 or bottom - top < 8:
            return None
        if not inverse[top:bottom, left:right].any():
            return (left, top, right, bottom)
        left, top, right, bottom = left + 2, top + 2, right - 2, bottom - 2
    return None


def _clip(box: tuple[int, int, int, int], bounds: tuple[int, int, int, int]) -> tuple[int, int, int, int] | None:
    left, top = max(box[0], bounds[0]), max(box[1], bounds[1])
    right, bottom = min(box[2], bounds[2]), min(box[3], bounds[3])
    return (left, top, right, bottom) if left < right and top < bottom else None
