"""The bench of a whole show: real processes for a few seconds, figures that hang together, bad input in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.rigs.jangteo import Jangteo


def test_a_short_measurement(jangteo: Jangteo, tmp_path: Path) -> None:
    words = ("bench", "program", "--canvas", "320x180@30", "--preset", "ultrafast", "--bitrate", 500, "--for", 3)
    jangteo.run(*words, "--json", tmp_path / "f.json", timeout=90, check=True)
    figures = json.loads((tmp_path / "f.json").read_text())
    assert set(figures["late_ms"]) == {"ours_p99", "bare_loop_p99"}
    assert set(figures["missed"]) == {"ours", "bare_loop"}
    assert figures["x264_cpu_s"] > 0
    assert figures["ours_cpu_s"] == pytest.approx(sum(figures["ours_by_process_s"].values()), abs=0.01)
    assert set(figures["ours_by_process_s"]) == {"engine", "letters", "recording:wide"}
    assert figures["ratio"] == pytest.approx(figures["ours_cpu_s"] / figures["x264_cpu_s"], rel=0.05)
    assert figures["ticks"] >= 7 * 30


@pytest.mark.parametrize("words", [("--canvas", "large"), ("--for", "0"), ("--for", "x"), ("--canvas", "31x31@30")])
def test_bad_input(jangteo: Jangteo, words: tuple[str, str]) -> None:
    done = jangteo.run("bench", "program", *words)
    assert done.returncode == 2
    assert done.stderr.strip()
