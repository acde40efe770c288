"""Cameras that fail on air: unplugged, frozen, hanging, moved to another address, changing their size. Each picture of
a scripted camera has its own counter, so the recording tells which of them were seen; the program's cadence stays dense
whatever the camera does, and nothing but what the show names stands in for it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from studio.program.compose import colour_of
from tests.instruments import pattern, recording
from tests.instruments.recording import Picture
from tests.rigs.jangteo import Jangteo, Running
from tests.rigs.ports import free_port
from tests.rigs.processes import alive
from tests.rigs.scripted_camera import ScriptedCamera
from tests.rigs.waiting import ALLOWANCE, wait_for
from tests.shows.facts import read_facts
from tests.shows.plan import FPS

GREEN = "#207040"
SIZE = ("--canvas", "wide=320x240@30", "--preset", "ultrafast", "--bitrate", "800")


def show_data(**camera: Any) -> dict[str, Any]:
    return {
        "schema": 1,
        "id": "cameras",
        "title": "카메라 시험",
        "canvases": [{"id": "wide", "width": 320, "height": 240, "fps": FPS}],
        "sources": [
            {"id": "cam", "url": "camera:stall-front", **camera},
            {"id": "side", "url": "camera:stall-side"},
            {"id": "slate", "url": f"pattern:{GREEN}"},
        ],
        "scenes": [
            {"id": "front", "layers": [{"id": "whole", "source": "cam", "places": {"*": {"fit": "stretch"}}}]},
            {"id": "slate", "layers": [{"id": "whole", "source": "slate", "places": {"*": {}}}]},
        ],
    }


@dataclass
class Stall:
    """A show on air with scripted cameras."""

    jangteo: Jangteo
    running: Running
    folder: Path
    camera: ScriptedCamera
    side: ScriptedCamera

    def name_cameras(self) -> None:
        """What the owner says: which camera is at which address."""
        entries = [
            {"id": "stall-front", "name": "앞 카메라", "url": self.camera.url},
            {"id": "stall-side", "name": "옆 카메라", "url": self.side.url},
        ]
        data = self.jangteo.home / "data"
        data.mkdir(exist_ok=True)
        (data / "cameras.json").write_text(json.dumps(entries))

    def lost(self) -> str:
        return str(self.jangteo.status()["sources"]["cam"]["lost"])

    def wait(self, lost: str | None, seconds: float) -> int:
        """Until the camera is lost for that reason ("" for back again, None for any); the tick of that moment."""
        status = self.jangteo.wait_status(
            lambda s: (
                (s["sources"]["cam"]["lost"] == lost if lost is not None else s["sources"]["cam"]["lost"])
                and (lost != "" or s["sources"]["cam"]["ready"])
            ),
            seconds,
            f"camera {lost!r}",
        )
        return int(status["tick"])

    def tick(self) -> int:
        return int(self.jangteo.status()["tick"])

    def end(self) -> tuple[list[Picture], list[dict[str, Any]], dict[str, Any]]:
        self.jangteo.stop()
        assert self.running.wait(10) == 0
        summary = json.loads((self.folder / "s.json").read_text())
        (path,) = summary["recordings"]
        assert recording.packet_ticks(Path(path), FPS) == list(range(summary["ticks"])), "the cadence is dense"
        return list(recording.decode(Path(path), FPS)), read_facts(summary["run_dir"]), summary


@pytest.fixture
def stall(jangteo: Jangteo, tmp_path: Path) -> Iterator[Callable[..., Stall]]:
    """Factory: `stall(standby="slate")` puts a show with two cameras on air and waits for the first picture."""
    with ScriptedCamera() as camera, ScriptedCamera() as side:

        def begin(**of_camera: Any) -> Stall:
            one = Stall(jangteo, None, tmp_path, camera, side)  # type: ignore[arg-type]  # it starts below
            one.name_cameras()
            path = tmp_path / "show.json"
            path.write_text(json.dumps(show_data(**of_camera)))
            one.running = jangteo.start("run", path, "--json", tmp_path / "s.json", *SIZE)
            one.wait("", 30)
            return one

        yield begin


def lost_facts(facts: list[dict[str, Any]], source: str = "cam") -> list[tuple[int, str]]:
    """Ticks at which it was lost, with the reason, and came back ("")."""
    kinds = {"SourceLost": "reason", "SourceBack": ""}
    mine = [fact for fact in facts if fact["kind"] in kinds and fact["values"]["source"] == source]
    return [(fact["tick"], fact["values"].get("reason", "")) for fact in mine]


def is_slate(picture: Picture) -> bool:
    """The stand-by pattern, whose counter is the program's tick."""
    seen = recording.mean_colour(picture, pattern.inner(pattern.background(picture.rectangle), 0.8))
    return all(abs(one - true) <= 4 for one, true in zip(seen, colour_of(GREEN), strict=True))


def counters(pictures: list[Picture], first: int, last: int) -> list[int]:
    """What the camera's own counter was on air; ticks that show something else are left out."""
    shown = [picture.tick() for picture in pictures[first:last] if not is_slate(picture)]
    return [number for number in shown if number is not None]


def test_a_camera_is_seen_in_true_colour_and_in_step(stall: Callable[..., Stall]) -> None:
    on_air = stall()
    begun = on_air.tick()
    on_air.jangteo.wait_status(lambda s: s["tick"] > begun + 3 * FPS, 20, "three seconds of camera")
    pictures, facts, summary = on_air.end()
    shown = counters(pictures, begun + 15, summary["ticks"] - 3)
    assert len(shown) >= 2 * FPS
    steps = [later - earlier for earlier, later in pairwise(shown)]
    assert min(steps) >= 0, "time never runs backwards"
    assert abs((shown[-1] - shown[0]) - (len(shown) - 1)) <= 10, "it runs at the camera's own pace"
    red = recording.mean_colour(pictures[begun + 30], pattern.inner(pattern.patch(pictures[0].rectangle, "red"), 0.5))
    assert all(abs(seen - true) <= 3 for seen, true in zip(red, (63, 102, 240), strict=True)), red
    assert not lost_facts(facts)


def test_unplugged_and_back_at_another_address(stall: Callable[..., Stall]) -> None:
    """It is known by its name, wherever it is; meanwhile the show's own stand-by picture is there, never the other
    camera."""
    on_air = stall(standby="slate")
    unplugged = on_air.tick()
    on_air.camera.say("unplug")
    on_air.wait(None, 10)
    plugged = on_air.tick()
    on_air.camera.say("plug", free_port())
    on_air.name_cameras()
    back = on_air.wait("", 15)
    on_air.jangteo.wait_status(lambda s: s["tick"] > back + FPS, 10, "a second of it")
    pictures, facts, summary = on_air.end()
    (lost, _), *_, (returned, _) = lost_facts(facts)
    print(f"unplugged: seen after {(lost - unplugged) / FPS:.2f} s (goal 1), back {(returned - plugged) / FPS:.2f} s")
    assert (lost - unplugged) / FPS <= 1.0 * ALLOWANCE
    assert (returned - plugged) / FPS <= 2.0 * ALLOWANCE
    assert all(is_slate(picture) for picture in pictures[lost + 1 : returned])
    assert counters(pictures, returned + 5, summary["ticks"] - 3)


def test_frozen_is_seen_and_ends_when_it_moves(stall: Callable[..., Stall]) -> None:
    on_air = stall(standby="slate")
    froze = on_air.tick()
    on_air.camera.say("freeze")
    lost = on_air.wait("frozen", 15)
    print(f"frozen: seen after {(lost - froze) / FPS:.2f} s (goal 2.5)")
    assert (lost - froze) / FPS <= 2.5 * ALLOWANCE
    pid = on_air.jangteo.status()["processes"]["sources"]["cam"]
    wait_for(lambda: not alive(pid), 15, "it is opened anew")
    assert on_air.lost() == "frozen", "opening it anew is no movement"
    on_air.camera.say("normal")
    on_air.wait("", 15)
    pictures, facts, _ = on_air.end()
    assert [reason for _, reason in lost_facts(facts)] == ["frozen", ""]
    (gone, _), (back, _) = lost_facts(facts)
    assert all(is_slate(picture) for picture in pictures[gone + 1 : back])


@pytest.mark.parametrize("what", ["the camera", "its driver"])
def test_what_hangs_costs_its_own_process_only(stall: Callable[..., Stall], what: str) -> None:
    """F35: the camera says nothing more, or whatever reads it never returns (its process stands still)."""
    on_air = stall(standby="slate")
    first = on_air.jangteo.status()["processes"]["sources"]["cam"]
    hung = on_air.tick()
    if what == "the camera":
        on_air.camera.say("hang")
    else:
        os.kill(first, signal.SIGSTOP)
    on_air.wait("lost", 10)
    if what == "the camera":
        on_air.camera.say("normal")
    else:
        wait_for(lambda: not alive(first), 15, "the process that hangs is gone")
    again = on_air.tick()
    back = on_air.wait("", 15)
    pictures, facts, _ = on_air.end()
    (lost, _), *_ = lost_facts(facts)
    print(f"{what} hangs: seen after {(lost - hung) / FPS:.2f} s (goal 1), back after {(back - again) / FPS:.2f} s")
    assert (lost - hung) / FPS <= 1.0 * ALLOWANCE
    assert (back - again) / FPS <= 3.0 * ALLOWANCE
    assert counters(pictures, back, back + FPS)


def test_sizes_and_jitter(stall: Callable[..., Stall]) -> None:
    """F34, F38: it changes its size again and again and its pictures come when they like."""
    on_air = stall()
    on_air.camera.say("jitter", 60)
    for size in ((200, 160), (640, 480), (322, 182), (320, 240)):
        on_air.camera.say("size", *size)
        tick = on_air.tick()
        on_air.jangteo.wait_status(lambda s, tick=tick: s["tick"] > tick + FPS, 10, "a second at that size")
    on_air.camera.say("jitter", 0)
    tick = on_air.wait("", 10)
    on_air.jangteo.wait_status(lambda s: s["tick"] > tick + FPS, 10, "a second")
    pictures, _, summary = on_air.end()
    shown = counters(pictures, summary["ticks"] - FPS, summary["ticks"] - 3)
    assert len(shown) >= FPS // 2


def test_the_backup_shot(stall: Callable[..., Stall]) -> None:
    """The side camera stands in where the show says so, and only then."""
    on_air = stall(backup="side", standby="slate")
    on_air.jangteo.wait_status(lambda s: s["sources"]["side"]["ready"], 20, "the side camera")
    on_air.camera.say("unplug")
    lost = on_air.wait(None, 10)
    on_air.jangteo.wait_status(lambda s: s["tick"] > lost + FPS, 10, "a second of the backup")
    on_air.side.say("unplug")
    on_air.jangteo.wait_status(lambda s: s["sources"]["side"]["lost"], 10, "no backup either")
    gone = on_air.tick()
    on_air.jangteo.wait_status(lambda s: s["tick"] > gone + FPS // 2, 10, "half a second of the stand-by picture")
    pictures, facts, summary = on_air.end()
    (first, _), *_ = lost_facts(facts)
    (second, _), *_ = lost_facts(facts, "side")
    assert len(counters(pictures, first + 2, second)) >= FPS // 2, "the backup's own counters"
    assert all(is_slate(picture) for picture in pictures[second + 1 : summary["ticks"] - 1])
