"""What the host of *귤밭* does over one turn of the loop. Decides when she talks, blinks, lifts a mandarin towards the
lens and waves; every gesture begins and ends at rest, so the loop closes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from demo.canvas import (
    Point,
    between,
    wave,
)


@dataclass(frozen=True, slots=True)
class Pose:
    """Where everything is at one moment, in canvas pixels and degrees."""

    sway: float
    breath: float
    tilt: float
    turn: float
    mouth: float
    blink: float
    offer: float
    greet: float
    wag: float


def pose(moment: float) -> Pose:
    """The gestures of the loop."""
    offer = between(moment, 0.08, 0.47, 0.09)
    greet = between(moment, 0.56, 0.90, 0.08)
    talk = between(moment, 0.03, 0.40, 0.03) + between(moment, 0.60, 0.84, 0.03)
    syllables = (0.55 + 0.45 * wave(moment, 43)) * (0.62 + 0.38 * wave(moment, 11, 0.2))
    blink = max(math.exp(-(((moment - place) / 0.006) ** 2)) for place in (0.055, 0.235, 0.430, 0.545, 0.760, 0.935))
    return Pose(
        sway=4.5 * wave(moment, 1) + 1.6 * wave(moment, 3, 0.2),
        breath=1.7 * wave(moment, 4),
        tilt=1.7 * wave(moment, 2, 0.1) - 3.4 * offer + 3.6 * greet,
        turn=0.5 * wave(moment, 1, 0.15) - 0.55 * offer + 0.45 * greet,
        mouth=talk * syllables,
        blink=blink,
        offer=offer,
        greet=greet,
        wag=greet * wave(moment, 15),
    )


def swung(rest: Point, raised: Point, share: float, bulge: float) -> Point:
    """A hand's way from rest to raised along a soft arc."""
    return (
        rest[0] + (raised[0] - rest[0]) * share + bulge * math.sin(math.pi * share),
        rest[1] + (raised[1] - rest[1]) * share,
    )
