"""A window's view of the run: the same state the engine has, folded from the same facts. Joins the engine that runs in
this home, reads what happened before from the timeline, takes every further fact by its number, and joins again when
the engine was replaced. No Qt; a thread of its own, the callbacks are called in it and in connection threads."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio.link.channel import Connection, NotThere, address_of, connect
from studio.model.chain import read_chain
from studio.model.codec import decode_fact
from studio.model.events import Fact
from studio.program.state import State, begin, fold

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.1
ANSWER_SECONDS = 5.0
ON_DISK_SECONDS = 10.0
TIMELINE_NAME = "timeline.jsonl"


class Following:
    """`on_state` gets every new state with the number of facts in it; `on_notice` a sentence in Korean and English;
    `on_presence` whether there is an engine; `on_summary` the last word of a run."""

    def __init__(
        self,
        on_state: Callable[[State, int], None],
        on_notice: Callable[[str, str], None],
        on_presence: Callable[[bool], None],
        on_summary: Callable[[dict[str, Any]], None],
    ) -> None:
        self._on_state, self._on_notice = on_state, on_notice
        self._on_presence, self._on_summary = on_presence, on_summary
        self._lock = threading.RLock()
        self._engine: Connection | None = None
        self._early: list[tuple[int, Fact]] | None = []
        self._state: State | None = None
        self._count = 0
        self._ended_pid = 0
        self.run_dir: Path | None = None
        self._closing = threading.Event()
        self._away = threading.Event()
        self._thread = threading.Thread(target=self._stay, name="following", daemon=True)
        self._thread.start()

    def ask(self, message: dict[str, Any], timeout: float = ANSWER_SECONDS) -> dict[str, Any]:
        """A question to the engine; NotThere where there is none, TimeoutError where it says nothing."""
        engine = self._engine
        if engine is None or not engine.is_open:
            raise NotThere("engine")
        return engine.ask(message, timeout)

    def close(self) -> None:
        """Leaves; the run goes on."""
        self._closing.set()
        self._away.set()
        engine = self._engine
        if engine is not None:
            engine.close()
        self._thread.join(2.0)

    def _stay(self) -> None:
        while not self._closing.is_set():
            self._away.clear()
            if self._join():
                self._on_presence(True)
                self._away.wait()
                self._on_presence(False)
            self._closing.wait(RETRY_SECONDS)

    def _join(self) -> bool:
        """Whether the state is ours now, and every further fact will come."""
        with self._lock:
            self._early = []
        try:
            told = address_of("engine")
            if told["pid"] == self._ended_pid:
                return False
            self._engine = connect("engine", "desk", on_message=self._take, on_close=self._gone)
            following = int(self._engine.ask({"ask": "watch"}, ANSWER_SECONDS)["next"])
            run_dir = Path(str(told["run_dir"]))
            earlier = self._read(run_dir / TIMELINE_NAME, following)
        except (NotThere, TimeoutError, OSError, KeyError, ValueError) as error:
            log.info("not joined yet: %s", type(error).__name__)
            self._leave()
            return False
        with self._lock:
            early, self._early = self._early or [], None
            self.run_dir = run_dir
            self._state, self._count = None, 0
            for number, fact in [*enumerate(earlier), *early]:
                self._fold(number, fact)
        return True

    def _read(self, path: Path, wanted: int) -> list[Fact]:
        """The first `wanted` facts; the journal's thread may be writing the last of them just now."""
        deadline = time.monotonic() + ON_DISK_SECONDS
        while wanted > 0:
            with path.open("rb") as file:
                facts = read_chain(file).facts
            if len(facts) >= wanted:
                return list(facts[:wanted])
            if time.monotonic() > deadline or self._closing.is_set():
                raise TimeoutError("the timeline does not come to disk")
            time.sleep(RETRY_SECONDS)
        return []

    def _take(self, connection: Connection, message: dict[str, Any]) -> None:
        if connection is not self._engine and self._engine is not None:
            return
        if "fact" in message:
            fact = decode_fact(message["fact"])
            with self._lock:
                if self._early is not None:
                    self._early.append((int(message["n"]), fact))
                else:
                    self._fold(int(message["n"]), fact)
        elif "notice" in message:
            self._on_notice(str(message["notice"]["ko"]), str(message["notice"]["en"]))
        elif "summary" in message:
            self._ended_pid = connection.peer_pid  # it said its last word and will be gone in a moment
            self._on_summary(dict(message["summary"]))

    def _fold(self, number: int, fact: Fact) -> None:
        if number < self._count:
            return  # read from the timeline already
        if number > self._count:
            log.warning("fact %d is missing: joining anew", self._count)
            self._leave()
            return
        self._state = begin(fact) if self._state is None else fold(self._state, fact)
        self._count += 1
        self._on_state(self._state, self._count)

    def _leave(self) -> None:
        if self._engine is not None:
            with contextlib.suppress(OSError):
                self._engine.close()

    def _gone(self, connection: Connection) -> None:
        if connection is self._engine:
            self._away.set()
