"""The gate in front of FFmpeg's listener: who knows the name comes in, byte for byte; nobody else, and nobody for
long."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.media.live import rtmp_gate
from studio.media.live.rtmp_gate import RtmpGate, published_name
from tests.rigs.ports import HOST, free_port
from tests.rigs.waiting import wait_for

NAME = "abc-123"


def publish(name: str, kind: str = "live") -> bytes:
    """As AMF 0: command, transaction, null, name, kind."""
    text = name.encode()
    return (
        b"\x02\x00\x07publish\x00@\x14\x00\x00\x00\x00\x00\x00\x05"
        + b"\x02" + len(text).to_bytes(2, "big") + text
        + b"\x02" + len(kind).to_bytes(2, "big") + kind.encode()
    )  # fmt: skip


@given(st.binary(max_size=200), st.text("abc-_?=1", min_size=1, max_size=30))
def test_the_name_is_found_and_nothing_of_it_passes_before(before: bytes, name: str) -> None:
    whole = before + publish(name)
    for cut in range(len(whole) + 1):
        found, free = published_name(whole[:cut])
        assert free <= cut
        if found is None:
            assert rtmp_gate.MARK not in whole[:free]
        elif rtmp_gate.MARK not in before:
            assert found == name.partition("?")[0]
            assert free <= len(before)


@given(st.binary(max_size=600))
def test_any_bytes(data: bytes) -> None:
    _, free = published_name(data)
    assert 0 <= free <= len(data)


OPENING = b"\x03" + bytes(1536)


class Inside:
    """What FFmpeg would be: takes one caller and everything he says."""

    def __init__(self) -> None:
        self.server = socket.create_server((HOST, 0))
        self.port = self.server.getsockname()[1]
        self.heard = b""
        self.over = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                caller, _ = self.server.accept()
            except OSError:
                return
            with caller:
                caller.sendall(b"hello")
                while block := caller.recv(4096):
                    self.heard += block
            self.over.set()


@pytest.fixture
def inside() -> Iterator[Inside]:
    one = Inside()
    yield one
    one.server.close()


def test_who_knows_the_name_comes_in(inside: Inside) -> None:
    port = free_port()
    gate = RtmpGate(port, NAME, inside.port)
    said = OPENING + b"x" * 1536 + publish(NAME) + b"media" * 1000
    with socket.create_connection((HOST, port), 5) as caller:
        for start in range(0, len(said), 700):
            caller.sendall(said[start : start + 700])
        assert caller.recv(5) == b"hello"
    assert inside.over.wait(10)
    assert inside.heard == said
    gate.close()


def test_another_name_is_shut_out(inside: Inside) -> None:
    port = free_port()
    gate = RtmpGate(port, NAME, inside.port)
    with socket.create_connection((HOST, port), 5) as caller:
        caller.sendall(OPENING + b"x" * 1536 + publish("evil"))
        caller.settimeout(10)
        while caller.recv(100):
            pass
    assert inside.over.wait(10)
    assert b"publish" not in inside.heard
    gate.close()


def test_one_who_says_nothing_is_not_waited_for(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtmp_gate, "GREETING_SECONDS", 0.3)
    port = free_port()
    gate = RtmpGate(port, NAME, inside.port)
    with socket.create_connection((HOST, port), 5) as silent:
        silent.settimeout(10)
        while silent.recv(100):
            pass
    with socket.create_connection((HOST, port), 5) as caller:
        caller.settimeout(10)
        caller.sendall(OPENING)
        assert caller.recv(5) == b"hello", "the next one is served"
    gate.close()


@pytest.mark.parametrize("said", [b"", b"\x03", b"GET / HTTP/1.1\r\n\r\n" * 200])
def test_one_who_only_tries_the_port_never_gets_to_the_listener(inside: Inside, said: bytes) -> None:
    """A probe, a scanner, a browser: FFmpeg's listener gives up over them, and the phone would be turned away."""
    port = free_port()
    gate = RtmpGate(port, NAME, inside.port)
    with socket.create_connection((HOST, port), 5) as other:
        other.sendall(said)
    wait_for(lambda: comes_in(port), 10, "the next one is served")
    gate.close()
    wait_for(lambda: inside.over.is_set(), 10, "the caller has left")
    assert not inside.heard.replace(OPENING, b""), "the other got to the listener"


def comes_in(port: int) -> bool:
    with socket.create_connection((HOST, port), 5) as caller:
        caller.settimeout(10)
        try:
            caller.sendall(OPENING)
            return caller.recv(5) == b"hello"
        except OSError:
            return False


def test_a_taken_port_is_told() -> None:
    with socket.create_server((HOST, 0)) as other, pytest.raises(OSError, match="in use"):
        RtmpGate(other.getsockname()[1], NAME, 1)
