"""One tick, top to bottom: due commands → decide and fold (pure) → compose (pure) → paint → mix sound → offer to
encoders and journal (house law 2). It never waits in a live run: no lock across lines, no file, no socket. Owned by the
engine's main thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from studio.engine.capture import Capture
from studio.engine.clock import Clock
from studio.engine.distribution import Distribution
from studio.engine.drawing_room import DrawingRoom
from studio.engine.encoding import CanvasEncoding, SoundEncoding
from studio.engine.encodings import Encodings
from studio.engine.journal import Journal
from studio.engine.repeats import Repeats
from studio.engine.requests import Request, Requests, refused, wanted_drawings
from studio.media.frame import PooledFrame
from studio.media.mix import mix
from studio.media.paint import Painter
from studio.model import commands, events
from studio.model.events import Event, Fact
from studio.model.sentence import Refusal
from studio.model.time import samples_per_tick
from studio.program.card import Artwork
from studio.program.compose import Composer, compose, compose_preview, is_leaving, start_tick_of
from studio.program.decide import Moment, NotDrawnYet, decide, fall_due
from studio.program.draw_list import Crossfade, Look, Operation, Picture, Window
from studio.program.sound import heard
from studio.program.state import State, fold

STEPPED_WAIT_SECONDS = 20.0
DRAW_WAIT_SECONDS = 10.0
HELD_SECONDS = 5
SUPERSEDED = Refusal(
    "더 새로운 명령이 있어서 이 카드는 올리지 않았어요.", "A newer command came: this card is not shown.", "superseded"
)
AHEAD_SECONDS = 2


class Tick:
    """Makes ticks. `state` is replaced, never changed; others read it as a snapshot."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        encodings: Encodings,
        sound: SoundEncoding,
        capture: Capture,
        room: DrawingRoom,
        journal: Journal,
        requests: Requests,
        artwork: Artwork,
        take_news: Callable[[], list[Event]],
        obey: Callable[[commands.Command], bool],
        tell: Callable[[tuple[Fact, ...]], None],
    ) -> None:
        self.state = state
        self.artwork = artwork
        self.end_reason = ""
        self.tick_ms, self.compose_ms, self.late_ms = Distribution(), Distribution(), Distribution()
        self._before = state
        self._encodings, self._sound = encodings, sound
        self._clock, self._capture, self._room = clock, capture, room
        self._journal, self._requests = journal, requests
        self._take_news, self._obey, self._tell = take_news, obey, tell
        self._fps = state.show.fps
        self._painters: dict[str, Painter] = {}
        self._composers: dict[str, Composer] = {}
        self.repeats = Repeats()
        self._looks_are_stale = True
        self._after_gap = -1
        self._rewinds: set[str] = set()
        self._unheard: list[Event] = []
        self._wait = STEPPED_WAIT_SECONDS if clock.is_stepped else 0.0

    def use_clock(self, clock: Clock) -> None:
        """The clock of a new run starts when everything is prepared."""
        self._clock = clock

    def open(self, started: Fact) -> None:
        """The first fact of a new run; the state it begins is there already."""
        self._journal.append((started,))
        self._tell((started,))

    def make(self, tick: int) -> None:
        """The whole tick."""
        began = time.perf_counter()
        self.late_ms.note(self._clock.late_ms(tick))
        facts = self._decide(tick)
        if facts or self._looks_are_stale:
            self._prepare_looks(tick)
        for source_id in [one for one in self._rewinds if not is_leaving(self.state, one, tick)]:
            self._rewinds.discard(source_id)
            if self.state.insert is None or self.state.insert.source != source_id:
                self._capture.rewind(source_id)
        sources = self.state.show.sources
        self._capture.follow({source.id: start_tick_of(self.state, source.id, tick) for source in sources}, tick)
        painting = time.perf_counter()
        painted = [
            (encoding, self._picture(tick, name, encoding)) for name, encoding in self._encodings.current.items()
        ]
        self.compose_ms.note((time.perf_counter() - painting) * 1000)
        self.mix_sound(tick)
        self._before = self.state
        self.tick_ms.note((time.perf_counter() - began) * 1000)
        # Last of all: an encoder's thread that wakes up any sooner fights this one for the interpreter.
        for encoding, frame in painted:
            if frame is not None:
                encoding.offer(frame, tick)

    def repeat(self, first: int, last: int) -> None:
        """Ticks that were missed: their pictures repeat (the encoders fill them), their sound is made all the same."""
        self.record(last, self.repeats.late(first, last))
        for tick in range(first, last + 1):
            self.mix_sound(tick)

    def gap(self, first: int, last: int) -> None:
        """A longer hole: nothing was made; a key frame and new parts follow."""
        self.record(last + 1, [events.Gap(first, last)])
        self._after_gap = last + 1
        for encoding in self._encodings.current.values():
            encoding.note_gap(last + 1)

    def mix_sound(self, tick: int) -> None:
        """The samples this tick owns, to the sound encoder."""
        count = samples_per_tick(self._fps)
        parts = heard(self.state, self._before, tick)
        blocks = [(part, self._capture.sound(part.source, tick - part.start_tick)) for part in parts]
        if not self._encodings.current:
            return  # nobody receives anything
        if not self._sound.offer(mix(blocks, count), tick * count, self._wait):
            self._unheard.append(events.MediaDropped("sound", tick, tick))

    def record(
        self, tick: int, happened: Iterable[Event], answer: Callable[[], None] | None = None
    ) -> tuple[Fact, ...]:
        """Events become facts: folded, written, told."""
        happened = tuple(happened)
        utc = self._clock.utc(tick).isoformat(timespec="milliseconds") if happened else ""
        facts = tuple(Fact(tick, utc, event) for event in happened)
        for fact in facts:
            self.state = fold(self.state, fact)
        if facts or answer is not None:
            self._journal.append(facts, answer)
        if facts:
            self._tell(facts)
            self._follow(facts)
        return facts

    def _decide(self, tick: int) -> bool:
        unheard, self._unheard = self._unheard, []
        news = [*self._capture.news(), *self._take_news(), *self.repeats.told(tick, self._fps), *unheard]
        recorded = self.record(tick, news)
        anything = bool(recorded)
        while due := fall_due(self.state, tick):
            self.record(tick, due)
            anything = True
        anything |= self._requests.collect(self.state, self.artwork)
        for request in self._requests.due(tick):
            self._land(tick, request)
            anything = True
        return anything

    def _land(self, tick: int, request: Request) -> None:
        answer = request.answer
        for older in self._requests.superseded_by(request):
            if older.answer is not None:
                older.answer(refused(SUPERSEDED))
        try:
            happened = self._events_of(tick, request)
        except NotDrawnYet:
            refusal = self._drawing_refused(request)
            if refusal is None and request.ticks_held > HELD_SECONDS * self._fps:
                refusal = Refusal(
                    "카드를 제때 그리지 못해서 올리지 않았어요. 다시 해 주세요.",
                    "The card was not drawn in time and is not shown. Try again.",
                    "not_drawn",
                )
            if refusal is None:
                self._requests.hold(request)
            elif answer is not None:
                answer(refused(refusal))
            return
        except Refusal as refusal:
            if answer is not None:
                answer(refused(refusal))
            return
        done = None if answer is None else (lambda: answer({"done_at": tick}))
        self.record(tick, happened, done)

    def _events_of(self, tick: int, request: Request) -> tuple[Event, ...]:
        if isinstance(request.command, commands.EndRun):
            self.end_reason = "asked"
            return ()
        if self._obey(request.command):
            return ()
        moment = Moment(tick, self._clock.utc(tick), self._room.drawn, self.artwork)
        try:
            return decide(self.state, request.command, moment)
        except NotDrawnYet:
            # Prices may have changed since it was asked: what is needed is found anew.
            request.drawings = wanted_drawings(self.state, request.command, self.artwork)
            self._room.want(request.drawings)
            if not self._clock.is_stepped:
                raise
            self._room.wait_for(request.drawings, DRAW_WAIT_SECONDS)
            return decide(self.state, request.command, moment)

    def _drawing_refused(self, request: Request) -> Refusal | None:
        for drawing in request.drawings:
            if drawing in self._room.refused:
                return self._room.refused[drawing]
        if self._clock.is_stepped:
            return Refusal("카드를 그리지 못했어요.", "The card could not be drawn in time.", "not_drawn")
        return None

    def _follow(self, facts: tuple[Fact, ...]) -> None:
        """What facts mean for the sources."""
        for fact in facts:
            event = fact.event
            if isinstance(event, events.InsertEnded):
                self._rewinds.add(event.source)
            elif isinstance(event, events.SourcePut):
                self._capture.open(event.source, 0)
            if isinstance(event, (events.ProductPut, events.CouponPut)):
                self._room.want(cards_of(self.state, self.artwork))
        self._looks_are_stale = True

    def _prepare_looks(self, tick: int) -> None:
        looks: dict[str, set[Look]] = {}
        shown = [self.state]
        known = {scene.id for scene in self.state.show.scenes}
        shown += [
            fold(self.state, Fact(tick, "", events.PreviewSet(command.scene)))
            for command in self._requests.upcoming(tick, AHEAD_SECONDS * self._fps)
            if isinstance(command, commands.TakeScene) and command.scene in known
        ]
        for canvas_id, encoding in self._encodings.current.items():
            _collect(compose(self.state, encoding.canvas, tick).operations, looks)
            for state in shown:
                _collect(compose_preview(state, encoding.canvas, tick).operations, looks)
            if canvas_id not in self._painters:
                self._composers[canvas_id] = Composer(encoding.canvas)
                self._painters[canvas_id] = Painter(encoding.canvas.width, encoding.canvas.height)
        self._capture.want(looks)
        self._looks_are_stale = False

    def _picture(self, tick: int, canvas_id: str, encoding: CanvasEncoding) -> PooledFrame | None:
        painter = self._painters.get(canvas_id)
        if painter is None:
            self._looks_are_stale = True
            return None
        if canvas_id in self.state.halved and tick % 2 and tick != self._after_gap:
            return None
        frame = encoding.pool.take(self._wait)
        if frame is None:
            encoding.ticks_behind += 1
            self.repeats.encoder_behind(canvas_id, tick)
            return None
        composer = self._composers[canvas_id]
        painter.paint(composer.at(self.state, tick), frame.planes, self._capture)
        return frame


def cards_of(state: State, artwork: Artwork):  # type: ignore[no-untyped-def]  # a list of draw requests
    """Everything that may be asked for soon: cards of all products and coupons, all slates."""
    asked: list[commands.Command] = [commands.RaiseCover(slate) for slate in ("moment", "waiting", "ended")]
    asked += [commands.ShowCard(product.id) for product in state.show.products[:30]]
    asked += [commands.OpenCoupon(coupon.id) for coupon in state.show.coupons[:30]]
    return [drawing for command in asked for drawing in wanted_drawings(state, command, artwork)]


def _collect(operations: tuple[Operation, ...], looks: dict[str, set[Look]]) -> None:
    for operation in operations:
        if isinstance(operation, Picture):
            looks.setdefault(operation.source, set()).add(operation.look)
        elif isinstance(operation, Window):
            _collect(operation.operations, looks)
        elif isinstance(operation, Crossfade):
            _collect(operation.under, looks)
            _collect(operation.over, looks)
