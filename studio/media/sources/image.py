"""A still picture, decoded elsewhere (the media worker, with limits) into planes; pulled, no thread. Prepared looks are
kept, so that a tick only copies."""

from __future__ import annotations

import numpy as np

from studio.media.frame import Planes
from studio.media.opencv import cv2
from studio.media.prepare import Prepared, prepare
from studio.media.ring import Samples
from studio.media.sources.source import SourceInfo
from studio.program.draw_list import Look

MAX_KEPT_LOOKS = 16


class ImageSource:
    """A picture as planes."""

    def __init__(self, planes: Planes) -> None:
        self._planes = planes
        self._looks: dict[Look, Prepared] = {}
        self.info: SourceInfo | None = SourceInfo(planes.width, planes.height, None, has_picture=True, has_sound=False)
        self.trouble = ""

    def want(self, looks: frozenset[Look]) -> None:
        """Prepares them now; called outside the tick."""
        for look in looks:
            self.picture(look, 0, 0.0)

    def follow(self, media_tick: int) -> None:
        """Pulled: nothing runs."""

    def picture(self, look: Look, media_tick: int, wait_seconds: float) -> Prepared | None:
        """The still picture at this look."""
        kept = self._looks.get(look)
        if kept is None:
            kept = prepare(self._planes, look)
            # Replaced and never changed: the tick and a preview may look at the same time.
            others = list(self._looks.items())[-(MAX_KEPT_LOOKS - 1) :]
            self._looks = {**dict(others), look: kept}
        return kept

    def glance(self, look: Look, media_tick: int) -> Prepared | None:
        """The same picture."""
        return self.picture(look, media_tick, 0.0)

    def sound(self, media_tick: int, wait_seconds: float) -> Samples | None:
        """A picture is silent."""
        return None

    def close(self) -> None:
        """Nothing to end."""


def planes_from_rgba(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Planes:
    """H × W × 4 RGBA on black as BT.709 limited planes, cropped to even size; once per picture, so exactness counts
    more than speed."""
    height, width = pixels.shape[0] & ~1, pixels.shape[1] & ~1
    colour = pixels[:height, :width, :3].astype(np.float32) * (pixels[:height, :width, 3:4].astype(np.float32) / 255**2)
    luma = colour @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    small = cv2.resize(colour, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    small_luma = small @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return Planes(
        np.rint(16 + 219 * luma).astype(np.uint8),
        np.rint(128 + 224 * (small[..., 2] - small_luma) / 1.8556).astype(np.uint8),
        np.rint(128 + 224 * (small[..., 0] - small_luma) / 1.5748).astype(np.uint8),
    )
