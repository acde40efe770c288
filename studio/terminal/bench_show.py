"""A real show for measurements, in a home of its own: started, running, its processes' CPU time, its end. Used by the
benches; main thread."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from studio import paths
from studio.link import children, process
from studio.link.channel import NotThere
from studio.link.progress import Progress
from studio.model.run import EncoderChoice
from studio.model.sentence import Refusal
from studio.model.show import Canvas
from studio.terminal.control import read_status
from studio.terminal.home import reach_engine

START_SECONDS = 3.0
END_SECONDS = 4.0
WAIT_SECONDS = 60.0
COMMAND_PAUSE_SECONDS = 0.08
"""No multiple of a tick: commands come at any moment of it."""

PATTERN = "held"
"""Frames held in memory: what is measured is the studio and not its instrument."""


def check_measurable() -> None:
    """Refusal where the system does not tell the CPU time of each process."""
    if process.processor_seconds(os.getpid()) is None:
        raise Refusal(
            "이 운영체제에서는 프로세스마다 쓴 CPU 시간을 알 수 없어서 잴 수 없어요.",
            "This system does not tell the CPU time of each process, so it cannot be measured here.",
            code="not_here",
        )


class MeasuredShow:
    """Within the block it has been on air for START_SECONDS and goes on for `seconds`; afterwards it has ended."""

    def __init__(
        self,
        folder: Path,
        canvas: Canvas,
        choice: EncoderChoice,
        seconds: float,
        targets: Sequence[str] = (),
        source: str = f"pattern:{PATTERN}",
    ) -> None:
        self._folder = folder
        self._fps = canvas.fps
        show = folder / "show.json"
        show.write_text(json.dumps(_plan(canvas, source)), encoding="utf-8")
        length = seconds + START_SECONDS + END_SECONDS
        self._words = children.command("run", str(show), "--for", f"{length:g}", "--json", str(folder / "summary.json"))
        self._words += ["--preset", choice.preset, "--bitrate", str(choice.bitrate_kbps)]
        self._words += ["--canvas", f"wide={canvas.width}x{canvas.height}@{canvas.fps}"]
        self._words += [part for target in targets for part in ("--to", target)]
        self._running: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> MeasuredShow:
        os.environ[paths.HOME_VARIABLE] = str(self._folder / "home")
        nowhere = subprocess.DEVNULL
        self._running = subprocess.Popen(self._words, env=children.environment(), stdout=nowhere, stderr=nowhere)
        deadline = time.monotonic() + WAIT_SECONDS
        while self._running.poll() is None and time.monotonic() < deadline:
            status = read_status()
            if status is not None and status["tick"] >= START_SECONDS * self._fps:
                return self
            time.sleep(0.1)
        self._running.terminate()
        self._running.wait()
        raise _bad_show()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._running is not None
        if error is not None:
            self._running.terminate()
        if self._running.wait() != 0 and error is None:
            raise _bad_show()

    def spent(self) -> dict[str, float]:
        """CPU seconds so far of the engine, letters, each sink and each source. Refusal where the show is over."""
        return {name: process.processor_seconds(pid) or 0.0 for name, pid in self.pids().items()}

    def pids(self) -> dict[str, int]:
        """The processes of the show itself."""
        told = self.status()["processes"]
        pids = {"engine": told["engine"], "letters": told["letters"], **told["sinks"]}
        pids |= {f"source:{name}": pid for name, pid in told["sources"].items()}
        return {name: pid for name, pid in pids.items() if pid is not None}

    def status(self) -> dict[str, Any]:
        """What the engine says. Refusal where the show is over."""
        status = read_status()
        if status is None:
            raise _bad_show()
        return status

    def end(self) -> None:
        """Nothing more is measured."""
        engine = reach_engine()
        if engine is not None:
            with contextlib.suppress(NotThere, TimeoutError):
                engine.ask({"ask": "command", "command": {"command": "EndRun"}}, WAIT_SECONDS)
            engine.close()

    def command_ticks(self, count: int) -> list[int]:
        """How many ticks pass between a command and its effect: cuts, one after the other."""
        engine = reach_engine()
        if engine is None:
            raise _bad_show()
        progress = Progress(Path(self.status()["run_dir"]))
        scenes = itertools.cycle(("plain", "shown"))
        waited = []
        for _ in range(count):
            before = progress.latest
            command = {"command": "TakeScene", "scene": next(scenes)}
            done = engine.ask({"ask": "command", "command": command}, WAIT_SECONDS)["done_at"]
            waited.append(int(done) - before)
            time.sleep(COMMAND_PAUSE_SECONDS)
        engine.close()
        return waited

    def summary(self) -> dict[str, Any]:
        """What the show said at its end."""
        return dict(json.loads((self._folder / "summary.json").read_text(encoding="utf-8")))


def _plan(canvas: Canvas, source: str) -> dict[str, Any]:
    return {
        "schema": 1,
        "id": "bench",
        "title": "bench",
        "canvases": [{"id": "wide", "width": canvas.width, "height": canvas.height, "fps": canvas.fps}],
        "sources": [{"id": "shown", "url": source}, {"id": "plain", "url": "pattern:#2B6E4F"}],
        "scenes": [
            {"id": name, "layers": [{"id": "whole", "source": name, "places": {"*": {}}}]}
            for name in ("shown", "plain")
        ],
    }


def _bad_show() -> Refusal:
    return Refusal(
        "재는 방송이 제대로 되지 않았어요. 다시 해 주세요.",
        "The show that was measured did not go well. Try again.",
        code="bench_failed",
    )
