"""One network destination: probes while it is down, begins a session when the server can be reached, and tells every
change of its light. A thread of its own; whatever a server does, it can stall nothing but this thread and its
session's, and `begin_close` never waits for either."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from studio.engine.name_lookup import NameLookup
from studio.engine.network_session import NetworkSession
from studio.engine.packet_queue import PacketQueue
from studio.engine.reconnect import Reconnect
from studio.engine.sink_process import Spares
from studio.model.events import DestinationChanged, Event, MediaDropped
from studio.model.packet import Packet
from studio.model.secret import Secret
from studio.model.show import Canvas, Destination
from studio.program.pressure import Pressure

log = logging.getLogger(__name__)

QUEUE_SECONDS = 3.0
SLOW_SECONDS = 5.0
"""So long after a picture was dropped the link is called slow."""

STEPPED_PATIENCE_SECONDS = 20.0
PROBE_TIMEOUT_SECONDS = 1.0
LOOK_SECONDS = 0.05
DOWN_CLOSE_SECONDS = 0.3
STOP_SECONDS = 1.5
FAILED_SECONDS = 0.5
DEFAULT_PORTS = {"rtmp": 1935, "rtmps": 443}


class Link(NamedTuple):
    """What a destination's link takes just now: pictures of so many kilobits a second, or sound and stills alone."""

    destination: str
    kbps: int
    is_still: bool


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
        full_kbps: int,
        connects: int = 0,
        stepped: bool = False,
    ) -> None:
        self._pressure = Pressure(full_kbps)
        self._full_kbps = full_kbps
        self._is_stepped = stepped
        self.is_alone = True
        self._dropped_at = float("-inf")
        self._patience_seconds = STEPPED_PATIENCE_SECONDS if stepped else 0.0
        self.label = destination.label
        self.canvas = canvas
        self._server = destination.server
        parts = urlsplit(destination.server)
        self._names = NameLookup(parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme, 1935))
        self._address, self._old_address_failed = "", False
        self._key = key
        self._trusted_ca = trusted_ca
        self._spares = spares
        self._on_event, self._ask_key = on_event, ask_key
        self._reconnect = Reconnect(connects=connects)
        self._told: tuple[str, str, int] = ("off", "", connects)
        self._session: NetworkSession | None = None
        self._was_live = False
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._closing = False
        self._bytes_before = self._packets_before = 0
        self._dropped_ticks = 0
        self._last_session: NetworkSession | None = None
        self._takes_media = False
        self._close_began = 0.0
        threading.Thread(target=self._supervise, name=f"outlet-{self.label}", daemon=True).start()

    def start(self) -> None:
        """Begin sending; a second start is the same start (F16)."""
        with self._lock:
            self._reconnect.start(time.monotonic())
        self._wake.set()

    def stop(self) -> None:
        """Stop sending; may be started again."""
        with self._lock:
            session = self._detach()
            self._reconnect.stop()
            self._tell()
        if session is not None:
            session.end_softly(STOP_SECONDS)

    def retry_now(self) -> None:
        """Do not wait any longer."""
        with self._lock:
            self._reconnect.retry_now(time.monotonic())
        self._wake.set()

    def put(self, packet: Packet) -> None:
        """Encoder threads: one packet; forgotten while nothing is connected."""
        session = self._session
        if session is not None:
            session.packets.put(packet)

    @property
    def wants_media(self) -> bool:
        """Whether this destination is started at all: a canvas nobody receives is not encoded."""
        return self._reconnect.state not in ("off", "ended", "failed")

    @property
    def is_at_work(self) -> bool:
        """Whether there is a connection, or one is being made to a server that answers."""
        return self._session is not None

    def link(self) -> Link:
        """What it takes; of a new connection, what the one before took."""
        return Link(self.label, self._pressure.kbps, self._pressure.is_still)

    @property
    def sink_pid(self) -> int | None:
        """Process id of the present sink."""
        session = self._session
        return session.sink.pid if session is not None else None

    def facts(self) -> dict[str, Any]:
        """State, reason and figures; never a key."""
        with self._lock:
            session = self._session
            latest = session.sink.latest if session is not None else {}
            return {
                "state": self._reconnect.state,
                "reason": self._reason(),
                "connects": self._reconnect.connects,
                "packets": self._packets_before + int(latest.get("packets", 0)),
                "bytes": self._bytes_before + int(latest.get("bytes", 0)),
                "queued_seconds": round(self._queued_seconds(session), 2) if session is not None else 0.0,
                "dropped_seconds": round(self._dropped_ticks / self.canvas.fps, 2),
                "canvas": self.canvas.id,
                "server": self._server,
            }

    @property
    def is_settled(self) -> bool:
        """Whether a sink is at work, or it is known that there is none to wait for."""
        return self._session is not None or self._reconnect.state in ("waiting", "refused", "failed", "off", "ended")

    def begin_close(self) -> None:
        """The run ends: finish what is on its way; returns at once."""
        with self._lock:
            self._closing = True
            self._close_began = time.monotonic()
            self._takes_media = self._reconnect.state == "live"
            self._last_session = self._detach()
            self._reconnect.stop()
        self._wake.set()
        if self._last_session is not None:
            self._last_session.end()

    def finish_close(self, deadline: float) -> None:
        """Waits for the sink until `deadline` (monotonic seconds), then kills it."""
        session = self._last_session
        if session is None:
            return
        if not self._takes_media:
            # A server that takes nothing gets no last words: they would never arrive.
            deadline = min(deadline, self._close_began + DOWN_CLOSE_SECONDS)
        if not session.wait(deadline - time.monotonic()):
            log.warning("the sink of %s did not end in time: killed", self.label)
            session.kill()
        self._count(session)

    def _detach(self) -> NetworkSession | None:
        """Takes the present session out; call with the lock held."""
        session, self._session = self._session, None
        if session is not None:
            self._note_drops(session.packets, is_over=True)
        self._was_live = False
        return session

    def _count(self, session: NetworkSession) -> None:
        latest, session.sink.latest = session.sink.latest, {}
        self._packets_before += int(latest.get("packets", 0))
        self._bytes_before += int(latest.get("bytes", 0))

    def _supervise(self) -> None:
        while not self._closing:
            now = time.monotonic()
            with self._lock:
                due = self._reconnect.next_probe_at
            session = self._session
            if session is not None:
                self._listen(session)
            elif due is not None and now >= due:
                self._try()
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
            self._pressure.connect()
            packets = PacketQueue(self.canvas.fps, QUEUE_SECONDS, self._patience_seconds)
            self._session = session = NetworkSession(self.label, sink, packets)
        session.open(
            {
                "kind": "network",
                "label": self.label,
                "server": self._server,
                "address": self._address,
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
        """Empty when a TCP connection is accepted, else the reason. The sink is told the address that answered."""
        # FFmpeg names no server (SNI) where it is given an address: for TLS that is the last resort. Without TLS it is
        # spared the lookup, in which it could hang.
        is_secure = self._server.startswith("rtmps")
        found, is_fresh = self._names.find(is_secure or self._old_address_failed)
        self._address, self._old_address_failed = "", False
        for family, kind, protocol, _, address in found:
            with socket.socket(family, kind, protocol) as probe:
                probe.settimeout(PROBE_TIMEOUT_SECONDS)
                try:
                    probe.connect(address)
                except OSError:
                    continue
            self._names.keep(found)
            self._address = "" if is_secure and is_fresh else str(address[0])
            return ""
        self._old_address_failed = not is_fresh
        return "unreachable" if found else "no_address"

    def _listen(self, session: NetworkSession) -> None:
        while not session.sink.said.empty():
            message = session.sink.said.get()
            if message["say"] == "state":
                self._state(session, str(message["state"]))
            elif message["say"] in ("failed", "gone"):
                self._failed(session, str(message.get("reason") or "killed"))
                return
        if session.packets.awaits_key:
            self._ask_key()

    def _state(self, session: NetworkSession, state: str) -> None:
        with self._lock:
            if session is not self._session:
                return
            self._note_drops(session.packets)
            self._feel(session)
            if state == "live" and not self._was_live:
                self._was_live = True
                self._reconnect.went_live()
            elif state == "live" and self._reconnect.state == "stalled":
                self._reconnect.recovered()
            elif state == "stalled" and self._was_live:
                self._reconnect.stalled()

    def _feel(self, session: NetworkSession) -> None:
        """What the link takes; a run without a clock has no rate."""
        if self._is_stepped or not self._was_live:
            return
        if not self.is_alone:
            if self._pressure.is_lowered:
                self._pressure = Pressure(self._full_kbps)
            session.packets.only_stills(False)
            return
        acknowledged = int(session.sink.latest.get("bytes", 0))
        self._pressure.look(time.monotonic(), self._queued_seconds(session), acknowledged)
        session.packets.only_stills(self._pressure.is_still)

    def _queued_seconds(self, session: NetworkSession) -> float:
        return session.packets.waiting_seconds + float(session.sink.latest.get("queued_seconds", 0.0))

    def _reason(self) -> str:
        if self._reconnect.state == "live" and self._pressure.is_lowered:
            return "stills" if self._pressure.is_still else "slow_link"
        if self._reconnect.state == "live" and time.monotonic() - self._dropped_at < SLOW_SECONDS:
            return "slow_link"
        return self._reconnect.reason

    def _failed(self, session: NetworkSession, reason: str) -> None:
        with self._lock:
            if session is not self._session:
                return
            self._count(session)
            self._detach()
            self._reconnect.sink_failed(time.monotonic(), reason)
        session.end_softly(FAILED_SECONDS)
        self._wake.set()

    def _note_drops(self, packets: PacketQueue, is_over: bool = False) -> None:
        for first, last in packets.drain_drops(is_over):
            if self._was_live:
                self._dropped_at = time.monotonic()
                self._dropped_ticks += last - first + 1
                self._on_event(MediaDropped(self.label, first, last))

    def _tell(self) -> None:
        with self._lock:
            now = (self._reconnect.state, self._reason(), self._reconnect.connects)
            if now == self._told:
                return
            self._told = now
            self._on_event(DestinationChanged(self.label, self._reconnect.state, now[1], now[2]))
