"""The fault proxy proves itself on plain bytes: each fault does what it says, and healing heals."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from tests.rigs.collector import Collector
from tests.rigs.fault_proxy import FaultProxy
from tests.rigs.ports import HOST, answers
from tests.rigs.waiting import ALLOWANCE, wait_for

ProxyFactory = Callable[..., FaultProxy]


@pytest.fixture
def collector() -> Iterator[Collector]:
    one = Collector()
    yield one
    one.close()


@pytest.fixture
def joined_pair(collector: Collector, fault_proxy: ProxyFactory) -> Iterator[tuple[FaultProxy, socket.socket]]:
    """A proxy before the collector and a client that has come through."""
    proxy = fault_proxy(collector.port)
    with socket.create_connection((HOST, proxy.port), timeout=5) as client:
        client.sendall(b"a")
        assert client.recv(2) == b"ok"
        yield proxy, client


Pair = tuple[FaultProxy, socket.socket]


def test_the_proxy_passes_all_bytes(joined_pair: Pair, collector: Collector) -> None:
    proxy, client = joined_pair
    sent = os.urandom(3 << 20)
    client.sendall(sent)
    wait_for(lambda: len(collector.data) == len(sent) + 1, 10)
    assert bytes(collector.data[1:]) == sent
    assert (proxy.counters.connections, proxy.counters.open, proxy.counters.bytes_up) == (1, 1, len(sent) + 1)


def test_the_proxy_limits_the_rate(joined_pair: Pair, collector: Collector) -> None:
    proxy, client = joined_pair
    proxy.set(rate=200_000)
    begun = time.monotonic()
    client.sendall(bytes(200_000))
    wait_for(lambda: len(collector.data) > 200_000, 10)
    assert 0.8 < time.monotonic() - begun < 1.0 * ALLOWANCE


def test_the_proxy_delays_without_slowing(joined_pair: Pair, collector: Collector) -> None:
    proxy, client = joined_pair
    proxy.set(delay=0.3)
    begun = time.monotonic()
    client.sendall(bytes(2_000_000))
    assert client.recv(2) == b"ok"
    assert time.monotonic() - begun >= 0.6
    wait_for(lambda: len(collector.data) == 2_000_001, 10)
    assert time.monotonic() - begun < 0.6 * 20, "each piece was delayed anew"


def test_the_proxy_stalls_now_and_then(joined_pair: Pair, collector: Collector) -> None:
    proxy, client = joined_pair
    proxy.set(stall=0.4, stall_every=1.2)
    begun = time.monotonic()
    client.sendall(b"b")
    assert client.recv(2) == b"ok"
    assert 0.35 <= time.monotonic() - begun < 0.4 * ALLOWANCE + 1


def test_the_proxy_corrupts_one_byte(joined_pair: Pair, collector: Collector) -> None:
    proxy, client = joined_pair
    proxy.set(corrupt_at=5)
    client.sendall(bytes(10))
    wait_for(lambda: len(collector.data) == 11, 5)
    assert bytes(collector.data) == b"a\0\0\0\0\xff\0\0\0\0\0"
    assert proxy.counters.corrupted == 1


def test_the_proxy_cuts_off(joined_pair: Pair, collector: Collector) -> None:
    proxy, client = joined_pair
    proxy.set(truncate_at=1000)
    client.sendall(bytes(5000))
    wait_for(lambda: collector.closed, 5)
    assert len(collector.data) == 1000
    wait_for(lambda: proxy.counters.open == 0, 5)


def test_the_proxy_resets_and_refuses(joined_pair: Pair) -> None:
    proxy, client = joined_pair
    proxy.reset_now()
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    proxy.set(mode="refuse")
    assert not answers(proxy.port)
    proxy.heal()
    assert answers(proxy.port)
    proxy.set(mode="reset")
    with pytest.raises(OSError, match="reset"), socket.create_connection((HOST, proxy.port), timeout=5) as second:
        second.recv(1)


def send_until_stuck(client: socket.socket) -> int:
    """How many bytes go out before the send time-out."""
    sent = 0
    while sent < 2_000_000:
        try:
            sent += client.send(bytes(4096))
        except TimeoutError:
            break
    return sent


def test_a_connection_lives_through_a_black_hole_and_the_senders_queue_tells(
    joined_pair: Pair, collector: Collector
) -> None:
    proxy, client = joined_pair
    proxy.set(mode="black hole")
    client.settimeout(0.3)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    sent = send_until_stuck(client)
    assert sent < 600_000
    assert len(collector.data) < 100
    proxy.heal()
    wait_for(lambda: len(collector.data) == sent + 1, 10)


def test_a_silent_proxy_throws_away_and_never_lets_the_rest_through(joined_pair: Pair, collector: Collector) -> None:
    proxy, client = joined_pair
    proxy.set(mode="silent")
    client.settimeout(0.4)
    client.sendall(bytes(500_000))
    with pytest.raises(TimeoutError):
        client.recv(1)
    proxy.heal()
    client.settimeout(5)
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    assert len(collector.data) == 1
