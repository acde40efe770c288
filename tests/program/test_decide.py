"""What commands become: a refused one changes nothing, a landed one can be replayed, promises end when they should."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.model import commands, events
from studio.model.codec import decode_command
from studio.model.commands import COMMANDS, Command
from studio.model.commerce import Coupon, Product
from studio.model.scene import Layer, Scene
from studio.model.sentence import Refusal
from studio.model.show import Source
from studio.model.time import RATES
from studio.program.decide import NotDrawnYet, decide, fall_due
from studio.program.state import MOTION_OUT_SECONDS, State, is_gone, motion_ticks, replay
from tests.model import generating  # loads the profile
from tests.program.a_show import CLIP_TICKS, FPS, SHOW, START, STEPS, Run, layer, wanted

SCENES = [scene.id for scene in SHOW.scenes]
TRANSITIONS: list[Any] = ["cut", "fade", "slide"]


def played(steps: list[tuple[int, Command]]) -> Run:
    run = Run()
    for ticks, command in steps:
        run.go_to(run.tick + ticks)
        run.try_to(command)
    return run


def up(state: State) -> list[tuple[str, str]]:
    return [(card.kind, card.subject) for card in state.cards if card.leaving_tick is None]


def refusal_of(run: Run, command: Command) -> Refusal:
    before = run.state
    with pytest.raises(Refusal) as caught:
        run.ask(command)
    assert run.state is before
    words = caught.value.sentence
    assert words.en
    assert any("가" <= letter <= "힣" for letter in words.ko)
    return caught.value


# ── what always holds ──────────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=80)
@given(STEPS)
def test_the_facts_of_a_run_give_its_state_again(steps: list[tuple[int, Command]]) -> None:
    run = played(steps)
    assert run.replayed() == run.state
    assert replay(run.facts) == run.state


@settings(max_examples=80)
@given(STEPS, wanted())
def test_deciding_changes_nothing(steps: list[tuple[int, Command]], command: Command) -> None:
    run = played(steps)
    state, before = run.state, repr(run.state)
    outcomes: list[Any] = []
    for _ in range(2):
        try:
            outcomes.append(decide(state, command, run.moment))
        except Refusal as refusal:
            outcomes.append((refusal.code, refusal.sentence))
    assert outcomes[0] == outcomes[1]
    assert repr(state) == before


@settings(max_examples=80)
@given(STEPS)
def test_what_is_true_of_every_state(steps: list[tuple[int, Command]]) -> None:
    state = played(steps).state
    scenes = {scene.id for scene in state.show.scenes}
    assert {state.program, state.preview} <= scenes
    assert len([kind for kind, _ in up(state) if kind == "product"]) <= 1
    assert len([kind for kind, _ in up(state) if kind == "coupon"]) <= 1
    assert len({card.card for card in state.cards}) == len(state.cards)
    assert {subject for kind, subject in up(state) if kind == "coupon"} <= {one.coupon.id for one in state.coupons}
    assert all(one.close_tick > one.open_tick for one in state.coupons)
    assert state.insert is None or state.insert.return_scene in scenes
    assert set(state.sources) == set(state.gains) == {source.id for source in state.show.sources}


@settings(max_examples=60)
@given(STEPS, wanted())
def test_a_command_lands_once(steps: list[tuple[int, Command]], command: Command) -> None:
    """The same again at the same tick does nothing, but for the two that mean something each time."""
    run = played(steps)
    if run.try_to(command) or isinstance(command, commands.Take):
        return
    again = run.ask(command)
    if not isinstance(command, (commands.SetGain, commands.PutScene, commands.PutSource)):
        again = tuple(event for event in again if not isinstance(event, (events.ProductPut, events.CouponPut)))
        assert again == ()
    state = run.state
    run.ask(command)
    assert run.state == state


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_is_taken_after_the_end(name: str) -> None:
    run = Run()
    run.record(events.RunEnded())
    assert refusal_of(run, next_of(name)).code == "ended"


def next_of(name: str) -> Command:
    return decode_command({"command": name, **generating.sample(COMMANDS[name])})


# ── scenes ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("transition", TRANSITIONS)
@pytest.mark.parametrize("start", SCENES)
@pytest.mark.parametrize("target", SCENES)
def test_every_scene_can_be_taken_from_every_scene(start: str, target: str, transition: Any) -> None:
    for cover, seconds in product((False, True), (0.0, 0.01, 1 / 30, 0.5, 5.0)):
        run = Run()
        run.go_to(7)
        run.ask(commands.TakeScene(start))
        if cover:
            run.ask(commands.RaiseCover())
        run.go_to(11)
        preview = run.state.preview
        run.ask(commands.TakeScene(target, transition, seconds))
        assert run.state.program == target
        assert run.state.preview == preview
        assert (run.state.cover is not None) is cover
        assert (run.state.insert is not None) is (target == "clip")
        ticks = 0 if transition == "cut" or seconds < 1 / 60 else round(seconds * FPS)
        if start != target:
            seen = run.state.transition
            assert (seen.ticks if seen else 0) == ticks
            assert seen is None or (seen.from_scene, seen.kind, seen.first_tick) == (start, transition, 11)


@pytest.mark.parametrize("transition", TRANSITIONS)
def test_take_swaps_preview_and_program(transition: Any) -> None:
    run = Run()
    run.ask(commands.SetPreview("table"))
    run.ask(commands.Take(transition))
    assert (run.state.program, run.state.preview) == ("table", "open")
    run.ask(commands.Take(transition))
    assert (run.state.program, run.state.preview) == ("open", "table")


@pytest.mark.parametrize("seconds", [-0.001, 5.001, float("nan"), float("inf"), -float("inf"), 1e300])
@pytest.mark.parametrize("make", [commands.Take, lambda **rest: commands.TakeScene("table", **rest)])
def test_a_transition_has_bounds(make: Any, seconds: float) -> None:
    assert refusal_of(Run(), make(transition="fade", seconds=seconds)).code == "out_of_range"


# ── inserts ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("start", [scene for scene in SCENES if scene != "clip"])
@pytest.mark.parametrize("transition", TRANSITIONS)
@pytest.mark.parametrize("at", [0, 1, 100])
def test_an_insert_returns_exactly_at_its_end(start: str, transition: Any, at: int) -> None:
    run = Run()
    run.ask(commands.TakeScene(start))
    run.go_to(at)
    run.ask(commands.TakeScene("clip", transition, 0.2))
    assert run.state.sources["clip"].start_tick == at
    run.go_to(at + CLIP_TICKS - 1)
    assert run.state.program == "clip"
    run.go_to(at + CLIP_TICKS)
    assert (run.state.program, run.state.insert) == (start, None)
    assert [type(fact.event) for fact in run.facts[-2:]] == [events.InsertEnded, events.SceneTaken]


def test_an_insert_left_early_does_not_return() -> None:
    run = Run()
    run.ask(commands.TakeScene("clip"))
    run.go_to(10)
    run.ask(commands.TakeScene("table", "fade"))
    assert run.state.insert is None
    run.go_to(200)
    assert run.state.program == "table"
    run.ask(commands.TakeScene("clip"))
    assert run.state.insert is not None
    assert run.state.insert.return_scene == "table"
    assert run.state.sources["clip"].start_tick == 200


def test_an_insert_inside_a_scene_plays_too() -> None:
    run = Run()
    run.ask(commands.PutScene(Scene("framed", layers=(layer("f", scene="clip"), layer("c", colour="#000000")))))
    run.ask(commands.TakeScene("framed"))
    assert run.state.insert is not None
    run.go_to(CLIP_TICKS)
    assert run.state.program == "open"


def test_an_insert_from_an_insert_returns_to_where_the_first_came_from() -> None:
    run = Run()
    run.ask(commands.PutScene(Scene("again", layers=(layer("f", source="clip"),))))
    run.ask(commands.TakeScene("table"))
    run.ask(commands.TakeScene("clip"))
    run.go_to(20)
    run.ask(commands.TakeScene("again"))
    run.go_to(20 + CLIP_TICKS)
    assert run.state.program == "table"


def test_an_insert_that_is_not_ready_is_refused() -> None:
    run = Run()
    run.ask(commands.PutSource(Source("late", "file:late.mp4", play="insert")))
    run.ask(commands.PutScene(Scene("late", layers=(layer("f", source="late"),))))
    assert refusal_of(run, commands.TakeScene("late")).code == "source_not_ready"


# ── cards ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("product", ["tangerine", "gift"])
@pytest.mark.parametrize("template", ["product-compact", "product-full"])
@pytest.mark.parametrize("later", [0, 1, 30])
def test_a_card_shown_twice_is_one(product: str, template: Any, later: int) -> None:
    run = Run()
    shown = run.ask(commands.ShowCard(product, template))
    assert [type(event) for event in shown] == [events.CardShown]
    run.go_to(later)
    assert run.ask(commands.ShowCard(product, template)) == ()
    assert up(run.state) == [("product", product)]


def test_a_card_carries_the_values_shown() -> None:
    (shown,) = Run().ask(commands.ShowCard("gift"))
    assert isinstance(shown, events.CardShown)
    assert shown.price == 29_900
    assert shown.values["price"] == "29,900"
    assert shown.values["list_price"] == "39,900원"
    assert shown.values["discount"] == "25%"
    assert shown.values["delivery"] == "배송비 포함 총 32,900원"
    assert set(shown.drawn) == {"vertical", "wide"}


def test_a_product_may_cost_its_list_price_and_then_shows_no_discount() -> None:
    run = Run()
    run.ask(commands.PutProduct(replace(SHOW.products[0], sale_price=24_900)))
    (shown,) = run.ask(commands.ShowCard("tangerine", price=24_900))
    assert isinstance(shown, events.CardShown)
    assert (shown.values["discount"], shown.values["list_price"]) == ("", "")


def test_another_card_takes_its_place() -> None:
    run = Run()
    run.ask(commands.ShowCard("tangerine"))
    run.go_to(30)
    run.ask(commands.ShowCard("gift"))
    assert up(run.state) == [("product", "gift")]
    assert len(run.state.cards) == 2
    gone = 30 + motion_ticks(MOTION_OUT_SECONDS, FPS)
    assert [is_gone(run.state.cards[0], tick, FPS) for tick in (30, gone - 1, gone)] == [False, False, True]


def test_a_new_price_takes_the_old_card_off_the_air() -> None:
    """A card shows the catalogue's price or nothing (house law 8)."""
    run = Run()
    run.ask(commands.ShowCard("tangerine"))
    put, hidden = run.ask(commands.PutProduct(replace(SHOW.products[0], live_price=12_900)))
    assert isinstance(put, events.ProductPut)
    assert isinstance(hidden, events.CardHidden)
    assert refusal_of(run, commands.ShowCard("tangerine", price=15_900)).code == "price_differs"
    (shown,) = run.ask(commands.ShowCard("tangerine", price=12_900))
    assert isinstance(shown, events.CardShown)
    assert shown.card != hidden.card


def test_a_product_that_sells_out_leaves_the_air() -> None:
    run = Run()
    run.ask(commands.ShowCard("tangerine"))
    (put,) = run.ask(commands.PutProduct(replace(SHOW.products[0], stock=3)))
    assert isinstance(put, events.ProductPut)
    _, hidden = run.ask(commands.PutProduct(replace(SHOW.products[0], stock=0)))
    assert isinstance(hidden, events.CardHidden)


@pytest.mark.parametrize("product", [None, "tangerine"])
def test_hiding(product: str | None) -> None:
    run = Run()
    assert run.ask(commands.HideCard(product)) == ()
    run.ask(commands.ShowCard("tangerine"))
    run.ask(commands.OpenCoupon("evening"))
    assert run.ask(commands.HideCard("gift")) == ()
    assert len(run.ask(commands.HideCard(product))) == 1
    assert run.ask(commands.HideCard(product)) == ()
    assert up(run.state) == [("coupon", "evening")]


def test_a_card_that_is_not_drawn_is_waited_for_and_the_cover_is_not() -> None:
    run = Run(drawings={})
    for command in (commands.ShowCard("tangerine"), commands.OpenCoupon("evening")):
        with pytest.raises(NotDrawnYet):
            run.ask(command)
    (raised,) = run.ask(commands.RaiseCover())
    assert isinstance(raised, events.CoverRaised)
    assert raised.drawn == {}


# ── the guard ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (commands.ShowCard("tangerine", price=15_901), "price_differs"),
        (commands.ShowCard("tangerine", price=24_900), "price_differs"),
        (commands.ShowCard("tangerine", price=0), "price_differs"),
        (commands.ShowCard("gift", price=39_900), "price_differs"),
        (commands.ShowCard("dear"), "price_above_list"),
        (commands.ShowCard("dear", price=12_000), "price_above_list"),
        (commands.ShowCard("chips"), "sold_out"),
        (commands.ShowCard("nothing"), "unknown_product"),
        (commands.HideCard("nothing"), "unknown_product"),
        (commands.OpenCoupon("past"), "coupon_period"),
        (commands.OpenCoupon("nohow"), "coupon_how"),
        (commands.OpenCoupon("gone"), "coupon_quantity"),
        (commands.OpenCoupon("nothing"), "unknown_coupon"),
        (commands.CloseCoupon("nothing"), "unknown_coupon"),
        (commands.SetPreview("nowhere"), "unknown_scene"),
        (commands.TakeScene("nowhere"), "unknown_scene"),
        (commands.TakeScene("x" * 4_000), "unknown_scene"),
        (commands.SetGain("nothing", 0), "unknown_source"),
        (commands.SetMuted("nothing"), "unknown_source"),
        (commands.SetGain("main", -60.01), "out_of_range"),
        (commands.SetGain("main", 12.01), "out_of_range"),
        (commands.SetGain("main", float("nan")), "out_of_range"),
        (commands.SetGain("main", float("inf")), "out_of_range"),
        (commands.PutScene(Scene("bad id")), "bad_show"),
        (commands.PutScene(Scene("open", layers=(layer("a", scene="both"),))), "bad_show"),
        (commands.PutScene(Scene("x", layers=(Layer("a"),))), "bad_show"),
        (commands.PutScene(Scene("x", layers=(layer("a", colour="#000000"),) * 2)), "bad_show"),
        (commands.PutSource(Source("", "pattern:bars")), "bad_show"),
        (commands.PutSource(Source("x", "rtsp://")), "bad_show"),
        (commands.PutProduct(Product("x", "x", 1, 1, currency="XXX")), "bad_show"),
        (commands.PutProduct(Product("x", "x", 1, -1)), "bad_show"),
        (commands.PutProduct(Product("x y", "x", 1, 1)), "bad_show"),
        (commands.PutCoupon(Coupon("x", "x", 0, "h", 5)), "bad_show"),
        (commands.PutCoupon(Coupon("x", "x", 1, "h", 0)), "bad_show"),
        (commands.PutCoupon(Coupon("x", "x", 1, "h", 1e300)), "bad_show"),
        (commands.PutCoupon(Coupon("x", "x", 1, "h", float("nan"))), "bad_show"),
        (commands.PutCoupon(Coupon("x", "x", 1, "h", 5, currency="XXX")), "bad_show"),
        (commands.PutCoupon(Coupon("x", "x", 1, "h", 5, valid_from="tomorrow")), "bad_show"),
        (commands.PutCoupon(Coupon("x", "x", 1, "h", 5, valid_until="2026-01-31T21:00:00")), "bad_show"),
        (commands.StartSending("x"), "unknown_command"),
    ],
    ids=repr,
)
def test_what_must_not_go_on_air_is_refused(command: Command, code: str) -> None:
    refusal = refusal_of(Run(), command)
    assert refusal.code == code
    assert len(refusal.sentence.ko) < 500


def test_two_hundred_sources_and_five_hundred_scenes_can_be_put() -> None:
    run = Run()
    for number in range(200 - len(SHOW.sources)):
        run.ask(commands.PutSource(Source(f"s{number}", "pattern:bars")))
    assert refusal_of(run, commands.PutSource(Source("more", "pattern:bars"))).code == "bad_show"
    run.ask(commands.PutSource(Source("s0", "pattern:tone")))
    full = replace(run.state.show, scenes=(*SHOW.scenes, *(Scene(f"s{n}") for n in range(500 - len(SHOW.scenes)))))
    run.state = replace(run.state, show=full)
    assert refusal_of(run, commands.PutScene(Scene("more"))).code == "bad_show"
    run.ask(commands.PutScene(Scene("s0", "other")))


def test_a_deeper_scene_is_refused_for_those_that_hold_it() -> None:
    run = Run()
    for number in range(8):
        inner = (layer("in", scene=f"d{number - 1}"),) if number else ()
        run.ask(commands.PutScene(Scene(f"d{number}", layers=inner)))
    run.ask(commands.PutScene(Scene("d0", layers=(layer("in", scene="empty"),))))
    assert refusal_of(run, commands.PutScene(Scene("empty", layers=(layer("in", scene="open"),)))).code == "bad_show"


# ── coupons ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("seconds", [0.001, 0.5, 1, 10, 29.97])
@pytest.mark.parametrize("at", [0, 13])
def test_a_coupon_closes_exactly_at_its_tick(fps: int, seconds: float, at: int) -> None:
    canvases = tuple(replace(canvas, fps=fps) for canvas in SHOW.canvases)
    coupon = Coupon("x", "x", 1_000, "댓글로", seconds)
    run = Run(replace(SHOW, canvases=canvases, coupons=(coupon,)))
    run.go_to(at)
    opened = run.ask(commands.OpenCoupon("x"))[0]
    assert isinstance(opened, events.CouponOpened)
    assert opened.close_tick == at + max(1, int(seconds * fps + 0.5))
    assert run.ask(commands.OpenCoupon("x")) == ()
    run.go_to(opened.close_tick - 1)
    assert [one.coupon.id for one in run.state.coupons] == ["x"]
    assert up(run.state) == [("coupon", "x")]
    run.go_to(opened.close_tick)
    assert run.state.coupons == ()
    assert up(run.state) == []
    assert events.CouponClosed("x", early=False) in [fact.event for fact in run.facts if fact.tick == opened.close_tick]
    assert fall_due(run.state, opened.close_tick) == ()


@pytest.mark.parametrize("milliseconds", [1, 34, 1_000, 7_777, 19_999, 20_000, 30_000])
def test_a_promise_never_outlives_its_coupon(milliseconds: int) -> None:
    until = START + timedelta(milliseconds=milliseconds)
    run = Run()
    run.ask(commands.PutCoupon(replace(SHOW.coupons[0], valid_until=until.isoformat())))
    opened = run.ask(commands.OpenCoupon("evening"))[0]
    assert isinstance(opened, events.CouponOpened)
    assert opened.close_tick == max(1, min(600, milliseconds * FPS // 1_000))
    run.go_to(opened.close_tick)
    assert run.state.coupons == ()
    assert milliseconds < 40 or run.utc <= until


@pytest.mark.parametrize("coupon", [None, "evening"])
def test_a_coupon_can_be_closed_early(coupon: str | None) -> None:
    run = Run()
    assert run.ask(commands.CloseCoupon(coupon)) == ()
    run.ask(commands.OpenCoupon("evening"))
    run.go_to(9)
    assert events.CouponClosed("evening", early=True) in run.ask(commands.CloseCoupon(coupon))
    assert (run.state.coupons, up(run.state)) == ((), [])
    count = len(run.facts)
    run.go_to(700)
    assert len(run.facts) == count


def test_an_open_coupon_keeps_its_promise() -> None:
    run = Run()
    run.ask(commands.OpenCoupon("evening"))
    run.ask(commands.PutCoupon(replace(SHOW.coupons[0], amount=1, open_seconds=1.0)))
    assert run.state.coupons[0].coupon.amount == 3_000
    run.go_to(599)
    assert run.state.coupons
    run.go_to(600)
    assert not run.state.coupons


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["evening", "short"])), min_size=1, max_size=8))
def test_every_promise_that_is_opened_is_closed_once(opened: list[tuple[int, str]]) -> None:
    run = Run()
    for ticks, coupon in opened:
        run.go_to(run.tick + ticks)
        run.ask(commands.OpenCoupon(coupon))
    run.go_to(run.tick + 601)
    happened = [fact.event for fact in run.facts]
    begun = [event.coupon.id for event in happened if isinstance(event, events.CouponOpened)]
    ended = [event.coupon for event in happened if isinstance(event, events.CouponClosed)]
    assert sorted(begun) == sorted(ended)
    assert run.state.coupons == ()
    assert up(run.state) == []
