"""One publication to an RTMP server, plain or in TLS, through FFmpeg's fifo muxer, which alone gives an RTMP output of
PyAV 18 time-outs and TLS verification. Decides truthfully what state the connection is in: live only after the server
took media. Owned by a sink: `write` and `close` belong to its muxer thread, all else to its main thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import av
import certifi

from studio.media.container.delivery import LOST_SECONDS, STALLED_SECONDS, Delivery
from studio.media.container.tracks import Container, EncodedPacket, Failure
from studio.model.packet import VIDEO
from studio.model.time import SAMPLE_RATE

DEFAULT_PORTS = {"rtmp": 1935, "rtmps": 443}
NETWORK_SECONDS = 3.0
"""FFmpeg's limit for one read or write in the handshake."""

CONNECTING_SECONDS = 8.0
"""The limit for everything between the opening and the first media, against a server that answers in drops."""

SEND_BUFFER_BYTES = 256 << 10
QUEUE_SECONDS = 0.75
SOUND_PACKETS_PER_SECOND = SAMPLE_RATE / 1024
HANDSHAKE_BYTES = 3073 + 1500
TLS_BYTES = 4096
VIDEO_HEAD_BYTES = 17
SOUND_HEAD_BYTES = 14


class Reading(Protocol):
    """One look at a connection's counters."""

    @property
    def acked(self) -> int: ...
    @property
    def waiting(self) -> int: ...
    @property
    def window(self) -> int | None: ...
    @property
    def is_connected(self) -> bool: ...


class Connection(Protocol):
    """A second handle on FFmpeg's socket."""

    number: int

    def read(self) -> Reading | None: ...
    def bound_send_buffer(self, size: int) -> None: ...
    def reset_at_close(self) -> None: ...
    def break_off(self) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Server:
    """The address of a platform, without a key."""

    scheme: str
    host: str
    port: int
    application: str
    address: str = ""
    """Where the host was found earlier, for a time in which its name cannot be looked up."""

    @classmethod
    def parse(cls, text: str, address: str = "") -> Server:
        """`rtmp[s]://host[:port]/application`; Failure("bad_input") for anything else."""
        try:
            parts = urlsplit(text)
            port = parts.port
            host = (parts.hostname or "").encode("idna").decode()
        except (ValueError, UnicodeError):
            raise Failure("bad_input", "the server address cannot be read") from None
        application = parts.path.strip("/") + (f"?{parts.query}" if parts.query else "")
        if parts.scheme not in DEFAULT_PORTS or not host or port == 0 or not application or not text.isprintable():
            raise Failure("bad_input", "the server address is no rtmp://host/application")
        return cls(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme], application, address)

    @property
    def is_secure(self) -> bool:
        return self.scheme == "rtmps"

    @property
    def url(self) -> str:
        """What FFmpeg is told to connect to; the key travels as an option, so that no message about it holds it."""
        return self._url(self.address or self.host)

    @property
    def called(self) -> str:
        """What the server is told that it was called by."""
        return self._url(self.host)

    def _url(self, host: str) -> str:
        bracketed = f"[{host}]" if ":" in host else host
        return f"{self.scheme}://{bracketed}:{self.port}/{self.application}"


def _escaped(value: str) -> str:
    """A value inside FFmpeg's `name=value:name=value` text."""
    return "".join(f"\\{letter}" if letter in "\\':= \t\n" else letter for letter in value)


def _options(server: Server, key: str, trust: str, queue: int) -> dict[str, str]:
    inner = {
        "rtmp_app": server.application,
        "rtmp_playpath": key,
        "rw_timeout": str(int(NETWORK_SECONDS * 1e6)),
        "flvflags": "no_duration_filesize",
    }
    if server.address:
        # An address has no name to ask a TLS server for (SNI): only while the name cannot be looked up.
        inner |= {"rtmp_tcurl": server.called, **({"verifyhost": server.host} if server.is_secure else {})}
    if server.is_secure:
        inner |= {"tls_verify": "1", "ca_file": trust}
    return {
        "fifo_format": "flv",
        "queue_size": str(queue),
        "drop_pkts_on_overflow": "0",
        "attempt_recovery": "0",
        "format_opts": ":".join(f"{name}={_escaped(value)}" for name, value in inner.items()),
    }


class Publication:
    """One connection, one stream name, absolute times. `sockets` and `find` show the sockets of this process."""

    def __init__(
        self,
        server: Server,
        key: str,
        rate: int,
        trust: str | None,
        *,
        sockets: Callable[[], Collection[int]],
        find: Callable[[Collection[int]], Connection | None],
    ) -> None:
        if not key or not key.isprintable():
            raise Failure("bad_input", "the stream key is empty or holds control characters")
        self._server = server
        self._rate = rate
        # Never the system's own list: the GnuTLS inside PyAV looks where Debian has none.
        self.trust = trust or certifi.where()
        self._sockets = sockets
        self._find = find
        self._queue = int((rate + SOUND_PACKETS_PER_SECOND) * QUEUE_SECONDS)
        self._container = Container(
            rate, kind="fifo", options=_options(server, key, self.trust, self._queue), from_zero=False
        )
        bound = HANDSHAKE_BYTES + (TLS_BYTES if server.is_secure else 0) + 3 * len(server.url) + 4 * len(key.encode())
        self._delivery = Delivery(bound)
        self._before: Collection[int] | None = None
        self._connection: Connection | None = None
        self._was_connected = False
        self._has_counters = False
        self._begun_at: float | None = None
        self._blocked_since: float | None = None
        self._media_seconds = 0.0
        self.packets = 0
        self.kernel_bytes = 0

    @property
    def first_tick(self) -> int | None:
        return self._container.first_tick

    @property
    def last_tick(self) -> int | None:
        return self._container.last_tick

    @property
    def size(self) -> int:
        """Bytes the server has acknowledged."""
        return self._delivery.acked

    # --- the muxer thread ---

    def write(self, packet: EncodedPacket) -> None:
        """Hand `packet` to FFmpeg; may block, and raises whatever FFmpeg raises: `failure` knows what it means."""
        if self._begun_at is None:
            if not self._container.accepts(packet):
                return
            self._container.learn(packet)
            self._before = self._sockets()
            self._begun_at = time.monotonic()
            self._container.begin(self._server.url)
        if not self._container.accepts(packet):
            return
        self._blocked_since = time.monotonic()
        self._container.write(packet)
        self._blocked_since = None
        self.packets += 1
        rate = self._rate if packet.stream == VIDEO else SAMPLE_RATE
        self._media_seconds = max(self._media_seconds, (packet.pts + packet.duration) / rate)
        head = VIDEO_HEAD_BYTES if packet.stream == VIDEO else SOUND_HEAD_BYTES
        self._delivery.hand(len(packet.data) + head, self._media_seconds)

    def close(self) -> None:
        """Tell the server that this was the end. Short if `is_drained`; may block otherwise."""
        self._container.close()

    def is_drained(self) -> bool:
        """Whether nothing is on its way any more, as far as can be told."""
        return self._begun_at is None or self._delivery.is_drained()

    # --- the main thread ---

    def observe(self, now: float) -> None:
        """Look at the connection."""
        if self._before is None:
            return
        if not self._delivery.is_live:
            self._search()
        reading = self._connection.read() if self._connection else None
        if reading is None:
            if not self._has_counters and self.packets > self._queue + 8:
                self._delivery.is_live = True
            return
        self._has_counters = True
        self._was_connected |= reading.is_connected
        self.kernel_bytes = reading.waiting
        if reading.is_connected:
            self._delivery.look(reading.acked, reading.waiting, now, reading.window)

    def _search(self) -> None:
        ours = {self._connection.number} if self._connection else set()
        found = self._find({*(self._before or ()), *ours})
        if found is not None:
            found.bound_send_buffer(SEND_BUFFER_BYTES)
            if self._connection is not None:
                self._connection.close()
            self._connection = found

    @property
    def is_live(self) -> bool:
        return self._delivery.is_live

    def still_seconds(self, now: float) -> float:
        """How long nothing has moved although something should."""
        if self._has_counters:
            return self._delivery.still_seconds(now)
        since = self._blocked_since
        return now - since if self.is_live and since is not None else 0.0

    def state(self, now: float) -> str:
        """`connecting`, `live` or `stalled`."""
        if not self.is_live:
            return "connecting"
        return "stalled" if self.still_seconds(now) >= STALLED_SECONDS else "live"

    def acknowledged_seconds(self) -> float | None:
        """Media time up to which the server has everything; None before that can be told."""
        return self._delivery.acknowledged_seconds

    def overdue(self, now: float) -> Failure | None:
        """Whether this has gone on for too long."""
        if self.still_seconds(now) >= LOST_SECONDS:
            return self.failure(TimeoutError())
        if not self.is_live and self._begun_at is not None and now - self._begun_at > CONNECTING_SECONDS:
            return Failure("silent", f"no media taken in {CONNECTING_SECONDS:.0f} s")
        return None

    def failure(self, error: Exception) -> Failure:
        """What FFmpeg's exception means here. Its text is never used: it may hold an address with secrets."""
        where = f"{self._server.host}:{self._server.port}"
        if isinstance(error, Failure):
            return error
        if isinstance(error, TimeoutError):
            if self.is_live:
                return Failure("stalled", f"{where} has taken nothing for seconds")
            if self._has_counters and not self._was_connected:
                return Failure("unreachable", f"{where} does not answer")
            return Failure("silent", f"{where} accepted the connection and said nothing")
        if isinstance(error, av.error.ArgumentError):
            return Failure("bad_input", "FFmpeg does not take this packet")
        if self.is_live:
            return Failure("lost", f"the connection to {where} was lost ({type(error).__name__})")
        if isinstance(error, PermissionError):
            return Failure("ghost", f"{where} says that this stream name is being published already")
        if isinstance(error, ConnectionRefusedError):
            return Failure("unreachable", f"{where} refuses connections")
        return Failure("closed", f"{where} ended the connection before it took media ({type(error).__name__})")

    def break_off(self) -> None:
        """End the connection from outside, whatever FFmpeg is doing; the server learns it at once."""
        if self._connection is not None:
            self._connection.reset_at_close()
            self._connection.break_off()
