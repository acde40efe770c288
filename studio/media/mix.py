"""The sound mix of one tick: each source's samples times its gain, ramped from where it was to where it goes, summed
and kept within full scale. Pure; called by the tick."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from studio.media.ring import Samples
from studio.program.sound import Heard

FLOOR, CEILING = np.float32(-1.0), np.float32(1.0)
RAMP_SAMPLES = 240
"""A change of gain takes 5 ms: no click, and a cover is silent at once."""


def mix(blocks: Iterable[tuple[Heard, Samples | None]], count: int) -> Samples:
    """`count` float32 stereo samples within ±1."""
    mixed: Samples = np.zeros((count, 2), np.float32)
    for part, samples in blocks:
        if samples is None:
            continue
        if part.gain_from == part.gain_to:
            mixed += samples * np.float32(part.gain_to)
        else:
            ramp = np.full(count, part.gain_to, np.float32)
            ramp[:RAMP_SAMPLES] = np.linspace(part.gain_from, part.gain_to, RAMP_SAMPLES, dtype=np.float32)
            mixed += samples * ramp[:, np.newaxis]
    return np.minimum(np.maximum(mixed, FLOOR, out=mixed), CEILING, out=mixed)  # np.clip takes three times as long
