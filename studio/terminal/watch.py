"""A terminal's view of a run: stays connected to the engine, across the engine's own restarts, and catches the summary.
Main thread asks; connection threads deliver."""

from __future__ import annotations

import queue
import threading
import time
from pathlib import Path
from typing import Any

from studio.link.channel import Connection, NotThere, address_of
from studio.terminal.fact_words import Words, fact_words, standing_words
from studio.terminal.home import reach_engine

GIVE_UP_SECONDS = 12.0
STATUS_SECONDS = 2.0


class Watch:
    """`changed` is set whenever something arrived."""

    def __init__(self) -> None:
        self.summary: dict[str, Any] | None = None
        self.changed = threading.Event()
        self.notices: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self._engine: Connection | None = None
        self._lost_at: float | None = None
        self._standing: set[Words] = set()

    def engine(self) -> Connection | None:
        """The connection, made anew where it was lost; None while there is no engine."""
        if self._engine is not None and self._engine.is_open:
            return self._engine
        if self._lost_at is None:
            self._lost_at = time.monotonic()
        self._engine = reach_engine(on_message=self._take, on_close=lambda connection: self.changed.set())
        if self._engine is not None:
            self._lost_at = None
            self._engine.send({"ask": "watch"})
            self._tell_standing(self._engine)
        return self._engine

    def _tell_standing(self, engine: Connection) -> None:
        """What came about before we watched; what the facts say again in the meantime is not said twice."""
        try:
            standing = standing_words(engine.ask({"ask": "status"}, STATUS_SECONDS)["status"])
        except (NotThere, TimeoutError, KeyError):
            return
        for words in standing:
            if words not in self._standing:
                self._standing.add(words)
                self.notices.put(words)

    def is_given_up(self, run_dir: Path) -> bool:
        """Whether the run is over for good: it left its summary, nobody keeps it, or it stays away too long."""
        if self._lost_at is None:
            return False
        if (run_dir / "summary.json").exists():
            return True
        away = time.monotonic() - self._lost_at
        try:
            address_of("keeper")
        except NotThere:
            return away > GIVE_UP_SECONDS / 2
        return away > GIVE_UP_SECONDS

    def close(self) -> None:
        """Leaves; the run goes on."""
        if self._engine is not None:
            self._engine.close()

    def _take(self, connection: Connection, message: dict[str, Any]) -> None:
        if "summary" in message:
            self.summary = message["summary"]
        elif "notice" in message:
            self.notices.put((message["notice"]["ko"], message["notice"]["en"]))
        elif "fact" in message:
            words = fact_words(message["fact"])
            if words is not None and words not in self._standing:
                self.notices.put(words)
            self._standing.clear()
        self.changed.set()
