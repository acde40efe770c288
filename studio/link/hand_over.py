"""The bounded hand-over between a thread that reads packets and one that writes them, both of which may wait. Full
means: the reader waits, and says since when, so that somebody can decide that it has waited enough. Owned by a
sink; `put` by its reader thread, `take` by its muxer thread, the figures by anybody."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class HandOver(Generic[Item]):
    """First in, first out, bounded by number and by weight; one item always fits. `end()` lets the taker finish what is
    there; `take` then answers None."""

    def __init__(self, most_items: int, most_weight: int) -> None:
        self._most_items = most_items
        self._most_weight = most_weight
        self._items: deque[tuple[Item, int]] = deque()
        self._weight = 0
        self._ended = False
        self._change = threading.Condition()
        self._full_since: float | None = None

    def put(self, item: Item, weight: int = 0) -> bool:
        """Wait for room and put `item` in; False once the hand-over has ended."""
        with self._change:
            while not self._ended and self._is_full(weight):
                if self._full_since is None:
                    self._full_since = time.monotonic()
                self._change.wait()
            self._full_since = None
            if self._ended:
                return False
            self._items.append((item, weight))
            self._weight += weight
            self._change.notify_all()
            return True

    def _is_full(self, weight: int) -> bool:
        return bool(self._items) and (len(self._items) >= self._most_items or self._weight + weight > self._most_weight)

    def take(self) -> Item | None:
        """The oldest item; waits for one. None: nothing more will come."""
        with self._change:
            while not self._items:
                if self._ended:
                    return None
                self._change.wait()
            item, weight = self._items.popleft()
            self._weight -= weight
            self._change.notify_all()
            return item

    def end(self) -> None:
        """Nothing more goes in."""
        with self._change:
            self._ended = True
            self._change.notify_all()

    def full_seconds(self) -> float:
        """How long a reader has been waiting for room."""
        since = self._full_since
        return 0.0 if since is None else time.monotonic() - since
