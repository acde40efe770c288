"""The same scene through FFmpeg's own overlay filters: the yardstick our painter is measured against, in speed and in
pixels. Only the bench uses it; nothing on air does. Any one thread."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple, cast

import av
import numpy as np
from av.filter import Graph
from av.filter.context import FilterContext

from studio.media.frame import Plane, Planes, planes_of

TICK_BASE = Fraction(1, 30)


class Straight(NamedTuple):
    """A sprite as FFmpeg takes it: colour not multiplied by alpha."""

    colour: Planes
    alpha: Plane


class FFmpegOverlay:
    """A picture in the picture and sprites over a full picture. Sprites are given once and repeated. All is tagged
    BT.709 limited, so that with `pixels` yuv420 nothing is converted; `auto`, FFmpeg's habit, converts a good deal."""

    def __init__(
        self,
        size: tuple[int, int],
        inset: tuple[int, int, int, int],
        sprites: list[tuple[Straight, int, int]],
        pixels: str = "yuv420",
    ) -> None:
        graph = Graph()
        graph.threads = 1
        self._main = _buffer(graph, size, "yuv420p")
        self._inset = _buffer(graph, inset[2:], "yuv420p")
        last = _over(graph, self._main, self._inset, inset[0], inset[1], pixels)
        stills = []
        for straight, x, y in sprites:
            still = _buffer(graph, (straight.colour.width, straight.colour.height), "yuva420p")
            last = _over(graph, last, still, x, y, pixels)
            stills.append((still, straight))
        self._sink = graph.add("buffersink")
        last.link_to(self._sink)
        graph.configure()
        self._graph = graph  # the filters live no longer than it does
        for still, straight in stills:
            still.push(_frame_of(straight))
            still.push(None)

    def paint(self, picture: av.VideoFrame, inset: av.VideoFrame, tick: int) -> av.VideoFrame:
        """The finished picture of one tick; the frame given is left as it was."""
        for buffer, frame in ((self._main, picture), (self._inset, inset)):
            _tag(frame)
            frame.pts, frame.time_base = tick, TICK_BASE
            buffer.push(frame)
        finished = self._sink.pull()
        assert isinstance(finished, av.VideoFrame)
        return finished

    def planes(self, picture: av.VideoFrame, inset: av.VideoFrame, tick: int) -> Planes:
        """The same as a copy of its planes."""
        return planes_of(self.paint(picture, inset, tick)).copy()


def _buffer(graph: Graph, size: tuple[int, ...], pixels: str) -> FilterContext:
    return graph.add(
        "buffer",
        f"video_size={size[0]}x{size[1]}:pix_fmt={pixels}:time_base=1/{TICK_BASE.denominator}"
        ":colorspace=bt709:range=tv:pixel_aspect=1/1",
    )


def _over(graph: Graph, under: FilterContext, over: FilterContext, x: int, y: int, pixels: str) -> FilterContext:
    overlay = graph.add("overlay", f"x={x}:y={y}:format={pixels}:eval=init")
    under.link_to(overlay, 0, 0)
    over.link_to(overlay, 0, 1)
    return overlay


def _tag(frame: av.VideoFrame) -> None:
    frame.colorspace = frame.color_range = 1


def _frame_of(straight: Straight) -> av.VideoFrame:
    frame = av.VideoFrame(straight.colour.width, straight.colour.height, "yuva420p")
    for plane, rows in zip(frame.planes, (*straight.colour, straight.alpha), strict=True):
        whole = np.frombuffer(cast(Any, plane), np.uint8)  # a buffer, whatever the stubs of one PyAV say
        whole.reshape(-1, plane.line_size)[: rows.shape[0], : rows.shape[1]] = rows
    _tag(frame)
    frame.pts, frame.time_base = 0, TICK_BASE
    return frame
