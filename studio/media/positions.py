"""Where the pictures and the sound of a recording part lie, told by demuxing alone: are the pictures dense, is the
sound without a hole. A part that breaks off is read as far as it goes. Pure reading; any one thread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from studio.model.time import SAMPLE_RATE

SOUND_PACKET_SAMPLES = 1024
BROKEN_OFF = (av.error.InvalidDataError, av.error.EOFError)


@dataclass(frozen=True, slots=True)
class Positions:
    """Of one part. `wrong_picture` is the number of the first picture (from 0) that does not lie on the tick of its
    number, `wrong_sound` that of the first sound packet that does not follow the one before; None where all do."""

    pictures: int
    sound_packets: int
    wrong_picture: int | None = None
    wrong_sound: int | None = None
    starts_with_key: bool = True


def read_positions(path: Path, fps: int) -> Positions:
    """Positions of a part of `fps` pictures a second; OSError or ValueError where it cannot be opened at all."""
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise ValueError("no picture track")
            return _read(container, fps)
    except av.FFmpegError as error:
        raise ValueError(type(error).__name__) from error


def _read(container: av.container.InputContainer, fps: int) -> Positions:
    pictures = sound_packets = 0
    wrong_picture = wrong_sound = None
    expected_sample: int | None = None
    starts_with_key = True
    for packet in _packets(container):
        if packet.pts is None or not packet.size:
            continue
        if packet.stream.type == "video":
            if wrong_picture is None and abs(packet.pts * packet.time_base * fps - pictures) >= Fraction(1, 2):
                wrong_picture = pictures
            if pictures == 0:
                starts_with_key = bool(packet.is_keyframe)
            pictures += 1
        elif packet.stream.type == "audio":
            sample = round(packet.pts * packet.time_base * SAMPLE_RATE)
            # Half a packet is more than any container rounds and less than a lost or doubled packet.
            jumps = expected_sample is not None and abs(sample - expected_sample) > SOUND_PACKET_SAMPLES // 2
            if jumps and wrong_sound is None:
                wrong_sound = sound_packets
            expected_sample = sample + SOUND_PACKET_SAMPLES
            sound_packets += 1
    return Positions(pictures, sound_packets, wrong_picture, wrong_sound, starts_with_key)


def _packets(container: av.container.InputContainer) -> Iterator[av.Packet[Any]]:
    try:
        yield from container.demux()
    except BROKEN_OFF:
        return
