"""`jangteo run`: plans a run, has the keeper start it, shows how it goes, and prints what came of it. Killing this
terminal does not end the broadcast: `jangteo stop` does. The first Ctrl+C ends it cleanly, the second leaves it alone;
main thread."""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import segno

from studio import paths
from studio.link.channel import Connection, NotThere
from studio.link.reach import listening_url
from studio.model.codec import encode
from studio.model.run import LiveRun, Run
from studio.model.secret import Secret
from studio.model.sentence import Refusal
from studio.terminal.control import read_status, wait_until_gone
from studio.terminal.home import reach_keeper
from studio.terminal.options import run_options
from studio.terminal.plan_run import plan_run
from studio.terminal.speak import FAILED, put, say, shown, warn
from studio.terminal.status_words import cut, end_table, progress_line
from studio.terminal.typed_files import (
    Unusable,
    check_writable_file,
    make_folders,
    reason_of,
    typed_path,
)
from studio.terminal.watch import Watch

START_SECONDS = 40.0
GONE_SECONDS = 5.0
ASK_AGAIN_SECONDS = 1.5
LINE_SECONDS = 5.0
REDRAW_SECONDS = 0.5
GOOD_ENDS = ("time", "asked")
STANDARD_OUTPUT = "-"


def main(arguments: list[str]) -> int:
    """0 for a run that ended, 1 for one that failed; Refusal (2) before anything started."""
    options = run_options().parse_args(arguments)
    if options.json != STANDARD_OUTPUT:
        return _run(options)
    # Whoever reads the summary there wants nothing else there.
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        return _run(options, out)


def _run(options: argparse.Namespace, out: Any = None) -> int:
    _check_home()
    if read_status() is not None:
        raise _busy()
    summary_file = _summary_file(options.json)
    try:
        run, keys, run_dir = plan_run(options)
    except KeyboardInterrupt:
        warn("시작하기 전에 멈췄어요. 아무것도 시작하지 않았어요.", "Stopped before the start. Nothing was started.")
        return 130
    with _signals() as stopping:
        _start(run, keys, run_dir)
        _tell_start(run, run_dir)
        summary = _follow(run_dir, stopping)
    if summary is None:
        return FAILED
    wait_until_gone(GONE_SECONDS)
    return _tell_end(summary, summary_file, out)


def _check_home() -> None:
    """Runs, logs and runtime files have a place; Refusal otherwise."""
    try:
        make_folders([paths.runs(), paths.logs(), paths.runtime()])
    except (OSError, ValueError, Unusable) as error:
        reason = error.reason if isinstance(error, Unusable) else reason_of(error)
        where = _home_name()
        raise Refusal(
            f"장터 스튜디오의 폴더{where}에 쓸 수 없어요: {reason.ko}. 시작하지 않았어요. "
            f"{paths.HOME_VARIABLE}에 쓸 수 있는 폴더를 적어 주세요.",
            f"The folder of Jangteo Studio{where} cannot be written: {reason.en}. Nothing was started. "
            f"Name a folder that can be written in {paths.HOME_VARIABLE}.",
            code="bad_home",
        ) from error


def _home_name() -> str:
    home = paths.portable_home()
    return f" “{str(home)[-120:]}”" if home is not None else ""


def _summary_file(name: str | None) -> Path | None:
    if name in (None, STANDARD_OUTPUT):
        return None
    path = typed_path(str(name))
    try:
        check_writable_file(path)
    except Unusable as unusable:
        raise Refusal(
            f"요약 파일 “{str(name)[-200:]}”을(를) 쓸 수 없어요: {unusable.reason.ko}. 시작하지 않았어요. "
            "다른 곳을 적어 주세요.",
            f"The summary file “{str(name)[-200:]}” cannot be written: {unusable.reason.en}. Nothing was started. "
            "Name another place.",
            code="bad_folder",
        ) from unusable
    return path


def _busy() -> Refusal:
    return Refusal(
        "이미 방송이 진행 중이에요. 아무것도 바꾸지 않았어요. jangteo status로 보거나 jangteo stop으로 끝내 주세요.",
        "A run is going on already. Nothing was changed. See jangteo status, or end it with jangteo stop.",
        code="busy",
    )


@contextlib.contextmanager
def _signals() -> Iterator[list[int]]:
    """Ctrl+C and SIGTERM are noted, not obeyed: the list grows by each."""
    noted: list[int] = []
    previous = {number: signal.signal(number, lambda n, frame: noted.append(n)) for number in _ENDING}
    try:
        yield noted
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


_ENDING = (signal.SIGINT, signal.SIGTERM)


def _start(run: Run, keys: dict[str, Secret], run_dir: Path) -> None:
    """The run is on its way. Refusal where it is not; then its folder is not left behind."""
    folders = [run_dir, *map(Path, run.plan.recording.folders if run.plan.recording else ())]
    run_dir.mkdir(mode=0o700, parents=True)
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    try:
        keeper = reach_keeper()
        answer = _ask_to_start(keeper, run, keys, run_dir)
        if answer.get("busy"):
            raise _busy()
        if "refused" in answer:
            words = answer["refused"]
            wait_until_gone(GONE_SECONDS)
            raise Refusal(words["ko"], words["en"], words["code"])
    except Refusal as refusal:
        if refusal.code != "start_unknown":
            # It never ran: there is nothing in it that anybody has seen.
            shutil.rmtree(run_dir, ignore_errors=True)
        raise
    if not answer.get("started"):
        log = paths.logs() / "engine.log"
        raise Refusal(
            f"방송 엔진이 시작되지 않았어요. 방송은 나가지 않았어요. 까닭은 {log}에 있어요.",
            f"The engine did not start. Nothing went on air. The reason is in {log}.",
            code="engine_failed",
        )


def _ask_to_start(keeper: Connection, run: Run, keys: dict[str, Secret], run_dir: Path) -> dict[str, Any]:
    kind = "live" if isinstance(run, LiveRun) else "rehearsal"
    message = {
        "ask": "start_run",
        "run": {kind: encode(run)},
        "keys": {label: key.reveal() for label, key in keys.items()},
        "run_dir": str(run_dir),
    }
    try:
        return keeper.ask(message, START_SECONDS)
    except (NotThere, TimeoutError):
        raise Refusal(
            "방송이 시작됐는지 알 수 없어요. jangteo status로 확인하고, 나가고 있으면 jangteo stop으로 끝내 주세요.",
            "It is not known whether the run has started. Look with jangteo status; jangteo stop ends it.",
            code="start_unknown",
        ) from None
    finally:
        keeper.close()


def _tell_start(run: Run, run_dir: Path) -> None:
    if not isinstance(run, LiveRun):
        say(
            f"리허설을 시작했어요. 송출은 없어요. 기록: {run_dir}",
            f"The rehearsal has started; nothing is sent. Records: {run_dir}",
        )
    elif run.destinations:
        labels = ", ".join(destination.label for destination in run.destinations)
        say(
            f"방송을 시작했어요. 보내는 곳: {labels}. 기록: {run_dir}",
            f"The run has started, sending to {labels}. Records: {run_dir}",
        )
    else:
        say(
            f"방송을 시작했어요. 보낼 곳이 없어서 송출하지 않아요. 기록: {run_dir}",
            f"The run has started; it has no destination, so nothing is sent. Records: {run_dir}",
        )
    for source in run.plan.show.sources:
        if source.scheme == "listen":
            _tell_listening(source.id, listening_url(source.address))
    skipped = [one for one in run.plan.script if one.at >= (run.plan.ends_after_seconds or one.at + 1)]
    if skipped:
        seconds = f"{run.plan.ends_after_seconds:g}"
        say(
            f"대본의 {len(skipped)}줄은 끝나는 {seconds}초보다 뒤라서 실행되지 않아요.",
            f"{len(skipped)} line(s) of the script come after the end at {seconds} s and will not be carried out.",
        )


def _tell_listening(source: str, url: str) -> None:
    """Where a phone's app sends its picture to, and the same as a code for its camera."""
    server, _, name = url.rpartition("/")
    say(
        f"소스 {source}: 같은 와이파이의 휴대폰 앱에 RTMP 서버 {server} 와 스트림 키 {name} 을(를) 적어 주세요.",
        f"Source {source}: on a phone in the same Wi-Fi, enter the RTMP server {server} and the stream key {name}.",
    )
    if _is_terminal():
        segno.make(url, error="m").terminal(compact=True, border=2)


def _follow(run_dir: Path, stopping: list[int]) -> dict[str, Any] | None:
    """Watches the run to its end; the summary, or None (told) where the run is gone without one or was left alone."""
    watch = Watch()
    asked = 0
    asked_of: Connection | None = None
    asked_at = 0.0
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
            if len(stopping) > max(1, asked):
                _progress_end()
                warn(
                    "끝나기를 기다리지 않고 나가요. 방송이 남아 있는지 jangteo status로 확인해 주세요.",
                    "Leaving without waiting for the end. Check with jangteo status whether the run is over.",
                )
                return None
            now = time.monotonic()
            if stopping and not asked:
                asked = len(stopping)
                _progress_end()
                say("방송을 끝내고 있어요…", "Ending the run…")
            if asked and engine is not None and (engine is not asked_of or now - asked_at > ASK_AGAIN_SECONDS):
                # An engine that died before it heard us has a successor that knows of nothing.
                asked_of, asked_at = engine, now
                engine.send({"ask": "command", "command": {"command": "EndRun"}})
            pause = REDRAW_SECONDS if _is_terminal() else LINE_SECONDS
            if engine is not None and not asked and now - line_at >= pause:
                line_at = now
                _progress(engine)
            watch.changed.wait(0.1)
            watch.changed.clear()
    finally:
        _progress_end()
        watch.close()


def _left_summary(run_dir: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads((run_dir / "summary.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        warn(
            f"방송이 예상과 다르게 끝났어요. 그때까지의 녹화와 기록은 남아 있어요: {run_dir}",
            f"The run ended unexpectedly. What was recorded until then is kept: {run_dir}",
        )
        return None


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def _progress(engine: Connection) -> None:
    try:
        status = engine.ask({"ask": "status"}, 1.0)["status"]
    except (NotThere, TimeoutError):
        return
    line = shown(progress_line(status))
    if _is_terminal():
        put(f"\r\x1b[K{cut(line, shutil.get_terminal_size().columns - 1)}", end="")
    else:
        put(line)


def _progress_end() -> None:
    if _is_terminal():
        put("\r\x1b[K", end="")


def _tell_end(summary: dict[str, Any], summary_file: Path | None, out: Any) -> int:
    frames, missed = summary["ticks"], summary["missed_ticks"]
    good = summary["end"] in GOOD_ENDS
    log = paths.logs() / "engine.log"
    if good:
        say(
            f"방송이 끝났어요: {frames:,}프레임, 놓친 프레임 {missed:,}.",
            f"The run has ended: {frames:,} frames, {missed:,} missed.",
        )
    else:
        warn(
            f"방송이 문제로 끝났어요 ({summary['end']}): {frames:,}프레임. 까닭은 {log}에 있어요.",
            f"The run ended by a fault ({summary['end']}) after {frames:,} frames. The reason is in {log}.",
        )
    put(shown(end_table(summary)))
    text = json.dumps(summary, ensure_ascii=False, indent=1)
    if out is not None:
        with contextlib.redirect_stdout(out):
            put(text)
    if summary_file is not None:
        try:
            summary_file.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            reason, kept = reason_of(error), Path(summary["run_dir"]) / "summary.json"
            warn(
                f"요약을 {summary_file}에 쓰지 못했어요: {reason.ko}. 같은 요약이 {kept}에 있어요.",
                f"The summary could not be written to {summary_file}: {reason.en}. The same one is in {kept}.",
            )
            return FAILED
    return 0 if good else FAILED
