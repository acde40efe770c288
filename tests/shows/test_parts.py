"""A recording in parts (F24, F25) and recorders that stop without dying: joined parts hold every tick and every sample
once, whatever moment they were split, stopped or killed at; the timeline tells the truth about each."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.rigs.jangteo import Jangteo
from tests.rigs.processes import alive
from tests.rigs.waiting import wait_for
from tests.shows.facts import read_facts
from tests.shows.joining import check_pictures, check_sound, check_told_parts, parts_of, verify
from tests.shows.plan import FPS, SMALL, write_show

PART = 2.0


def recorded(tmp_path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    summary = json.loads((tmp_path / "s.json").read_text())
    return summary, read_facts(summary["run_dir"])


def options(tmp_path: Path, *more: object) -> tuple[object, ...]:
    show = write_show(tmp_path, clips=False) if (tmp_path / "clip.mp4").exists() else write_show(tmp_path)
    return ("run", show, "--rehearse", "--record", tmp_path / "rec", "--json", tmp_path / "s.json", *SMALL, *more)


@pytest.mark.parametrize(("how", "part"), [("stepped", 2.5), ("live", 2.0)])
def test_parts_joined_are_the_whole_show(jangteo: Jangteo, tmp_path: Path, how: str, part: float) -> None:
    stepped = ["--stepped"] if how == "stepped" else []
    jangteo.run(*options(tmp_path, "--part", part, "--for", 9, *stepped), timeout=60, check=True)
    summary, facts = recorded(tmp_path)
    parts = parts_of(facts)
    assert [str(path) for _, path in parts] == summary["recordings"]
    lengths = [(later - first) / FPS for (first, _), (later, _) in itertools.pairwise(parts)]
    print(f"{how}, --part {part}: parts of {lengths} s")
    assert len(parts) >= 3
    assert all(part <= length <= part + 1.0 for length in lengths), lengths
    assert check_pictures(facts) == []
    check_sound(facts, tmp_path)
    check_told_parts(facts)
    verify(jangteo, summary["run_dir"])


def test_the_run_ends_during_a_split(jangteo: Jangteo, tmp_path: Path) -> None:
    end_during_a_split(jangteo, tmp_path, 61)


@pytest.mark.gate
@pytest.mark.parametrize("ticks", [59, 60, 61, 62, 64, 90])
def test_the_run_ends_around_a_split(jangteo: Jangteo, tmp_path: Path, ticks: int) -> None:
    end_during_a_split(jangteo, tmp_path, ticks)


def end_during_a_split(jangteo: Jangteo, tmp_path: Path, ticks: int) -> None:
    jangteo.run(*options(tmp_path, "--part", PART, "--for", ticks / FPS, "--stepped"), timeout=60, check=True)
    _, facts = recorded(tmp_path)
    assert check_pictures(facts) == []
    assert [first for first, _ in parts_of(facts)] == ([0, 60] if ticks > 60 else [0])
    check_told_parts(facts)


def test_stop_during_a_split(jangteo: Jangteo, tmp_path: Path) -> None:
    stop_during_a_split(jangteo, tmp_path, 0.0)


def stop_during_a_split(jangteo: Jangteo, tmp_path: Path, later: float) -> float:
    running = jangteo.start(*options(tmp_path, "--part", PART))
    status = jangteo.wait_status(lambda s: s["tick"] > 0, 25, "the first tick")
    begun = time.monotonic() - status["tick"] / FPS
    due = begun + PART + later
    wait_for(lambda: time.monotonic() >= due, 10, every=0.005)
    asked = time.monotonic()
    running.interrupt()
    assert running.wait(15) == 0
    took = time.monotonic() - asked
    summary, facts = recorded(tmp_path)
    assert check_pictures(facts) == []
    check_sound(facts, tmp_path)
    check_told_parts(facts)
    verify(jangteo, summary["run_dir"])
    assert took <= 9.0, f"ending took {took:.2f} s (goal 3)"
    return took


@pytest.mark.gate
@pytest.mark.timeout(300)
def test_twenty_stops_around_a_split(jangteo: Jangteo, tmp_path: Path) -> None:
    chooser = random.Random(25)
    took = []
    for turn in range(20):
        folder = tmp_path / str(turn)
        folder.mkdir()
        took.append(stop_during_a_split(jangteo, folder, chooser.uniform(-0.3, 0.5)))
    print(f"20 stops around a split: nothing lost, ended within {sorted(round(one, 2) for one in took)} s")
    assert max(took) <= 3.0


def test_a_stopped_recorder_is_replaced(jangteo: Jangteo, tmp_path: Path) -> None:
    """SIGSTOP: the process is there and says nothing (a debugger, a cgroup freezer)."""
    noticed = stop_recorder(jangteo, tmp_path)
    assert noticed <= 9.0


@pytest.mark.gate
@pytest.mark.timeout(300)
def test_ten_stopped_recorders(jangteo: Jangteo, tmp_path: Path) -> None:
    took = []
    for turn in range(10):
        folder = tmp_path / str(turn)
        folder.mkdir()
        took.append(stop_recorder(jangteo, folder))
    print(f"10 stopped recorders: nothing lost, killed after {sorted(round(one, 2) for one in took)} s")
    assert max(took) <= 3.0


def stop_recorder(jangteo: Jangteo, tmp_path: Path) -> float:
    running = jangteo.start(*options(tmp_path))
    jangteo.wait_status(lambda s: s["recordings"]["vertical"]["bytes"] > 0, 25, "something is recorded")
    pid = jangteo.pid("sinks", "recording:vertical")
    os.kill(pid, signal.SIGSTOP)
    stopped = time.monotonic()
    wait_for(lambda: not alive(pid), 12, "the stopped recorder is killed")
    noticed = time.monotonic() - stopped
    jangteo.wait_status(lambda s: len(s["recordings"]["vertical"]["parts"]) == 2, 9, "the next part")
    running.interrupt()
    assert running.wait(15) == 0
    summary, facts = recorded(tmp_path)
    assert check_pictures(facts) == []
    check_sound(facts, tmp_path)
    check_told_parts(facts)
    verify(jangteo, summary["run_dir"])
    return noticed


def test_the_end_does_not_wait_for_a_stopped_recorder(jangteo: Jangteo, tmp_path: Path) -> None:
    """Stopped, and the run ends before the usual patience is over: another recorder writes what the first has not."""
    running = jangteo.start(*options(tmp_path))
    jangteo.wait_status(lambda s: s["recordings"]["vertical"]["bytes"] > 0, 25, "something is recorded")
    os.kill(jangteo.pid("sinks", "recording:vertical"), signal.SIGSTOP)
    asked = time.monotonic()
    running.interrupt()
    assert running.wait(20) == 0
    assert time.monotonic() - asked <= 9.0
    summary, facts = recorded(tmp_path)
    assert check_pictures(facts) == []
    verify(jangteo, summary["run_dir"])
