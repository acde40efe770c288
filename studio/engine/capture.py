"""The sources of a run: opens them from the plan, tells them which looks to prepare, answers the painter and the sound
mix, and turns their news into events. Sources own their threads; everything called by the tick returns at once, except
in a stepped run."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

from studio.engine.drawing_room import DrawingRoom
from studio.engine.live_source import LiveSource
from studio.engine.pictures import PictureFolder
from studio.media.paint import Pictures
from studio.media.prepare import Prepared
from studio.media.ring import Samples
from studio.media.sources.file import FileSource
from studio.media.sources.image import ImageSource
from studio.media.sources.pattern import PatternSource
from studio.media.sources.source import Source
from studio.media.sprite import SpritePicture
from studio.model import show as plan
from studio.model.commerce import Product
from studio.model.events import Event, SourceBack, SourceLost, SourceReady
from studio.model.overlay import SpriteRef
from studio.model.secret import Secret
from studio.model.sentence import Refusal
from studio.model.time import nanoseconds_of
from studio.program.compose import PHOTO_PREFIX
from studio.program.draw_list import Look, Picture

log = logging.getLogger(__name__)

STEPPED_WAIT_SECONDS = 20.0


class Capture(Pictures):
    """Open sources by id."""

    def __init__(
        self,
        fps: int,
        folder: Path,
        is_stepped: bool,
        room: DrawingRoom,
        pictures: PictureFolder,
        logins: Mapping[str, Secret],
        live_size: tuple[int, int],
    ) -> None:
        self._fps = fps
        self._folder = folder
        self._wait_seconds = STEPPED_WAIT_SECONDS if is_stepped else 0.0
        self._room = room
        self._pictures = pictures
        self._sources: dict[str, Source] = {}
        self._told: dict[str, str] = {}
        self._preloaded: dict[str, Source] = {}
        self._photos: dict[str, Source] = {}
        self._photo_files: dict[str, str] = {}
        self._logins, self._live_size = logins, live_size
        self._started_ns: int | None = None

    def use_clock(self, started_ns: int) -> None:
        """Tick 0 is due then on the monotonic clock; live sources are taken by it."""
        self._started_ns = started_ns

    def _due_ns(self, tick: int) -> int | None:
        return None if self._started_ns is None else self._started_ns + nanoseconds_of(tick, self._fps)

    def open(self, source: plan.Source, media_tick: int) -> None:
        """Opens or replaces one source of the plan; `media_tick` is where a resumed run goes on. Never waits long: a
        file is read in its own thread; an image is decoded before the run or at a plan edit."""
        old = self._sources.pop(source.id, None)
        self._told.pop(source.id, None)
        if old is not None:
            old.close()
        try:
            self._sources[source.id] = self._opened(source, media_tick)
        except Refusal as refusal:
            log.warning("source %s: %s", source.id, refusal.sentence.en)
            self._sources[source.id] = Missing(refusal.code)

    def _opened(self, source: plan.Source, media_tick: int) -> Source:
        if source.scheme == "pattern":
            return PatternSource(source.address, self._fps)
        if source.is_live:
            login = self._logins.get(source.id, Secret(""))
            return LiveSource(source, self._fps, self._live_size, self._due_ns, login)
        path = (self._folder / source.address).expanduser()
        if source.url in self._preloaded:
            return self._preloaded.pop(source.url)
        if source.scheme == "image":
            return ImageSource(self._pictures.planes(path))
        return FileSource(path, self._fps, loops=source.play == "loop", media_tick=media_tick)

    def preload(self, source: plan.Source) -> None:
        """A door's thread: decodes an image before the tick opens it. Refusal where it is unusable."""
        path = (self._folder / source.address).expanduser()
        self._preloaded[source.url] = ImageSource(self._pictures.planes(path))

    def show_photos(self, products: Iterable[Product]) -> None:
        """Never in the tick: reads the photos that stand in for cameras, new ones and changed ones. One that is
        unusable is logged."""
        for product in products:
            if product.picture and self._photo_files.get(product.id) != product.picture:
                try:
                    planes = self._pictures.planes((self._folder / product.picture).expanduser())
                except Refusal as refusal:
                    log.warning("the photo of %s: %s", product.id, refusal.sentence.en)
                    continue
                self._photos[f"{PHOTO_PREFIX}{product.id}"] = ImageSource(planes)
                self._photo_files[product.id] = product.picture

    def renew_photo(self, product: Product) -> None:
        """A door's thread: the photo of an edited product, if photos are shown at all."""
        if self._photos:
            self._photo_files.pop(product.id, None)
            self.show_photos([product])

    def live_pids(self) -> dict[str, int]:
        """Source → process id of what grabs it."""
        live = {name: source for name, source in list(self._sources.items()) if isinstance(source, LiveSource)}
        return {name: source.pid for name, source in live.items() if source.pid is not None}

    def live_addresses(self) -> dict[str, str]:
        """Source → the address at which it waits for a phone."""
        live = {name: source for name, source in list(self._sources.items()) if isinstance(source, LiveSource)}
        return {name: source.address for name, source in live.items() if source.address}

    def want(self, looks: dict[str, set[Look]]) -> None:
        """Looks per source that program and preview show."""
        for source_id, source in self._sources.items():
            source.want(frozenset(looks.get(source_id, ())))

    def follow(self, start_ticks: Mapping[str, int], tick: int) -> None:
        """Sources that nobody sees just now run on with the clock, so that a cut to them finds their picture."""
        for source_id, source in self._sources.items():
            source.follow(max(0, tick - start_ticks.get(source_id, 0)))

    def picture(self, operation: Picture, tick: int) -> Prepared | None:
        """For the painter."""
        source = self._sources.get(operation.source) or self._photos.get(operation.source)
        if source is None:
            return None
        return source.picture(operation.look, tick - operation.start_tick, self._wait_seconds)

    def glance(self, operation: Picture, tick: int) -> Prepared | None:
        """For a preview's painter, in its own thread."""
        source = self._sources.get(operation.source) or self._photos.get(operation.source)
        return None if source is None else source.glance(operation.look, tick - operation.start_tick)

    def sprite(self, ref: SpriteRef) -> SpritePicture | None:
        """For the painter."""
        return self._room.sprite(ref)

    def sound(self, source_id: str, media_tick: int) -> Samples | None:
        """One tick of a source's sound."""
        source = self._sources.get(source_id)
        return None if source is None else source.sound(media_tick, self._wait_seconds)

    def rewind(self, source_id: str) -> None:
        """An insert goes back to its first picture."""
        source = self._sources.get(source_id)
        if isinstance(source, FileSource):
            source.restart()

    def news(self) -> list[Event]:
        """What changed since the last call."""
        events: list[Event] = []
        for source_id, source in self._sources.items():
            told = self._told.get(source_id)
            if source.trouble:
                if told != source.trouble:
                    self._told[source_id] = source.trouble
                    events.append(SourceLost(source_id, source.trouble))
            elif source.info is not None and told != "ready":
                self._told[source_id] = "ready"
                if told is not None:
                    events.append(SourceBack(source_id))
                info = source.info
                ticks = None if info.duration_ns is None else -(-info.duration_ns * self._fps // 1_000_000_000)
                if info.duration_ns is not None:
                    # A container's rounding (1 ms) must not cost a tick.
                    ticks = -(-(info.duration_ns - 1_000_000) * self._fps // 1_000_000_000)
                events.append(SourceReady(source_id, info.width, info.height, ticks, info.has_sound))
        return events

    def is_settled(self) -> bool:
        """Whether each source is open or known to be in trouble."""
        return all(source.info is not None or source.trouble for source in self._sources.values())

    def close(self) -> None:
        """Ends all sources."""
        for source in self._sources.values():
            source.close()


class Glances(Pictures):
    """The same pictures for whoever looks on: nothing is moved by it."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture

    def picture(self, operation: Picture, tick: int) -> Prepared | None:
        """For a preview's painter."""
        return self._capture.glance(operation, tick)

    def sprite(self, ref: SpriteRef) -> SpritePicture | None:
        """For a preview's painter."""
        return self._capture.sprite(ref)


class Missing:
    """A source that could not be opened: its stand-by picture is shown, and why is told."""

    info = None

    def __init__(self, trouble: str) -> None:
        self.trouble = trouble

    def want(self, looks: frozenset[Look]) -> None:
        """Nothing to prepare."""

    def picture(self, look: Look, media_tick: int, wait_seconds: float) -> Prepared | None:
        """Nothing to show."""
        return None

    def glance(self, look: Look, media_tick: int) -> Prepared | None:
        """Nothing to show."""
        return None

    def follow(self, media_tick: int) -> None:
        """Nothing runs."""

    def sound(self, media_tick: int, wait_seconds: float) -> Samples | None:
        """Nothing to hear."""
        return None

    def close(self) -> None:
        """Nothing to end."""
