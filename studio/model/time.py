"""The program clock as arithmetic: ticks, seconds and samples (house law 1). A tick is one frame period; every allowed
rate divides 48,000, so each tick owns an exact number of sound samples. Pure, any thread."""

from __future__ import annotations

SAMPLE_RATE = 48_000
"""Samples per second of the program sound, stereo."""

RATES = (24, 25, 30, 50, 60)
"""Allowed frames per second; each divides SAMPLE_RATE."""


def samples_per_tick(rate: int) -> int:
    """Exact number of sound samples one tick owns."""
    return SAMPLE_RATE // rate


def ticks_of(seconds: float, rate: int) -> int:
    """The tick nearest to `seconds`; halves round up, so that times given in thirds of a frame land where meant."""
    return int(seconds * rate + 0.5)


def nanoseconds_of(tick: int, rate: int) -> int:
    """Program time of the start of `tick` in nanoseconds, rounded down."""
    return tick * 1_000_000_000 // rate


def clock_words(seconds: float) -> str:
    """`65.0` → `01:05`, `3700` → `1:01:40`; negative counts as zero."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{second:02d}" if hours else f"{minutes:02d}:{second:02d}"
