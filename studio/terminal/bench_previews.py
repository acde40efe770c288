"""`jangteo bench previews`: what it costs that somebody looks. A real show runs; the engine's CPU time is taken for a
while without and for as long with a looker, who reads every picture as a window would. Main thread."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from studio.link.mapped_pictures import PictureReader
from studio.model.run import EncoderChoice
from studio.model.sentence import Refusal
from studio.model.show import Canvas
from studio.terminal.bench_show import MeasuredShow, check_measurable
from studio.terminal.home import reach_engine
from studio.terminal.options import OptionParser
from studio.terminal.speak import say

CANVAS = Canvas("wide", 1280, 720, 30)
CHOICE = EncoderChoice("libx264", "ultrafast", 2500)
READ_SECONDS = 0.01
MOST_SHARE = 0.15
MAX_SECONDS = 600.0


def main(arguments: list[str]) -> int:
    """Measures, tells, writes the JSON; 0 when measured, whatever the figures say."""
    parser = OptionParser(prog="jangteo bench previews", description="미리보기의 비용 · what previews cost")
    parser.add_argument("--for", dest="seconds", type=float, default=10.0, metavar="SECONDS", help="잴 길이 · length")
    parser.add_argument("--json", metavar="FILE", help="결과를 JSON으로(- 화면) · figures as JSON (- standard output)")
    given = parser.parse_args(arguments)
    if not 1 <= given.seconds <= MAX_SECONDS:
        raise Refusal(
            f"길이는 1–{MAX_SECONDS:.0f}초로 적어 주세요.", f"Give 1 to {MAX_SECONDS:.0f} seconds.", code="usage"
        )
    check_measurable()
    figures = measure(given.seconds)
    text = json.dumps(figures, indent=2)
    if given.json == "-":
        print(text)
        return 0
    say(
        f"미리보기는 CPU 한 개의 {figures['share']:.1%}를 써요 (목표 {MOST_SHARE:.0%}). "
        f"초당 {figures['pictures_per_second']:.1f}장, 겹쳐 쓰여 버린 읽기 {figures['reads_refused']}.",
        f"Previews take {figures['share']:.1%} of a core (goal {MOST_SHARE:.0%}); "
        f"{figures['pictures_per_second']:.1f} pictures a second, reads refused {figures['reads_refused']}.",
    )
    if given.json:
        Path(given.json).write_text(text + "\n", encoding="utf-8")
    return 0


def measure(seconds: float) -> dict[str, Any]:
    """`share` is the part of a core that program, preview and thumbnails take of the engine."""
    with tempfile.TemporaryDirectory(prefix="jangteo-bench-") as folder:
        show = MeasuredShow(Path(folder), CANVAS, CHOICE, 2 * seconds + 2)
        with show:
            without = _engine_share(show, seconds)
            engine = reach_engine()
            if engine is None:
                raise Refusal(
                    "재는 방송이 끝났어요. 다시 해 주세요.", "The show is over. Try again.", code="bench_failed"
                )
            readers = {name: PictureReader(Path(path)) for name, path in _asked(engine).items()}
            program = readers["program:wide"]
            first, refused = program.latest, 0
            begun, spent = time.monotonic(), show.spent()["engine"]
            while time.monotonic() - begun < seconds:
                refused += sum(reader.latest > 0 and reader.read() is None for reader in readers.values())
                time.sleep(READ_SECONDS)
            took = time.monotonic() - begun
            with_looker = (show.spent()["engine"] - spent) / took
            made = program.latest - first
            engine.close()
    return {
        "share": round(with_looker - without, 4),
        "engine_share": {"without": round(without, 4), "with": round(with_looker, 4)},
        "pictures_per_second": round(made / took, 2),
        "reads_refused": refused,
        "canvas": f"{CANVAS.width}x{CANVAS.height}@{CANVAS.fps}",
        "seconds": seconds,
        "goals": {"share": MOST_SHARE},
    }


def _asked(engine: Any) -> dict[str, str]:
    return dict(engine.ask({"ask": "previews"}, 10.0)["previews"])


def _engine_share(show: MeasuredShow, seconds: float) -> float:
    begun, spent = time.monotonic(), show.spent()["engine"]
    time.sleep(seconds)
    return (show.spent()["engine"] - spent) / (time.monotonic() - begun)
