"""An engine that dies on air and whose successor is slow: it is frozen (SIGSTOP) while it gets ready, for longer than a
working engine may stand still. It must be given the time, must do what fell due meanwhile, and must hear of an end that
was asked for while nobody could hear it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from studio.keeper import HUNG_SECONDS
from tests.instruments import recording
from tests.rigs.jangteo import Jangteo
from tests.rigs.processes import alive, census
from tests.rigs.waiting import holds_for, wait_for
from tests.shows.facts import made_ticks, read_facts
from tests.shows.plan import FPS, SMALL, write_script, write_show


@contextmanager
def slow_restart(jangteo: Jangteo) -> Iterator[int]:
    """Kills the engine; its successor stands still while this context lasts. Its process id."""
    old = jangteo.pid("engine")
    os.kill(old, signal.SIGKILL)

    def successor() -> int | None:
        return next((one.pid for one in census(jangteo.home) if one.kind == "engine" and one.pid != old), None)

    new = wait_for(successor, 10, "the next engine", every=0.005)
    assert new is not None
    os.kill(new, signal.SIGSTOP)
    yield new
    os.kill(new, signal.SIGCONT)


def test_a_slow_successor_is_given_time_and_catches_up_with_the_script(jangteo: Jangteo, tmp_path: Path) -> None:
    script = write_script(tmp_path, (5.5, "TakeScene", {"scene": "brown"}))
    show = write_show(tmp_path)
    running = jangteo.start("run", show, "--script", script, "--json", tmp_path / "s.json", *SMALL)
    jangteo.wait_status(lambda s: s["tick"] > 2 * FPS, 25, "two seconds on air")
    with slow_restart(jangteo) as engine:
        assert holds_for(lambda: alive(engine), HUNG_SECONDS + 1.5), "one that gets ready was taken for hung"
    status = jangteo.wait_status(lambda s: s["program"] == "brown", 15, "the scripted scene after the gap")
    assert status["processes"]["engine"] == engine
    jangteo.stop()
    assert running.wait(10) == 0
    summary = json.loads((tmp_path / "s.json").read_text())
    facts = read_facts(summary["run_dir"])
    (resumed,) = [fact for fact in facts if fact["kind"] == "EngineResumed"]
    taken = next(fact for fact in facts if fact["kind"] == "SceneTaken")
    assert resumed["values"]["gap_ticks"] >= HUNG_SECONDS * FPS
    assert resumed["values"]["first_missed"] < 5.5 * FPS < resumed["tick"] <= taken["tick"]
    starts = {f["values"]["path"]: f["values"]["first_tick"] for f in facts if f["kind"] == "PartStarted"}
    parts = [Path(path) for path in summary["recordings"]]
    places = [picture.place for picture in recording.joined(parts, FPS, [starts[str(path)] for path in parts])]
    assert len(made_ticks(facts) - set(places)) <= FPS // 2


def test_ctrl_c_during_a_restart_ends_the_run(jangteo: Jangteo, tmp_path: Path) -> None:
    running = jangteo.start("run", write_show(tmp_path), "--json", tmp_path / "s.json", *SMALL)
    jangteo.wait_status(lambda s: s["tick"] > FPS, 25, "a second on air")
    with slow_restart(jangteo):
        running.interrupt()
        running.wait_line("끝내고", 5)
    begun = time.monotonic()
    assert running.wait(15) == 0
    print(f"ended {time.monotonic() - begun:.2f} s after the engine could go on")
    summary = json.loads((tmp_path / "s.json").read_text())
    assert summary["end"] == "asked"
    assert summary["resumed"]
    assert [fact["kind"] for fact in read_facts(summary["run_dir"])][-1] == "RunEnded"
