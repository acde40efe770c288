"""Scenes: named arrangements of layers, with a place per canvas. Rectangles are fractions of the canvas, so that a show
looks the same at any size. Pure nouns, any thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Fit = Literal["fit", "fill", "blur", "stretch"]
Turn = Literal[0, 90, 180, 270]

EVERY_CANVAS = "*"
"""Key of a place that holds on every canvas without a place of its own."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in fractions of its canvas; x to the right, y down. May reach outside."""

    x: float = 0.0
    y: float = 0.0
    width: float = 1.0
    height: float = 1.0


@dataclass(frozen=True, slots=True)
class Crop:
    """What is cut from each side of the turned source picture, in fractions of it."""

    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how one layer stands on one canvas. `fit` shows the whole picture, `fill` crops its centre, `blur`
    shows the whole picture before a blurred copy of itself, `stretch` ignores proportions. `turn` is clockwise."""

    rect: Rect = Rect()
    z: int = 0
    alpha: float = 1.0
    fit: Fit = "fill"
    turn: Turn = 0
    mirror: bool = False
    crop: Crop = Crop()


@dataclass(frozen=True, slots=True)
class Layer:
    """One placed thing: exactly one of a source id, a scene id or a colour `#RRGGBB`."""

    id: str
    source: str | None = None
    scene: str | None = None
    colour: str | None = None
    places: Mapping[str, Place] = field(default_factory=dict)

    def place(self, canvas: str) -> Place | None:
        """The layer's place on `canvas`, or None where it is not shown."""
        return self.places.get(canvas, self.places.get(EVERY_CANVAS))


@dataclass(frozen=True, slots=True)
class Scene:
    """A named arrangement; the background is black."""

    id: str
    name: str = ""
    layers: tuple[Layer, ...] = ()
