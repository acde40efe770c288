"""What may be asked of the engine: one intent, one command (house law 3). Every door (key, cue, remote control, script,
`jangteo say`) uses these and no others. Pure nouns; the engine's tick decides them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from studio.model.commerce import Coupon, Product
from studio.model.scene import Scene
from studio.model.show import Source

TransitionKind = Literal["cut", "fade", "slide"]
Slate = Literal["waiting", "moment", "ended"]
CardTemplate = Literal["product-compact", "product-full"]


@dataclass(frozen=True, slots=True)
class Command:
    """Base of all commands; the class name is its name on every door."""


@dataclass(frozen=True, slots=True)
class SetPreview(Command):
    """Put a scene on the preview bus."""

    scene: str


@dataclass(frozen=True, slots=True)
class Take(Command):
    """Put the preview on air; the scene that was on air becomes the preview."""

    transition: TransitionKind = "cut"
    seconds: float = 0.5


@dataclass(frozen=True, slots=True)
class TakeScene(Command):
    """Put a named scene on air, whatever the preview is."""

    scene: str
    transition: TransitionKind = "cut"
    seconds: float = 0.5


@dataclass(frozen=True, slots=True)
class RaiseCover(Command):
    """Slate and silence from the next tick, whatever else happens."""

    slate: Slate = "moment"


@dataclass(frozen=True, slots=True)
class LowerCover(Command):
    """Show the program again."""


@dataclass(frozen=True, slots=True)
class ShowCard(Command):
    """Put a product's card on air. `price`, where given, must equal the catalogue's (the guard refuses otherwise)."""

    product: str
    template: CardTemplate = "product-compact"
    price: int | None = None


@dataclass(frozen=True, slots=True)
class HideCard(Command):
    """Take a product's card off the air; without a product, whichever is up."""

    product: str | None = None


@dataclass(frozen=True, slots=True)
class OpenCoupon(Command):
    """Open a coupon: its card goes up and its countdown runs to a real closing time."""

    coupon: str


@dataclass(frozen=True, slots=True)
class CloseCoupon(Command):
    """Close a coupon before its time; without a coupon, whichever is open."""

    coupon: str | None = None


@dataclass(frozen=True, slots=True)
class SetGain(Command):
    """Set a source's fader in dB (−60 … +12)."""

    source: str
    gain_db: float


@dataclass(frozen=True, slots=True)
class SetMuted(Command):
    """Mute a source, or let it be heard again."""

    source: str
    muted: bool = True


@dataclass(frozen=True, slots=True)
class PutScene(Command):
    """Add a scene to the plan, or replace the one of the same id."""

    scene: Scene


@dataclass(frozen=True, slots=True)
class PutSource(Command):
    """Add a source to the plan, or replace the one of the same id."""

    source: Source


@dataclass(frozen=True, slots=True)
class PutProduct(Command):
    """Add a product to the catalogue of the run, or replace the one of the same id."""

    product: Product


@dataclass(frozen=True, slots=True)
class PutCoupon(Command):
    """Add a coupon, or replace the one of the same id; an open coupon keeps the promise it was opened with."""

    coupon: Coupon


@dataclass(frozen=True, slots=True)
class StartSending(Command):
    """Start sending to a destination of this run; starting twice is one (F16)."""

    destination: str


@dataclass(frozen=True, slots=True)
class StopSending(Command):
    """Stop sending to a destination; the others and the recording go on."""

    destination: str


@dataclass(frozen=True, slots=True)
class ReconnectNow(Command):
    """Try a destination that waits, at once."""

    destination: str


@dataclass(frozen=True, slots=True)
class EndRun(Command):
    """End the run: outputs are finished, the timeline is closed."""


COMMANDS: dict[str, type[Command]] = {command.__name__: command for command in Command.__subclasses__()}
"""Every command by its name."""
