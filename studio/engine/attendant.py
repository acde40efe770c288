"""What the engine must see to now and then and the tick must not wait for: opening encoders for canvases somebody began
to receive, giving them the bits the link takes. A thread of its own."""

from __future__ import annotations

import logging
import threading
from typing import Protocol

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.2


class Attended(Protocol):
    """What is seen to."""

    def attend(self) -> None:
        """Does what is due."""
        ...


class Attendant:
    """Runs until stopped."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, attended: Attended) -> None:
        """Begins looking."""
        self._thread = threading.Thread(target=self._run, args=(attended,), name="attendant", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends before the run is taken apart."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(1.0)

    def _run(self, attended: Attended) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            try:
                attended.attend()
            except Exception:  # an encoder that cannot be opened must not end those that run
                log.exception("an encoder could not be opened")
