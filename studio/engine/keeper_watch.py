"""The engine's eye on its keeper: a connection for as long as both live. When the keeper dies, the engine starts
another, tells it what it keeps (the run and its keys, through the socket), and goes on. A thread of its own."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import Any

from studio.link import children, process
from studio.link.channel import Connection, NotThere, connect

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.05
START_AGAIN_SECONDS = 3.0
ASK_SECONDS = 1.0
ANSWER_SECONDS = 5.0


class KeeperWatch:
    """`kept` is everything a new keeper needs to take this engine over."""

    def __init__(self, kept: dict[str, Any]) -> None:
        self._kept = kept
        self._ending = threading.Event()
        self.keeper_pid: int | None = None
        threading.Thread(target=self._run, name="keeper-watch", daemon=True).start()

    def end(self) -> None:
        """The run is over: a keeper that goes now is not replaced."""
        self._ending.set()

    def _until_gone(self, connection: Connection, gone: threading.Event) -> None:
        """A keeper that lives but does not answer is ended, so that its lock is free for another."""
        while not gone.wait(ASK_SECONDS):
            try:
                connection.ask({"ask": "status"}, ANSWER_SECONDS)
            except NotThere:
                return
            except TimeoutError:
                log.error("the keeper hangs: killed")
                process.kill(connection.peer_pid)
                gone.wait(ASK_SECONDS)
                return

    def _run(self) -> None:
        started_at = time.monotonic()
        while not self._ending.is_set():
            gone = threading.Event()

            def note_gone(connection: Connection, gone: threading.Event = gone) -> None:
                gone.set()

            try:
                connection = connect("keeper", "engine", on_close=note_gone)
            except NotThere:
                if time.monotonic() - started_at > START_AGAIN_SECONDS:
                    started_at = time.monotonic()
                    log.warning("the keeper is gone: starting another")
                    children.spawn_detached("keeper")
                time.sleep(RETRY_SECONDS)
                continue
            started = process.start_time(os.getpid())
            connection.send({"adopt": {"pid": os.getpid(), "started": started, **self._kept}})
            self.keeper_pid = connection.peer_pid
            self._until_gone(connection, gone)
            self.keeper_pid = None
            if not self._ending.is_set():
                log.warning("the keeper is gone: starting another")
                started_at = time.monotonic()
                children.spawn_detached("keeper")
