"""One network destination: probes while it is down, starts a sink when the server can be reached, feeds it from a
bounded queue, and tells every change of its light. A thread of its own; whatever a server does, it can stall nothing
but this thread, and `close` never waits for it."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from studio.engine.packet_queue import PacketQueue
from studio.engine.reconnect import Reconnect
from studio.engine.sink_process import SinkProcess, Spares
from studio.model.events import DestinationChanged, Event, MediaDropped
from studio.model.packet import Packet
from studio.model.secret import Secret
from studio.model.show import Canvas, Destination

log = logging.getLogger(__name__)

QUEUE_SECONDS = 3.0
STEPPED_PATIENCE_SECONDS = 20.0
PROBE_TIMEOUT_SECONDS = 1.0
LOOK_SECONDS = 0.05
DOWN_CLOSE_SECONDS = 0.3
DEFAULT_PORTS = {"rtmp": 1935, "rtmps": 443}


class NetworkOutlet:
    """Sends one canvas to one server. `on_event` and `ask_key` are called from its thread."""

    def __init__(
        self,
        destination: Destination,
        canvas: Canvas,
        key: Secret,
        trusted_ca: str | None,
        spares: Spares,
        on_event: Callable[[Event], None],
        ask_key: Callable[[], None],
        connects: int = 0,
        stepped: bool = False,
    ) -> None:
        self._patience_seconds = STEPPED_PATIENCE_SECONDS if stepped else 0.0
        self.label = destination.label
        self.canvas = canvas
        self._server = destination.server
        self._key = key
        self._trusted_ca = trusted_ca
        self._spares = spares
        self._on_event, self._ask_key = on_event, ask_key
        self._reconnect = Reconnect(connects=connects)
        self._told: tuple[str, str, int] = ("off", "", connects)
        self._queue: PacketQueue | None = None
        self._sink: SinkProcess | None = None
        self._was_live = False
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._closing = False
        self._bytes_before = self._packets_before = 0
        self._dropped_ticks = 0
        self._threads = [
            threading.Thread(target=self._supervise, name=f"outlet-{self.label}", daemon=True),
            threading.Thread(target=self._pump, name=f"pump-{self.label}", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def start(self) -> None:
        """Begin sending; a second start is the same start (F16)."""
        with self._lock:
            self._reconnect.start(time.monotonic())
        self._wake.set()

    def stop(self) -> None:
        """Stop sending; may be started again."""
        with self._lock:
            sink = self._end_session()
            self._reconnect.stop()
            self._tell()
        if sink is not None:
            sink.ask_close()
            threading.Thread(target=_end_softly, args=(sink, 1.5), daemon=True).start()

    def retry_now(self) -> None:
        """Do not wait any longer."""
        with self._lock:
            self._reconnect.retry_now(time.monotonic())
        self._wake.set()

    def put(self, packet: Packet) -> None:
        """Encoder threads: one packet; forgotten while nothing is connected."""
        packets = self._queue
        if packets is not None:
            packets.put(packet)

    @property
    def wants_media(self) -> bool:
        """Whether this destination is started at all: a canvas nobody receives is not encoded."""
        return self._reconnect.state not in ("off", "ended", "failed")

    @property
    def sink_pid(self) -> int | None:
        """Process id of the present sink."""
        sink = self._sink
        return sink.pid if sink is not None else None

    def facts(self) -> dict[str, Any]:
        """State, reason and figures; never a key."""
        with self._lock:
            sink, packets = self._sink, self._queue
            latest = sink.latest if sink is not None else {}
            waiting = packets.span_ticks / self.canvas.fps if packets is not None else 0.0
            return {
                "state": self._reconnect.state,
                "reason": self._reconnect.reason,
                "connects": self._reconnect.connects,
                "packets": self._packets_before + int(latest.get("packets", 0)),
                "bytes": self._bytes_before + int(latest.get("bytes", 0)),
                "queued_seconds": round(waiting + float(latest.get("queued_seconds", 0.0)), 2),
                "dropped_seconds": round(self._dropped_ticks / self.canvas.fps, 2),
                "canvas": self.canvas.id,
                "server": self._server,
            }

    @property
    def is_settled(self) -> bool:
        """Whether a sink is at work, or it is known that there is none to wait for."""
        return self._queue is not None or self._reconnect.state in ("waiting", "refused", "failed", "off", "ended")

    def begin_close(self) -> None:
        """The run ends: finish what is on its way; returns at once, except in a stepped run, which has time."""
        deadline = time.monotonic() + self._patience_seconds
        while (packets := self._queue) is not None and packets.span_ticks and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        with self._lock:
            self._closing = True
            self._close_began = time.monotonic()
            self._takes_media = self._reconnect.state == "live"
            self._closing_sink = self._end_session()
            self._reconnect.stop()
        self._wake.set()
        if self._closing_sink is not None:
            self._closing_sink.ask_close()

    _closing_sink: SinkProcess | None = None
    _takes_media = False
    _close_began = 0.0

    def finish_close(self, deadline: float) -> None:
        """Waits for the sink until `deadline` (monotonic seconds), then kills it."""
        sink = self._closing_sink
        if sink is not None:
            if not self._takes_media:
                # A server that takes nothing gets no last words: they would never arrive.
                deadline = min(deadline, self._close_began + DOWN_CLOSE_SECONDS)
            if not sink.wait(deadline - time.monotonic()):
                log.warning("the sink of %s did not end in time: killed", self.label)
                sink.kill()
            self._count(sink)

    def _end_session(self) -> SinkProcess | None:
        """Detaches the present sink and its queue; call with the lock held."""
        sink, self._sink = self._sink, None
        packets, self._queue = self._queue, None
        if packets is not None:
            self._note_drops(packets)
            packets.close()
        self._was_live = False
        return sink

    def _count(self, sink: SinkProcess) -> None:
        self._packets_before += int(sink.latest.get("packets", 0))
        self._bytes_before += int(sink.latest.get("bytes", 0))
        sink.latest = {}

    def _supervise(self) -> None:
        while not self._closing:
            now = time.monotonic()
            with self._lock:
                due = self._reconnect.next_probe_at
            if self._sink is None and due is not None and now >= due:
                self._try()
            elif self._sink is not None:
                self._listen()
            self._tell()
            self._wake.wait(LOOK_SECONDS)
            self._wake.clear()

    def _try(self) -> None:
        reason = self._probe()
        # Started before the lock is taken: the tick passes through it.
        sink = None if reason else self._spares.take()
        with self._lock:
            if self._closing or self._reconnect.next_probe_at is None:
                if sink is not None:
                    sink.kill()
                return
            if sink is None:
                self._reconnect.probe_failed(time.monotonic(), reason or "killed")
                return
            self._reconnect.sink_started()
            self._sink = sink
            self._queue = PacketQueue(self.canvas.fps, QUEUE_SECONDS, self._patience_seconds)
            self._queue.awaits_key = True
        sink.open(
            {
                "kind": "network",
                "label": self.label,
                "server": self._server,
                "key": self._key.reveal(),
                "fps": self.canvas.fps,
                "width": self.canvas.width,
                "height": self.canvas.height,
                "ca_file": self._trusted_ca,
            }
        )
        self._ask_key()
        self._wake.set()

    def _probe(self) -> str:
        """Empty when a TCP connection is accepted, else the reason."""
        parts = urlsplit(self._server)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, 1935)
        try:
            with socket.create_connection((parts.hostname or "", port), PROBE_TIMEOUT_SECONDS):
                return ""
        except socket.gaierror:
            return "no_address"
        except OSError:
            return "unreachable"

    def _listen(self) -> None:
        sink = self._sink
        if sink is None:
            return
        while not sink.said.empty():
            message = sink.said.get()
            if message["say"] == "state":
                self._state(sink, str(message["state"]))
            elif message["say"] in ("failed", "gone"):
                self._failed(sink, str(message.get("reason") or "killed"))
                return
        if self._queue is not None and self._queue.awaits_key:
            self._ask_key()

    def _state(self, sink: SinkProcess, state: str) -> None:
        with self._lock:
            if sink is not self._sink:
                return
            if self._queue is not None:
                self._note_drops(self._queue)
            if state == "live" and not self._was_live:
                self._was_live = True
                self._reconnect.went_live()
            elif state == "live" and self._reconnect.state == "stalled":
                self._reconnect.recovered()
            elif state == "stalled" and self._was_live:
                self._reconnect.stalled()

    def _failed(self, sink: SinkProcess, reason: str) -> None:
        with self._lock:
            if sink is not self._sink:
                return
            self._count(sink)
            self._end_session()
            self._reconnect.sink_failed(time.monotonic(), reason)
        threading.Thread(target=_end_softly, args=(sink, 0.5), daemon=True).start()
        self._wake.set()

    def _note_drops(self, packets: PacketQueue) -> None:
        for first, last in packets.drain_drops():
            if self._was_live:
                self._dropped_ticks += last - first + 1
                self._on_event(MediaDropped(self.label, first, last))

    def _tell(self) -> None:
        with self._lock:
            now = (self._reconnect.state, self._reconnect.reason, self._reconnect.connects)
            if now == self._told:
                return
            self._told = now
            self._on_event(DestinationChanged(self.label, self._reconnect.state, now[1], now[2]))

    def _pump(self) -> None:
        while not self._closing:
            sink, packets = self._sink, self._queue
            if sink is None or packets is None:
                time.sleep(LOOK_SECONDS)
                continue
            packet = packets.take(0.2)
            if packet is not None and not sink.send(packet):
                # The listener tells why; until then there is nothing to feed.
                time.sleep(LOOK_SECONDS)


def _end_softly(sink: SinkProcess, seconds: float) -> None:
    if not sink.wait(seconds):
        sink.kill()
