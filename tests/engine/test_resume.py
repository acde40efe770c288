"""What a new engine tells of parts that the old one left open: what is in the files, whether their recorder could
finish them or was killed too."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from studio.engine.clock import LiveClock
from studio.engine.resume import killed_parts, started_here
from studio.engine.sink_process import SinkProcess
from studio.model import events
from studio.model.events import Event, Fact
from tests.instruments.recording import packet_ticks
from tests.program.a_show import SHOW
from tests.rigs.waiting import wait_for
from tests.sink.material import RATE, heavy

FIRST, TICKS = 300, 90


def facts_of(*happened: Event) -> tuple[Fact, ...]:
    return tuple(Fact(FIRST, "", event) for event in happened)


def recorded(path: Path, way: str) -> None:
    """A part of three seconds whose engine is gone; `way` is what becomes of its recorder."""
    sink = SinkProcess()
    sink.open({"kind": "file", "path": str(path), "fps": RATE, "width": 160, "height": 90})
    for packet in heavy(TICKS, first=FIRST):
        assert sink.send([packet])
    if way == "finished":
        sink.ask_close()
    else:
        wait_for(lambda: (sink.latest.get("durable_through") or 0) >= FIRST + 40, 10, "40 ticks on the disk")
        os.kill(sink.pid, signal.SIGKILL)
    assert sink.wait(10)


@pytest.mark.parametrize("way", ["finished", "killed"])
def test_the_last_tick_is_the_one_in_the_file(tmp_path: Path, way: str) -> None:
    path = tmp_path / "part.mp4"
    recorded(path, way)
    (ended,) = killed_parts(facts_of(events.PartStarted("v", str(path), FIRST)))
    assert isinstance(ended, events.PartEnded)
    there = packet_ticks(path, RATE)
    assert ended.last_tick == FIRST + there[-1]
    assert ended.bytes == path.stat().st_size
    assert ended.reason == "engine_killed"
    if way == "finished":
        assert ended.last_tick == FIRST + TICKS - 1


def test_ended_parts_are_left_alone_and_a_lost_file_is_told(tmp_path: Path) -> None:
    one, other = str(tmp_path / "1.mp4"), str(tmp_path / "2.mp4")
    (tmp_path / "2.mp4").write_bytes(b"no film")
    facts = facts_of(
        events.PartStarted("v", one, 0),
        events.PartEnded("v", one, 0, 299, 1000),
        events.PartStarted("v", other, FIRST),
    )
    assert killed_parts(facts) == [events.PartEnded("v", other, FIRST, FIRST - 1, 7, reason="engine_killed")]


@pytest.mark.parametrize("latest", [0, 299, 8 * 3600 * 30])
def test_a_boot_in_between(latest: int) -> None:
    """F45: the other boot's clock may say anything; on the same boot the time that passed is a gap."""
    show = SHOW
    now = time.monotonic_ns()
    for away_ns in (-(10**18), -(10**12), 0, 10**12, 10**18):
        other = events.RunStarted("r", "live", show, now + away_ns, "another boot", stepped=False, version="0")
        clock = LiveClock(show.fps, started_here(other, latest, "this boot"))
        assert latest + 1 <= clock.tick_now() <= latest + 1 + show.fps
    same = events.RunStarted("r", "live", show, now - 60 * 10**9, "this boot", stepped=False, version="0")
    assert LiveClock(show.fps, started_here(same, latest, "this boot")).tick_now() >= 60 * show.fps
