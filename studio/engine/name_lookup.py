"""Names of servers into addresses without trusting the system's resolver with our time: it may think for ten seconds,
so it is asked in threads that nobody waits for, again every second, and what it once said is used while it says nothing
(F09). Owned by one outlet, called in its thread."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)

LIMIT_SECONDS = 3.0
KNOWN_SECONDS = 0.3
"""So long for an answer where an earlier one could be used instead."""

AGAIN_SECONDS = 1.0
FRESH_SECONDS = 3.0
"""An answer counts for so long: a resolver that takes its time is no dead one, and every probe asks again."""

MOST_ASKING = 16
MOST_ADDRESSES = 3

Found = list[tuple[Any, ...]]
Resolve = Callable[[str, int], Found]


def system_resolver(host: str, port: int) -> Found:
    """The system's answer, in its words; OSError where it has none."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class NameLookup:
    """Addresses of one server, as `(family, kind, protocol, _, address)`."""

    def __init__(self, host: str, port: int, resolve: Resolve = system_resolver) -> None:
        self._host, self._port = host, port
        self._resolve = resolve
        self._changed = threading.Condition()
        self._asking = 0
        self._asked_at = float("-inf")
        self._answers = 0
        self._latest: Found = []
        self._good: Found = []
        self._answered_at = float("-inf")

    def find(self, is_patient: bool = False) -> tuple[Found, bool]:
        """Addresses, and whether the resolver stands by them; ones that were good earlier where it says nothing in
        time, none where there never was one. `is_patient`: an earlier one is the last resort."""
        is_quick = bool(self._good) and not is_patient
        deadline = time.monotonic() + (KNOWN_SECONDS if is_quick else LIMIT_SECONDS)
        with self._changed:
            self._ask()
            before = self._answers
            while not self._is_fresh() and self._answers == before and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(min(left, AGAIN_SECONDS))
                if self._answers == before:
                    self._ask()
            is_answered = self._answers != before and bool(self._latest)
            return (self._latest, True) if is_answered or self._is_fresh() else (self._good, False)

    def keep(self, found: Found) -> None:
        """These addresses were good: a server answered there."""
        self._good = found

    def _is_fresh(self) -> bool:
        return bool(self._latest) and time.monotonic() - self._answered_at < FRESH_SECONDS

    def _ask(self) -> None:
        now = time.monotonic()
        is_time = not self._asking or now - self._asked_at >= AGAIN_SECONDS
        if is_time and self._asking < MOST_ASKING:
            self._asking += 1
            self._asked_at = now
            threading.Thread(target=self._answer, name="name-lookup", daemon=True).start()

    def _answer(self) -> None:
        try:
            found = self._resolve(self._host, self._port)[:MOST_ADDRESSES]
        except (OSError, UnicodeError) as error:
            log.info("no address for %s: %s", self._host, type(error).__name__)
            found = []
        with self._changed:
            self._asking -= 1
            self._answers += 1
            self._latest = found
            self._answered_at = time.monotonic()
            self._changed.notify_all()
