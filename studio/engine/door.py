"""The engine's door: who may speak with it and what they may ask. Terminals and windows send commands and watch facts,
letters draw, feeds listen. Called by connection threads; hands everything to the tick through Requests."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from studio.engine.drawing_room import DrawingRoom
from studio.engine.requests import Request, Requests, refused
from studio.link.channel import Connection, Listener
from studio.model import events
from studio.model.codec import decode_command, encode_fact
from studio.model.commands import Command
from studio.model.events import Event, Fact
from studio.model.sentence import Refusal
from studio.model.time import ticks_of

log = logging.getLogger(__name__)

MOST_TICKS = 1e9


class Door:
    """Listens as `engine` in this home."""

    def __init__(
        self,
        run_dir: str,
        fps: int,
        room: DrawingRoom,
        requests: Requests,
        status: Callable[[], dict[str, Any]],
        on_event: Callable[[Event], None],
        prepare: Callable[[Command], None],
        look: Callable[[object], dict[str, str]],
        leave: Callable[[object], None],
        facts_before: int,
    ) -> None:
        self._next_fact = facts_before
        self._prepare = prepare
        self._look, self._leave = look, leave
        self._fps, self._room, self._requests = fps, room, requests
        self._status, self._on_event = status, on_event
        self._lock = threading.Lock()
        self._watchers: set[Connection] = set()
        self._feeds: Connection | None = None
        self._had: set[str] = set()
        self.pids: dict[str, int] = {}
        self._listener = Listener("engine", self._opened, self._message, self._closed, run_dir=run_dir)

    def tell(self, facts: tuple[Fact, ...]) -> None:
        """Everybody who watches gets the facts."""
        with self._lock:
            first, self._next_fact = self._next_fact, self._next_fact + len(facts)
            watchers = list(self._watchers)
        if watchers:
            messages = [{"fact": encode_fact(fact), "n": first + number} for number, fact in enumerate(facts)]
            for watcher in watchers:
                for message in messages:
                    watcher.send(message)

    def notice(self, ko: str, en: str) -> None:
        """A sentence for the people who watch; it changes nothing and stands on no timeline."""
        with self._lock:
            watchers = list(self._watchers)
        for watcher in watchers:
            watcher.send({"notice": {"ko": ko, "en": en}})

    def farewell(self, summary: dict[str, Any]) -> None:
        """The last word to everybody who watches, then the door is shut."""
        with self._lock:
            watchers = list(self._watchers)
        for watcher in watchers:
            watcher.send({"summary": summary})
        for watcher in watchers:
            watcher.flush_and_close()
        self._listener.close()

    def _opened(self, connection: Connection) -> None:
        if connection.role == "letters":
            if "letters" in self._had:
                self._on_event(events.LettersBack())
            self._had.add("letters")
            self.pids["letters"] = connection.peer_pid
            self._room.letters_came(connection)
        elif connection.role == "feeds":
            if "feeds" in self._had:
                self._on_event(events.FeedBack())
            self._had.add("feeds")
            self.pids["feeds"] = connection.peer_pid
            self._feeds = connection

    def _closed(self, connection: Connection) -> None:
        with self._lock:
            watched = connection in self._watchers
            self._watchers.discard(connection)
        self._leave(connection)
        if watched and connection.role == "desk":
            self._on_event(events.DeskGone())
        if connection.role == "letters" and self._room.letters_went(connection):
            self.pids.pop("letters", None)
            self._on_event(events.LettersGone())
        elif connection is self._feeds:
            self._feeds = None
            self.pids.pop("feeds", None)
            self._on_event(events.FeedGone())

    def _message(self, connection: Connection, message: dict[str, Any]) -> None:
        if connection.role == "letters":
            self._room.answer(message)
            return
        identity = message.get("id")

        def answer(reply: dict[str, Any]) -> None:
            if identity is not None:
                connection.send({**reply, "reply_to": identity})

        asked = message.get("ask")
        if asked == "command":
            self._command(message, answer)
        elif asked == "status":
            answer({"status": self._status()})
        elif asked == "previews":
            answer({"previews": self._look(connection)})
        elif asked == "watch":
            with self._lock:
                self._watchers.add(connection)
                following = self._next_fact
            answer({"watching": True, "next": following})
            if connection.role == "desk":
                self._on_event(events.DeskBack())
        else:
            answer(refused(Refusal("모르는 부탁이에요.", "Unknown request.", "unknown_request")))

    def _command(self, message: dict[str, Any], answer: Callable[[dict[str, Any]], None]) -> None:
        try:
            command = decode_command(message.get("command") or {})
            at_tick = self._at_tick(message)
            self._prepare(command)
        except Refusal as refusal:
            answer(refused(refusal))
            return
        self._requests.put(Request(command, at_tick, answer))

    def _at_tick(self, message: dict[str, Any]) -> int | None:
        """The tick a command is meant for: told as such, or in seconds since the start."""
        at_tick, seconds = message.get("at_tick"), message.get("at")
        if at_tick is None and seconds is None:
            return None
        number = at_tick if at_tick is not None else seconds
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 <= number < MOST_TICKS:
            raise Refusal("시각은 0보다 큰 초로 적어 주세요.", "The time is given in seconds from 0 on.", "schema")
        return int(at_tick) if at_tick is not None else ticks_of(float(number), self._fps)
