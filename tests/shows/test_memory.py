"""A show that goes on and on, with cuts, cards and coupons without a pause, to a server and a recording: the engine
holds no more memory at its end than after its first minutes, no more threads and no more open files (F45)."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.link import process
from studio.terminal.bench_slope import slope
from tests.rigs.jangteo import Jangteo
from tests.rigs.rtmp_server import RtmpServer
from tests.rigs.waiting import holds_for
from tests.shows.plan import SMALL, write_script, write_show

KEY = "show"
LOOK_SECONDS = 5.0


def busy_script(folder: Path, seconds: float) -> Path:
    """Every second something else."""
    actions = itertools.cycle(
        [
            ("TakeScene", {"scene": "brown"}),
            ("ShowCard", {"product": "mandarin"}),
            ("TakeScene", {"scene": "clip", "transition": "fade"}),
            ("HideCard", {}),
            ("OpenCoupon", {"coupon": "evening"}),
            ("TakeScene", {"scene": "inset"}),
            ("CloseCoupon", {"coupon": "evening"}),
            ("RaiseCover", {"slate": "moment"}),
            ("LowerCover", {}),
        ]
    )
    return write_script(folder, *((float(at), *next(actions)) for at in range(3, int(seconds))))


def held(pid: int) -> tuple[int, int]:
    return len(os.listdir(f"/proc/{pid}/task")), len(os.listdir(f"/proc/{pid}/fd"))


def grow(jangteo: Jangteo, server: RtmpServer, folder: Path, seconds: float, most_mb_per_hour: float) -> None:
    script = busy_script(folder, seconds)
    words = ("--to", server.url(KEY), "--script", script, "--for", f"{seconds:g}")
    running = jangteo.start("run", write_show(folder), *words, *SMALL)
    status = jangteo.wait_destination("to-1", "live", 30)
    engine = int(status["processes"]["engine"])
    begun = time.monotonic()
    looks: list[tuple[float, int]] = []
    figures: list[tuple[int, int]] = []
    while time.monotonic() - begun < seconds - 15:
        assert holds_for(lambda: running.code is None, LOOK_SECONDS), str(running)
        size = process.own_memory_bytes(engine)
        assert size is not None
        looks.append((time.monotonic(), size))
        figures.append(held(engine))
    found = slope(looks)
    assert found is not None
    print(f"{seconds:g} s: {found}; threads and files {figures[len(figures) // 4]} then {figures[-1]}")
    assert running.wait(60) == 0
    assert found["mb_per_hour"] < most_mb_per_hour
    quarter = figures[len(figures) // 4 :]
    assert max(threads for threads, _ in quarter[-10:]) <= max(threads for threads, _ in quarter[:10]) + 1
    assert max(files for _, files in quarter[-10:]) <= max(files for _, files in quarter[:10]) + 2


@pytest.mark.gate
@pytest.mark.timeout(720)
def test_ten_minutes(jangteo: Jangteo, rtmp_server: Callable[..., RtmpServer], tmp_path: Path) -> None:
    grow(jangteo, rtmp_server(), tmp_path, 600, 5.0)


@pytest.mark.long
@pytest.mark.timeout(3800)
def test_an_hour(jangteo: Jangteo, rtmp_server: Callable[..., RtmpServer], tmp_path: Path) -> None:
    grow(jangteo, rtmp_server(), tmp_path, 3600, 1.0)
