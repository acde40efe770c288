"""One source process as the engine sees it: its words, sound and news of pictures come in by a thread. One that says
nothing is killed. What it means is the live source's business."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

from studio.link import children
from studio.link.wire import Decoder, Message, WireError, frame_message

log = logging.getLogger(__name__)

SILENCE_SECONDS = 2.5
START_SECONDS = 8.0
"""It speaks four times a second once it runs; before that, its libraries are imported."""

LOOK_SECONDS = 0.2


class SourceProcess:
    """Started with its configuration, heard from `listen` on. `on_message` is called in its listening thread, in order;
    the last message is `{"say": "gone"}`."""

    def __init__(self, configuration: dict[str, Any], on_message: Callable[[SourceProcess, Message], None]) -> None:
        self._child = children.spawn("source")
        self._on_message = on_message
        self._heard_at = time.monotonic()
        self._has_spoken = False
        self._is_over = threading.Event()
        assert self._child.stdin is not None
        with contextlib.suppress(OSError):
            self._child.stdin.write(frame_message({"do": "open", **configuration}))

    def listen(self) -> None:
        """Begin to hear it: once whoever is told knows which process this is."""
        threading.Thread(target=self._listen, name="source-listener", daemon=True).start()
        threading.Thread(target=self._guard, name="source-guard", daemon=True).start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    def kill(self) -> None:
        """Ends it at once; returns before it is gone."""
        with contextlib.suppress(OSError):
            self._child.kill()

    def end(self) -> None:
        """Lets it end by itself: its input closes. Returns at once."""
        with contextlib.suppress(OSError):
            if self._child.stdin is not None:
                self._child.stdin.close()

    def _listen(self) -> None:
        decoder = Decoder()
        assert self._child.stdout is not None
        try:
            while data := os.read(self._child.stdout.fileno(), 1 << 17):
                self._heard_at = time.monotonic()
                self._has_spoken = True
                for message in decoder.feed(data):
                    self._on_message(self, message)
        except (OSError, WireError) as error:
            log.warning("a source's words could not be read: %s", type(error).__name__)
            self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(1.0)
        self._is_over.set()
        self.end()
        self._child.stdout.close()
        self._on_message(self, {"say": "gone", "code": self._child.poll()})

    def _guard(self) -> None:
        while not self._is_over.wait(LOOK_SECONDS):
            limit = SILENCE_SECONDS if self._has_spoken else START_SECONDS
            if time.monotonic() - self._heard_at > limit:
                log.warning("source %d is silent: killed", self.pid)
                self.kill()
