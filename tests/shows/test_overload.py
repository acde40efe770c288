"""A picture too large for this machine (F40): the encoder falls behind, gives up quality for speed, then every second
picture, and says so. The show never stops, every tick has its packet, what repeats is what the timeline says, and
picture and sound stay together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.instruments import hearing, recording
from tests.rigs.jangteo import Jangteo
from tests.shows.facts import read_facts, repeated_ticks
from tests.shows.plan import layer

FPS = 60
HUGE = ("--canvas", f"vertical=1080x1920@{FPS}", "--preset", "veryfast", "--bitrate", "6000")


def write_huge_show(folder: Path) -> Path:
    show = {
        "schema": 1,
        "id": "huge",
        "title": "너무 큰 화면",
        "canvases": [{"id": "vertical", "width": 1080, "height": 1920, "fps": FPS}],
        "sources": [{"id": "busy", "url": "pattern:busy"}],
        "scenes": [{"id": "busy", "layers": [layer("whole", "busy")]}],
    }
    path = folder / "show.json"
    path.write_text(json.dumps(show, ensure_ascii=False))
    return path


def paces(facts: list[dict[str, Any]]) -> list[str]:
    return [fact["values"]["pace"] for fact in facts if fact["kind"] == "EncodingEased"]


@pytest.mark.timeout(180)
def test_an_encoder_that_cannot_keep_up(jangteo: Jangteo, tmp_path: Path) -> None:
    running = jangteo.start("run", write_huge_show(tmp_path), *HUGE, "--json", tmp_path / "s.json")
    jangteo.wait_status(lambda s: s["tick"] > 2 * FPS, 60, "on air")
    jangteo.wait_status(lambda s: s["pace"].get("vertical") != "plan", 60, "the encoder has given something up")
    eased = jangteo.status()["tick"]
    jangteo.wait_status(lambda s: s["tick"] > eased + 3 * FPS, 60, "three seconds of less")
    jangteo.stop()
    assert running.wait(30) == 0
    summary = json.loads((tmp_path / "s.json").read_text())
    facts = read_facts(summary["run_dir"])
    assert paces(facts)[0] == "quick"
    assert summary["end"] == "asked"
    parts = [Path(path) for path in summary["recordings"]]
    assert len(parts) == 1, "the quicker stream has the same parameter sets"
    firsts = [fact["values"]["first_tick"] for fact in facts if fact["kind"] == "PartStarted"]
    pictures = list(recording.joined(parts, FPS, firsts))
    assert [picture.place for picture in pictures] == list(range(summary["ticks"]))
    recording.assert_dense([picture.tick() for picture in pictures], repeated_ticks(facts, "vertical"))
    ages = [picture.place - (picture.tick() or 0) for picture in pictures]
    assert min(ages) == 0, "no picture comes before its time"
    if paces(facts)[-1] == "half":
        # Each picture is in its place, and once more in the next. Noise of the machine may cost a few.
        settled = sorted(ages[-2 * FPS :])
        assert settled[len(settled) // 2] <= 1, settled
    heard = hearing.beep_times(parts[-1])
    assert all(abs(time * FPS + firsts[-1] - round((time * FPS + firsts[-1]) / FPS) * FPS) <= 2 for time in heard[1:])
