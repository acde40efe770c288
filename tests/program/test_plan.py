"""Plans that cannot be aired are refused before anything starts, in words of both languages; those that can are not."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from studio.model.commerce import Coupon, Product
from studio.model.scene import Crop, Layer, Place, Rect, Scene
from studio.model.sentence import Refusal
from studio.model.show import Canvas, Destination, Show, Source
from studio.model.show_file import newer_show, read_show
from studio.model.time import RATES
from studio.program import plan
from studio.program.plan import MAX_SIDE, MIN_SIDE, check_canvas, check_scene, check_show, check_source, with_canvas
from tests.program.a_show import SHOW, VERTICAL, layer

REPO = Path(__file__).resolve().parents[2]
NAN, INF = float("nan"), float("inf")


def refusal_of(check: Callable[[], object], *named: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        check()
    words = caught.value.sentence
    assert caught.value.code == "bad_show"
    assert any("가" <= letter <= "힣" for letter in words.ko)
    assert words.en.startswith("The show cannot be aired: ")
    assert "아무것도 시작하거나 바꾸지 않았어요" in words.ko
    assert len(words.ko) < 500
    assert words.ko.isprintable()
    for name in named:
        assert name in words.ko, words.ko
        assert name in words.en, words.en
    return caught.value


def with_scene(*layers: Layer, identity: str = "bad") -> Show:
    return replace(SHOW, scenes=(*SHOW.scenes, Scene(identity, layers=layers)))


def with_source(**changes: Any) -> Show:
    return replace(SHOW, sources=(*SHOW.sources, replace(Source("bad", "pattern:bars"), **changes)))


def with_product(**changes: Any) -> Show:
    return replace(SHOW, products=(*SHOW.products, replace(Product("bad", "b", 2, 1), **changes)))


def with_coupon(**changes: Any) -> Show:
    return replace(SHOW, coupons=(*SHOW.coupons, replace(Coupon("bad", "b", 1, "h", 5.0), **changes)))


def placed(**changes: Any) -> Show:
    return with_scene(layer("x", source="main", place=replace(Place(), **changes)))


def sent_to(*destinations: Destination) -> Show:
    return replace(SHOW, destinations=destinations)


def chain(length: int, last: str | None = None) -> Show:
    """Scenes that hold the next one; the last one holds `last`."""
    scenes = [Scene(f"c{n}", layers=(layer("in", scene=f"c{n + 1}"),)) for n in range(length - 1)]
    inner = () if last is None else (layer("in", scene=last),)
    return replace(SHOW, scenes=(*SHOW.scenes, *scenes, Scene(f"c{length - 1}", layers=inner)))


# ── good ones ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "show",
    [
        SHOW,
        chain(8),
        chain(9),
        with_source(id="귤밭.1_a-b"),
        with_source(url="file:a:b.mp4", play="insert"),
        with_source(gain_db=-60),
        with_source(gain_db=12),
        with_product(list_price=0, sale_price=0),
        with_product(currency="USD"),
        with_coupon(open_seconds=24 * 3600),
        with_coupon(valid_from="2026-01-01T00:00:00+09:00", valid_until="2026-01-01T00:00:01Z".replace("01T", "02T")),
        placed(rect=Rect(-8, 8, 8, 0.001)),
        placed(alpha=0),
        placed(crop=Crop(0.5, 0.49, 0.49, 0.5)),
        sent_to(Destination("유튜브", "rtmp://a/live2"), Destination("네이버", "rtmps://b:443/x", "wide")),
        replace(SHOW, opening="table", coupons=(), products=()),
    ],
    ids=range(16),
)
def test_good_shows(show: Show) -> None:
    check_show(show)


def test_the_demo_can_be_aired() -> None:
    path = REPO / "assets" / "demo" / "show.json"
    check_show(read_show(path.read_bytes(), path.name))


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize(("width", "height"), [(64, 64), (1080, 1920), (3840, 2160), (2160, 3840), (4096, 64)])
def test_good_canvases(fps: int, width: int, height: int) -> None:
    check_canvas(Canvas("a", width, height, fps))
    assert Canvas("a", width, height).portrait is (height > width)


# ── bad ones ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fps", [0, 1, -30, 15, 23, 29, 31, 48, 59, 90, 120, 144, 10_000, 2**61])
def test_bad_rates(fps: int) -> None:
    check = lambda: check_show(with_canvas(SHOW, replace(VERTICAL, fps=fps)))  # noqa: E731
    refusal_of(check, "vertical", str(fps), *map(str, RATES))


@pytest.mark.parametrize(
    ("width", "height"),
    [
        (0, 0),
        (-2, 100),
        (62, 64),
        (64, 63),
        (65, 64),
        (1080, 1921),
        (1081, 1920),
        (MAX_SIDE + 2, 64),
        (64, MAX_SIDE + 2),
        (MAX_SIDE, MAX_SIDE),
        (3842, 2160),
        (2**40, 2**40),
        (MIN_SIDE - 1, MIN_SIDE - 1),
    ],
)
def test_bad_sizes(width: int, height: int) -> None:
    refusal_of(
        lambda: check_show(with_canvas(SHOW, replace(VERTICAL, width=width, height=height))), "vertical", str(width)
    )


@pytest.mark.parametrize("rates", [(a, b) for a in RATES for b in RATES if a != b])
def test_canvases_have_one_rate(rates: tuple[int, int]) -> None:
    canvases = (Canvas("a", 64, 64, rates[0]), Canvas("b", 64, 64, rates[1]))
    refusal_of(lambda: check_show(replace(SHOW, canvases=canvases)))


IDENTITIES = ["", " ", "a b", "a/b", "../x", "a\n", "\x00", "é", "x" * 65, "*", "\u202e", "🍊", "a:b", "귤 밭"]
KINDS = ["canvases", "sources", "scenes", "products", "coupons"]


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda text: text.encode("unicode_escape").decode()[:20])
@pytest.mark.parametrize("kind", KINDS)
def test_unusable_ids(kind: str, identity: str) -> None:
    things = getattr(SHOW, kind)
    changed = replace(SHOW, **{kind: (*things, replace(things[0], id=identity))})
    refusal_of(lambda: check_show(changed), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_doubled_ids(kind: str) -> None:
    things = getattr(SHOW, kind)
    refusal_of(lambda: check_show(replace(SHOW, **{kind: (*things, things[-1])})), kind, things[-1].id)


BAD_SHOWS: dict[str, tuple[Show, str]] = {
    "no canvas": (replace(SHOW, canvases=()), ""),
    "no scene": (replace(SHOW, scenes=()), ""),
    "unusable show id": (replace(SHOW, id="../show"), "show"),
    "nine canvases": (replace(SHOW, canvases=tuple(Canvas(f"c{n}", 64, 64) for n in range(9))), "8"),
    "ten thousand sources": (replace(SHOW, sources=tuple(Source(f"s{n}", "pattern:a") for n in range(10_000))), "200"),
    "ten thousand scenes": (replace(SHOW, scenes=tuple(Scene(f"s{n}") for n in range(10_000))), "500"),
    "unknown opening": (replace(SHOW, opening="nowhere"), "nowhere"),
    "opening is an insert": (replace(SHOW, opening="clip"), "clip"),
    "first scene is an insert": (replace(SHOW, scenes=(SHOW.scenes[3],)), "clip"),
    "unknown source": (with_scene(layer("x", source="nothing")), "bad.x"),
    "unknown scene": (with_scene(layer("x", scene="nothing")), "bad.x"),
    "unknown canvas": (with_scene(Layer("x", source="main", places={"signage": Place()})), "bad.x"),
    "nothing in a layer": (with_scene(layer("x")), "bad.x"),
    "two things in a layer": (with_scene(layer("x", source="main", colour="#000000")), "bad.x"),
    "three things in a layer": (with_scene(layer("x", source="main", scene="open", colour="#000000")), "bad.x"),
    "doubled layer": (with_scene(layer("x", source="main"), layer("x", source="main")), "x"),
    "unusable layer": (with_scene(layer("x" * 4_000, source="main")), "bad.layers"),
    **{
        f"colour {c!r}": (with_scene(layer("x", colour=c)), "bad.x")
        for c in ["", "red", "#fff", "#12345G", "#1234567", "#000000\n"]
    },
    "a scene in itself": (with_scene(layer("x", scene="bad")), "bad → bad"),
    "a cycle of two": (chain(2, "c0"), "c0 → c1 → c0"),
    "a cycle of nine": (chain(9, "c0"), "c0"),
    "a cycle of four hundred": (chain(400, "c0"), ""),
    "ten deep": (chain(10), "8"),
    "four hundred deep": (chain(400), "8"),
    "too many layers": (with_scene(*(layer(f"l{n}", source="main") for n in range(201))), "bad"),
    "too many layers in all": (
        replace(
            SHOW,
            scenes=(
                *SHOW.scenes,
                Scene("w0", layers=tuple(layer(f"l{n}", source="main") for n in range(100))),
                *(
                    Scene(f"w{k}", layers=tuple(layer(f"l{n}", scene=f"w{k - 1}") for n in range(100)))
                    for k in range(1, 8)
                ),
            ),
        ),
        "w1",
    ),
    **{f"alpha {alpha}": (placed(alpha=alpha), "bad.x") for alpha in (-0.01, 1.01, NAN, INF)},
    **{
        f"rect {rect}": (placed(rect=rect), "bad.x")
        for rect in (
            Rect(0, 0, 0, 1),
            Rect(0, 0, 1, -1),
            Rect(0, 0, 8.01, 1),
            Rect(9, 0, 1, 1),
            Rect(0, -9, 1, 1),
            Rect(NAN, 0, 1, 1),
            Rect(0, INF, 1, 1),
            Rect(0, 0, NAN, 1),
        )
    },
    **{
        f"crop {crop}": (placed(crop=crop), "bad.x")
        for crop in (Crop(1), Crop(-0.1), Crop(0.5, 0, 0.5), Crop(0, 0.6, 0, 0.6), Crop(NAN), Crop(0, 0, 0, INF))
    },
    **{
        f"source {url!r}": (with_source(url=url), "bad")
        for url in ["", "main", "http://x/y.mp4", "rtsp:x", "FILE:x", "file", "file:", "image:", ":x", "javascript:1"]
    },
    "a pattern as insert": (with_source(play="insert"), "bad"),
    **{f"gain {gain}": (with_source(gain_db=gain), "bad") for gain in (-60.1, 12.1, NAN, INF, -INF)},
    "product currency": (with_product(currency="BTC"), "BTC"),
    "product currency in small": (with_product(currency="krw"), "krw"),
    "list price": (with_product(list_price=-1), "bad"),
    "sale price": (with_product(sale_price=-1), "bad"),
    "sale price behind a live price": (with_product(sale_price=-1, live_price=5), "bad"),
    "live price": (with_product(live_price=-1), "bad"),
    "delivery price": (with_product(delivery_price=-1), "bad"),
    "coupon currency": (with_coupon(currency=""), "bad"),
    "coupon of nothing": (with_coupon(amount=0), "bad"),
    "coupon below nothing": (with_coupon(amount=-1), "bad"),
    **{f"coupon of {s} s": (with_coupon(open_seconds=s), "bad") for s in (0, -1, NAN, INF, 86_401)},
    "coupon minimum": (with_coupon(minimum=-1), "bad"),
    "coupon quantity": (with_coupon(quantity=-1), "bad"),
    **{
        f"coupon {name} {text!r}": (with_coupon(**{name: text}), "bad")
        for name in ("valid_from", "valid_until")
        for text in ("", "tomorrow", "2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00", "9" * 4_000)
    },
    "coupon period backwards": (
        with_coupon(valid_from="2026-01-01T10:00:00+09:00", valid_until="2026-01-01T01:00:00+00:00"),
        "bad",
    ),
    "destination without a label": (sent_to(Destination(" ", "rtmp://a/b")), ""),
    "destination of a line break": (sent_to(Destination("a\nb", "rtmp://a/b")), ""),
    "destination too long": (sent_to(Destination("x" * 61, "rtmp://a/b")), ""),
    "doubled destination": (sent_to(Destination("yt", "rtmp://a/b"), Destination("yt", "rtmp://c/d")), "yt"),
    "destination of an unknown canvas": (sent_to(Destination("yt", "rtmp://a/b", "signage")), "yt"),
    **{
        f"destination at {server!r}": (sent_to(Destination("yt", server)), "yt")
        for server in (
            "",
            "a",
            "http://a/b",
            "rtmp://a",
            "rtmp://u:p@a/b",
            "rtmp://a:0/b",
            "rtmp://a b/c",
            "rtmp://a/b/live_key",
        )
    },
}


@pytest.mark.parametrize("name", BAD_SHOWS)
def test_bad_shows(name: str) -> None:
    show, named = BAD_SHOWS[name]
    refusal_of(lambda: check_show(show), named)


def test_a_key_in_a_show_is_refused_without_showing_it() -> None:
    words = refusal_of(lambda: check_show(sent_to(Destination("yt", "rtmp://a/b/live_canary"))), "yt").sentence
    assert "canary" not in words.both()
    assert "스트림 키" in words.ko


@pytest.mark.parametrize("schema", [2, 99])
def test_a_newer_show(schema: int) -> None:
    with pytest.raises(Refusal) as caught:
        check_show(replace(SHOW, schema=schema, scenes=()))
    assert caught.value.code == "newer_show"
    assert caught.value.sentence == newer_show(schema).sentence


# ── edits ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("scene", [one.id for one in SHOW.scenes])
def test_any_scene_may_be_put_again(scene: str) -> None:
    check_scene(SHOW, SHOW.scene(scene))


@pytest.mark.parametrize("holder", ["open", "table", "both", "clip", "empty"])
@pytest.mark.parametrize("held", ["open", "table", "both", "clip", "empty"])
def test_a_scene_may_hold_any_that_does_not_hold_it(holder: str, held: str) -> None:
    scene = Scene(holder, layers=(layer("x", scene=held),))
    within = {"open": {"open"}, "table": {"table"}, "both": {"both", "open", "table"}}.get(held, {held})
    if holder in within:
        refusal_of(lambda: check_scene(SHOW, scene), holder)
    else:
        check_scene(SHOW, scene)


def test_a_source_may_be_put_again() -> None:
    for source in SHOW.sources:
        check_source(source)
        plan.check_put_source(SHOW, source)


def test_another_size_keeps_everything_else() -> None:
    changed = with_canvas(SHOW, Canvas("wide", 64, 64))
    assert changed.canvas("wide") == Canvas("wide", 64, 64)
    assert replace(changed, canvases=SHOW.canvases) == SHOW


def test_five_hundred_scenes_that_hold_each_other_are_weighed_once() -> None:
    """Each of them holds the two below it: without memory this would be two to the power of their number."""
    levels = [[Scene(f"s{n}-{k}", layers=(layer("p", source="main"),)) for k in range(60)] for n in range(8)]
    for below, here in itertools.pairwise(levels):
        for k, scene in enumerate(here):
            inner = (layer("a", scene=below[k].id), layer("b", scene=below[(k + 1) % 60].id))
            here[k] = replace(scene, layers=inner if len(levels) < 9 else ())
    show = replace(SHOW, scenes=(*SHOW.scenes, *(scene for level in levels for scene in level)))
    check_show(show)
