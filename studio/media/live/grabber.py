"""What the process of a live source asks of its device, and what the device hands over. A grabber blocks its one thread
for as long as its device does; the process around it watches, and is killed where it hangs."""

from __future__ import annotations

import threading
from typing import Protocol

from studio.media.frame import Planes
from studio.media.ring import Samples


class Unavailable(Exception):
    """The device gives nothing now. `reason` is a stable word: `no_device`, `unreachable`, `lost`, `unreadable`,
    `not_here`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Spent(Unavailable):
    """The same, and its library cannot be used again in this process: another one has to try."""


class Taker(Protocol):
    """Where a grabber puts what it gets. Times are monotonic nanoseconds of this boot, at the capture of a picture or
    of the first sample."""

    def opened(self, *, has_picture: bool, has_sound: bool) -> None:
        """The device is there."""
        ...

    def picture(self, planes: Planes, captured_ns: int) -> None:
        """One picture of the program's colour; it may be reused as soon as this returns."""
        ...

    def sound(self, samples: Samples, captured_ns: int) -> None:
        """Float32 stereo at 48 kHz."""
        ...


class Grabber(Protocol):
    """One device."""

    def run(self, taker: Taker, stopping: threading.Event) -> None:
        """Opens it and hands over until `stopping` is set; Unavailable where it cannot, or can no longer."""
        ...
