"""A sink that publishes to a real nginx-rtmp: what arrives, and what it says when something is in its way."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from studio.link import kernel_queue
from studio.media.container.publication import Publication
from studio.media.container.publication import Server as Address
from tests.instruments.recording import packet_ticks
from tests.rigs.black_hole import BlackHole
from tests.rigs.canaries import canary_in_files, canary_in_processes, make_canary
from tests.rigs.fault_proxy import FaultProxy
from tests.rigs.ports import free_port
from tests.rigs.rtmp_server import RtmpServer
from tests.rigs.silent_server import SilentServer
from tests.rigs.tls_front import TlsFront
from tests.rigs.waiting import ALLOWANCE, holds_for, wait_for
from tests.sink.conftest import SinkMaker
from tests.sink.material import RATE, calm, heavy

Server = Callable[..., RtmpServer]


def test_server_gets_every_tick(rtmp_server: Server, sink: SinkMaker) -> None:
    server = rtmp_server()
    child = sink(server.address, "shop")
    child.feed(calm(75, first=100), RATE)
    child.wait("state", state="live", seconds=5)
    wait_for(lambda: len(child.fed) == len(calm(75, first=100)), 10)
    wait_for(lambda: child.last_state()["written_tick"] == 174, 3)
    assert child.last_state()["queued_seconds"] <= 0.5
    begun = time.monotonic()
    child.tell(do="close")
    _, closed = child.wait("closed", 3)
    assert child.code() == 0
    assert time.monotonic() - begun <= 2 * ALLOWANCE
    assert (closed["first_tick"], closed["last_tick"], closed["digests"]) == (100, 174, None)
    (recorded,) = server.finished_recordings("shop")
    assert packet_ticks(recorded, RATE) == list(range(100, 175))
    assert packet_ticks(recorded, RATE, sound=True)[0] in (100, 101)


def test_a_key_with_slashes_and_signs_arrives_whole(rtmp_server: Server, sink: SinkMaker) -> None:
    server = rtmp_server()
    key = "a b:c='d'\\e"
    child = sink(server.address, key)
    child.feed(calm(75, first=100), RATE)
    child.wait("state", state="live", seconds=5)
    assert server.asked()[0].name == key


def test_live_only_after_media(rtmp_server: Server, sink: SinkMaker) -> None:
    server = rtmp_server()
    server.keep_silent("shop")
    child = sink(server.address, "shop")
    child.feed(calm(150), RATE)
    wait_for(lambda: child.states() and child.last_state()["bytes"] > 3000, 5)
    assert holds_for(lambda: child.last_state()["state"] == "connecting", 0.7)
    server.keep_silent("shop", False)
    child.wait("state", state="live", seconds=4)


def test_a_refused_key_is_closed(rtmp_server: Server, sink: SinkMaker) -> None:
    server = rtmp_server()
    server.refuse("shop")
    child = sink(server.address, "shop")
    child.feed(calm(150), RATE)
    _, failed = child.wait("failed", 4)
    assert failed["reason"] == "closed"
    assert child.code() == 1
    assert not child.find("state", state="live")


def test_a_taken_name_is_a_ghost(rtmp_server: Server, sink: SinkMaker) -> None:
    server = rtmp_server()
    first = sink(server.address, "shop")
    first.feed(calm(150), RATE)
    first.wait("state", state="live", seconds=5)
    second = sink(server.address, "shop")
    second.feed(calm(150), RATE)
    assert second.wait("failed", 4)[1]["reason"] == "ghost"
    assert second.code() == 1
    assert first.process.poll() is None


def test_a_closed_port_is_unreachable(sink: SinkMaker) -> None:
    begun = time.monotonic()
    child = sink(f"rtmp://127.0.0.1:{free_port()}/live", "shop")
    when, failed = child.wait("failed", 4)
    assert failed["reason"] == "unreachable"
    assert when - begun <= (1 + 2) * ALLOWANCE  # the process starts as well
    assert child.code() == 1


def test_no_answer_is_unreachable(black_hole: BlackHole, sink: SinkMaker) -> None:
    child = sink(black_hole.address, "shop")
    begun = time.monotonic()
    when, failed = child.wait("failed", 4)
    assert failed["reason"] == "unreachable"
    assert when - begun <= 2 * ALLOWANCE


def test_an_unknown_host_is_unreachable(sink: SinkMaker) -> None:
    child = sink("rtmp://nobody.invalid/live", "shop")
    assert child.wait("failed", 8)[1]["reason"] == "unreachable"


def test_a_silent_server_is_named_while_the_status_goes_on(silent_server: SilentServer, sink: SinkMaker) -> None:
    child = sink(silent_server.address, "shop")
    child.feed(calm(240), RATE)
    begun = wait_for(lambda: child.fed and child.fed[0][0], 3)
    when, failed = child.wait("failed", 8)
    assert failed["reason"] == "silent"
    assert when - begun <= (4 + 1) * ALLOWANCE
    times = [one for one, _ in child.states()]
    assert max(later - earlier for earlier, later in pairwise(times)) <= 0.6 * ALLOWANCE
    assert {message["state"] for _, message in child.states()} == {"connecting"}
    assert child.code() == 1
    wait_for(lambda: silent_server.still_connected() == 0, 2)


def test_a_frozen_server_is_seen_as_stalled_and_left(rtmp_server: Server, sink: SinkMaker) -> None:
    server = rtmp_server()
    child = sink(server.address, "shop")
    child.feed(heavy(360), RATE, speed=2)
    child.wait("state", state="live", seconds=5)
    server.freeze()
    stalled, _ = child.wait("state", state="stalled", seconds=15)
    ended, failed = child.wait("failed", 15)
    taken = [(when, state["bytes"]) for when, state in child.states()]
    # The server's kernel goes on taking bytes for a while, and those are truly taken.
    full = next(when for when, count in taken if count == taken[-1][1])
    assert stalled - full <= 1.5 * 3
    assert failed["reason"] == "stalled"
    assert ended - full <= 4 * 3
    assert child.code(1) == 1
    assert time.monotonic() - ended <= 0.5
    assert max(state["queued_seconds"] for _, state in child.states()) >= 1


def test_a_short_pause_is_survived(
    rtmp_server: Server, fault_proxy: Callable[..., FaultProxy], sink: SinkMaker
) -> None:
    server = rtmp_server()
    proxy = fault_proxy(server.rtmp_port)
    child = sink(proxy.address, "shop")
    child.feed(heavy(240), RATE, speed=2)
    child.wait("state", state="live", seconds=5)
    server.freeze()
    child.wait("state", state="stalled", seconds=8)
    server.thaw()
    wait_for(lambda: child.last_state()["state"] == "live" and child.last_state()["queued_seconds"] < 0.6, 8)
    wait_for(lambda: child.last_state()["written_tick"] == 239, 10)
    child.tell(do="close")
    assert child.code() == 0
    (recorded,) = server.finished_recordings("shop")
    assert packet_ticks(recorded, RATE) == list(range(240))


def test_a_dying_server_is_a_lost_connection(rtmp_server: Server, sink: SinkMaker) -> None:
    server = rtmp_server()
    child = sink(server.address, "shop")
    child.feed(calm(300), RATE)
    child.wait("state", state="live", seconds=5)
    server.kill()
    begun = time.monotonic()
    when, failed = child.wait("failed", 5)
    assert failed["reason"] == "lost"
    assert when - begun <= 2 * ALLOWANCE
    assert child.code() == 1


@pytest.mark.parametrize("state", ["connecting", "silent", "live", "stalled"])
def test_it_can_be_closed_in_every_state(
    rtmp_server: Server, silent_server: SilentServer, sink: SinkMaker, state: str
) -> None:
    server = rtmp_server()
    child = sink(silent_server.address if state == "silent" else server.address, "shop")
    if state != "connecting":
        child.feed(heavy(360), RATE, speed=2)
    if state in ("live", "stalled"):
        child.wait("state", state="live", seconds=5)
    if state == "silent":
        wait_for(lambda: silent_server.bytes_received > 1000, 5)
    if state == "stalled":
        server.freeze()
        child.wait("state", state="stalled", seconds=10)
    child.stop_feeding() if state == "live" else None
    begun = time.monotonic()
    child.tell(do="close") if state in ("live", "connecting") else child.end_input()
    child.code(4)
    assert time.monotonic() - begun <= 2.5 * ALLOWANCE


def test_the_end_of_the_engine_ends_the_publication(rtmp_server: Server, sink: SinkMaker) -> None:
    server = rtmp_server()
    child = sink(server.address, "shop")
    child.give(calm(30))
    child.wait("state", state="live", seconds=5)
    child.end_input()
    assert child.code(2) == 0
    server.wait_unpublished("shop", 2)


@pytest.mark.parametrize(
    ("variant", "reason"),
    [("good", None), ("self-signed", "certificate"), ("wrong name", "certificate"), ("expired", "certificate")],
)
def test_certificates(
    rtmp_server: Server,
    tls_front: Callable[..., TlsFront],
    sink: SinkMaker,
    variant: str,
    reason: str | None,
) -> None:
    server = rtmp_server()
    front = tls_front(server.rtmp_port, variant)
    child = sink(front.address, "shop", ca_file=str(front.authority))
    child.feed(calm(120), RATE)
    if reason is None:
        child.wait("state", state="live", seconds=6)
        wait_for(lambda: child.last_state()["written_tick"] >= 60, 6)
        assert child.last_state()["queued_seconds"] <= 0.5
        return
    assert child.wait("failed", 5)[1]["reason"] == reason
    assert child.code() == 1
    assert not server.asked()


def test_a_name_that_cannot_be_looked_up_is_found_where_it_was(
    rtmp_server: Server, tls_front: Callable[..., TlsFront], sink: SinkMaker
) -> None:
    """F09: the address alone tells where; whose certificate it must be is still told by the name."""
    server = rtmp_server()
    front = tls_front(server.rtmp_port, "wrong name")
    named = front.address.replace("127.0.0.1", "elsewhere.example")
    child = sink(named, "shop", ca_file=str(front.authority), address="127.0.0.1")
    child.feed(calm(120), RATE)
    child.wait("state", state="live", seconds=6)
    other = front.address.replace("127.0.0.1", "nobody.example")
    refused = sink(other, "other", ca_file=str(front.authority), address="127.0.0.1")
    refused.feed(calm(120), RATE)
    assert refused.wait("failed", 5)[1]["reason"] == "certificate"
    assert not server.asked("other")


@pytest.mark.parametrize("address", ["", "127.0.0.1"])
@pytest.mark.parametrize("variant", ["self-signed", "wrong name", "expired"])
def test_ffmpeg_itself_refuses_a_false_certificate(
    rtmp_server: Server, tls_front: Callable[..., TlsFront], variant: str, address: str
) -> None:
    """Our own look comes first, but the connection with the key is FFmpeg's."""
    server = rtmp_server()
    front = tls_front(server.rtmp_port, variant)
    publication = Publication(
        Address.parse(front.address.replace("127.0.0.1", "localhost") if address else front.address, address),
        "shop",
        RATE,
        str(front.authority),
        sockets=kernel_queue.sockets,
        find=kernel_queue.find,
    )

    def refused() -> bool:
        try:
            for packet in heavy(360):
                publication.write(packet)
        except OSError:
            return True
        return False

    assert refused()
    publication.observe(time.monotonic())
    assert not publication.is_live
    assert not server.asked()
    with contextlib.suppress(OSError):
        publication.close()


@pytest.mark.parametrize("words", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x03" + bytes(range(256)) * 40, b"\x03"])
def test_a_server_that_talks_nonsense(sink: SinkMaker, words: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    with client:
                        client.settimeout(1)
                        client.sendall(words)
                        client.recv(1 << 16)

        threading.Thread(target=answer, daemon=True).start()
        child = sink(f"rtmp://127.0.0.1:{listener.getsockname()[1]}/live", "shop")
        child.feed(calm(240), RATE)
        assert child.wait("failed", 9)[1]["reason"] in ("closed", "silent")
        assert child.code() == 1
        assert not child.find("state", state="live")


def test_the_key_is_nowhere(rtmp_server: Server, silent_server: SilentServer, sink: SinkMaker, tmp_path: Path) -> None:
    server = rtmp_server()
    key = make_canary()
    server.refuse(key)
    refused = sink(server.address, key)
    silent = sink(silent_server.address, key)
    for child in (refused, silent):
        child.feed(calm(150), RATE)
    wait_for(lambda: silent_server.bytes_received > 1000, 5)
    assert not canary_in_processes(key)
    for child in (refused, silent):
        child.wait("failed", 6)
        assert key.encode() not in child.raw
    assert not [path for path in canary_in_files(tmp_path, key) if "servers" not in path.parts]


def test_nonsense_is_bad_input(sink: SinkMaker) -> None:
    for tell in ({"do": "dance"}, {"do": "open", "kind": "network", "fps": 30}, {"do": "open", "kind": "x", "fps": 30}):
        child = sink()
        child.tell(**tell)
        assert child.wait("failed", 3)[1]["reason"] == "bad_input"
        assert child.code() == 1
    for server, key in (
        ("http://127.0.0.1/live", "k"),
        ("rtmp://127.0.0.1:0/live", "k"),
        ("rtmp://127.0.0.1/live", ""),
    ):
        assert sink(server, key).wait("failed", 3)[1]["reason"] == "bad_input"


def test_a_warm_spare_leaves_without_a_word(sink: SinkMaker) -> None:
    child = sink()
    child.end_input()
    assert child.code(2) == 0
    assert [message["say"] for _, message in child.said] == ["warm"]
