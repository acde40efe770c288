"""One encoded packet on its way from an encoder to a sink. Pure noun, any thread."""

from __future__ import annotations

from dataclasses import dataclass

VIDEO = 0
SOUND = 1


@dataclass(frozen=True, slots=True)
class Packet:
    """Video times count ticks (time base 1/fps), sound times count samples (1/48000). Video is H.264 in Annex B with
    its parameter sets in band, sound is raw AAC-LC, 48 kHz stereo."""

    stream: int
    is_key: bool
    pts: int
    dts: int
    duration: int
    data: bytes
