"""Pictures in memory: I420 planes (BT.709 limited range, house law 5) as numpy views, and pooled encoder frames whose
planes are painted in place. A pooled frame belongs to one thread at a time; the pool itself may be used from any."""

from __future__ import annotations

import threading
from typing import Any, NamedTuple, cast

import av
import numpy as np
from av.video.frame import PictureType
from numpy.typing import NDArray

Plane = NDArray[np.uint8]


class Planes(NamedTuple):
    """Y (h × w), U and V (h/2 × w/2), uint8; rows may have padding between them."""

    y: Plane
    u: Plane
    v: Plane

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.y.shape[0])

    def copy(self) -> Planes:
        """Own memory without padding."""
        return Planes(self.y.copy(), self.u.copy(), self.v.copy())


def new_planes(width: int, height: int, colour: tuple[int, int, int] = (16, 128, 128)) -> Planes:
    """A plain picture of even size."""
    half = (height // 2, width // 2)
    return Planes(
        np.full((height, width), colour[0], np.uint8),
        np.full(half, colour[1], np.uint8),
        np.full(half, colour[2], np.uint8),
    )


def planes_of(frame: av.VideoFrame) -> Planes:
    """Views of a yuv420p frame's planes, padding cut off, cropped to even size. The frame must outlive them."""
    width, height = frame.width & ~1, frame.height & ~1
    sizes = ((height, width), (height // 2, width // 2), (height // 2, width // 2))
    views = []
    for plane, (rows, columns) in zip(frame.planes, sizes, strict=True):
        whole = np.frombuffer(cast(Any, plane), np.uint8)  # a buffer, whatever the stubs of one PyAV say
        views.append(whole.reshape(-1, plane.line_size)[:rows, :columns])
    return Planes(*views)


class PooledFrame:
    """An encoder frame with its planes; give it back to its pool after encoding. `tick` is set by who painted it."""

    def __init__(self, width: int, height: int) -> None:
        self.video = av.VideoFrame(width, height, "yuv420p")
        self.planes = planes_of(self.video)
        self.tick = -1
        self.is_key = False
        self.holders = 0

    def for_encoder(self, tick: int) -> av.VideoFrame:
        """The frame stamped with its tick; an asked-for key frame is forced here (x264 takes the picture type)."""
        self.video.pts = tick
        self.video.pict_type = PictureType.I if self.is_key else PictureType.NONE
        return self.video


class FramePool:
    """A fixed number of encoder frames: its size bounds how far the encoder may fall behind. A frame is free again when
    everybody who holds it has given it back."""

    def __init__(self, width: int, height: int, count: int) -> None:
        self._free = [PooledFrame(width, height) for _ in range(count)]
        self._condition = threading.Condition()
        self._newest: PooledFrame | None = None

    def take(self, timeout: float = 0.0) -> PooledFrame | None:
        """A free frame, or None when all are waiting to be encoded."""
        with self._condition:
            if not self._free and timeout > 0:
                self._condition.wait_for(lambda: bool(self._free), timeout)
            frame = self._free.pop() if self._free else None
            if frame is not None:
                frame.holders = 1
            return frame

    def show(self, frame: PooledFrame) -> None:
        """It is painted; from now on it may be borrowed, until it is given back by who took it."""
        with self._condition:
            self._newest = frame

    def borrow_newest(self) -> PooledFrame | None:
        """The newest painted frame, not to be changed; None before the first."""
        with self._condition:
            frame = self._newest
            if frame is not None:
                frame.holders += 1
            return frame

    def give_back(self, frame: PooledFrame) -> None:
        """One holder is done with it."""
        with self._condition:
            frame.holders -= 1
            if frame.holders > 0:
                return
            if frame is self._newest:
                self._newest = None
            self._free.append(frame)
            self._condition.notify()


def to_program_colour(frame: av.VideoFrame) -> av.VideoFrame:
    """`frame` as yuv420p, BT.709, limited range. Untagged pictures are read as the size suggests: BT.601 up to 576
    lines, BT.709 above, as players do. Frames that are right already are returned as they are."""
    wide_range = frame.format.name.startswith("yuvj") or _is_full_range(frame)
    is_rgb = frame.format.is_rgb
    space = 1 if is_rgb else int(frame.colorspace)
    if space in (0, 2, 3):
        space = 1 if frame.width >= 1280 or frame.height > 576 else 5
    if frame.format.name == "yuv420p" and not wide_range and space == 1 and not (frame.width % 2 or frame.height % 2):
        return frame
    if frame.format.name == "gray" and int(frame.color_range) == 1:
        return _with_chroma(frame)
    options: dict[str, Any] = {"src_colorspace": space, "dst_colorspace": 1}
    if not is_rgb:
        options["src_color_range"] = 2 if wide_range else 1
    return frame.reformat(
        width=frame.width & ~1, height=frame.height & ~1, format="yuv420p", dst_color_range=1, **options
    )


def _is_full_range(frame: av.VideoFrame) -> bool:
    return int(frame.color_range) == 2


def _with_chroma(frame: av.VideoFrame) -> av.VideoFrame:
    """A gray picture of limited range, which swscale would take for one of full range whatever it is told."""
    coloured = av.VideoFrame(frame.width & ~1, frame.height & ~1, "yuv420p")
    planes = planes_of(coloured)
    luma = np.frombuffer(cast(Any, frame.planes[0]), np.uint8)
    planes.y[:] = luma.reshape(-1, frame.planes[0].line_size)[: planes.height, : planes.width]
    planes.u[:] = planes.v[:] = 128
    coloured.colorspace = coloured.color_range = 1
    return coloured
