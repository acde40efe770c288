"""Clocks on the wall that jump, in zones where an hour comes twice or never (F39): media, cards and coupons run on
program time and notice nothing; the labels say what the wall said. And the longest show, with its clock wound on: eight
hours of scenes, cards and coupons, whose tick numbers, facts and memory stay what they should be (F45)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.instruments import recording
from tests.rigs.jangteo import Jangteo
from tests.rigs.wall_clock import WallClock
from tests.shows.facts import read_facts, repeated_ticks
from tests.shows.joining import verify
from tests.shows.plan import FPS, SMALL, show_data, write_script, write_show

COUPON_SECONDS = 6
NIGHTS = {
    "an hour comes twice": (datetime(2026, 11, 1, 5, 59, 56, tzinfo=UTC), "America/New_York"),
    "an hour never comes": (datetime(2027, 3, 14, 6, 59, 56, tzinfo=UTC), "America/New_York"),
    "a year ends": (datetime(2026, 12, 31, 14, 59, 56, tzinfo=UTC), "Asia/Seoul"),
}


def coupon(**changes: Any) -> dict[str, Any]:
    return {
        "id": "night",
        "name": "밤 쿠폰",
        "amount": 1000,
        "how": "방송 화면에서 받기",
        "open_seconds": COUPON_SECONDS,
        **changes,
    }


@pytest.mark.parametrize(
    "night",
    [
        "an hour comes twice",
        pytest.param("an hour never comes", marks=pytest.mark.gate),
        pytest.param("a year ends", marks=pytest.mark.gate),
    ],
)
def test_the_wall_clock_jumps(night: str, jangteo_at: Callable[..., Jangteo], tmp_path: Path) -> None:
    begins, zone = NIGHTS[night]
    clock = WallClock(tmp_path, begins, zone)
    jangteo = jangteo_at("h", environment=clock.environment)
    show = write_show(tmp_path, {**show_data(), "coupons": [coupon()]})
    script = write_script(tmp_path, (1.0, "OpenCoupon", {"coupon": "night"}))
    running = jangteo.start("run", show, "--script", script, "--json", tmp_path / "s.json", *SMALL)
    jangteo.wait_status(lambda s: bool(s["coupons"]), 30, "the coupon is open")
    walls = []
    for hours in (1.0, -2.0, 1.0):
        clock.jump(hours)
        tick = jangteo.status()["tick"]
        walls.append((tick, clock.now()))
        jangteo.wait_status(lambda s, tick=tick: s["tick"] > tick + FPS, 20, "a second of the other time")
    jangteo.wait_status(lambda s: not s["coupons"], 30, "the coupon has closed")
    jangteo.stop()
    assert running.wait(10) == 0
    summary = json.loads((tmp_path / "s.json").read_text())
    facts = read_facts(summary["run_dir"])
    (path,) = map(Path, summary["recordings"])
    assert recording.packet_ticks(path, FPS) == list(range(summary["ticks"]))
    recording.assert_dense(recording.ticks(path), repeated_ticks(facts, "vertical"))
    (opened,) = [fact for fact in facts if fact["kind"] == "CouponOpened"]
    (closed,) = [fact for fact in facts if fact["kind"] == "CouponClosed"]
    assert closed["tick"] - opened["tick"] == COUPON_SECONDS * FPS, "a promise lasts as long as it says"
    assert not any(fact["kind"] in ("Gap", "EngineResumed", "SourceLost") for fact in facts)
    first = datetime.fromisoformat(facts[0]["utc"])
    assert abs(first - begins) < timedelta(seconds=60), "the label is the wall's, in UTC"
    ticks = [fact["tick"] for fact in facts]
    assert ticks == sorted(ticks), "program time goes one way"
    ended = datetime.fromisoformat(facts[-1]["utc"])
    assert abs(ended - clock.now()) < timedelta(seconds=60)
    verify(jangteo, summary["run_dir"])


def long_show(hours: float) -> tuple[dict[str, Any], list[tuple[float, str, dict[str, Any]]]]:
    """Every five minutes another scene, a card, a coupon."""
    show = {**show_data(), "coupons": [coupon(open_seconds=120)]}
    scenes = itertools.cycle(["brown", "blue"])
    lines: list[tuple[float, str, dict[str, Any]]] = []
    for start in range(60, int(hours * 3600) - 240, 300):
        lines += [
            (start, "TakeScene", {"scene": next(scenes)}),
            (start + 10, "ShowCard", {"product": "mandarin"}),
            (start + 60, "OpenCoupon", {"coupon": "night"}),
            (start + 90, "HideCard", {}),
        ]
    return show, lines


def wound_on(jangteo: Jangteo, folder: Path, hours: float, timeout: float) -> dict[str, Any]:
    show, lines = long_show(hours)
    seconds = hours * 3600
    words = ("--stepped", "--for", f"{seconds:g}", "--no-record", "--script", write_script(folder, *lines))
    running = jangteo.start("run", write_show(folder, show), *words, "--json", folder / "s.json")
    assert running.wait(timeout) == 0, str(running)
    summary: dict[str, Any] = json.loads((folder / "s.json").read_text())
    facts = read_facts(summary["run_dir"])
    assert summary["ticks"] == seconds * FPS
    rounds = len(lines) // 4
    for kind, count in (("SceneTaken", rounds), ("CardShown", rounds * 2), ("CardHidden", rounds * 2)):
        assert sum(fact["kind"] == kind for fact in facts) == count, kind
    opened = [fact["tick"] for fact in facts if fact["kind"] == "CouponOpened"]
    closed = [fact["tick"] for fact in facts if fact["kind"] == "CouponClosed"]
    assert {end - start for start, end in zip(opened, closed, strict=True)} == {120 * FPS}
    started, ended = (datetime.fromisoformat(facts[at]["utc"]) for at in (0, -1))
    assert abs((ended - started).total_seconds() - seconds) < 1
    verify(jangteo, summary["run_dir"])
    return summary


def test_half_an_hour_wound_on(jangteo: Jangteo, tmp_path: Path) -> None:
    wound_on(jangteo, tmp_path, 0.5, 60)


@pytest.mark.gate
@pytest.mark.timeout(1200)
def test_eight_hours_wound_on(jangteo: Jangteo, tmp_path: Path) -> None:
    wound_on(jangteo, tmp_path, 8, 1100)
