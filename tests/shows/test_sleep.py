"""A computer that sleeps in the middle of a show (F17): every process stands still for a while and goes on. One gap is
told, program time goes on behind it, nobody is taken for hung, and what was recorded on both sides is whole."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

from tests.instruments import recording
from tests.rigs.jangteo import Jangteo
from tests.rigs.processes import census
from tests.rigs.rtmp_server import RtmpServer
from tests.rigs.waiting import holds_for
from tests.shows.facts import made_ticks, read_facts
from tests.shows.joining import check_pictures, verify
from tests.shows.plan import FPS, SMALL, write_show

KEY = "show"
ASLEEP_SECONDS = 6.0


def sleep(jangteo: Jangteo, seconds: float) -> None:
    """All processes of the home stand still for so long."""
    asleep = [process.pid for process in census(jangteo.home)]
    for pid in asleep:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    assert holds_for(lambda: True, seconds)
    for pid in asleep:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def test_a_show_goes_on_after_a_sleep(jangteo: Jangteo, rtmp_server: Callable[..., RtmpServer], tmp_path: Path) -> None:
    server = rtmp_server(drop_idle_publisher="3s")
    running = jangteo.start("run", write_show(tmp_path), "--to", server.url(KEY), "--json", tmp_path / "s.json", *SMALL)
    jangteo.wait_destination("to-1", "live", 30)
    jangteo.say("TakeScene", scene="brown")
    before = jangteo.status()
    sleep(jangteo, ASLEEP_SECONDS)
    jangteo.wait_status(lambda s: s["tick"] > before["tick"] + ASLEEP_SECONDS * FPS, 20, "awake")
    after = jangteo.wait_destination("to-1", "live", 20)
    assert after["processes"]["engine"] == before["processes"]["engine"], "it slept, it did not hang"
    assert after["program"] == "brown"
    awake = after["tick"]
    jangteo.wait_status(lambda s: s["tick"] > awake + 2 * FPS, 20, "two seconds awake")
    jangteo.stop()
    assert running.wait(10) == 0
    summary = json.loads((tmp_path / "s.json").read_text())
    facts = read_facts(summary["run_dir"])
    gaps = [fact["values"] for fact in facts if fact["kind"] == "Gap"]
    assert len(gaps) == 1
    assert gaps[0]["last"] - gaps[0]["first"] + 1 >= (ASLEEP_SECONDS - 1) * FPS
    assert not any(fact["kind"] == "EngineResumed" for fact in facts)
    assert len(check_pictures(facts)) <= FPS // 2, "ticks that are in no part, beside the gap"
    assert made_ticks(facts)
    verify(jangteo, summary["run_dir"])
    last = server.finished_recordings(KEY)[-1]
    picture = list(recording.decode(last, FPS))[-1]
    assert picture.tick() == picture.place == summary["ticks"] - 1, "the server has it up to the end, in program time"
