"""`jangteo bench compose`: what composing and painting the reference scene costs, beside a bare copy of the same frame
and FFmpeg's own overlay filters, in one run, and whether the pictures are the same. CPU time per frame, medians of
runs in turn, so that a busy machine spoils all of them alike. Main thread."""

from __future__ import annotations

import gc
import json
import re
import statistics
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from studio.media.ffmpeg_overlay import FFmpegOverlay
from studio.media.frame import Planes, PooledFrame
from studio.media.paint import Painter
from studio.model.sentence import Refusal
from studio.model.show import Canvas
from studio.program.compose import Composer
from studio.program.plan import check_canvas
from studio.program.state import State
from studio.terminal.options import OptionParser
from studio.terminal.reference_scene import PICTURES, SETTLED_TICK, ReferenceScene
from studio.terminal.speak import say

FRAMES_IN_FLIGHT = 8
MOST_FRAMES = 100_000
EDGE_PIXELS = 2
COARSE_CLOCK_SECONDS = 1e-4

MOST_COPIES = 2.2
MOST_OF_FFMPEG = 0.25
MOST_EXTRA_MS = 0.15
MOST_MEAN = 0.5
MOST_P999 = 2.0


def main(arguments: list[str]) -> int:
    """Measures, prints a table, writes the JSON; 0 when measured, whatever the figures say."""
    parser = OptionParser(prog="jangteo bench compose", description="장면 그리기 속도 · speed of painting a scene")
    parser.add_argument("--frames", type=int, default=240, metavar="N", help="잴 장 수 · frames of each kind")
    parser.add_argument("--size", default="1920x1080", metavar="WxH", help="화면 크기 · size of the canvas")
    parser.add_argument("--json", metavar="FILE", help="결과를 JSON으로(- 화면) · figures as JSON (- standard output)")
    given = parser.parse_args(arguments)
    size = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", given.size)
    if size is None or not 1 <= given.frames <= MOST_FRAMES:
        raise Refusal(
            f"크기는 1920x1080처럼, 장 수는 1–{MOST_FRAMES}로 적어 주세요.",
            f"Give the size as 1920x1080 and 1 to {MOST_FRAMES} frames.",
            code="usage",
        )
    check_canvas(Canvas("reference", int(size[1]), int(size[2])))
    figures = measure(int(size[1]), int(size[2]), given.frames)
    if given.json == "-":
        print(json.dumps(figures, indent=2))
        return 0
    _tell(figures)
    if given.json:
        Path(given.json).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def measure(width: int, height: int, frames: int) -> dict[str, Any]:
    """The figures by name; times in milliseconds of CPU per frame. `ffmpeg_ms` is the overlay chain as FFmpeg
    negotiates it; `ffmpeg_yuv420_ms` the same with every overlay pinned to yuv420, told because it is the rival's best
    and costs about what ours does."""
    scene = ReferenceScene(width, height)
    bench = _Bench(scene)
    gc.collect()
    gc.freeze()  # as the engine does before its first tick
    spent = _in_turn({"copy": bench.copy, "ours": bench.ours, "ffmpeg": bench.ffmpeg, "extra": bench.extra}, frames)
    # By itself: its conversions sweep the caches, which nobody else in this scene does.
    spent |= _in_turn({"auto": bench.ffmpeg_auto}, max(1, frames // 4))
    middle = {name: statistics.median(times) for name, times in spent.items()}
    extra = statistics.median(more - less for more, less in zip(spent["extra"], spent["ours"], strict=True))
    mean, p999 = bench.difference()
    return {
        "size": f"{width}x{height}",
        "frames": frames,
        "copy_ms": round(middle["copy"], 4),
        "ours_ms": round(middle["ours"], 4),
        "ffmpeg_yuv420_ms": round(middle["ffmpeg"], 4),
        "ffmpeg_ms": round(middle["auto"], 4),
        "extra_card_ms": round(extra, 4),
        "ratio_copy": round(middle["ours"] / max(1e-6, middle["copy"]), 3),
        "ratio_ffmpeg_yuv420": round(middle["ours"] / max(1e-6, middle["ffmpeg"]), 3),
        "ratio_ffmpeg": round(middle["ours"] / max(1e-6, middle["auto"]), 3),
        "mean_difference": round(mean, 4),
        "p999_difference": round(p999, 3),
    }


def _in_turn(runs: dict[str, Callable[[int], object]], frames: int) -> dict[str, list[float]]:
    """Milliseconds of each frame, in short runs of each kind, each round beginning with another one."""
    clock = _clock()
    names = list(runs)
    spent: dict[str, list[float]] = {name: [] for name in names}
    tick = SETTLED_TICK
    for first in range(-FRAMES_IN_FLIGHT, frames, FRAMES_IN_FLIGHT):
        turn = first // FRAMES_IN_FLIGHT % len(names)
        for name in names[turn:] + names[:turn]:
            for number in range(first, min(first + FRAMES_IN_FLIGHT, frames)):
                tick += 1
                began = clock()
                runs[name](tick)
                if number >= 0:  # the first run of each warms caches and allocators
                    spent[name].append((clock() - began) * 1000)
    return spent


class _Bench:
    """One painter and its rivals over the same pictures; every finished picture is kept as long as an encoder would."""

    def __init__(self, scene: ReferenceScene) -> None:
        self._scene = scene
        size = (scene.canvas.width, scene.canvas.height)
        self._pool = [PooledFrame(*size) for _ in range(FRAMES_IN_FLIGHT)]
        self._next = 0
        self._painter = Painter(*size)
        self._composers: dict[int, Composer] = {}
        sprites = scene.sprites[: scene.painted]
        self._ffmpeg = FFmpegOverlay(size, scene.inset, sprites)
        self._auto = FFmpegOverlay(size, scene.inset, sprites, "auto")
        self._kept: deque[object] = deque(maxlen=FRAMES_IN_FLIGHT)

    def copy(self, tick: int) -> None:
        for plane, given in zip(self._target(), self._scene.pictures[tick % PICTURES].planes, strict=True):
            np.copyto(plane, given)

    def ours(self, tick: int) -> Planes:
        return self._paint(self._scene.state, tick)

    def extra(self, tick: int) -> Planes:
        return self._paint(self._scene.state_with_extra, tick)

    def ffmpeg(self, tick: int) -> None:
        self._kept.append(self._ffmpeg.paint(*self._given(tick), tick))

    def ffmpeg_auto(self, tick: int) -> None:
        self._kept.append(self._auto.paint(*self._given(tick), tick))

    def difference(self) -> tuple[float, float]:
        """Mean over all of the picture, and 99.9th percentile away from edges, of what sets ours and FFmpeg's apart."""
        tick = SETTLED_TICK
        overlay = FFmpegOverlay(
            (self._scene.canvas.width, self._scene.canvas.height),
            self._scene.inset,
            self._scene.sprites[: self._scene.painted],
        )
        theirs = overlay.planes(*self._given(tick), tick)
        apart = [np.abs(one.astype(np.int16) - other) for one, other in zip(self.ours(tick), theirs, strict=True)]
        mask = self._scene.away_from_edges(EDGE_PIXELS)
        calm = np.concatenate([plane[where == 1] for plane, where in zip(apart, mask, strict=True)])
        everything = np.concatenate([plane.ravel() for plane in apart])
        return float(everything.mean()), float(np.percentile(calm, 99.9))

    def _given(self, tick: int) -> tuple[Any, Any]:
        return self._scene.pictures[tick % PICTURES].video, self._scene.insets[tick % PICTURES].video

    def _target(self) -> Planes:
        self._next = (self._next + 1) % FRAMES_IN_FLIGHT
        return self._pool[self._next].planes

    def _paint(self, state: State, tick: int) -> Planes:
        target = self._target()
        composer = self._composers.setdefault(id(state), Composer(self._scene.canvas))
        self._painter.paint(composer.at(state, tick), target, self._scene)
        return target


def _clock() -> Callable[[], float]:
    """CPU time of the process, FFmpeg's threads included; the clock on the wall where the system counts it coarsely."""
    if time.get_clock_info("process_time").resolution > COARSE_CLOCK_SECONDS:
        return time.perf_counter
    return time.process_time


def _tell(figures: dict[str, Any]) -> None:
    say(
        f"기준 장면 그리기 ({figures['size']}, {figures['frames']}장, 한 장당 CPU 밀리초)",
        f"Painting the reference scene ({figures['size']}, {figures['frames']} frames, CPU milliseconds per frame)",
    )
    rows = (
        ("복사 · bare copy", "copy_ms", "", 0.0, ""),
        ("우리 · ours", "ours_ms", "ratio_copy", MOST_COPIES, "× copy"),
        ("FFmpeg overlay, yuv420", "ffmpeg_yuv420_ms", "", 0.0, ""),
        ("FFmpeg overlay, auto", "ffmpeg_ms", "ratio_ffmpeg", MOST_OF_FFMPEG, "ours : this"),
        ("카드 하나 더 · one more card", "extra_card_ms", "extra_card_ms", MOST_EXTRA_MS, "ms"),
        ("평균 차이 · mean difference", "mean_difference", "mean_difference", MOST_MEAN, "/ 255"),
        ("차이 · difference, p99.9", "p999_difference", "p999_difference", MOST_P999, "/ 255"),
    )
    for name, figure, judged, most, unit in rows:
        wide = sum(1 + (letter >= "\u1100") for letter in name)
        goal = f"{'✓' if figures[judged] <= most else '✗'} {figures[judged]:.3f} {unit} (≤ {most:g})" if judged else ""
        print(f"  {name}{' ' * (32 - wide)}{figures[figure]:8.3f}  {goal}".rstrip())
