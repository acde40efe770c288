"""How a child made to be killed (a sink, a source) hears and speaks: frames come in on its input, frames go out on what
was its output. Listening blocks and belongs to one thread; saying belongs to the main thread unless told otherwise."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

from studio.link.wire import Decoder, Message, frame_message, frame_packet
from studio.model.packet import Packet


class Mouth:
    """Says frames on what was stdout, whole ones whichever thread speaks; a listener that is gone is no reason to
    stop."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._number = os.dup(1)
        os.dup2(2, 1)  # a stray print must not look like a frame
        self._speaking = threading.Lock()

    def say(self, **said: Any) -> None:
        """One message."""
        self._write(frame_message(said))

    def hand(self, packet: Packet) -> None:
        """One packet."""
        self._write(frame_packet(packet))

    def _write(self, frame: bytes) -> None:
        data = memoryview(frame)
        try:
            with self._speaking:
                while data:
                    data = data[os.write(self._number, data) :]
        except OSError:
            return


def messages(number: int) -> Iterator[Message]:
    """Everything that comes in on a descriptor until its end."""
    decoder = Decoder()
    while data := os.read(number, 1 << 16):
        yield from decoder.feed(data)
