"""The plan of one broadcast: canvases, sources, scenes, products, coupons and destinations. Edited by people, stored
as a show file, carried to the engine by commands. Pure nouns, any thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from studio.model.commerce import Coupon, Product
from studio.model.scene import Scene

SHOW_SCHEMA = 1
"""Version of the show file; a file with a higher number is refused (B29)."""

LIVE_SCHEMES = ("camera", "mic", "screen", "rtsp", "rtmp", "listen")

Play = Literal["loop", "insert"]
SoundMode = Literal["follow", "always", "off"]
Named = TypeVar("Named", "Canvas", "Source", Scene, Product, Coupon)


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture size and frame rate that is encoded once, in pixels and frames per second."""

    id: str
    width: int
    height: int
    fps: int = 30

    @property
    def portrait(self) -> bool:
        """Taller than wide: the normal case in Korea."""
        return self.height > self.width


@dataclass(frozen=True, slots=True)
class Source:
    """What yields pictures or sound, named by a URL: `file:`, `image:`, `pattern:`, and live ones: `camera:`, `mic:`,
    `screen:`, `rtsp://`, `rtmp://`, `listen:`. `play=insert` runs once from its first picture when its scene is taken
    and then returns; `sound` says whether its sound follows the picture, is always heard, or never. `gain_db` is its
    fader, `delay_ms` holds a live source back. While a live source gives nothing, its `backup` source is shown, else
    its `standby` image."""

    id: str
    url: str
    name: str = ""
    play: Play = "loop"
    sound: SoundMode = "follow"
    gain_db: float = 0.0
    delay_ms: int = 0
    backup: str | None = None
    standby: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether it runs by itself, in a process of its own, and can be lost."""
        return self.scheme in LIVE_SCHEMES

    @property
    def scheme(self) -> str:
        """The part of the URL before the colon."""
        return self.url.partition(":")[0]

    @property
    def address(self) -> str:
        """The part of the URL after the first colon: a path, or options."""
        return self.url.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Destination:
    """The plan's entry for one place to send to. The stream key is never part of it (house law 10)."""

    label: str
    server: str
    canvas: str | None = None


@dataclass(frozen=True, slots=True)
class Show:
    """One planned broadcast. `opening` is the scene on air at tick 0 (default: the first)."""

    id: str
    title: str
    canvases: tuple[Canvas, ...]
    sources: tuple[Source, ...]
    scenes: tuple[Scene, ...]
    schema: int = SHOW_SCHEMA
    opening: str | None = None
    theme: str = "mandarin"
    products: tuple[Product, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    destinations: tuple[Destination, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def fps(self) -> int:
        """Frames per second of the program clock; one for all canvases of a show."""
        return self.canvases[0].fps

    @property
    def opening_scene(self) -> str:
        """The scene on air at tick 0."""
        return self.opening or self.scenes[0].id

    def canvas(self, canvas_id: str) -> Canvas:
        """The canvas of that id; KeyError where there is none."""
        return _named(self.canvases, canvas_id)

    def source(self, source_id: str) -> Source:
        """The source of that id; KeyError where there is none."""
        return _named(self.sources, source_id)

    def scene(self, scene_id: str) -> Scene:
        """The scene of that id; KeyError where there is none."""
        return _named(self.scenes, scene_id)

    def product(self, product_id: str) -> Product:
        """The product of that id; KeyError where there is none."""
        return _named(self.products, product_id)

    def coupon(self, coupon_id: str) -> Coupon:
        """The coupon of that id; KeyError where there is none."""
        return _named(self.coupons, coupon_id)


def _named(things: tuple[Named, ...], wanted: str) -> Named:
    for thing in things:
        if thing.id == wanted:
            return thing
    raise KeyError(wanted)
