"""What stands in for a live source that gives nothing: its backups in their order, its stand-by image, the photo of the
product that is being sold. Never anything the plan does not name, and never longer than the source is away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studio.model import commands, events
from studio.model.commerce import Product
from studio.model.events import Fact
from studio.model.scene import Crop, Place, Rect, Scene
from studio.model.sentence import Refusal
from studio.model.show import Show, Source
from studio.program.compose import compose, photo_shown, seen_instead
from studio.program.draw_list import Picture
from studio.program.plan import check_show
from studio.program.state import State, begin, fold
from tests.program.a_show import SHOW, VERTICAL, Run, layer

CAMERAS = (
    Source("front", "camera:usb-front", backup="side", standby="slate"),
    Source("side", "camera:usb-side", backup="front"),
    Source("slate", "image:slate.png"),
    Source("phone", "listen:1936/abc"),
)
SCENES = (
    Scene("front", layers=(layer("f", source="front", place=Place(Rect(0, 0, 1, 0.5), turn=90, crop=Crop(0.1))),)),
    Scene("phone", layers=(layer("p", source="phone"),)),
)


def show(**changes: object) -> Show:
    made = replace(SHOW, sources=(*SHOW.sources, *CAMERAS), scenes=(*SCENES, *SHOW.scenes), opening="front")
    made = replace(made, **changes)  # type: ignore[arg-type]  # fields of a show
    check_show(made)
    return made


def begun(of: Show) -> State:
    return begin(Fact(0, "", events.RunStarted("r", "rehearsal", of, 0, "boot", True, "1")))


def after(state: State, *happened: events.Event) -> State:
    for event in happened:
        state = fold(state, Fact(10, "", event))
    return state


def ready(*names: str) -> list[events.Event]:
    return [events.SourceReady(name, 1280, 720) for name in names]


def test_the_order_of_what_stands_in() -> None:
    state = begun(show())
    assert seen_instead(state, "front") == "slate", "nothing has come yet"
    state = after(state, *ready("front", "side"))
    assert seen_instead(state, "front") == "front"
    state = after(state, events.SourceLost("front", "lost"))
    assert seen_instead(state, "front") == "side"
    state = after(state, events.SourceLost("side", "frozen"))
    assert seen_instead(state, "front") == "slate"
    assert seen_instead(state, "side") == "slate", "the stand-by of its backup"
    state = after(state, events.SourceBack("front"), *ready("front"))
    assert seen_instead(state, "front") == "front"
    assert seen_instead(state, "side") == "front"


def test_the_photo_of_what_is_being_sold() -> None:
    pictured = [Product(name, name, 1000, 1000, picture=f"{name}.jpg") for name in ("pear", "melon")]
    plain = Product("plain", "plain", 1000, 1000)
    state = begun(show(products=(plain, *pictured)))
    assert seen_instead(state, "phone") == "photo:pear"
    card = events.CardShown("card-1", "product", "melon", "product-compact", {}, {})
    state = after(state, card)
    assert photo_shown(state) == seen_instead(state, "phone") == "photo:melon"
    state = after(state, events.CardShown("card-2", "product", "plain", "product-compact", {}, {}))
    assert seen_instead(state, "phone") == "photo:melon", "one without a photo changes nothing"
    state = after(state, events.CardHidden("card-1"))
    assert seen_instead(state, "phone") == "photo:pear"


def test_without_anything_it_stays_itself() -> None:
    state = begun(show(products=()))
    assert seen_instead(state, "phone") == "phone"
    assert seen_instead(state, "main") == "main", "what is not live is never replaced"


def test_the_substitute_is_shown_plainly_in_the_same_box() -> None:
    state = begun(show())
    (shown,) = [one for one in compose(state, VERTICAL, 5).operations if isinstance(one, Picture)]
    assert shown.source == "slate"
    assert (shown.look.turn, shown.look.crop) == (0, Crop())
    state = after(state, *ready("front"))
    (real,) = [one for one in compose(state, VERTICAL, 5).operations if isinstance(one, Picture)]
    assert (real.source, real.look.turn) == ("front", 90)
    assert real.box == shown.box
    assert real.start_tick == 0, "live sources run on program time"


def test_a_resumed_run_shows_the_stand_by_until_the_camera_is_there() -> None:
    state = after(begun(show()), *ready("front"))
    state = after(state, events.EngineResumed(100, 30, 0))
    assert seen_instead(state, "front") == "slate"


@pytest.mark.parametrize(
    ("source", "place"),
    [
        (Source("x", "camera:"), "x"),
        (Source("x", "mic:"), "x"),
        (Source("x", "rtsp://"), "x"),
        (Source("x", "rtsp://me:secret@cam.local/1"), "x"),
        (Source("x", "camera:http://me:secret@cam.local/1"), "x"),
        (Source("x", "listen:80/abc"), "x"),
        (Source("x", "listen:70000/abc"), "x"),
        (Source("x", "listen:1936/a b"), "x"),
        (Source("x", "listen:1936"), "x"),
        (Source("x", "camera:usb", delay_ms=-1), "x"),
        (Source("x", "camera:usb", delay_ms=9999), "x"),
        (Source("x", "camera:usb", backup="nobody"), "x"),
        (Source("x", "camera:usb", backup="x"), "x"),
        (Source("x", "camera:usb", standby="main2"), "x"),
        (Source("x", "camera:usb", standby="front"), "x"),
        (Source("x", "pattern:", delay_ms=100), "x"),
        (Source("x", "file:a.mp4", backup="slate"), "x"),
    ],
)
def test_what_cannot_be_is_refused_by_name(source: Source, place: str) -> None:
    with pytest.raises(Refusal) as refused:
        show(sources=(*SHOW.sources, *CAMERAS, source))
    assert place in refused.value.sentence.ko
    assert "secret" not in refused.value.sentence.ko + refused.value.sentence.en


def test_a_put_source_is_checked_and_begins_anew() -> None:
    run = Run(show())
    with pytest.raises(Refusal):
        run.ask(commands.PutSource(Source("front", "camera:usb-front", backup="nobody")))
    run.ask(commands.PutSource(Source("front", "camera:usb-other", standby="slate")))
    assert seen_instead(run.state, "front") == "slate", "another camera has to come first"
