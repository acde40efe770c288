"""The state of a run as a fold over its facts: what is on air, what comes next, what is promised. The engine folds as
it goes; after an engine kill the same fold over the timeline gives the same state. Pure, any thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import singledispatch
from typing import TypeVar

from studio.model import events
from studio.model.commands import Slate, TransitionKind
from studio.model.commerce import Coupon, Product
from studio.model.events import CardKind, DestinationState, Event, Fact, RunKind
from studio.model.overlay import DrawnCard
from studio.model.scene import Scene
from studio.model.show import Show, Source
from studio.model.time import ticks_of

Planned = TypeVar("Planned", Scene, Source, Product, Coupon)

MOTION_IN_SECONDS = 0.24
MOTION_OUT_SECONDS = 0.16


@dataclass(frozen=True, slots=True)
class TransitionState:
    """A running transition; it is over at `first_tick + ticks`."""

    from_scene: str
    kind: TransitionKind
    first_tick: int
    ticks: int


@dataclass(frozen=True, slots=True)
class InsertState:
    """An insert on air."""

    source: str
    first_tick: int
    end_tick: int
    return_scene: str


@dataclass(frozen=True, slots=True)
class CoverState:
    """The cover is up since a tick."""

    slate: Slate
    since_tick: int
    drawn: Mapping[str, DrawnCard]


@dataclass(frozen=True, slots=True)
class AiredCard:
    """A card on air, or leaving it."""

    card: str
    kind: CardKind
    subject: str
    template: str
    values: Mapping[str, str]
    drawn: Mapping[str, DrawnCard]
    since_tick: int
    leaving_tick: int | None = None


@dataclass(frozen=True, slots=True)
class OpenPromise:
    """An open coupon and the tick it closes at."""

    coupon: Coupon
    open_tick: int
    close_tick: int


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is known of a source. Its media time at tick t is (t − start_tick) / fps."""

    start_tick: int = 0
    ready: bool = False
    width: int = 0
    height: int = 0
    duration_ticks: int | None = None
    has_sound: bool = False
    lost: str = ""


UNKNOWN_SOURCE = SourceState()


@dataclass(frozen=True, slots=True)
class DestinationLight:
    """A destination's light as everybody sees it."""

    state: DestinationState = "off"
    reason: str = ""
    connects: int = 0


@dataclass(frozen=True, slots=True)
class LoweredSpan:
    """Ticks of a canvas, and of its recording, with less than the full bit rate; `end_tick` is None while it lasts."""

    canvas: str
    first_tick: int
    end_tick: int | None
    least_kbps: int


@dataclass(frozen=True, slots=True)
class State:
    """Everything that compose, decide and the lights need."""

    show: Show
    run: str
    kind: RunKind
    program: str
    preview: str
    ends_at_tick: int | None = None
    transition: TransitionState | None = None
    insert: InsertState | None = None
    cover: CoverState | None = None
    cards: tuple[AiredCard, ...] = ()
    cards_shown: int = 0
    coupons: tuple[OpenPromise, ...] = ()
    gains: Mapping[str, float] = field(default_factory=dict)
    muted: frozenset[str] = frozenset()
    sources: Mapping[str, SourceState] = field(default_factory=dict)
    destinations: Mapping[str, DestinationLight] = field(default_factory=dict)
    lowered: tuple[LoweredSpan, ...] = ()
    halved: frozenset[str] = frozenset()
    letters: bool = True
    missed_ticks: int = 0
    ended: bool = False


def begin(fact: Fact) -> State:
    """The state after the first fact of a run; TypeError where the fact is another."""
    started = fact.event
    if not isinstance(started, events.RunStarted):
        raise TypeError("a timeline begins with RunStarted")
    show = started.show
    return State(
        show=show,
        run=started.run,
        kind=started.kind,
        program=show.opening_scene,
        preview=next((scene.id for scene in show.scenes if scene.id != show.opening_scene), show.opening_scene),
        ends_at_tick=started.ends_at_tick,
        gains={source.id: source.gain_db for source in show.sources},
        sources={source.id: SourceState() for source in show.sources},
        destinations={label: DestinationLight() for label in started.destinations},
    )


def fold(state: State, fact: Fact) -> State:
    """The state after one more fact."""
    return _fold(fact.event, state, fact.tick)


def replay(facts: Iterable[Fact]) -> State:
    """The state after all facts of a timeline; ValueError for an empty one."""
    remaining = iter(facts)
    for first in remaining:
        state = begin(first)
        break
    else:
        raise ValueError("an empty timeline")
    for fact in remaining:
        state = fold(state, fact)
    return state


def motion_ticks(seconds: float, fps: int) -> int:
    """Ticks a motion takes, at least one."""
    return max(1, ticks_of(seconds, fps))


def is_gone(card: AiredCard, tick: int, fps: int) -> bool:
    """Whether a leaving card's motion is over at `tick`."""
    return card.leaving_tick is not None and tick >= card.leaving_tick + motion_ticks(MOTION_OUT_SECONDS, fps)


def media_start(state: State, source_id: str) -> int:
    """The tick at which a source's media time was zero. Live sources run on program time itself."""
    if any(source.id == source_id and source.is_live for source in state.show.sources):
        return 0
    return state.sources.get(source_id, UNKNOWN_SOURCE).start_tick


def insert_source(show: Show, scene_id: str) -> str | None:
    """The source that makes a scene an insert: the first of its layers, or of scenes in it, that plays once."""
    for layer in show.scene(scene_id).layers:
        inner = layer.source if layer.scene is None else insert_source(show, layer.scene)
        if any(source.id == inner and source.play == "insert" for source in show.sources):
            return inner
    return None


@singledispatch
def _fold(event: Event, state: State, tick: int) -> State:
    return state


@_fold.register
def _(event: events.PreviewSet, state: State, tick: int) -> State:
    return replace(state, preview=event.scene)


@_fold.register
def _(event: events.SceneTaken, state: State, tick: int) -> State:
    transition = TransitionState(state.program, event.transition, tick, event.ticks) if event.ticks else None
    preview = state.program if event.swap_preview else state.preview
    return replace(state, program=event.scene, preview=preview, transition=transition)


@_fold.register
def _(event: events.InsertStarted, state: State, tick: int) -> State:
    sources = {**state.sources, event.source: replace(state.sources[event.source], start_tick=tick)}
    insert = InsertState(event.source, tick, event.end_tick, event.return_scene)
    return replace(state, insert=insert, sources=sources)


@_fold.register
def _(event: events.InsertEnded, state: State, tick: int) -> State:
    return replace(state, insert=None)


@_fold.register
def _(event: events.CoverRaised, state: State, tick: int) -> State:
    since = state.cover.since_tick if state.cover else tick
    return replace(state, cover=CoverState(event.slate, since, event.drawn))


@_fold.register
def _(event: events.CoverLowered, state: State, tick: int) -> State:
    return replace(state, cover=None)


@_fold.register
def _(event: events.CardShown, state: State, tick: int) -> State:
    kept = tuple(card for card in state.cards if not is_gone(card, tick, state.show.fps))
    shown = AiredCard(event.card, event.kind, event.subject, event.template, event.values, event.drawn, since_tick=tick)
    return replace(state, cards=(*kept, shown), cards_shown=state.cards_shown + 1)


@_fold.register
def _(event: events.CardHidden, state: State, tick: int) -> State:
    kept = (card for card in state.cards if not is_gone(card, tick, state.show.fps))
    cards = tuple(replace(card, leaving_tick=tick) if card.card == event.card else card for card in kept)
    return replace(state, cards=cards)


@_fold.register
def _(event: events.CouponOpened, state: State, tick: int) -> State:
    return replace(state, coupons=(*state.coupons, OpenPromise(event.coupon, tick, event.close_tick)))


@_fold.register
def _(event: events.CouponClosed, state: State, tick: int) -> State:
    return replace(state, coupons=tuple(item for item in state.coupons if item.coupon.id != event.coupon))


@_fold.register
def _(event: events.GainSet, state: State, tick: int) -> State:
    return replace(state, gains={**state.gains, event.source: event.gain_db})


@_fold.register
def _(event: events.MutedSet, state: State, tick: int) -> State:
    return replace(state, muted=state.muted | {event.source} if event.muted else state.muted - {event.source})


@_fold.register
def _(event: events.ScenePut, state: State, tick: int) -> State:
    return replace(state, show=replace(state.show, scenes=_put(state.show.scenes, event.scene)))


@_fold.register
def _(event: events.SourcePut, state: State, tick: int) -> State:
    show = replace(state.show, sources=_put(state.show.sources, event.source))
    sources = {**state.sources, event.source.id: SourceState(start_tick=tick)}
    return replace(state, show=show, sources=sources, gains={**state.gains, event.source.id: event.source.gain_db})


@_fold.register
def _(event: events.ProductPut, state: State, tick: int) -> State:
    return replace(state, show=replace(state.show, products=_put(state.show.products, event.product)))


@_fold.register
def _(event: events.CouponPut, state: State, tick: int) -> State:
    return replace(state, show=replace(state.show, coupons=_put(state.show.coupons, event.coupon)))


@_fold.register
def _(event: events.SourceReady, state: State, tick: int) -> State:
    known = replace(
        state.sources[event.source],
        ready=True,
        width=event.width,
        height=event.height,
        duration_ticks=event.duration_ticks,
        has_sound=event.has_sound,
        lost="",
    )
    return replace(state, sources={**state.sources, event.source: known})


@_fold.register
def _(event: events.SourceLost, state: State, tick: int) -> State:
    lost = replace(state.sources[event.source], lost=event.reason)
    return replace(state, sources={**state.sources, event.source: lost})


@_fold.register
def _(event: events.SourceBack, state: State, tick: int) -> State:
    back = replace(state.sources[event.source], lost="")
    return replace(state, sources={**state.sources, event.source: back})


@_fold.register
def _(event: events.DestinationChanged, state: State, tick: int) -> State:
    light = DestinationLight(event.state, event.reason, event.connects)
    return replace(state, destinations={**state.destinations, event.destination: light})


@_fold.register
def _(event: events.BitrateChanged, state: State, tick: int) -> State:
    if event.kbps >= event.full_kbps:
        return replace(state, lowered=_at_full_rate(state, tick, event.canvas))
    lasting = next((span for span in state.lowered if span.canvas == event.canvas and span.end_tick is None), None)
    if lasting is None:
        return replace(state, lowered=(*state.lowered, LoweredSpan(event.canvas, tick, None, event.kbps)))
    lower = replace(lasting, least_kbps=min(lasting.least_kbps, event.kbps))
    return replace(state, lowered=tuple(lower if span is lasting else span for span in state.lowered))


@_fold.register
def _(event: events.EncodingEased, state: State, tick: int) -> State:
    halved = state.halved | {event.canvas} if event.pace == "half" else state.halved - {event.canvas}
    return replace(state, halved=halved)


@_fold.register
def _(event: events.LettersGone, state: State, tick: int) -> State:
    return replace(state, letters=False)


@_fold.register
def _(event: events.LettersBack, state: State, tick: int) -> State:
    return replace(state, letters=True)


@_fold.register
def _(event: events.TicksRepeated, state: State, tick: int) -> State:
    if event.reason != "late":
        return state
    return replace(state, missed_ticks=state.missed_ticks + event.last - event.first + 1)


@_fold.register
def _(event: events.Gap, state: State, tick: int) -> State:
    return replace(state, missed_ticks=state.missed_ticks + event.last - event.first + 1)


@_fold.register
def _(event: events.EngineResumed, state: State, tick: int) -> State:
    # Sinks and letters died with the engine or are unknown to the new one: their lights start afresh.
    fresh = {label: DestinationLight("waiting", "resuming", light.connects) for label, light in _lit(state)}
    sources = {key: replace(source, ready=False) for key, source in state.sources.items()}
    return replace(
        state,
        missed_ticks=state.missed_ticks + event.gap_ticks,
        destinations={**state.destinations, **fresh},
        sources=sources,
        lowered=_at_full_rate(state, tick),
        halved=frozenset(),
    )


@_fold.register
def _(event: events.RunEnded, state: State, tick: int) -> State:
    return replace(state, ended=True, lowered=_at_full_rate(state, tick))


def _at_full_rate(state: State, tick: int, canvas: str | None = None) -> tuple[LoweredSpan, ...]:
    """The spans, where those of the canvas (of every canvas) end now."""
    return tuple(
        replace(span, end_tick=tick) if span.end_tick is None and canvas in (None, span.canvas) else span
        for span in state.lowered
    )


def _lit(state: State) -> Iterable[tuple[str, DestinationLight]]:
    return ((label, light) for label, light in state.destinations.items() if light.state not in ("off", "ended"))


def _put(things: tuple[Planned, ...], thing: Planned) -> tuple[Planned, ...]:
    if any(item.id == thing.id for item in things):
        return tuple(thing if item.id == thing.id else item for item in things)
    return things + (thing,)  # noqa: RUF005  # mypy loses the type variable through a star
