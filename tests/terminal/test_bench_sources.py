"""The bench of sources: a real show for each, figures that hang together; and the line through a process' memory."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from studio.terminal.bench_slope import LEAST_LOOKS, slope
from tests.rigs.jangteo import Jangteo

MEGABYTE = 1_000_000


def test_a_short_measurement(jangteo: Jangteo, tmp_path: Path) -> None:
    words = ("bench", "sources", "--for", 1, "--source", "pattern:busy", "--json", tmp_path / "f.json")
    jangteo.run(*words, timeout=120, check=True)
    figures = json.loads((tmp_path / "f.json").read_text())
    (one,) = figures["sources"].values()
    assert list(figures["sources"]) == ["pattern:busy"]
    assert one["share"] == pytest.approx(one["engine_share"] + one["own_share"], abs=0.001)
    assert one["own_share"] == 0, "a pattern has no process of its own"
    assert one["lost"] == ""
    assert figures["engine_share_held"] > 0


def test_bad_input(jangteo: Jangteo) -> None:
    done = jangteo.run("bench", "sources", "--for", "0")
    assert done.returncode == 2
    assert done.stderr.strip()


@pytest.mark.parametrize("mb_per_hour", [0.0, 0.5, 60.0])
def test_a_slope_is_found_in_noise(mb_per_hour: float) -> None:
    noise = random.Random(7)
    looks = [
        (at * 2.0, int((80 + mb_per_hour * at * 2 / 3600 + noise.uniform(-0.05, 0.05)) * MEGABYTE)) for at in range(600)
    ]
    found = slope(looks)
    assert found is not None
    assert found["mb_per_hour"] == pytest.approx(mb_per_hour, abs=0.2)
    assert found["mb_per_hour"] <= found["mb_per_hour_at_most"] <= found["mb_per_hour"] + 0.3


def test_a_warm_up_is_no_slope_and_a_moment_says_nothing() -> None:
    looks = [(at * 2.0, int((80 - 30 * max(0.0, 1 - at / 100)) * MEGABYTE)) for at in range(400)]
    found = slope(looks)
    assert found is not None
    assert found["mb_per_hour"] == pytest.approx(0, abs=0.1)
    assert slope(looks[:LEAST_LOOKS]) is None
