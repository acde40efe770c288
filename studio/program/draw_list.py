"""The draw list: what one canvas shows at one tick, as numbers. Composed purely, painted by media. Boxes are pixels,
even-aligned so that chroma is exact; they may reach outside the canvas and are clipped by the painter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from studio.model.overlay import SpriteRef
from studio.model.scene import Crop, Fit, Turn


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; all four numbers are even."""

    x: int
    y: int
    width: int
    height: int

    def shifted(self, dx: int, dy: int) -> Box:
        """The same box elsewhere."""
        return Box(self.x + dx, self.y + dy, self.width, self.height)


@dataclass(frozen=True, slots=True)
class Look:
    """How a source's picture is prepared: the size it is shown at and how it gets there. A source's thread prepares
    each wanted look once."""

    width: int
    height: int
    fit: Fit = "fill"
    turn: Turn = 0
    mirror: bool = False
    crop: Crop = field(default_factory=Crop)


@dataclass(frozen=True, slots=True)
class Fill:
    """A plain rectangle; colour as BT.709 limited Y, U, V."""

    box: Box
    colour: tuple[int, int, int]
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A source's picture. Its media time is (tick − start_tick) / fps."""

    box: Box
    source: str
    look: Look
    start_tick: int
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Sprite:
    """A drawn sprite with its top left corner at (x, y)."""

    x: int
    y: int
    sprite: SpriteRef
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """Operations seen through a box: their coordinates begin at its corner, and nothing is painted outside of it."""

    box: Box
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Crossfade:
    """Two whole pictures, the second one weighted by `progress` (0 … 1)."""

    under: tuple[Operation, ...]
    over: tuple[Operation, ...]
    progress: float


Operation = Fill | Picture | Sprite | Window | Crossfade


def shifted(operations: Iterable[Operation], dx: int, dy: int) -> tuple[Operation, ...]:
    """The same operations elsewhere; dx and dy are even."""
    return tuple(_moved(operation, dx, dy) for operation in operations)


def _moved(operation: Operation, dx: int, dy: int) -> Operation:
    if isinstance(operation, Sprite):
        return replace(operation, x=operation.x + dx, y=operation.y + dy)
    if isinstance(operation, Crossfade):
        return replace(operation, under=shifted(operation.under, dx, dy), over=shifted(operation.over, dx, dy))
    return replace(operation, box=operation.box.shifted(dx, dy))


@dataclass(frozen=True, slots=True)
class DrawList:
    """All operations of one canvas at one tick, in painting order."""

    width: int
    height: int
    tick: int
    operations: tuple[Operation, ...]
