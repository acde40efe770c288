"""A session's good-bye: everything that waits when it ends is still carried into the sink, in order and whole; an ended
session ends its sink, and one whose sink is gone leaves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.engine.network_session import NetworkSession
from studio.engine.packet_queue import PacketQueue
from studio.engine.sink_process import SinkProcess
from tests.instruments.recording import packet_ticks
from tests.rigs.waiting import wait_for
from tests.sink.material import RATE, calm

TICKS = 80


@pytest.fixture
def session() -> Iterator[NetworkSession]:
    made = NetworkSession("to-1", SinkProcess(), PacketQueue(RATE, 3.0))
    yield made
    made.kill()
    assert made.wait(5)


def configuration(path: Path) -> dict[str, object]:
    """A file in a server's place: it can be read back at once, and tells how each tick came."""
    return {"kind": "file", "label": "to-1", "path": str(path), "fps": RATE, "width": 320, "height": 180}


def carriers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "carry-to-1"]


def test_what_waits_at_the_end_still_arrives(session: NetworkSession, tmp_path: Path) -> None:
    for packet in calm(TICKS):
        session.packets.put(packet)
    session.open(configuration(tmp_path / "part.mp4"))
    session.end()
    assert session.wait(10)
    assert packet_ticks(tmp_path / "part.mp4", RATE) == list(range(TICKS))
    wait_for(lambda: not carriers(), 5, "the carrying thread has left")


def test_nothing_is_taken_after_the_end(session: NetworkSession, tmp_path: Path) -> None:
    session.open(configuration(tmp_path / "part.mp4"))
    given = calm(TICKS)
    cut = next(n for n, packet in enumerate(given) if packet.pts >= 40 and packet.stream == given[0].stream)
    for packet in given[:cut]:
        session.packets.put(packet)
    session.end()
    for packet in given[cut:]:
        session.packets.put(packet)
    assert session.wait(10)
    assert packet_ticks(tmp_path / "part.mp4", RATE) == list(range(40))


def test_a_dead_sink_lets_its_carrier_go(session: NetworkSession, tmp_path: Path) -> None:
    session.open(configuration(tmp_path / "part.mp4"))
    session.kill()
    assert session.wait(5)
    for packet in calm(TICKS):
        session.packets.put(packet)
    wait_for(lambda: not carriers(), 5, "the carrying thread has left")
