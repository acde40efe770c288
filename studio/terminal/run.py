"""`jangteo run`: plans a run, has the keeper start it, shows how it goes, and prints what came of it. Killing this
terminal does not end the broadcast: `jangteo stop` does. The first Ctrl+C ends cleanly; main thread."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from studio.link.channel import Connection, NotThere
from studio.model.codec import encode
from studio.model.run import LiveRun, Run
from studio.model.secret import Secret
from studio.model.sentence import Refusal
from studio.terminal.control import read_status, wait_until_gone
from studio.terminal.home import reach_keeper
from studio.terminal.options import run_options
from studio.terminal.plan_run import plan_run
from studio.terminal.speak import FAILED, say, warn
from studio.terminal.watch import Watch

START_SECONDS = 40.0
GONE_SECONDS = 5.0
LINE_SECONDS = 5.0
REDRAW_SECONDS = 0.5


def main(arguments: list[str]) -> int:
    """0 for a run that ended, 1 for one that failed; Refusal (2) before anything started."""
    options = run_options().parse_args(arguments)
    if read_status() is not None:
        raise _busy()
    _check_summary_file(options.json)
    run, keys, run_dir = plan_run(options)
    run_dir.mkdir(mode=0o700, parents=True)
    if run.plan.recording is not None:
        for folder in run.plan.recording.folders:
            Path(folder).mkdir(parents=True, exist_ok=True)
    _start(run, keys, run_dir)
    summary = _follow(run_dir)
    if summary is None:
        warn("방송이 예상과 다르게 끝났어요. 기록은 남아 있어요.", "The run ended unexpectedly. Its records are kept.")
        print(run_dir, file=sys.stderr)
        return FAILED
    wait_until_gone(GONE_SECONDS)
    _tell_end(summary, options.json)
    return 0 if summary["end"] in ("time", "asked") else FAILED


def _check_summary_file(name: str | None) -> None:
    if name in (None, "-"):
        return
    assert name is not None
    try:
        Path(name).open("a").close()
    except OSError as error:
        raise Refusal(
            f"요약 파일을 쓸 수 없어요: {name}", f"The summary file cannot be written: {name}", code="bad_folder"
        ) from error


def _busy() -> Refusal:
    return Refusal(
        "이미 방송이 진행 중이에요. jangteo status로 보거나 jangteo stop으로 끝내 주세요. 아무것도 바꾸지 않았어요.",
        "A run is going on already. See jangteo status, or end it with jangteo stop. Nothing was changed.",
        code="busy",
    )


def _start(run: Run, keys: dict[str, Secret], run_dir: Path) -> None:
    keeper = reach_keeper()
    kind = "live" if isinstance(run, LiveRun) else "rehearsal"
    message = {
        "ask": "start_run",
        "run": {kind: encode(run)},
        "keys": {label: key.reveal() for label, key in keys.items()},
        "run_dir": str(run_dir),
    }
    try:
        answer = keeper.ask(message, START_SECONDS)
    except (NotThere, TimeoutError):
        answer = {"failed": None}
    finally:
        keeper.close()
    if answer.get("busy"):
        raise _busy()
    if "refused" in answer:
        words = answer["refused"]
        wait_until_gone(GONE_SECONDS)
        raise Refusal(words["ko"], words["en"], words["code"])
    if not answer.get("started"):
        raise Refusal(
            "방송 엔진이 시작되지 않았어요. logs 폴더의 engine.log를 확인해 주세요.",
            "The engine did not start. See engine.log in the logs folder.",
            code="engine_failed",
        )
    if isinstance(run, LiveRun):
        say(f"방송을 시작했어요. 기록: {run_dir}", f"The run has started. Records: {run_dir}")
    else:
        say(
            f"리허설을 시작했어요. 송출은 없어요. 기록: {run_dir}",
            f"The rehearsal has started; nothing is sent. Records: {run_dir}",
        )


def _follow(run_dir: Path) -> dict[str, Any] | None:
    """Watches the run to its end; the summary, or None where the run is gone without one."""
    watch = Watch()
    stopping = threading.Event()
    previous = signal.signal(signal.SIGINT, lambda number, frame: stopping.set())
    terminated = signal.signal(signal.SIGTERM, lambda number, frame: stopping.set())
    asked = False
    line_at = 0.0
    try:
        while True:
            engine = watch.engine()
            while not watch.notices.empty():
                _progress_end()
                warn(*watch.notices.get())
            if watch.summary is not None:
                return watch.summary
            if engine is None and watch.is_given_up(run_dir):
                return _left_summary(run_dir)
            if stopping.is_set() and not asked and engine is not None:
                asked = True
                _progress_end()
                say("끝내는 중이에요…", "Ending…")
                engine.send({"ask": "command", "command": {"command": "EndRun"}})
            now = time.monotonic()
            pause = REDRAW_SECONDS if sys.stdout.isatty() else LINE_SECONDS
            if engine is not None and not asked and now - line_at >= pause:
                line_at = now
                _progress(engine)
            watch.changed.wait(0.1)
            watch.changed.clear()
    finally:
        signal.signal(signal.SIGINT, previous)
        signal.signal(signal.SIGTERM, terminated)
        _progress_end()
        watch.close()


def _left_summary(run_dir: Path) -> dict[str, Any] | None:
    try:
        summary = json.loads((run_dir / "summary.json").read_text())
    except (OSError, ValueError):
        return None
    return dict(summary)


def _progress(engine: Connection) -> None:
    try:
        status = engine.ask({"ask": "status"}, 1.0)["status"]
    except (NotThere, TimeoutError):
        return
    lights = [f"{label}:{light['state']}" for label, light in status["destinations"].items()]
    lights += [f"녹화 {canvas}:{light['bytes'] / 1e6:.1f}MB" for canvas, light in status["recordings"].items()]
    line = f"온에어 {status['seconds']:7.1f}s  {status['program']}  {'  '.join(lights)}  놓침 {status['missed_ticks']}"
    if sys.stdout.isatty():
        print(f"\r\x1b[K{line}", end="", flush=True)
    else:
        print(line, flush=True)


def _progress_end() -> None:
    if sys.stdout.isatty():
        print("\r\x1b[K", end="", flush=True)


def _tell_end(summary: dict[str, Any], json_name: str | None) -> None:
    seconds = summary["ticks"]
    recordings = summary["recordings"]
    where = "\n".join(f"  {path}" for path in recordings)
    say(
        f"방송이 끝났어요: {seconds}프레임, 놓친 프레임 {summary['missed_ticks']}.",
        f"The run has ended: {seconds} frames, {summary['missed_ticks']} missed.",
    )
    if recordings:
        say(f"녹화 파일:\n{where}", "(recordings)")
    if json_name is not None:
        text = json.dumps(summary, ensure_ascii=False, indent=1)
        if json_name == "-":
            print(text)
        else:
            Path(json_name).write_text(text + "\n")
