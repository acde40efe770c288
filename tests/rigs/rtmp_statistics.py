"""What nginx-rtmp says about itself, read from its statistics page, and the list of questions its gate was asked.
Pure."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from urllib.parse import unquote


@dataclass(frozen=True)
class StreamState:
    """One line of the server's own statistics."""

    name: str
    publishing: bool
    clients: int
    bytes_in: int
    bandwidth_in: int
    seconds: float


@dataclass(frozen=True)
class Asked:
    """One question of nginx at the gate: `time` is `time.monotonic()`, `call` is publish or publish_done."""

    time: float
    call: str
    verdict: int
    name: str


def parse_streams(text: bytes) -> dict[str, StreamState]:
    """Streams by name from the statistics page."""
    found = {}
    for stream in ElementTree.fromstring(text).iter("stream"):
        name = stream.findtext("name") or ""
        found[name] = StreamState(
            name=name,
            publishing=stream.find("publishing") is not None,
            clients=int(stream.findtext("nclients") or 0),
            bytes_in=int(stream.findtext("bytes_in") or 0),
            bandwidth_in=int(stream.findtext("bw_in") or 0),
            seconds=int(stream.findtext("time") or 0) / 1000,
        )
    return found


def parse_asked(text: str) -> list[Asked]:
    """Lines of the gate's list."""
    found = []
    for line in text.splitlines():
        moment, call, verdict, stream = line.split(" ")
        found.append(Asked(float(moment), call, int(verdict), unquote(stream)))
    return found
