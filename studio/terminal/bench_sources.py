"""`jangteo bench sources`: what each kind of source costs, shown full-size for a while in a show of its own beside a
show of pictures held in memory: processor time of its process and of the engine, and how often its pictures came. A
video file and a phone (a real RTMP push to a `listen:` source) are always measured, so is every camera, microphone and
screen of this machine; `--source URL` measures that one instead. Main thread."""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from studio.media.live.devices import cameras, microphones, screens
from studio.model.run import EncoderChoice
from studio.model.sentence import Refusal
from studio.model.show import Canvas
from studio.terminal.bench_push import Pushing, held_packets, write_clip
from studio.terminal.bench_show import MeasuredShow, check_measurable
from studio.terminal.options import OptionParser
from studio.terminal.speak import put, say

CANVAS = Canvas("wide", 1280, 720, 30)
CHOICE = EncoderChoice("libx264", "ultrafast", 2500)
LISTEN_PORT = 11935
READY_SECONDS = 15.0
MAX_SECONDS = 600.0


def main(arguments: list[str]) -> int:
    """Measures, tells, writes the JSON; 0 when measured, whatever the figures say."""
    parser = OptionParser(prog="jangteo bench sources", description="소스마다 드는 비용 · what each source costs")
    parser.add_argument("--for", dest="seconds", type=float, default=6.0, metavar="SECONDS", help="잴 길이 · length")
    parser.add_argument("--source", action="append", metavar="URL", help="이 소스만 재요 · measure this one only")
    parser.add_argument("--json", metavar="FILE", help="결과를 JSON으로(- 화면) · figures as JSON (- standard output)")
    given = parser.parse_args(arguments)
    if not 1 <= given.seconds <= MAX_SECONDS:
        raise Refusal(
            f"길이는 1–{MAX_SECONDS:.0f}초로 적어 주세요.", f"Give 1 to {MAX_SECONDS:.0f} seconds.", code="usage"
        )
    check_measurable()
    figures = measure(given.seconds, given.source)
    text = json.dumps(figures, indent=2)
    if given.json == "-":
        print(text)
        return 0
    for name, one in figures["sources"].items():
        lost = f" · {one['lost']}" if one["lost"] else ""
        put(f"{name}: CPU {one['share']:.1%} (engine {one['engine_share']:+.1%}, own {one['own_share']:.1%}){lost}")
    say("CPU 한 개를 100%로 셈했어요.", "100 % is one core.")
    if given.json:
        Path(given.json).write_text(text + "\n", encoding="utf-8")
    return 0


def measure(seconds: float, urls: list[str] | None) -> dict[str, Any]:
    """`share` is the part of a core that a source takes more than pictures held in memory do."""
    with tempfile.TemporaryDirectory(prefix="jangteo-bench-") as folder:
        clip = Path(folder) / "clip.mp4"
        packets = held_packets(CANVAS, CHOICE)
        write_clip(clip, packets, CANVAS)
        held = _shares(Path(folder) / "held", "pattern:held", seconds, contextlib.nullcontext())
        sources: dict[str, dict[str, Any]] = {}
        for number, (name, url) in enumerate(_measured(clip, urls)):
            address = f"rtmp://127.0.0.1:{LISTEN_PORT}/live"
            is_phone = url.startswith(f"listen:{LISTEN_PORT}/")
            phone = Pushing(packets, CANVAS, address, "bench") if is_phone else contextlib.nullcontext()
            shares = _shares(Path(folder) / str(number), url, seconds, phone)
            engine_share = shares["engine"] - held["engine"]
            own_share = sum(share for process, share in shares.items() if process.startswith("source:"))
            sources[name] = {
                "share": round(engine_share + own_share, 4),
                "engine_share": round(engine_share, 4),
                "own_share": round(own_share, 4),
                "lost": shares["lost"],
            }
    return {
        "sources": sources,
        "engine_share_held": round(held["engine"], 4),
        "canvas": f"{CANVAS.width}x{CANVAS.height}@{CANVAS.fps}",
        "seconds": seconds,
    }


def _measured(clip: Path, urls: list[str] | None) -> list[tuple[str, str]]:
    if urls:
        return [(url, url) for url in urls]
    found = [device for device, _ in cameras()] + [device for device, _ in microphones()] + screens()
    listed = [(f"{device.kind}:{device.id}", f"{device.kind}:{device.id}") for device in found]
    return [("file", f"file:{clip}"), ("listen", f"listen:{LISTEN_PORT}/bench"), *listed]


def _shares(folder: Path, url: str, seconds: float, beside: AbstractContextManager[object]) -> dict[str, Any]:
    folder.mkdir()
    show = MeasuredShow(folder, CANVAS, CHOICE, seconds + READY_SECONDS, source=url)
    with show, beside:
        _wait_ready(show)
        begun, at = show.spent(), time.monotonic()
        time.sleep(seconds)
        ended, took = show.spent(), time.monotonic() - at
        lost = show.status()["sources"]["shown"]["lost"]
        show.end()
    return {name: (ended[name] - spent) / took for name, spent in begun.items() if name in ended} | {"lost": lost}


def _wait_ready(show: MeasuredShow) -> None:
    """A source that never comes is measured all the same, and told as lost."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        source = show.status()["sources"]["shown"]
        if source["ready"] and not source["lost"]:
            return
        time.sleep(0.1)
