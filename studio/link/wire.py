"""The one framing between processes, sans-IO: bytes in, messages out. A frame is a 4-byte big-endian length, one byte
of kind and a body: `J` a JSON object, `P` one encoded packet. Owned by whoever owns the byte stream; any thread."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any

from studio.model.packet import Packet

LENGTH = struct.Struct(">IB")
PACKET = struct.Struct(">BBqqq")
JSON_KIND = ord("J")
PACKET_KIND = ord("P")
MAX_FRAME_BYTES = 64 * 1024 * 1024


class WireError(Exception):
    """The other side sent bytes that are no frames; the connection cannot go on."""


Message = dict[str, Any] | Packet


def frame_message(message: dict[str, Any]) -> bytes:
    """One JSON object as bytes."""
    # Half a surrogate pair in somebody's text becomes a question mark: it must not end the process that repeats it.
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return LENGTH.pack(len(body), JSON_KIND) + body


def frame_packet(packet: Packet) -> bytes:
    """One encoded packet as bytes."""
    head = PACKET.pack(packet.stream, packet.is_key, packet.pts, packet.dts, packet.duration)
    return LENGTH.pack(len(head) + len(packet.data), PACKET_KIND) + head + packet.data


class Decoder:
    """Turns a byte stream into messages. Feed bytes as they come; a frame over `max_bytes`, an unknown kind or a body
    that is no JSON object raises WireError."""

    def __init__(self, max_bytes: int = MAX_FRAME_BYTES) -> None:
        self._buffer = bytearray()
        self._max_bytes = max_bytes

    def allow_more(self, max_bytes: int = MAX_FRAME_BYTES) -> None:
        """Raises the limit once the peer has shown its token."""
        self._max_bytes = max_bytes

    def feed(self, data: bytes) -> Iterator[Message]:
        """Messages completed by `data`."""
        self._buffer += data
        while len(self._buffer) >= LENGTH.size:
            length, kind = LENGTH.unpack_from(self._buffer)
            if length > self._max_bytes:
                raise WireError(f"a frame of {length} bytes is over the limit")
            if kind not in (JSON_KIND, PACKET_KIND):
                raise WireError(f"unknown frame kind {kind}")
            if len(self._buffer) < LENGTH.size + length:
                return
            body = bytes(self._buffer[LENGTH.size : LENGTH.size + length])
            del self._buffer[: LENGTH.size + length]
            yield _message(kind, body)


def _message(kind: int, body: bytes) -> Message:
    if kind == PACKET_KIND:
        if len(body) < PACKET.size:
            raise WireError("a packet shorter than its head")
        stream, is_key, pts, dts, duration = PACKET.unpack_from(body)
        return Packet(stream, bool(is_key), pts, dts, duration, body[PACKET.size :])
    try:
        message = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise WireError("a body that is no JSON") from error
    if not isinstance(message, dict):
        raise WireError("a JSON body that is no object")
    return message
