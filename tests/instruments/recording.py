"""Reads pictures and ticks back from recordings: our MP4 parts, nginx-rtmp's FLV, also those whose end is missing.
Decoding uses PyAV, one thread, line sizes respected. A file that breaks off is read up to there and nothing is hidden:
what is missing is missing from the ticks. Sound is in `hearing`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from tests.instruments import pattern
from tests.instruments.pattern import Luma, Rectangle

BROKEN_OFF = (av.error.InvalidDataError, av.error.EOFError)


@dataclass(frozen=True)
class Picture:
    """One decoded picture. `place` is its tick by time stamp, counted from the file's time zero (or, when `joined`, of
    the program); `tick()` is the number that can be read in it."""

    seconds: float
    place: int
    key: bool
    corrupt: bool
    y: Luma
    u: Luma
    v: Luma

    def tick(self, rect: Rectangle | None = None) -> int | None:
        return pattern.read_tick(self.y, rect)

    def flash_on(self, rect: Rectangle | None = None) -> bool:
        return pattern.flash_on(self.y, rect)

    @property
    def rectangle(self) -> Rectangle:
        return pattern.whole(self.y)


@dataclass(frozen=True)
class VideoFacts:
    """What the file says about its picture. The last four are FFmpeg's numbers; BT.709 limited is 1, 1, 1, 1."""

    codec: str
    width: int
    height: int
    pixels: str
    colour_range: int
    colour_space: int
    colour_primaries: int
    colour_transfer: int


def planes(frame: VideoFrame) -> tuple[Luma, Luma, Luma]:
    """Copies of the three planes of a frame without the padding at line ends; other formats become yuv420p first."""
    if frame.format.name not in ("yuv420p", "yuvj420p"):
        frame = frame.reformat(format="yuv420p")
    found = []
    for plane in frame.planes:
        lines = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        found.append(lines[: plane.height, : plane.width].copy())
    return found[0], found[1], found[2]


def decode(path: Path, fps: float | None = None) -> Iterator[Picture]:
    """All pictures in order of showing. `fps` is for `place`; the file's own rate if not given."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "SLICE"
        rate = float(fps or stream.guessed_rate or 30)
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets)
                frames = packet.decode()
            except StopIteration:
                return
            except BROKEN_OFF:
                frames = stream.codec_context.decode(None)
                packets = iter(())
            for frame in frames:
                if frame.pts is None or frame.time_base is None:
                    continue
                seconds = float(frame.pts * frame.time_base)
                yield Picture(seconds, round(seconds * rate), frame.key_frame, frame.is_corrupt, *planes(frame))


def ticks(path: Path, rect: Rectangle | None = None) -> list[int | None]:
    """The tick number read in each picture; None where none could be read."""
    return [picture.tick(rect) for picture in decode(path)]


def packet_ticks(path: Path, fps: int, *, sound: bool = False) -> list[int]:
    """Ticks by time stamp of all video (or sound) packets in file order, without decoding: quick, for long files.
    Counted from the file's time zero, which is the part's first tick in MP4 parts and program tick 0 at an RTMP
    server."""
    found: list[int] = []
    with av.open(str(path)) as container:
        stream = (container.streams.audio if sound else container.streams.video)[0]
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, *BROKEN_OFF):
                return found
            if packet.pts is not None and packet.size:
                found.append(round(float(packet.pts * packet.time_base) * fps))


def video_facts(path: Path) -> VideoFacts:
    """Codec, size and colour tags, as a player would see them after the first picture."""
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        context = container.streams.video[0].codec_context
        return VideoFacts(
            context.name,
            frame.width,
            frame.height,
            frame.format.name,
            int(frame.color_range),
            int(frame.colorspace),
            int(context.color_primaries),
            int(context.color_trc),
        )


def joined(parts: Sequence[Path], fps: int, first_ticks: Sequence[int] | None = None) -> Iterator[Picture]:
    """Pictures of several parts as one recording: `place` and `seconds` are of the program, overlaps are dropped. Where
    a part begins comes from `first_ticks` (what the timeline says) or from the first number that can be read in it."""
    reached: int | None = None
    for index, path in enumerate(parts):
        start = first_ticks[index] if first_ticks is not None else None
        waiting: list[Picture] = []
        for picture in decode(path, fps):
            waiting.append(picture)
            if start is None:
                read = picture.tick()
                if read is None:
                    continue
                start = read - picture.place
            for one in waiting:
                place = start + one.place
                if reached is None or place > reached:
                    reached = place
                    yield replace(one, place=place, seconds=place / fps)
            waiting.clear()
        if waiting:
            raise AssertionError(f"no tick number can be read in {path.name}: where does it belong?")


def assert_dense(read: Sequence[int | None], allow_repeats: Collection[int] = ()) -> None:
    """Every tick exactly one picture. `read` are the numbers read in consecutive pictures; in place of each tick named
    in `allow_repeats` the picture before it may be shown again, and nowhere else."""
    assert read, "no pictures at all"
    first = next((number - index for index, number in enumerate(read) if number is not None), None)
    assert first is not None, f"no tick can be read in any of {len(read)} pictures"
    expected = first
    shown: int | None = None
    faults = []
    for index, number in enumerate(read):
        if number is None:
            faults.append(f"picture {index}: no number where {expected} belongs")
        elif number == shown and expected in allow_repeats:
            pass
        elif number == shown:
            faults.append(f"picture {index}: {number} again where {expected} belongs")
        elif number != expected:
            word = f"{number - expected} missing before" if number > expected else "jump back to"
            faults.append(f"picture {index}: {word} {number}, {expected} belongs here")
            expected = number
        shown = number if number is not None else shown
        expected += 1
    more = f"\n… {len(faults) - 20} more" if len(faults) > 20 else ""
    assert not faults, f"{len(faults)} faults in {len(read)} pictures:\n" + "\n".join(faults[:20]) + more


def mean_colour(picture: Picture, rect: Rectangle) -> tuple[float, float, float]:
    """Mean Y, U and V of a rectangle given in pixels of the picture."""
    x, y, width, height = rect
    half = (x / 2, y / 2, width / 2, height / 2)
    samples: list[NDArray[np.uint8]] = [
        pattern.area(picture.y, rect),
        pattern.area(picture.u, half),
        pattern.area(picture.v, half),
    ]
    assert all(sample.size for sample in samples), f"{rect} lies outside of the picture"
    return float(samples[0].mean()), float(samples[1].mean()), float(samples[2].mean())
