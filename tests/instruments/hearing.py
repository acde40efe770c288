"""Hears the test pattern's beep in recordings and measures sound against picture. Sound is put on the line by its time
stamps, so holes stay holes. The onset of a beep is where the 1 kHz envelope crosses half of its own height, which a
centred window does not shift. Pure but for reading files; any thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from tests.instruments.pattern import BEEP_HZ, Rectangle
from tests.instruments.recording import BROKEN_OFF, decode

JUMP_SECONDS = 0.003
"""A time stamp farther than this from where the last samples ended is a hole or an overlap; FLV rounds to 1 ms."""

QUIET = 0.05
SHORTEST_BEEP_SECONDS = 0.015


@dataclass(frozen=True)
class Sound:
    """Samples by channel in −1…1; `start` is the time of the first. `jumps` lists (time, seconds) where time stamps
    leave a hole (filled with silence) or, negative, step back over what is there."""

    samples: NDArray[np.float32]
    rate: int
    start: float
    jumps: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        return float(self.samples.shape[1] / self.rate)

    @property
    def end(self) -> float:
        return self.start + self.seconds

    def mono(self) -> NDArray[np.float32]:
        mixed: NDArray[np.float32] = self.samples.mean(axis=0, dtype=np.float32)
        return mixed


def _floats(frame: AudioFrame) -> NDArray[np.float32]:
    values: NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, frame.layout.nb_channels).T
    if np.issubdtype(values.dtype, np.integer):
        return (values / (float(np.iinfo(values.dtype).max) + 1)).astype(np.float32)
    return values.astype(np.float32)


def sound(path: Path) -> Sound:
    """The first sound track of a file."""
    blocks: list[tuple[int, NDArray[np.float32]]] = []
    jumps: list[tuple[float, float]] = []
    rate, end, start = 0, 0, 0.0
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        packets = container.demux(stream)
        while True:
            try:
                frames = next(packets).decode()
            except (StopIteration, *BROKEN_OFF):
                break
            for frame in frames:
                if frame.pts is None or frame.time_base is None:
                    continue
                moment = float(frame.pts * frame.time_base)
                if not blocks:
                    rate, start = frame.sample_rate, moment
                away = moment - (start + end / rate)
                if abs(away) > JUMP_SECONDS:
                    jumps.append((start + end / rate, away))
                    end += round(away * rate)
                values = _floats(frame)
                blocks.append((end, values))
                end += values.shape[1]
    if not blocks:
        raise AssertionError(f"no sound in {path.name}")
    lowest = min(position for position, _ in blocks)
    highest = max(position + values.shape[1] for position, values in blocks)
    samples = np.zeros((blocks[0][1].shape[0], highest - lowest), np.float32)
    for position, values in blocks:
        samples[:, position - lowest : position - lowest + values.shape[1]] = values
    return Sound(samples, rate, start + lowest / rate, tuple(jumps))


def loudness_at_beep(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Amplitude of the 1 kHz part over time, in a centred window of two of its periods."""
    window = 2 * rate // BEEP_HZ
    phase = np.exp(-2j * np.pi * BEEP_HZ / rate * np.arange(samples.size))
    summed = np.concatenate(([0], np.cumsum(samples * phase)))
    padded = np.concatenate((np.full(window // 2, summed[0]), summed, np.full(window - window // 2, summed[-1])))
    envelope: NDArray[np.float32] = (2 * np.abs(padded[window:] - padded[:-window]) / window).astype(np.float32)
    return envelope


def beep_times(path: Path) -> list[float]:
    """Onsets of all beeps in seconds of the file, to well under 2 ms. A beep that sounds from the first sample on is
    left out: nobody heard it begin."""
    heard = sound(path)
    envelope = loudness_at_beep(heard.mono(), heard.rate)
    loud = np.concatenate(([False], envelope > QUIET, [False])).astype(np.int8)
    edges = np.diff(loud)
    found = []
    for begin, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
        if end - begin < SHORTEST_BEEP_SECONDS * heard.rate or begin == 0:
            continue
        half = float(np.median(envelope[begin:end])) / 2
        above = int(begin) + int(np.argmax(envelope[begin:end] >= half))
        before = float(envelope[above - 1])
        share = (half - before) / (float(envelope[above]) - before) if envelope[above] > before else 0.0
        found.append(heard.start + (above - 1 + share) / heard.rate)
    return found


def flash_times(path: Path, rect: Rectangle | None = None) -> list[float]:
    """Times of the pictures in which the flash goes on; a file that begins in a flash does not count that one."""
    found = []
    before: bool | None = None
    for picture in decode(path):
        now = picture.flash_on(rect)
        if now and before is False:
            found.append(picture.seconds)
        before = now
    return found


def audio_video_offsets_ms(path: Path, rect: Rectangle | None = None, within_ms: float = 400.0) -> list[float]:
    """For each flash how much later (positive) or earlier its beep sounds. A flash inside the sound track without a
    beep near it, or no pair at all, is a failure: silence must not pass as synchronous."""
    heard = sound(path)
    beeps = beep_times(path)
    offsets = []
    alone = []
    for shown in flash_times(path, rect):
        away = min((1000 * (beep - shown) for beep in beeps), key=abs, default=None)
        if away is not None and abs(away) <= within_ms:
            offsets.append(away)
        elif heard.start + within_ms / 1000 < shown < heard.end - within_ms / 1000:
            alone.append(shown)
    assert not alone, f"flashes without a beep at {alone} s; beeps at {beeps}"
    assert offsets, f"no flash with a beep in {path.name}; beeps at {beeps}"
    return offsets
