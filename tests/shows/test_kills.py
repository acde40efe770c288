"""kill -9 of every process of the house while on air to a real server: what viewers, the recording and the timeline
have afterwards. Each process dies once in the ordinary run (three times the allowance) and ten times in the gate."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from studio.program.compose import colour_of
from tests.instruments import hearing, pattern, recording
from tests.rigs.jangteo import Jangteo, Running
from tests.rigs.processes import alive
from tests.rigs.rtmp_server import RtmpServer
from tests.rigs.waiting import wait_for
from tests.shows.cards import opaque_difference
from tests.shows.facts import made_ticks, read_facts, repeated_ticks
from tests.shows.plan import BROWN, FPS, SMALL, write_show

KEY = "show"


@dataclass
class OnAir:
    """A show that is live on a real server and being recorded."""

    jangteo: Jangteo
    server: RtmpServer
    running: Running
    folder: Path

    def status(self) -> dict[str, Any]:
        return self.jangteo.status()

    def kill(self, kind: str, label: str | None = None) -> float:
        pid = self.jangteo.pid(kind, label)
        os.kill(pid, signal.SIGKILL)
        died = time.monotonic()
        wait_for(lambda: not alive(pid), 2)
        return died

    def wait_live(self, connects: int, seconds: float) -> dict[str, Any]:
        return self.jangteo.wait_status(
            lambda s: (
                s["destinations"]["to-1"]["state"] == "live" and s["destinations"]["to-1"]["connects"] >= connects
            ),
            seconds,
            f"live for the {connects}. time",
        )

    def end(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Stops the run; summary and facts."""
        self.jangteo.stop()
        self.running.wait(10)
        summary = json.loads((self.folder / "s.json").read_text())
        return summary, read_facts(summary["run_dir"])


@pytest.fixture
def on_air(jangteo: Jangteo, rtmp_server: Callable[..., RtmpServer], tmp_path: Path) -> OnAir:
    server = rtmp_server()
    show = write_show(tmp_path)
    running = jangteo.start("run", show, "--to", server.url(KEY), "--json", tmp_path / "s.json", *SMALL)
    one = OnAir(jangteo, server, running, tmp_path)
    one.wait_live(1, 25)
    jangteo.say("TakeScene", scene="brown")
    jangteo.say("ShowCard", product="mandarin")
    jangteo.say("OpenCoupon", coupon="evening")
    return one


def check_recording(summary: dict[str, Any], facts: list[dict[str, Any]]) -> list[int]:
    """Joined parts hold every tick that was made, with exactly the repeats that the timeline names."""
    parts = [Path(path) for path in summary["recordings"]]
    pictures = list(recording.joined(parts, FPS, part_starts(facts, parts)))
    places = [picture.place for picture in pictures]
    made = made_ticks(facts)
    missing = sorted(made - set(places))
    assert len(places) == len(set(places)), "a tick stands twice in the joined recording"
    repeats = repeated_ticks(facts, "vertical")
    wrong = [
        (picture.place, picture.tick())
        for picture in pictures
        if picture.tick() != picture.place and picture.place not in repeats
    ]
    assert not wrong, wrong[:10]
    return missing


def part_starts(facts: list[dict[str, Any]], parts: list[Path]) -> list[int]:
    starts = {f["values"]["path"]: f["values"]["first_tick"] for f in facts if f["kind"] == "PartStarted"}
    return [starts[str(path)] for path in parts]


def kill_recorder(on_air: OnAir, times: int) -> None:
    for _ in range(times):
        before = len(on_air.status()["recordings"]["vertical"]["parts"])
        pid = on_air.jangteo.pid("sinks", "recording:vertical")
        os.kill(pid, signal.SIGKILL)
        on_air.jangteo.wait_status(
            lambda s, n=before: len(s["recordings"]["vertical"]["parts"]) > n, 9, "the next recording part"
        )
    tick = on_air.status()["tick"]
    on_air.jangteo.wait_status(lambda s: s["tick"] > tick + 3 * FPS, 15, "three seconds of the new part")
    summary, facts = on_air.end()
    missing = check_recording(summary, facts)
    assert not missing, f"lost ticks: {missing[:20]}"
    check_part_after_restart(Path(summary["recordings"][-1]), summary, facts)
    assert summary["destinations"]["to-1"]["connects"] == 1
    assert not any(fact["kind"] == "EngineResumed" for fact in facts)


def check_part_after_restart(part: Path, summary: dict[str, Any], facts: list[dict[str, Any]]) -> None:
    """The scene, the card, red, flash and beep are as they were before (the show's second scene is on air)."""
    picture = list(recording.decode(part, FPS))[2 * FPS]
    _, y, _, height = pattern.background(picture.rectangle)
    edge = recording.mean_colour(picture, (168, y + 2, 8, height - 4))  # no card reaches the right edge
    assert all(abs(seen - true) <= 3 for seen, true in zip(edge, colour_of(BROWN), strict=True)), edge
    red = recording.mean_colour(picture, pattern.inner(pattern.patch(picture.rectangle, "red"), 0.5))
    assert all(abs(seen - true) <= 2 for seen, true in zip(red, (63, 102, 240), strict=True)), red
    first = next(f["values"]["first_tick"] for f in facts if f["values"].get("path") == str(part))
    hidden = {f["values"]["card"] for f in facts if f["kind"] == "CardHidden" and f["tick"] <= first + 2 * FPS}
    still_on_air = [f for f in facts if f["kind"] == "CardShown" and f["values"]["card"] not in hidden]
    assert still_on_air
    for shown in still_on_air:
        assert opaque_difference(picture, shown["values"]["drawn"]["vertical"], summary["run_dir"]) <= 14
    offsets = hearing.audio_video_offsets_ms(part)
    assert offsets
    assert max(abs(offset) for offset in offsets) <= 40, offsets


def kill_engine(on_air: OnAir, times: int, most_seconds: float) -> None:
    outages = []
    for turn in range(times):
        before = on_air.status()
        died = on_air.kill("engine")
        after = on_air.wait_live(turn + 2, 20)
        outages.append(time.monotonic() - died)
        assert after["program"] == before["program"] == "brown"
        if after["coupons"]:
            assert after["coupons"][0]["close_tick"] == before["coupons"][0]["close_tick"]
        assert [card["card"] for card in after["cards"]][:1] == [card["card"] for card in before["cards"]][:1]
        assert after["tick"] > before["tick"]
    summary, facts = on_air.end()
    resumed = [fact["values"] for fact in facts if fact["kind"] == "EngineResumed"]
    assert len(resumed) == times
    gaps = [one["gap_ticks"] / FPS for one in resumed]
    print(f"engine killed {times} times: gaps {gaps} s, live again after {[round(one, 2) for one in outages]} s")
    assert max(gaps) <= most_seconds, gaps
    assert max(outages) <= most_seconds, outages
    missing = check_recording(summary, facts)
    for one in resumed:
        lost = [tick for tick in missing if one["first_missed"] - 3 * FPS <= tick < one["first_missed"]]
        assert len(lost) / FPS <= 0.5, f"{len(lost)} ticks before the kill are not in the recording"
    assert len(missing) <= times * FPS // 2


def test_recorder(on_air: OnAir) -> None:
    kill_recorder(on_air, 1)


def test_engine(on_air: OnAir) -> None:
    kill_engine(on_air, 1, 15.0)


def test_letters_and_keeper_and_feeds(on_air: OnAir) -> None:
    """Nobody sees anything; each comes back with another process id."""
    kill_helpers(on_air, 1)


def kill_helpers(on_air: OnAir, times: int) -> None:
    for _ in range(times):
        for kind in ("letters", "feeds", "keeper"):
            pid = on_air.jangteo.pid(kind)
            on_air.kill(kind)
            on_air.jangteo.wait_status(
                lambda s, kind=kind, pid=pid: s["processes"][kind] not in (None, pid), 9, f"another {kind}"
            )
    # Every helper of the new keeper is at work: a card never drawn before is drawn by the new letters.
    on_air.jangteo.say("ShowCard", product="mandarin", template="product-full")
    status = on_air.status()
    assert status["program"] == "brown"
    assert any(card["template"] == "product-full" for card in status["cards"])
    summary, facts = on_air.end()
    assert not check_recording(summary, facts)
    assert summary["destinations"]["to-1"]["connects"] == 1
    kinds = [fact["kind"] for fact in facts]
    assert "EngineResumed" not in kinds
    assert kinds.count("LettersGone") >= times
    assert kinds.count("LettersBack") >= times


def test_network_sink(on_air: OnAir) -> None:
    kill_sink(on_air, 1, 9.0)


def kill_sink(on_air: OnAir, times: int, most_seconds: float) -> None:
    took = []
    for turn in range(times):
        died = on_air.kill("sinks", "to-1")
        on_air.wait_live(turn + 2, 15)
        took.append(time.monotonic() - died)
    print(f"network sink killed {times} times: live again after {[round(one, 2) for one in took]} s")
    assert max(took) <= most_seconds, took
    summary, facts = on_air.end()
    assert not check_recording(summary, facts)
    for file in on_air.server.finished_recordings(KEY)[1:]:
        ticks = recording.packet_ticks(file, FPS)
        assert ticks == list(range(ticks[0], ticks[0] + len(ticks)))
        first = next(iter(recording.decode(file, FPS)))
        assert first.key
        assert not first.corrupt


@pytest.mark.gate
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["recorder", "engine", "helpers", "sink"])
def test_ten_kills(on_air: OnAir, kind: str) -> None:
    if kind == "recorder":
        kill_recorder(on_air, 10)
    elif kind == "engine":
        kill_engine(on_air, 10, 5.0)
    elif kind == "helpers":
        kill_helpers(on_air, 10)
    else:
        kill_sink(on_air, 10, 3.0)


@pytest.mark.parametrize("kind", ["engine", "letters", "feeds", "keeper"])
def test_a_hung_process_is_replaced(on_air: OnAir, kind: str) -> None:
    """It lives and does nothing (SIGSTOP): noticed, killed, replaced; the show is as it was (F44)."""
    pid = on_air.jangteo.pid(kind)
    os.kill(pid, signal.SIGSTOP)
    on_air.jangteo.wait_status(
        lambda s: s["processes"][kind] not in (None, pid) and not alive(pid), 30, f"another {kind}"
    )
    status = on_air.wait_live(2 if kind == "engine" else 1, 15)
    assert status["program"] == "brown"
    summary, facts = on_air.end()
    missing = check_recording(summary, facts)
    assert len(missing) <= (FPS // 2 if kind == "engine" else 0)
