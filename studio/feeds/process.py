"""The feeds process: what speaks with the outside, apart from the picture so that a flood or a crash never touches it.
No connector exists yet: it keeps its connection to the engine, so that its light, its death and its return are true
from the start. Ends with the keeper (end of input). One thread and a connection."""

from __future__ import annotations

import os
import threading
import time

from studio.link import process
from studio.link.channel import Connection, NotThere, connect
from studio.link.logs import log_to_stderr

RETRY_SECONDS = 0.1


def main() -> int:
    """`jangteo feeds`."""
    process.ignore_keyboard()
    log_to_stderr("feeds")
    over = threading.Event()
    threading.Thread(target=_stay_connected, daemon=True).start()
    threading.Thread(target=_end_with_keeper, args=(over,), daemon=True).start()
    while not over.wait(process.BEAT_SECONDS):
        process.beat()
    return process.leave(0)


def _end_with_keeper(over: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    over.set()


def _stay_connected() -> None:
    while True:
        gone = threading.Event()

        def note_gone(connection: Connection, gone: threading.Event = gone) -> None:
            gone.set()

        try:
            connect("engine", "feeds", on_close=note_gone)
        except NotThere:
            time.sleep(RETRY_SECONDS)
            continue
        gone.wait()
