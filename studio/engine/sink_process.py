"""One sink process as the engine sees it: frames go in through its pipe, what it says comes out through a thread. A
sink that says nothing is killed; a warm spare waits so that a destination is back on air without paying for an
import."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import subprocess
import threading
import time
from collections.abc import Iterable
from typing import Any

from studio.link import children
from studio.link.wire import Decoder, WireError, frame_message, frame_packet
from studio.model.packet import Packet

log = logging.getLogger(__name__)

SILENCE_SECONDS = 3.0
START_SECONDS = 8.0
RECORDER_SILENCE_SECONDS = 2.5
"""A recorder's main thread never waits for the disk: one that says nothing is stopped, not slow."""


class SinkProcess:
    """Started cold; `open` gives it its configuration. `said` holds its messages in order."""

    def __init__(self) -> None:
        self._child = children.spawn("sink")
        self.said: queue.Queue[dict[str, Any]] = queue.Queue()
        self.heard_at = time.monotonic()
        self.opened_at = 0.0
        self.is_over = threading.Event()
        self._writing = threading.Lock()
        self._patience = SILENCE_SECONDS
        self._has_spoken = False
        self.latest: dict[str, Any] = {}
        threading.Thread(target=self._listen, name="sink-listener", daemon=True).start()
        threading.Thread(target=self._guard, name="sink-guard", daemon=True).start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    def open(self, configuration: dict[str, Any]) -> None:
        """Gives it its one destination; the key travels through this pipe only."""
        self.opened_at = self.heard_at = time.monotonic()
        if configuration["kind"] == "file":
            self._patience = RECORDER_SILENCE_SECONDS
        self._write(frame_message({"do": "open", **configuration}))

    def send(self, packets: Iterable[Packet]) -> bool:
        """Writes packets; False when the sink is gone. Waits while the pipe is full."""
        return self._write(b"".join(map(frame_packet, packets)))

    def ask_close(self) -> None:
        """Lets it finish its container; never waits for a full pipe longer than the sink lives."""

        def close() -> None:
            self._write(frame_message({"do": "close"}))
            self._close_input()

        threading.Thread(target=close, name="sink-close", daemon=True).start()

    def kill(self) -> None:
        """Ends it at once."""
        children.kill(self._child)

    @property
    def silent_seconds(self) -> float:
        """How long one that is at work has said nothing; 0 for one that is still starting."""
        return time.monotonic() - self.heard_at if self._has_spoken else 0.0

    def wait(self, timeout: float) -> bool:
        """Whether it is over within `timeout`; collects it."""
        try:
            self._child.wait(max(0.0, timeout))
        except subprocess.TimeoutExpired:
            return False
        self.is_over.wait(0.5)
        return True

    def _guard(self) -> None:
        """A sink that should speak and does not is killed: whoever waits in its full pipe goes on."""
        while not self.is_over.wait(0.2):
            limit = self._patience if self._has_spoken else START_SECONDS
            if self.opened_at > 0 and time.monotonic() - self.heard_at > limit:
                log.warning("sink %d is silent: killed", self.pid)
                self.kill()
                return

    def _write(self, data: bytes) -> bool:
        view = memoryview(data)
        stdin = self._child.stdin
        # Whole frames only: the pump and the farewell come from different threads.
        with self._writing:
            try:
                while view and stdin is not None:
                    view = view[os.write(stdin.fileno(), view) :]
            except (OSError, ValueError):
                return False
        return stdin is not None

    def _close_input(self) -> None:
        with self._writing, contextlib.suppress(OSError):
            if self._child.stdin is not None:
                self._child.stdin.close()

    def _listen(self) -> None:
        decoder = Decoder()
        assert self._child.stdout is not None
        try:
            while data := os.read(self._child.stdout.fileno(), 65536):
                self.heard_at = time.monotonic()
                self._has_spoken = True
                for message in decoder.feed(data):
                    if isinstance(message, dict):
                        if message.get("say") == "state":
                            self.latest = message
                        self.said.put(message)
        except (OSError, WireError) as error:
            log.warning("a sink's words could not be read: %s", type(error).__name__)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(1.0)
        self._close_input()
        self._child.stdout.close()
        self.is_over.set()
        self.said.put({"say": "gone", "code": self._child.poll()})


class Spares:
    """Keeps one warm sink ready."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spare: SinkProcess | None = None
        self._closed = False

    def warm(self) -> None:
        """Starts a spare if there is none."""
        with self._lock:
            if not self._closed and (self._spare is None or self._spare.is_over.is_set()):
                self._spare = SinkProcess()

    def take(self) -> SinkProcess | None:
        """A sink to open: the spare, or a new one; None where the system lets none be started just now."""
        with self._lock:
            spare, self._spare = self._spare, None
        try:
            taken = spare if spare is not None and not spare.is_over.is_set() else SinkProcess()
        except OSError as error:
            log.error("no sink can be started: %s", error.strerror)
            return None
        if not self._closed:
            threading.Thread(target=self._warm_quietly, name="warm-spare", daemon=True).start()
        return taken

    def _warm_quietly(self) -> None:
        try:
            self.warm()
        except OSError as error:
            log.error("no spare sink can be started: %s", error.strerror)

    def close(self) -> None:
        """Ends the spare."""
        with self._lock:
            self._closed = True
            if self._spare is not None:
                self._spare.kill()
                self._spare = None
