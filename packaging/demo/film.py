"""From painted pictures and computed samples to files. Decides codecs, colour tags, lengths and the seam: a loop's
sound is encoded with its own end before its beginning, so that the decoder's overlap already fits when the loop
starts again."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from demo.canvas import pixels

WIDTH, HEIGHT = 720, 1280
FRAME_RATE = 30
FRAMES = 12 * FRAME_RATE
SAMPLE_RATE = 48_000
BLOCK = 1024
Samples = NDArray[np.float32]


def write_loop(path: Path, picture: Callable[[float], QImage], quality: int, sound: Samples | None = None) -> None:
    """Encodes one turn of the loop; `picture` is asked for moments from 0 up to, but not including, 1."""
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=FRAME_RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        context = stream.codec_context
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = 1, 1, 1, 1
        context.gop_size, context.max_b_frames = FRAME_RATE, 0
        context.thread_count = 2
        stream.options = {
            "crf": str(quality),
            "preset": "slow",
            "bf": "0",
            "refs": "3",
            "aq-mode": "3",
            "scenecut": "0",
            "ipratio": "1.2",
        }
        voice = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo") if sound is not None else None
        if voice is not None:
            voice.bit_rate = 96_000
        for number in range(FRAMES):
            painted = picture(number / FRAMES)
            source = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels(painted)), format="bgra")
            frame = source.reformat(
                format="yuv420p",
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
                interpolation="BICUBIC",
            )
            frame.pts, frame.time_base = number, Fraction(1, FRAME_RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if voice is not None and sound is not None:
            mux_loop(container, voice, sound)


def write_sound_loop(path: Path, sound: Samples) -> None:
    """A loop of sound alone."""
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        voice = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        voice.bit_rate = 128_000
        mux_loop(container, voice, sound)


def mux_loop(container: OutputContainer, voice: AudioStream, sound: Samples) -> None:
    """Encodes samples × 2 floats as an endless loop heard once: the packets lie from −1024 to the loop's exact end."""
    length = len(sound)
    before = 4 * BLOCK
    endless = np.concatenate([sound[-before:], sound, sound[:before]])
    endless = endless[: len(endless) // BLOCK * BLOCK]
    packets = []
    for start in range(0, len(endless), BLOCK):
        block = np.ascontiguousarray(endless[start : start + BLOCK].T)
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, start, Fraction(1, SAMPLE_RATE)
        packets += voice.encode(frame)
    packets += voice.encode(None)
    for packet in packets:
        place = (packet.pts or 0) - before
        if -BLOCK <= place < length:
            packet.pts = packet.dts = place
            packet.duration = min(BLOCK, length - place)
            container.mux(packet)
