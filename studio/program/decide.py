"""What a command becomes: events, or a refusal in words; and what falls due by itself at a tick (an insert's end, a
coupon's closing, the end of the run). Pure; called by the engine's tick only. A refusal changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import singledispatch

from studio.model import commands, events
from studio.model.commands import Command
from studio.model.commerce import Coupon, Product, amount_words
from studio.model.events import CardShown, Event
from studio.model.overlay import DrawnCard, DrawRequest
from studio.model.sentence import Refusal
from studio.model.time import ticks_of
from studio.program.card import Artwork, drawings_for
from studio.program.guard import check_coupon, check_price, check_stock
from studio.program.plan import check_coupon_plan, check_product, check_put_source, check_scene
from studio.program.state import State, insert_source

MAX_TRANSITION_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Moment:
    """When and with what a command lands: the tick, the UTC label, the finished drawings, the decoded pictures."""

    tick: int
    utc: datetime
    drawings: Mapping[DrawRequest, DrawnCard]
    artwork: Artwork


class NotDrawnYet(Exception):
    """A drawing this command needs is not finished; ask for it and decide again."""


def decide(state: State, command: Command, moment: Moment) -> tuple[Event, ...]:
    """Events of a command at a tick; Refusal where it cannot be done, NotDrawnYet where a card must be drawn first."""
    if state.ended:
        raise Refusal("방송이 이미 끝났어요.", "The run has ended.", code="ended")
    return _decide(command, state, moment)


def fall_due(state: State, tick: int) -> tuple[Event, ...]:
    """Events that happen at `tick` by themselves, in order."""
    due: list[Event] = []
    if state.insert is not None and tick >= state.insert.end_tick:
        due.append(events.InsertEnded(state.insert.source))
        due.append(events.SceneTaken(state.insert.return_scene))
    for promise in state.coupons:
        if tick >= promise.close_tick:
            due.append(events.CouponClosed(promise.coupon.id, early=False))
            due.extend(_hide(state, "coupon", promise.coupon.id))
    return tuple(due)


@singledispatch
def _decide(command: Command, state: State, moment: Moment) -> tuple[Event, ...]:
    raise Refusal(
        f"아직 받을 수 없는 명령이에요: {type(command).__name__}",
        f"This command cannot be taken here: {type(command).__name__}",
        code="unknown_command",
    )


@_decide.register
def _(command: commands.SetPreview, state: State, moment: Moment) -> tuple[Event, ...]:
    _scene(state, command.scene)
    return () if state.preview == command.scene else (events.PreviewSet(command.scene),)


@_decide.register
def _(command: commands.Take, state: State, moment: Moment) -> tuple[Event, ...]:
    return _take(state, moment, state.preview, command.transition, command.seconds, swap=True)


@_decide.register
def _(command: commands.TakeScene, state: State, moment: Moment) -> tuple[Event, ...]:
    return _take(state, moment, command.scene, command.transition, command.seconds, swap=False)


def _take(
    state: State, moment: Moment, scene: str, transition: commands.TransitionKind, seconds: float, swap: bool
) -> tuple[Event, ...]:
    _scene(state, scene)
    if not 0 <= seconds <= MAX_TRANSITION_SECONDS:
        raise Refusal(
            f"화면 전환은 0초에서 {MAX_TRANSITION_SECONDS:g}초 사이여야 해요. 바꾸지 않았어요.",
            f"A transition lasts 0 to {MAX_TRANSITION_SECONDS:g} seconds. Nothing was changed.",
            code="out_of_range",
        )
    if scene == state.program:
        return ()
    ticks = 0 if transition == "cut" else ticks_of(seconds, state.show.fps)
    taken: list[Event] = [events.InsertEnded(state.insert.source)] if state.insert else []
    taken.append(events.SceneTaken(scene, transition if ticks else "cut", ticks, swap))
    source = insert_source(state.show, scene)
    if source is not None:
        known = state.sources[source]
        if known.duration_ticks is None:
            raise Refusal(
                f"삽입 영상 {source}이(가) 아직 준비되지 않았어요. 화면을 바꾸지 않았어요.",
                f"The insert {source} is not ready. The scene was not taken.",
                code="source_not_ready",
            )
        back = state.insert.return_scene if state.insert else state.program
        taken.append(events.InsertStarted(source, moment.tick + known.duration_ticks, back))
    return tuple(taken)


@_decide.register
def _(command: commands.RaiseCover, state: State, moment: Moment) -> tuple[Event, ...]:
    # The cover must always work: without its drawing it is a plain dark picture, never a wait.
    if state.cover is not None and state.cover.slate == command.slate:
        return ()
    wanted = drawings_for(state.show, command, moment.artwork)
    drawn = {canvas: moment.drawings[item] for canvas, item in wanted.items() if item in moment.drawings}
    return (events.CoverRaised(command.slate, drawn),)


@_decide.register
def _(command: commands.LowerCover, state: State, moment: Moment) -> tuple[Event, ...]:
    return () if state.cover is None else (events.CoverLowered(),)


@_decide.register
def _(command: commands.ShowCard, state: State, moment: Moment) -> tuple[Event, ...]:
    product = _product(state, command.product)
    check_price(product, command.price)
    check_stock(product)
    shown = _card(state, command, moment, "product", product.id, product.price)
    for card in state.cards:
        same = card.subject == product.id and card.template == shown.template and card.values == shown.values
        if card.kind == "product" and card.leaving_tick is None and same:
            return ()
    return (*_hide(state, "product", None), shown)


@_decide.register
def _(command: commands.HideCard, state: State, moment: Moment) -> tuple[Event, ...]:
    if command.product is not None:
        _product(state, command.product)
    return _hide(state, "product", command.product)


@_decide.register
def _(command: commands.OpenCoupon, state: State, moment: Moment) -> tuple[Event, ...]:
    coupon = _coupon(state, command.coupon)
    promise = next((one for one in state.coupons if one.coupon.id == coupon.id), None)
    if promise is not None:
        is_seen = any(card.subject == coupon.id and card.leaving_tick is None for card in state.cards)
        if is_seen or promise.coupon != coupon:
            return ()
        # Another coupon's card took its place; the promise still runs, so only its card comes back.
        return (*_hide(state, "coupon", None), _card(state, command, moment, "coupon", coupon.id, coupon.amount))
    check_coupon(coupon, moment.utc)
    shown = _card(state, command, moment, "coupon", coupon.id, coupon.amount)
    close_tick = moment.tick + max(1, _open_ticks(coupon, moment.utc, state.show.fps))
    return (*_hide(state, "coupon", None), events.CouponOpened(coupon, close_tick), shown)


@_decide.register
def _(command: commands.CloseCoupon, state: State, moment: Moment) -> tuple[Event, ...]:
    if command.coupon is not None:
        _coupon(state, command.coupon)
    closed = [item.coupon.id for item in state.coupons if command.coupon in (None, item.coupon.id)]
    promises = tuple(events.CouponClosed(coupon, early=True) for coupon in closed)
    return (*promises, *_hide(state, "coupon", command.coupon))


@_decide.register
def _(command: commands.SetGain, state: State, moment: Moment) -> tuple[Event, ...]:
    _source(state, command.source)
    if not -60 <= command.gain_db <= 12:
        raise Refusal(
            "소리 크기는 −60에서 +12 dB 사이여야 해요. 바꾸지 않았어요.",
            "A gain lies between −60 and +12 dB. Nothing was changed.",
            code="out_of_range",
        )
    return (events.GainSet(command.source, command.gain_db),)


@_decide.register
def _(command: commands.SetMuted, state: State, moment: Moment) -> tuple[Event, ...]:
    _source(state, command.source)
    same = (command.source in state.muted) == command.muted
    return () if same else (events.MutedSet(command.source, command.muted),)


@_decide.register
def _(command: commands.PutScene, state: State, moment: Moment) -> tuple[Event, ...]:
    check_scene(state.show, command.scene)
    return (events.ScenePut(command.scene),)


@_decide.register
def _(command: commands.PutSource, state: State, moment: Moment) -> tuple[Event, ...]:
    check_put_source(state.show, command.source)
    return (events.SourcePut(command.source),)


@_decide.register
def _(command: commands.PutProduct, state: State, moment: Moment) -> tuple[Event, ...]:
    check_product(command.product)
    return (events.ProductPut(command.product), *_untrue_cards(state, command.product))


def _untrue_cards(state: State, product: Product) -> tuple[Event, ...]:
    """A card whose price is no longer the catalogue's, or whose product is sold out, leaves the air (house law 8)."""
    true_price = amount_words(product.price, product.currency)
    is_sold_out = product.stock is not None and product.stock <= 0
    return tuple(
        events.CardHidden(card.card)
        for card in state.cards
        if card.kind == "product" and card.subject == product.id and card.leaving_tick is None
        if is_sold_out or card.values.get("price") != true_price
    )


@_decide.register
def _(command: commands.PutCoupon, state: State, moment: Moment) -> tuple[Event, ...]:
    check_coupon_plan(command.coupon)
    return (events.CouponPut(command.coupon),)


def _open_ticks(coupon: Coupon, now_utc: datetime, fps: int) -> int:
    """How long the promise holds: never beyond the coupon's own period (house law 8)."""
    ticks = ticks_of(coupon.open_seconds, fps)
    if coupon.valid_until is None:
        return ticks
    return min(ticks, (datetime.fromisoformat(coupon.valid_until) - now_utc) * fps // timedelta(seconds=1))


def _card(state: State, command: Command, moment: Moment, kind: events.CardKind, subject: str, price: int) -> CardShown:
    wanted = drawings_for(state.show, command, moment.artwork)
    if any(item not in moment.drawings for item in wanted.values()):
        raise NotDrawnYet
    first = next(iter(wanted.values()))
    return CardShown(
        card=f"card-{state.cards_shown + 1}",
        kind=kind,
        subject=subject,
        template=first.template,
        values=dict(first.values),
        drawn={canvas: moment.drawings[item] for canvas, item in wanted.items()},
        price=price,
    )


def _hide(state: State, kind: events.CardKind, subject: str | None) -> tuple[Event, ...]:
    return tuple(
        events.CardHidden(card.card)
        for card in state.cards
        if card.kind == kind and card.leaving_tick is None and subject in (None, card.subject)
    )


def _scene(state: State, scene: str) -> None:
    known = [item.id for item in state.show.scenes]
    if scene not in known:
        raise Refusal(
            f"장면 “{scene[:60]}”이(가) 없어요. 있는 장면: {', '.join(known[:12])}.",
            f"There is no scene “{scene[:60]}”. Scenes: {', '.join(known[:12])}.",
            code="unknown_scene",
        )


def _source(state: State, source: str) -> None:
    known = [item.id for item in state.show.sources]
    if source not in known:
        raise Refusal(
            f"소스 “{source[:60]}”이(가) 없어요. 있는 소스: {', '.join(known[:12])}.",
            f"There is no source “{source[:60]}”. Sources: {', '.join(known[:12])}.",
            code="unknown_source",
        )


def _product(state: State, wanted: str) -> Product:
    for product in state.show.products:
        if product.id == wanted:
            return product
    known = ", ".join(product.id for product in state.show.products[:12])
    raise Refusal(
        f"상품 “{wanted[:60]}”이(가) 없어요. 있는 상품: {known or '없음'}.",
        f"There is no product “{wanted[:60]}”. Products: {known or 'none'}.",
        code="unknown_product",
    )


def _coupon(state: State, wanted: str) -> Coupon:
    for coupon in state.show.coupons:
        if coupon.id == wanted:
            return coupon
    known = ", ".join(coupon.id for coupon in state.show.coupons[:12])
    raise Refusal(
        f"쿠폰 “{wanted[:60]}”이(가) 없어요. 있는 쿠폰: {known or '없음'}.",
        f"There is no coupon “{wanted[:60]}”. Coupons: {known or 'none'}.",
        code="unknown_coupon",
    )
