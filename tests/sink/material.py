"""Really encoded packets for sinks: libx264 and AAC exactly as the engine makes them, small and fast. A test asks for
so many ticks of a picture that is calm (few bytes) or noisy (about the bit rate)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache

import av
import numpy as np

from studio.model.packet import SOUND, VIDEO, Packet

RATE = 30


def packets(
    ticks: int,
    *,
    first: int = 0,
    size: tuple[int, int] = (160, 90),
    bits: int = 300_000,
    noisy: bool = False,
    gop: int = RATE,
    rate: int = RATE,
) -> Iterator[Packet]:
    """`ticks` ticks of picture and sound, each with about its share of sound packets, from tick `first` on."""
    width, height = size
    video = av.CodecContext.create("libx264", "w")
    video.width, video.height, video.pix_fmt = width, height, "yuv420p"
    video.time_base, video.framerate = Fraction(1, rate), Fraction(rate)
    video.bit_rate, video.gop_size = bits, gop
    video.color_range = video.colorspace = video.color_primaries = video.color_trc = 1
    video.thread_count = 1
    video.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "forced-idr": "1",
        "bf": "0",
        "maxrate": str(bits),
        "bufsize": str(bits),
    }
    sound = av.CodecContext.create("aac", "w")
    sound.sample_rate, sound.layout, sound.format = 48000, "stereo", "fltp"
    sound.time_base = Fraction(1, 48000)
    chooser = np.random.default_rng(1)
    samples = 48000 // rate
    for tick in range(first, first + ticks):
        frame = av.VideoFrame(width, height, "yuv420p")
        frame.pts, frame.time_base = tick, Fraction(1, rate)
        for number, plane in enumerate(frame.planes):
            pixels = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
            if number:
                pixels[:] = 128
            elif noisy:
                pixels[:] = chooser.integers(16, 235, pixels.shape, dtype=np.uint8)
            else:
                pixels[:] = 63 + tick % 100
        for made in video.encode(frame):
            yield Packet(VIDEO, made.is_keyframe, made.pts, made.dts, 1, bytes(made))
        times = np.arange(tick * samples, (tick + 1) * samples) / 48000
        wave = np.sin(times * 440 * 2 * np.pi).astype(np.float32) * 0.2
        heard = av.AudioFrame.from_ndarray(np.stack([wave, wave]), "fltp", "stereo")
        heard.sample_rate, heard.pts, heard.time_base = 48000, tick * samples, Fraction(1, 48000)
        for made in sound.encode(heard):
            yield Packet(SOUND, False, made.pts, made.dts, 1024, bytes(made))


@cache
def calm(ticks: int, first: int = 0) -> tuple[Packet, ...]:
    """Few bytes: about 150 kbit/s with the sound."""
    return tuple(packets(ticks, first=first))


@cache
def heavy(ticks: int, first: int = 0) -> tuple[Packet, ...]:
    """Noise at about 4 Mbit/s, as much as a real broadcast sends."""
    return tuple(packets(ticks, first=first, size=(320, 180), bits=4_000_000, noisy=True))
