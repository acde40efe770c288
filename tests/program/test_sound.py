"""What is heard: every change is a ramp that begins where the last one ended, the cover is silent, an insert is heard
only while it plays."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings

from studio.model import commands
from studio.model.commands import Command
from studio.model.scene import Scene
from studio.model.show import Source
from studio.program.sound import Heard, gains, heard
from tests.program.a_show import CLIP_TICKS, FPS, SHOW, STEPS, Run, layer

MUSIC = 10 ** (-8 / 20)
HANDS = 10 ** (-6 / 20)


def listen(run: Run, ticks: int) -> list[dict[str, Heard]]:
    """What is heard in the next ticks, as the engine asks for it."""
    told = []
    for _ in range(ticks):
        before = run.state
        run.go_to(run.tick + 1)
        told.append({one.source: one for one in heard(run.state, before, run.tick)})
    return told


@settings(max_examples=60)
@given(STEPS)
def test_no_change_of_loudness_is_a_click(steps: list[tuple[int, Command]]) -> None:
    run = Run()
    before, ends = run.state, gains(run.state, run.tick)
    for ticks, command in steps:
        for last in (*[False] * min(ticks, 12), True):
            run.go_to(run.tick + 1)
            if last:
                run.try_to(command)
            told = {one.source: one for one in heard(run.state, before, run.tick)}
            for source in ends.keys() | told.keys():
                begins = told[source].gain_from if source in told else 0.0
                assert begins == pytest.approx(ends.get(source, 0.0))
            assert all(one.gain_from >= 0 and one.gain_to >= 0 for one in told.values())
            assert all(one.gain_from > 0 or one.gain_to > 0 for one in told.values())
            assert list(told) == sorted(told)
            ends = {source: one.gain_to for source, one in told.items() if one.gain_to > 0}
            before = run.state


@settings(max_examples=40)
@given(STEPS)
def test_the_cover_is_silent_after_one_tick(steps: list[tuple[int, Command]]) -> None:
    run = Run()
    for ticks, command in steps:
        run.go_to(run.tick + ticks)
        run.try_to(command)
    run.go_to(run.tick + 1)
    before = run.state
    if run.state.cover is None:
        run.ask(commands.RaiseCover())
    assert gains(run.state, run.tick) == {}
    assert all(one.gain_to == 0 for one in heard(run.state, before, run.tick))
    assert heard(run.state, run.state, run.tick + 1) == ()


def test_who_is_heard() -> None:
    run = Run()
    assert gains(run.state, 0) == pytest.approx({"main": 1.0, "music": MUSIC})
    run.ask(commands.TakeScene("table"))
    assert gains(run.state, 0) == pytest.approx({"hands": HANDS, "music": MUSIC})
    run.ask(commands.TakeScene("both"))
    assert gains(run.state, 0) == pytest.approx({"main": 1.0, "hands": HANDS, "music": MUSIC})
    run.ask(commands.TakeScene("empty"))
    assert gains(run.state, 0) == pytest.approx({"music": MUSIC})


@pytest.mark.parametrize("source", ["main", "music"])
def test_mute_and_gain(source: str) -> None:
    run = Run()
    run.ask(commands.SetGain(source, 6.0))
    assert gains(run.state, 0)[source] == pytest.approx(10 ** (6 / 20))
    run.ask(commands.SetMuted(source))
    assert source not in gains(run.state, 0)
    run.ask(commands.SetMuted(source, False))
    assert gains(run.state, 0)[source] == pytest.approx(10 ** (6 / 20))


def test_a_source_that_is_off_is_never_heard() -> None:
    run = Run()
    run.ask(commands.SetGain("mute", 12.0))
    run.ask(commands.TakeScene("table", "fade"))
    assert all("mute" not in tick for tick in listen(run, 30))


def test_a_cut_ramps_over_one_tick() -> None:
    run = Run()
    before = run.state
    run.ask(commands.TakeScene("table"))
    told = {one.source: (one.gain_from, one.gain_to) for one in heard(run.state, before, 1)}
    assert told["main"] == (1.0, 0.0)
    assert told["hands"] == pytest.approx((0.0, HANDS))
    assert told["music"] == pytest.approx((MUSIC, MUSIC))


@pytest.mark.parametrize("kind", ["fade", "slide"])
@pytest.mark.parametrize("seconds", [0.1, 0.5, 2.0])
def test_a_transition_crossfades(kind: Any, seconds: float) -> None:
    run = Run()
    run.go_to(5)
    before = run.state
    run.ask(commands.TakeScene("table", kind, seconds))
    first = {one.source: one for one in heard(run.state, before, 5)}
    told = [first, *listen(run, round(seconds * FPS))]
    assert [tick["music"].gain_to for tick in told] == pytest.approx([MUSIC] * len(told))
    for earlier, later in pairwise(told):
        ends = {source: one.gain_to for source, one in earlier.items() if one.gain_to > 0}
        assert {source: one.gain_from for source, one in later.items() if one.gain_from > 0} == ends
    leaving = [1.0, *(tick["main"].gain_to if "main" in tick else 0.0 for tick in told)]
    coming = [0.0, *(tick["hands"].gain_to if "hands" in tick else 0.0 for tick in told)]
    assert all(a > b for a, b in pairwise(leaving))
    assert all(a < b for a, b in pairwise(coming))
    assert (leaving[-1], coming[-1]) == pytest.approx((0.0, HANDS))
    assert [a + b / HANDS for a, b in zip(leaving, coming, strict=True)] == pytest.approx([1.0] * len(leaving))
    steps = [a - b for a, b in pairwise(leaving)]
    assert max(steps) == pytest.approx(min(steps))


def test_what_is_in_both_scenes_stays_as_loud_as_it_was() -> None:
    run = Run()
    run.ask(commands.TakeScene("both", "fade", 1.0))
    assert [tick["main"].gain_to for tick in listen(run, 40)] == pytest.approx([1.0] * 40)


@pytest.mark.parametrize("sound", ["follow", "always"])
def test_an_insert_is_heard_only_while_it_plays(sound: Any) -> None:
    sources = tuple(replace(one, sound=sound) if one.id == "clip" else one for one in SHOW.sources)
    run = Run(replace(SHOW, sources=sources))
    run.ask(commands.SetPreview("clip"))
    assert all("clip" not in tick for tick in listen(run, 9))
    run.ask(commands.Take())
    before = run.state
    told = listen(run, CLIP_TICKS + 2)
    assert {one["clip"].start_tick for one in told[: CLIP_TICKS - 1]} == {9}
    assert [round(one["clip"].gain_to, 3) if "clip" in one else None for one in told[-4:]] == [1.0, 0.0, None, None]
    assert before.insert is not None


def test_an_insert_that_was_made_of_a_scene_on_air_waits_in_silence() -> None:
    run = Run()
    run.ask(commands.PutScene(Scene("open", layers=(layer("v", source="clip"),))))
    assert "clip" not in gains(run.state, 0)
    run.ask(commands.PutSource(Source("clip", "file:clip.mp4")))
    assert "clip" in gains(run.state, 0)
