"""What is seen: even boxes in the right order, transitions without holes, cards that move one way, countdowns that tell
the truth, a cover that hides everything, nothing painted for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.model import commands
from studio.model.commands import Command
from studio.model.commerce import Coupon
from studio.model.overlay import SpriteRef
from studio.model.scene import Crop, Layer, Place, Rect, Scene
from studio.model.show import Canvas, Show, Source
from studio.model.time import RATES, clock_words
from studio.program.compose import BLACK, COVER_GROUND, colour_of, compose, compose_preview
from studio.program.draw_list import Box, Crossfade, DrawList, Fill, Operation, Picture, Sprite, Window, shifted
from studio.program.plan import check_show
from studio.program.state import MOTION_IN_SECONDS, MOTION_OUT_SECONDS, State, motion_ticks
from tests.program.a_show import CLIP_TICKS, FPS, SHOW, STEPS, VERTICAL, WIDE, Run, layer

CANVASES = [VERTICAL, WIDE]
WHOLE = Place()


def flat(operations: tuple[Operation, ...]) -> Iterator[Fill | Picture | Sprite]:
    for operation in operations:
        if isinstance(operation, Crossfade):
            yield from flat(operation.under)
            yield from flat(operation.over)
        elif isinstance(operation, Window):
            yield from flat(shifted(operation.operations, operation.box.x, operation.box.y))
        else:
            yield operation


def one_scene(*layers: Layer, canvas: Canvas = VERTICAL, scenes: tuple[Scene, ...] = ()) -> State:
    show = replace(SHOW, canvases=(canvas,), scenes=(Scene("only", layers=layers), *SHOW.scenes, *scenes))
    check_show(show)
    return Run(show).state


def seen(*layers: Layer, canvas: Canvas = VERTICAL, scenes: tuple[Scene, ...] = ()) -> tuple[Operation, ...]:
    return compose(one_scene(*layers, canvas=canvas, scenes=scenes), canvas, 0).operations


def check_numbers(drawn: DrawList, canvas: Canvas) -> None:
    assert (drawn.width, drawn.height) == (canvas.width, canvas.height)
    assert drawn.operations
    for operation in drawn.operations:
        assert not isinstance(operation, Crossfade) or 0 < operation.progress < 1
    for operation in flat(drawn.operations):
        assert 0 < operation.alpha <= 1
        if isinstance(operation, Sprite):
            assert (operation.x % 2, operation.y % 2) == (0, 0)
            continue
        box = operation.box
        assert [number % 2 for number in (box.x, box.y, box.width, box.height)] == [0, 0, 0, 0]
        assert min(box.width, box.height) > 0
        if isinstance(operation, Picture):
            assert (operation.look.width, operation.look.height) == (box.width, box.height)
            assert operation.start_tick <= drawn.tick
        else:
            assert all(16 <= part <= 240 for part in operation.colour)


@settings(max_examples=80)
@given(STEPS, st.integers(0, 40))
def test_numbers_of_any_picture(steps: list[tuple[int, Command]], later: int) -> None:
    run = Run()
    for ticks, command in [*steps, (later, commands.HideCard())]:
        run.go_to(run.tick + ticks)
        run.try_to(command)
        for canvas in CANVASES:
            drawn = compose(run.state, canvas, run.tick)
            assert drawn == compose(run.state, canvas, run.tick)
            check_numbers(drawn, canvas)
            check_numbers(compose_preview(run.state, canvas, run.tick), canvas)


# ── layers ─────────────────────────────────────────────────────────────────────────────────────────────────────────

FRACTION = st.floats(-1.5, 1.5, allow_nan=False)
SIZE = st.floats(0.0001, 3.0)
RECTS = st.builds(Rect, FRACTION, FRACTION, SIZE, SIZE)
PLACES = st.builds(
    Place,
    RECTS,
    st.integers(-3, 3),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.sampled_from(["fit", "fill", "blur", "stretch"]),
    st.sampled_from([0, 90, 180, 270]),
    st.booleans(),
    st.builds(Crop, *[st.floats(0, 0.49)] * 4),
)
LAYERS = st.one_of(
    st.builds(lambda place: {"source": "main", "place": place}, PLACES),
    st.builds(lambda place: {"colour": "#12A0FF", "place": place}, PLACES),
    st.builds(
        lambda place: {"scene": "both", "place": replace(place, turn=0, mirror=False, crop=Crop())},
        PLACES,
    ),
)


@given(st.lists(LAYERS, max_size=5), st.sampled_from([VERTICAL, WIDE, Canvas("odd", 722, 1282), Canvas("s", 64, 66)]))
def test_numbers_of_any_scene(layers: list[dict[str, Any]], canvas: Canvas) -> None:
    state = one_scene(*(layer(f"l{number}", **one) for number, one in enumerate(layers)), canvas=canvas)
    check_numbers(compose(state, canvas, 5), canvas)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=6))
def test_layers_stand_in_the_order_of_z_and_then_of_the_list(heights: list[int]) -> None:
    place = Place(Rect(0.1, 0.1, 0.5, 0.5))
    layers = [layer(f"l{n}", colour=f"#0000{n:02X}", place=replace(place, z=z)) for n, z in enumerate(heights)]
    expected = [colour_of(f"#0000{n:02X}") for _, n in sorted((z, n) for n, z in enumerate(heights))]
    assert [one.colour for one in flat(seen(*layers))][1:] == expected  # type: ignore[union-attr]


@given(st.lists(RECTS, min_size=1, max_size=4))
def test_neighbours_touch_without_a_seam(rects: list[Rect]) -> None:
    for rect in rects:
        half = rect.width / 2
        left, right = replace(rect, width=half), Rect(rect.x + half, rect.y, half, rect.height)
        layers = [layer("a", colour="#111111", place=Place(left)), layer("b", colour="#222222", place=Place(right))]
        boxes = [one.box for one in flat(seen(*layers)) if isinstance(one, Fill)][-2:]
        if len(boxes) == 2 and boxes[0] != Box(0, 0, 360, 640) and rect.width > 0.05 and rect.height > 0.05:
            assert boxes[0].x + boxes[0].width == boxes[1].x


@pytest.mark.parametrize("outer", [1.0, 0.5, 0.25])
@pytest.mark.parametrize("inner", [1.0, 0.8, 0.1])
def test_a_scene_in_a_scene_is_scaled_and_faded(outer: float, inner: float) -> None:
    deep = Scene("deep", layers=(layer("p", source="main", place=Place(Rect(0.5, 0.25, 0.5, 0.5), alpha=inner)),))
    place = Place(Rect(0.5, 0.5, 0.5, 0.5), alpha=outer)
    (ground, picture) = flat(seen(layer("s", scene="deep", place=place), scenes=(deep,)))
    assert isinstance(ground, Fill)
    assert isinstance(picture, Picture)
    assert picture.box == Box(270, 400, 90, 160)
    assert picture.alpha == pytest.approx(outer * inner)


def test_how_a_picture_is_shown_travels_with_it() -> None:
    crop = Crop(0.1, 0.2, 0.3, 0.4)
    place = Place(Rect(0.25, 0.25, 0.5, 0.5), fit="blur", turn=90, mirror=True, crop=crop)
    picture = seen(layer("p", source="main", place=place))[-1]
    assert isinstance(picture, Picture)
    look = picture.look
    assert (look.fit, look.turn, look.mirror, look.crop) == ("blur", 90, True, crop)


def test_a_canvas_may_have_its_own_place() -> None:
    own = Place(Rect(0, 0, 0.5, 0.5))
    show = replace(
        SHOW,
        scenes=(
            Scene(
                "only",
                layers=(
                    Layer("a", source="main", places={"*": WHOLE, "wide": own}),
                    Layer("b", source="hands", places={"vertical": own}),
                    Layer("c", source="mute"),
                ),
            ),
        ),
    )
    state = Run(show).state
    assert [one.source for one in flat(compose(state, VERTICAL, 0).operations) if isinstance(one, Picture)] == [
        "main",
        "hands",
    ]
    (picture,) = [one for one in flat(compose(state, WIDE, 0).operations) if isinstance(one, Picture)]
    assert picture.box == Box(0, 0, 320, 180)


# ── nothing for nothing ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fit", ["fill", "blur", "stretch"])
@pytest.mark.parametrize("rect", [Rect(), Rect(-0.1, -0.1, 1.3, 1.2), Rect(-1, 0, 2, 1)])
def test_nothing_under_a_picture_of_the_whole_canvas_is_painted(fit: Any, rect: Rect) -> None:
    below = layer("a", source="hands"), layer("b", colour="#111111"), layer("c", scene="both")
    above = layer("e", colour="#222222", place=Place(Rect(0, 0, 0.2, 0.2)))
    operations = seen(*below, layer("d", source="main", place=Place(rect, fit=fit)), above)
    assert len(operations) == 2
    assert isinstance(operations[0], Picture)
    assert operations[0].source == "main"
    assert isinstance(operations[1], Fill)


@pytest.mark.parametrize(
    "place",
    [
        Place(fit="fit"),
        Place(alpha=0.99),
        Place(Rect(0, 0, 0.99, 1)),
        Place(Rect(0.01, 0, 1, 1)),
        Place(Rect(0, 0.01, 1, 1)),
    ],
    ids=["bars", "alpha", "narrow", "right", "low"],
)
def test_what_can_be_seen_through_hides_nothing(place: Place) -> None:
    operations = seen(layer("a", source="hands"), layer("b", source="main", place=place))
    assert [one.source for one in flat(operations) if isinstance(one, Picture)] == ["hands", "main"]


def test_a_colour_over_everything_hides_the_rest() -> None:
    operations = seen(layer("a", source="hands"), layer("b", colour="#FF0000"))
    assert operations == (Fill(Box(0, 0, 360, 640), (63, 102, 240)),)


@pytest.mark.parametrize("place", [Place(alpha=0), Place(Rect(0, 0, 0.001, 1)), Place(Rect(0, 0, 1, 0.0001))])
def test_what_cannot_be_seen_is_not_painted(place: Place) -> None:
    assert seen(layer("a", source="main", place=place)) == (Fill(Box(0, 0, 360, 640), BLACK),)


def test_an_empty_scene_is_black() -> None:
    assert seen() == (Fill(Box(0, 0, 360, 640), BLACK),)


@pytest.mark.parametrize(
    ("text", "yuv"),
    [
        ("#000000", (16, 128, 128)),
        ("#FFFFFF", (235, 128, 128)),
        ("#FF0000", (63, 102, 240)),
        ("#00FF00", (173, 42, 26)),
        ("#0000FF", (32, 240, 118)),
        ("#ffffff", (235, 128, 128)),
        ("#808080", (126, 128, 128)),
    ],
)
def test_colours_are_bt709(text: str, yuv: tuple[int, int, int]) -> None:
    assert colour_of(text) == yuv


# ── transitions ────────────────────────────────────────────────────────────────────────────────────────────────────


def taken(kind: Any, seconds: float, start: str = "open", target: str = "table", fps: int = FPS) -> Run:
    canvases = tuple(replace(canvas, fps=fps) for canvas in CANVASES)
    run = Run(replace(SHOW, canvases=canvases))
    run.ask(commands.TakeScene(start))
    run.go_to(10)
    run.ask(commands.TakeScene(target, kind, seconds))
    return run


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("seconds", [0.1, 0.5, 1.0, 5.0])
def test_a_fade_runs_evenly_from_one_scene_to_the_other(fps: int, seconds: float) -> None:
    state = taken("fade", seconds, fps=fps).state
    ticks = int(seconds * fps + 0.5)
    alone = compose(replace(state, transition=None), VERTICAL, 10).operations
    for tick in range(10, 10 + ticks):
        (fade,) = compose(state, VERTICAL, tick).operations
        assert isinstance(fade, Crossfade)
        assert fade.progress == pytest.approx((tick - 9) / (ticks + 1))
        assert fade.over == alone
        assert {one.source for one in fade.under if isinstance(one, Picture)} == {"main"}
    for tick in (9, 10 + ticks, 10 + ticks + 100):
        assert compose(state, VERTICAL, tick).operations == alone


@pytest.mark.parametrize("canvas", [*CANVASES, Canvas("odd", 722, 406)], ids=lambda canvas: canvas.id)
@pytest.mark.parametrize("seconds", [0.1, 0.5, 2.0])
def test_a_slide_covers_the_canvas_at_every_tick(canvas: Canvas, seconds: float) -> None:
    show = replace(SHOW, canvases=(canvas,))
    run = Run(show)
    run.ask(commands.TakeScene("table", "slide", seconds))
    before = canvas.width
    for tick in range(round(seconds * FPS)):
        operations = compose(run.state, canvas, tick).operations
        (left, right) = (one.box for one in operations if isinstance(one, Window))
        assert (left.y, right.y, left.height, right.height) == (0, 0, canvas.height, canvas.height)
        assert left.x + left.width == right.x
        assert left.x == 0 <= right.x <= canvas.width == right.x + right.width
        assert right.x % 2 == 0
        assert right.x <= before
        before = right.x
    (first, *_) = compose(run.state, canvas, round(seconds * FPS)).operations
    assert first.box == Box(0, 0, canvas.width, canvas.height)  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["fade", "slide"])
def test_cards_stay_over_a_transition(kind: Any) -> None:
    run = taken("cut", 0)
    run.ask(commands.ShowCard("tangerine"))
    run.go_to(40)
    run.ask(commands.TakeScene("both", kind))
    for tick in range(40, 60):
        last = compose(run.state, VERTICAL, tick).operations[-1]
        assert isinstance(last, Sprite)
        assert (last.x, last.y, last.alpha) == (16, 24, 1.0)


def test_a_preview_shows_its_scene_alone() -> None:
    run = taken("fade", 1.0)
    run.ask(commands.ShowCard("tangerine"))
    run.ask(commands.SetPreview("both"))
    drawn = compose_preview(run.state, WIDE, 12)
    assert not any(isinstance(one, (Crossfade, Sprite)) for one in drawn.operations)
    assert {one.source for one in flat(drawn.operations) if isinstance(one, Picture)} == {"main", "hands", "mute"}


def test_an_insert_plays_on_air_and_waits_at_its_first_picture_elsewhere() -> None:
    run = Run()
    run.ask(commands.SetPreview("clip"))
    run.go_to(50)
    (waiting,) = compose_preview(run.state, VERTICAL, 50).operations
    assert isinstance(waiting, Picture)
    assert waiting.start_tick == 50
    run.ask(commands.Take())
    for tick in range(50, 50 + CLIP_TICKS):
        (playing,) = compose(run.state, VERTICAL, tick).operations
        assert isinstance(playing, Picture)
        assert playing.start_tick == 50


# ── cover ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=50)
@given(STEPS, st.sampled_from(["waiting", "moment", "ended"]), st.booleans())
def test_the_cover_hides_everything(steps: list[tuple[int, Command]], slate: Any, drawn: bool) -> None:
    run = Run()
    for ticks, command in steps:
        run.go_to(run.tick + ticks)
        run.try_to(command)
    if not drawn:
        run.drawings = {}
    run.record(*([] if run.state.cover is None else run.ask(commands.LowerCover())))
    run.ask(commands.RaiseCover(slate))
    for tick in (run.tick, run.tick + 1, run.tick + 10_000):
        for canvas in CANVASES:
            ground, *rest = compose(run.state, canvas, tick).operations
            assert ground == Fill(Box(0, 0, canvas.width, canvas.height), COVER_GROUND)
            assert [type(one) for one in rest] == ([Sprite] if drawn else [])


def test_below_the_cover_all_goes_on() -> None:
    run = Run()
    run.ask(commands.RaiseCover())
    run.ask(commands.TakeScene("table"))
    run.ask(commands.ShowCard("tangerine"))
    run.go_to(60)
    bare = Run()
    bare.ask(commands.TakeScene("table"))
    bare.ask(commands.ShowCard("tangerine"))
    run.ask(commands.LowerCover())
    assert compose(run.state, VERTICAL, 60) == compose(bare.state, VERTICAL, 60)


# ── cards ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("canvas", ["vertical", "wide"])
def test_a_card_comes_and_goes_one_way(fps: int, canvas: str) -> None:
    run = taken("cut", 0, fps=fps)
    place = run.state.show.canvas(canvas)
    run.ask(commands.ShowCard("tangerine"))
    came, hidden = motion_ticks(MOTION_IN_SECONDS, fps), 10 + fps
    gone = hidden + motion_ticks(MOTION_OUT_SECONDS, fps)
    alphas, heights = [], []
    for tick in range(10, gone + 3):
        run.go_to(tick)
        if tick == hidden:
            run.ask(commands.HideCard())
        sprites = [one for one in compose(run.state, place, tick).operations if isinstance(one, Sprite)]
        assert len(sprites) == (1 if tick < gone else 0)
        if sprites:
            alphas.append(sprites[0].alpha)
            heights.append(sprites[0].y)
    rising, leaving = alphas[: hidden - 10], alphas[hidden - 10 :]
    assert rising == sorted(rising)
    assert leaving == sorted(leaving, reverse=True)
    assert 0 < rising[0] < 1 or came == 1
    assert set(rising[came - 1 :]) == {1.0}
    assert 0 < leaving[-1] < leaving[0] < 1
    assert heights == sorted(heights, reverse=True)
    assert all(height % 2 == 0 for height in heights)
    assert set(heights[came - 1 :]) == {24}


def test_a_card_hidden_while_it_comes_does_not_jump() -> None:
    run = Run()
    run.ask(commands.ShowCard("tangerine"))
    run.go_to(2)
    before = next(one for one in compose(run.state, VERTICAL, 1).operations if isinstance(one, Sprite)).alpha
    run.ask(commands.HideCard())
    after = next(one for one in compose(run.state, VERTICAL, 2).operations if isinstance(one, Sprite)).alpha
    assert abs(after - before) < 0.35


def countdown(operations: tuple[Operation, ...]) -> str:
    sprites = [one for one in operations if isinstance(one, Sprite) and one.sprite.sha256[1:2] == "-"]
    assert [one.x for one in sprites] == sorted({one.x for one in sprites})
    return "".join(one.sprite.sha256[0] for one in sprites)


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("seconds", [0.5, 9.0, 10.0, 11.0, 12.34, 61.0, 3601.0])
def test_a_countdown_tells_the_real_closing_time(fps: int, seconds: float) -> None:
    canvases = tuple(replace(canvas, fps=fps) for canvas in CANVASES)
    run = Run(replace(SHOW, canvases=canvases, coupons=(Coupon("x", "x", 1, "h", seconds),)))
    run.go_to(3)
    run.ask(commands.OpenCoupon("x"))
    close = run.state.coupons[0].close_tick
    ticks = range(3, close) if seconds < 20 else [3, 4, close // 2, *range(close - 11 * fps, close)]
    for tick in ticks:
        operations = compose(run.state, run.state.show.canvases[0], tick).operations
        left = (close - tick) / fps
        whole = int(left) + (left > int(left))
        assert countdown(operations) == clock_words(whole)
        assert (whole - 1) < left <= whole
        stub = [one for one in operations if isinstance(one, Sprite) and one.sprite == SpriteRef("stub", 60, 80)]
        assert len(stub) == (1 if left <= 10 else 0)
    run.go_to(close)
    assert run.state.coupons == ()
    operations = compose(run.state, run.state.show.canvases[0], close).operations
    assert countdown(operations) == "00:00"


@settings(max_examples=30)
@given(st.integers(0, 25), st.integers(1, 400))
def test_no_countdown_reads_zero_while_the_promise_is_open(wait: int, at: int) -> None:
    run = Run()
    run.go_to(wait)
    run.ask(commands.OpenCoupon("evening"))
    run.go_to(wait + at)
    for canvas in CANVASES:
        words = countdown(compose(run.state, canvas, run.tick).operations)
        assert words != "00:00"
        assert words == clock_words(-(-(600 - at) // FPS))


def test_a_show_of_many_scenes_is_composed() -> None:
    scenes = tuple(Scene(f"s{n}", layers=tuple(layer(f"l{k}", source=f"x{k}") for k in range(20))) for n in range(500))
    sources = tuple(Source(f"x{n}", "pattern:bars") for n in range(200))
    show: Show = replace(SHOW, scenes=scenes, sources=sources)
    check_show(show)
    run = Run(show)
    for number in range(0, 500, 25):
        run.ask(commands.TakeScene(f"s{number}"))
        assert len(compose(run.state, VERTICAL, 0).operations) == 1
