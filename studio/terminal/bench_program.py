"""`jangteo bench program`: what a whole show costs beside the encoder alone. A real show runs in a home
of its own, and the system tells what engine, letters and sinks took of it; the same frames, held in memory, go through
bare libx264 with the same options and at the same pace before and after. A bare loop of the same rate runs beside the
show: lateness on a busy machine is compared, never judged by the clock. Also: how many ticks a command takes, how fast
the engine's memory grows, what each destination costs. Main thread."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio.media.encode import VideoEncoder
from studio.media.frame import PooledFrame
from studio.media.sources.pattern import PatternSource
from studio.model.run import EncoderChoice
from studio.model.sentence import Refusal
from studio.model.show import Canvas
from studio.program.draw_list import Look
from studio.program.plan import check_canvas
from studio.terminal.bench_show import PATTERN, MeasuredShow, check_measurable
from studio.terminal.bench_slope import MemorySlope
from studio.terminal.options import CANVAS, OptionParser
from studio.terminal.speak import say

HELD_FRAMES = 60
MOST_RATIO = 1.15
MOST_LATER_MS = 5.0
MOST_MISSED = 0.001
MOST_COMMAND_TICKS = 2
MOST_GROWTH_MB = 5.0
MOST_DESTINATION_SHARE = 0.02
COMMANDS = 20
MAX_SECONDS = 3600.0


def main(arguments: list[str]) -> int:
    """Measures, tells, writes the JSON; 0 when measured, whatever the figures say."""
    parser = OptionParser(prog="jangteo bench program", description="방송 한 편의 비용 · what a whole show costs")
    add = parser.add_argument
    add("--canvas", default="1280x720@30", metavar="WxH@FPS", help="화면 크기 · size of the canvas")
    add("--preset", default="superfast", metavar="NAME", help="x264")
    add("--bitrate", type=int, default=2500, metavar="KBPS", help="비트레이트 · bit rate")
    add("--for", dest="seconds", type=float, default=20.0, metavar="SECONDS", help="잴 길이 · how long to measure")
    add(
        "--to",
        metavar="URL",
        action="append",
        default=[],
        help="송출도 함께(여러 번 가능) · send as well, to an RTMP address with its key; may be given more than once",
    )
    add("--json", metavar="FILE", help="결과를 JSON으로(- 화면) · figures as JSON (- standard output)")
    given = parser.parse_args(arguments)
    size = CANVAS.fullmatch(f"wide={given.canvas}")
    if size is None or not 1 <= given.seconds <= MAX_SECONDS:
        raise Refusal(
            f"크기는 1280x720@30처럼, 길이는 1–{MAX_SECONDS:.0f}초로 적어 주세요.",
            f"Give the size as 1280x720@30 and 1 to {MAX_SECONDS:.0f} seconds.",
            code="usage",
        )
    canvas = Canvas("wide", int(size[2]), int(size[3]), int(size[4] or 30))
    check_canvas(canvas)
    figures = measure(canvas, EncoderChoice("libx264", given.preset, given.bitrate), given.seconds, given.to)
    text = json.dumps(figures, indent=2)
    if given.json == "-":
        print(text)
        return 0
    _tell(figures)
    if given.json:
        Path(given.json).write_text(text + "\n", encoding="utf-8")
    return 0


def measure(canvas: Canvas, choice: EncoderChoice, seconds: float, targets: Sequence[str]) -> dict[str, Any]:
    """The figures by name. CPU seconds are those of `seconds` of show."""
    check_measurable()
    before = bare_seconds(canvas, choice, seconds / 2)
    loop = BareLoop(canvas.fps)
    with tempfile.TemporaryDirectory(prefix="jangteo-bench-") as folder:
        show = MeasuredShow(Path(folder), canvas, choice, seconds, targets)
        with show:
            begun = show.spent()
            with MemorySlope(show.pids()["engine"]) as memory:
                loop.run(seconds)
            ended = show.spent()
            waited = show.command_ticks(COMMANDS)
        summary = show.summary()
    ours = {name: ended[name] - spent for name, spent in begun.items() if name in ended}
    after = bare_seconds(canvas, choice, seconds / 2)
    bare, whole = before + after, sum(ours.values())
    return {
        "x264_cpu_s": round(bare, 3),
        "ours_cpu_s": round(whole, 3),
        "ratio": round(whole / bare, 3),
        "late_ms": {"ours_p99": summary["late_ms"]["p99"], "bare_loop_p99": round(loop.late_p99_ms, 2)},
        "missed": {"ours": summary["missed_ticks"], "bare_loop": loop.missed},
        "command_ticks": {"p50": sorted(waited)[len(waited) // 2], "most": max(waited)},
        "engine_memory": memory.told(),
        "destination_share": {name: round(ours[name] / seconds, 4) for name in ours if name.startswith("to-")},
        "ticks": summary["ticks"],
        "ours_by_process_s": {name: round(spent, 3) for name, spent in ours.items()},
        "x264_before_and_after_s": [round(before, 3), round(after, 3)],
        "canvas": f"{canvas.width}x{canvas.height}@{canvas.fps}",
        "preset": choice.preset,
        "seconds": seconds,
        "goals": {
            "ratio": MOST_RATIO,
            "later_ms": MOST_LATER_MS,
            "missed_more": MOST_MISSED,
            "command_ticks": MOST_COMMAND_TICKS,
            "memory_mb_per_hour": MOST_GROWTH_MB,
            "destination_share": MOST_DESTINATION_SHARE,
        },
    }


def bare_seconds(canvas: Canvas, choice: EncoderChoice, seconds: float) -> float:
    """CPU seconds that libx264 alone takes for the frames of such a show, at the pace of the show."""
    source = PatternSource(PATTERN, canvas.fps)
    frames = [PooledFrame(canvas.width, canvas.height) for _ in range(HELD_FRAMES)]
    for tick, frame in enumerate(frames):
        shown = source.picture(Look(canvas.width, canvas.height), tick, 0.0)
        assert shown is not None
        for plane, part in zip(frame.planes, shown.planes, strict=True):
            plane[:] = part
    encoder = VideoEncoder(canvas, choice)
    begun, spent = time.monotonic(), time.process_time()
    for tick in range(round(seconds * canvas.fps)):
        time.sleep(max(0.0, begun + tick / canvas.fps - time.monotonic()))
        encoder.encode(frames[tick % HELD_FRAMES], tick)
    encoder.flush()
    return time.process_time() - spent


class BareLoop:
    """A loop that only sleeps until each tick, in this process, while the show runs in others."""

    def __init__(self, fps: int) -> None:
        self._fps = fps
        self._late_ms: list[float] = []
        self.missed = 0

    def run(self, seconds: float) -> None:
        """For so long."""
        begun, tick = time.monotonic(), 0
        while tick < seconds * self._fps:
            time.sleep(max(0.0, begun + tick / self._fps - time.monotonic()))
            late = time.monotonic() - begun - tick / self._fps
            self._late_ms.append(late * 1000)
            slots = int(late * self._fps)
            self.missed += slots
            tick += 1 + slots

    @property
    def late_p99_ms(self) -> float:
        """What one in a hundred was later than."""
        ordered = sorted(self._late_ms)
        return ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] if ordered else 0.0


def _tell(figures: dict[str, Any]) -> None:
    late, missed = figures["late_ms"], figures["missed"]
    say(
        f"방송 전체 CPU {figures['ours_cpu_s']}초, x264만 {figures['x264_cpu_s']}초: "
        f"{figures['ratio']}배 (목표 {MOST_RATIO}배). "
        f"늦음 p99 {late['ours_p99']} ms, 빈 반복 {late['bare_loop_p99']} ms. "
        f"놓침 {missed['ours']}, 빈 반복 {missed['bare_loop']}.",
        f"The whole show took {figures['ours_cpu_s']} s of CPU, x264 alone {figures['x264_cpu_s']} s: "
        f"{figures['ratio']} times (goal {MOST_RATIO}). Late p99 {late['ours_p99']} ms, bare loop "
        f"{late['bare_loop_p99']} ms. Missed {missed['ours']}, bare loop {missed['bare_loop']}.",
    )
