"""`jangteo engine`: reads the run and its keys from its input, becomes the broadcast, and says on its output whether it
could. Everything that can be refused is refused before the first tick, in words."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any

from studio import paths
from studio.engine.engine import Engine
from studio.engine.keeper_watch import KeeperWatch
from studio.link import process
from studio.link.logs import hide, log_to_stderr
from studio.link.mapped_pictures import sweep
from studio.link.wire import Decoder, frame_message
from studio.model.codec import decode
from studio.model.run import LiveRun, Rehearsal, Run
from studio.model.secret import Secret
from studio.model.sentence import Refusal

log = logging.getLogger(__name__)

SWITCH_INTERVAL_SECONDS = 0.0005
ENGINE_PRIORITY = 3


def main() -> int:
    """Returns the exit code: 0 for a run that ended, 2 for one that was refused, 1 for anything else."""
    process.keep_memory_private()
    process.hide_exception_texts()
    process.ignore_keyboard()
    log_to_stderr("engine")
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    said = os.dup(1)
    os.dup2(2, 1)
    kept = _read_kept()
    if kept is None:
        return 1
    keys = {label: Secret(text) for label, text in kept["keys"].items()}
    for text in kept["keys"].values():
        hide(text)
    try:
        sweep(paths.memory_folder())
    except OSError as error:
        log.warning("the folder in memory cannot be swept: %s", type(error).__name__)
    try:
        run = decode_run(kept["run"])
        engine = Engine(run, keys, Path(kept["run_dir"]), resume=bool(kept.get("resume")))
        watch = KeeperWatch({"run": kept["run"], "keys": kept["keys"], "run_dir": kept["run_dir"]})
        engine.watch = watch
        engine.prepare(keys)
    except Refusal as refusal:
        words = refusal.sentence
        _say(said, {"say": "refused", "ko": words.ko, "en": words.en, "code": refusal.code})
        return 2
    process.favour_thread(ENGINE_PRIORITY)
    _say(said, {"say": "ready"})
    threading.current_thread().name = "tick"
    try:
        engine.go()
    finally:
        watch.end()
    return process.leave(0)


def decode_run(data: dict[str, Any]) -> Run:
    """`{"live": …}` or `{"rehearsal": …}`."""
    if "rehearsal" in data:
        return decode(Rehearsal, data["rehearsal"])
    return decode(LiveRun, data["live"])


def _read_kept() -> dict[str, Any] | None:
    decoder = Decoder()
    while data := os.read(0, 65536):
        for message in decoder.feed(data):
            if isinstance(message, dict):
                return message
    return None


def _say(number: int, message: dict[str, Any]) -> None:
    try:
        os.write(number, frame_message(message))
    except OSError:
        log.info("nobody hears whether the engine is ready: %s", json.dumps(sorted(message)))
