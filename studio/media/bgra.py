"""Program pictures for windows: planes of BT.709 limited range as BGRA, as Qt draws them. Through swscale, which knows
the matrix; OpenCV's conversion is BT.601. Owned by one thread."""

from __future__ import annotations

from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from studio.media.frame import Planes, planes_of


class BgraConverter:
    """For one size; keeps its frame, so that nothing is allocated for each picture but the result."""

    def __init__(self, width: int, height: int) -> None:
        self._frame = av.VideoFrame(width, height, "yuv420p")
        self._frame.colorspace = 1
        self._frame.color_range = 1
        self._planes = planes_of(self._frame)

    def convert(self, planes: Planes) -> NDArray[np.uint8]:
        """H × W × 4, opaque."""
        for plane, part in zip(self._planes, planes, strict=True):
            np.copyto(plane, part)
        options: dict[str, Any] = {"src_colorspace": 1, "src_color_range": 1, "dst_color_range": 2}
        return np.asarray(self._frame.reformat(format="bgra", **options).to_ndarray(), np.uint8)
