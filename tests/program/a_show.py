"""One small show for the tests of this folder, a run of it without engine or clock, and drawings made of nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from hypothesis import strategies as st

from studio.model import commands, events
from studio.model.codec import decode_fact, encode_fact
from studio.model.commands import Command
from studio.model.commerce import Coupon, Product
from studio.model.events import Event, Fact
from studio.model.overlay import CardPart, DrawnCard, DrawRequest, SpriteRef
from studio.model.scene import Crop, Layer, Place, Rect, Scene
from studio.model.sentence import Refusal
from studio.model.show import Canvas, Show, Source
from studio.program.card import Artwork
from studio.program.decide import Moment, decide, fall_due
from studio.program.state import State, begin, fold, replay

FPS = 30
CLIP_TICKS = 45
START = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
VERTICAL = Canvas("vertical", 360, 640, FPS)
WIDE = Canvas("wide", 640, 360, FPS)


def layer(identity: str, **what: Any) -> Layer:
    place = what.pop("place", Place())
    return Layer(identity, places={"*": place}, **what)


SHOW = Show(
    id="evening",
    title="저녁",
    canvases=(VERTICAL, WIDE),
    sources=(
        Source("main", "pattern:bars"),
        Source("hands", "pattern:bars", gain_db=-6.0),
        Source("music", "pattern:tone", sound="always", gain_db=-8.0),
        Source("mute", "pattern:bars", sound="off"),
        Source("clip", "file:clip.mp4", play="insert"),
    ),
    scenes=(
        Scene("open", layers=(layer("m", source="main"),)),
        Scene(
            "table",
            layers=(
                layer("h", source="hands", place=Place(z=0)),
                layer("c", colour="#C8281E", place=Place(Rect(0.1, 0.7, 0.8, 0.2), z=2, alpha=0.5)),
                layer("u", source="mute", place=Place(Rect(0.55, 0.05, 0.4, 0.3), z=1, fit="fit", crop=Crop(0.1, 0.2))),
            ),
        ),
        Scene(
            "both",
            layers=(
                layer("left", scene="open", place=Place(Rect(0, 0, 0.5, 1))),
                layer("right", scene="table", place=Place(Rect(0.5, 0, 0.5, 1), alpha=0.8)),
            ),
        ),
        Scene("clip", layers=(layer("v", source="clip"),)),
        Scene("empty"),
    ),
    products=(
        Product("tangerine", "노지감귤 5kg", 24_900, 15_900, stock=120),
        Product("gift", "황금향 3kg", 39_900, 39_900, 29_900, delivery_price=3_000),
        Product("chips", "감귤칩", 19_900, 13_900, stock=0),
        Product("dear", "비싼 귤", 10_000, 12_000),
    ),
    coupons=(
        Coupon("evening", "저녁 쿠폰", 3_000, "상품 페이지에서", 20.0, minimum=20_000, quantity=100),
        Coupon("short", "짧은 쿠폰", 1_000, "댓글로", 0.5),
        Coupon("past", "지난 쿠폰", 1_000, "댓글로", 5.0, valid_until="2026-01-01T00:00:00+09:00"),
        Coupon("nohow", "방법 없는 쿠폰", 1_000, " ", 5.0),
        Coupon("gone", "다 쓴 쿠폰", 1_000, "댓글로", 5.0, quantity=0),
    ),
)


class Drawn(Mapping[DrawRequest, DrawnCard]):
    """Every drawing is finished: a card of a size and place that follow from its request."""

    def __contains__(self, request: object) -> bool:
        return isinstance(request, DrawRequest)

    def __getitem__(self, request: DrawRequest) -> DrawnCard:
        name = sha256(repr(request).encode()).hexdigest()
        glyphs = {letter: SpriteRef(f"{letter}-{name[:8]}", 20, 40) for letter in "0123456789:"}
        parts: tuple[CardPart, ...] = ()
        if request.template == "coupon":
            parts = (
                CardPart("stub", "picture", 40, 0, "urgent", glyphs={"": SpriteRef("stub", 60, 80)}),
                CardPart("left", "digits", 60, 20, "calm", 22, glyphs, {":": 12}),
                CardPart("left", "digits", 60, 20, "urgent", 22, glyphs, {":": 12}),
            )
        return DrawnCard(SpriteRef(name, 300, 80), 16, 24, parts)

    def __iter__(self) -> Iterator[DrawRequest]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Run:
    """A run as the engine's tick makes it: what falls due, then the command, facts folded as they come."""

    def __init__(self, show: Show = SHOW, drawings: Mapping[DrawRequest, DrawnCard] | None = None) -> None:
        self.drawings = Drawn() if drawings is None else drawings
        self.tick = 0
        started = events.RunStarted("r", "rehearsal", show, 0, "boot", True, "1")
        self.facts = [Fact(0, self.utc.isoformat(), started)]
        self.state: State = begin(self.facts[0])
        for source in show.sources:
            ticks = CLIP_TICKS if source.play == "insert" else None
            self.record(events.SourceReady(source.id, 1280, 720, ticks, True))

    @property
    def utc(self) -> datetime:
        return START + timedelta(seconds=self.tick) / FPS

    @property
    def moment(self) -> Moment:
        return Moment(self.tick, self.utc, self.drawings, Artwork())

    def record(self, *happened: Event) -> None:
        for event in happened:
            fact = Fact(self.tick, self.utc.isoformat(timespec="milliseconds"), event)
            self.facts.append(fact)
            self.state = fold(self.state, fact)

    def go_to(self, tick: int) -> None:
        """Every tick from the next one to `tick`."""
        while self.tick < tick:
            self.tick += 1
            while due := fall_due(self.state, self.tick):
                self.record(*due)

    def ask(self, command: Command) -> tuple[Event, ...]:
        """At the present tick; Refusal where it is refused."""
        happened = decide(self.state, command, self.moment)
        self.record(*happened)
        return happened

    def try_to(self, command: Command) -> str:
        """The code of its refusal, or nothing."""
        try:
            self.ask(command)
        except Refusal as refusal:
            return refusal.code
        return ""

    def replayed(self) -> State:
        """The state that the facts give after they were written and read."""
        lines = [json.dumps(encode_fact(fact)) for fact in self.facts]
        return replay(decode_fact(json.loads(line)) for line in lines)


def wanted(show: Show = SHOW) -> st.SearchStrategy[Command]:
    """Any command of a program, mostly sensible."""
    scenes = st.sampled_from([scene.id for scene in show.scenes] + ["nowhere"])
    sources = st.sampled_from([source.id for source in show.sources] + ["nothing"])
    products = st.sampled_from([product.id for product in show.products] + ["nothing"])
    coupons = st.sampled_from([coupon.id for coupon in show.coupons] + ["nothing"])
    transitions = st.sampled_from(["cut", "fade", "slide"])
    seconds = st.sampled_from([0.0, 0.01, 0.2, 0.5, 1.0, 5.0, 5.1, -1.0, float("nan")])
    return st.one_of(
        st.builds(commands.SetPreview, scenes),
        st.builds(commands.Take, transitions, seconds),
        st.builds(commands.TakeScene, scenes, transitions, seconds),
        st.builds(commands.RaiseCover, st.sampled_from(["waiting", "moment", "ended"])),
        st.builds(commands.LowerCover),
        st.builds(
            commands.ShowCard,
            products,
            st.sampled_from(["product-compact", "product-full"]),
            st.none() | st.sampled_from([15_900, 29_900, 1]),
        ),
        st.builds(commands.HideCard, st.none() | products),
        st.builds(commands.OpenCoupon, coupons),
        st.builds(commands.CloseCoupon, st.none() | coupons),
        st.builds(commands.SetGain, sources, st.sampled_from([-60.0, -3.0, 0.0, 12.0, 12.1, -61.0, float("nan")])),
        st.builds(commands.SetMuted, sources, st.booleans()),
        st.builds(commands.PutScene, st.sampled_from([*show.scenes, Scene("new"), Scene("bad", layers=(Layer("x"),))])),
        st.builds(
            commands.PutSource, st.sampled_from([*show.sources, Source("more", "pattern:bars"), Source("b", "x")])
        ),
        st.builds(
            commands.PutProduct,
            st.sampled_from(
                [*show.products, Product("tangerine", "귤", 9, 8), Product("bad", "b", 1, 1, currency="XXX")]
            ),
        ),
        st.builds(commands.PutCoupon, st.sampled_from([*show.coupons, Coupon("bad", "b", 0, "c", 1.0)])),
    )


STEPS = st.lists(st.tuples(st.integers(0, 40), wanted()), max_size=14)
"""Commands and how many ticks pass before each."""
