"""One connection of a destination: a sink, the bounded queue before it, and the thread that carries packets from the
queue into the sink's pipe. An ended session still carries what waits, then says good-bye: the last tick of a show
arrives too. Whatever a server does, it can stall nothing but this thread, which leaves when its sink does."""

from __future__ import annotations

import threading
from typing import Any

from studio.engine.packet_queue import PacketQueue
from studio.engine.sink_process import SinkProcess

TAKE_SECONDS = 0.2
MOST_AT_ONCE = 8
"""Packets: few, for what was taken out of the queue can no longer be dropped from it."""


class NetworkSession:
    """Made with a sink that was not opened yet; its stream begins with the next key frame."""

    def __init__(self, label: str, sink: SinkProcess, packets: PacketQueue) -> None:
        self.sink = sink
        self.packets = packets
        packets.awaits_key = True
        self._thread = threading.Thread(target=self._carry, name=f"carry-{label}", daemon=True)

    def open(self, configuration: dict[str, Any]) -> None:
        """Give the sink its destination and begin to carry."""
        self.sink.open(configuration)
        self._thread.start()

    def end(self) -> None:
        """Nothing more comes; what waits is carried, then the sink is asked to close. Returns at once."""
        self.packets.close()

    def wait(self, seconds: float) -> bool:
        """Whether the sink is over within `seconds`."""
        return self.sink.wait(seconds)

    def kill(self) -> None:
        """End the sink at once."""
        self.sink.kill()

    def end_softly(self, seconds: float) -> None:
        """End; a sink that is not over within `seconds` is killed. Returns at once."""
        self.end()

        def see_off() -> None:
            if not self.wait(seconds):
                self.kill()

        threading.Thread(target=see_off, name="see-off", daemon=True).start()

    def _carry(self) -> None:
        while not self.packets.is_finished:
            packets = self.packets.take(TAKE_SECONDS, MOST_AT_ONCE)
            if packets and not self.sink.send(packets):
                return  # the sink is gone: its listener tells why
        self.sink.ask_close()
