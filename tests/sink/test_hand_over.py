"""The hand-over between the threads of a sink, and the figures about a connection."""

from __future__ import annotations

import socket
import threading

from studio.link import kernel_queue
from studio.link.hand_over import HandOver
from studio.media.container.delivery import Delivery
from tests.rigs.waiting import wait_for


def test_what_goes_in_comes_out_in_order() -> None:
    hand_over: HandOver[int] = HandOver(3, 100)
    assert all(hand_over.put(number, 10) for number in (1, 2, 3))
    hand_over.end()
    assert [hand_over.take() for _ in range(4)] == [1, 2, 3, None]
    assert not hand_over.put(4)


def test_a_full_one_makes_the_giver_wait_and_says_so() -> None:
    hand_over: HandOver[int] = HandOver(10, 100)
    assert hand_over.put(1, 1000)  # one item always fits
    giver = threading.Thread(target=hand_over.put, args=(2, 1))
    giver.start()
    wait_for(lambda: hand_over.full_seconds() > 0.05, 2)
    assert hand_over.take() == 1
    giver.join(2)
    assert hand_over.full_seconds() == 0
    assert hand_over.take() == 2


def test_an_end_wakes_both_sides() -> None:
    hand_over: HandOver[int] = HandOver(1, 100)
    hand_over.put(1)
    answers: list[object] = []
    giver = threading.Thread(target=lambda: answers.append(hand_over.put(2)))
    giver.start()
    wait_for(lambda: hand_over.full_seconds() > 0, 2)
    hand_over.end()
    giver.join(2)
    assert answers == [False]
    assert [hand_over.take(), hand_over.take()] == [1, None]


def test_the_kernel_tells_what_waits() -> None:
    before = kernel_queue.sockets()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        with socket.create_connection(listener.getsockname()) as client:
            connection = kernel_queue.find({*before, listener.fileno()})
            assert connection is not None
            assert connection.number == client.fileno()
            connection.bound_send_buffer(65536)
            client.setblocking(False)
            sent = 0
            try:
                while True:
                    sent += client.send(bytes(4096))
            except BlockingIOError:
                pass
            reading = connection.read()
            assert reading is not None
            assert reading.waiting > 0
            assert reading.acked + reading.waiting - sent in (0, 1)  # the first packet of TCP counts as a byte
            assert sent < 1 << 20
            connection.break_off()
            connection.close()


def test_live_begins_with_the_first_media_and_not_with_the_handshake() -> None:
    delivery = Delivery(handshake=4000)
    delivery.hand(10_000, 0.1)
    for acked, live in ((3500, False), (4000, False), (13_999, False), (14_000, True)):
        delivery.look(acked, 0, acked / 1000)
        assert delivery.is_live is live


def test_stillness_counts_only_while_bytes_wait() -> None:
    delivery = Delivery(handshake=100)
    delivery.hand(1000, 0.1)
    delivery.look(5000, 0, 10.0)
    assert delivery.still_seconds(20.0) == 0
    for moment in range(8):
        delivery.look(5000, 700, 20.0 + moment / 4)
    assert delivery.still_seconds(22.0) == 2.0
    delivery.look(5001, 900, 22.0)
    assert delivery.still_seconds(22.5) == 0.5


def test_a_sleep_of_our_own_is_no_stall() -> None:
    delivery = Delivery(handshake=100)
    delivery.hand(1000, 0.1)
    delivery.look(5000, 700, 10.0)
    delivery.look(5000, 700, 70.0)
    assert delivery.still_seconds(70.0) == 0


def test_acknowledged_media_time_follows_the_bytes() -> None:
    delivery = Delivery(handshake=4000)
    wire = 3500
    for index in range(200):  # calm: everything handed is acknowledged by the second look after
        delivery.look(wire, 0, index * 0.1)
        delivery.hand(10_000, (index + 1) * 0.1)
        wire += 10_800  # eight in a hundred for chunk heads and TLS
    acked = wire
    delivery.look(acked, 0, 20.0)
    for index in range(200, 230):  # the server stops reading: 2 s in the kernel, the rest in FFmpeg
        delivery.hand(10_000, (index + 1) * 0.1)
        delivery.look(acked, min(200_000, (index - 199) * 10_800), 20.0 + index * 0.1)
    assert delivery.acknowledged_seconds is not None
    assert abs(delivery.acknowledged_seconds - 20.0) <= 0.3
    delivery.look(acked + 108_000, 200_000, 50.0)
    assert abs(delivery.acknowledged_seconds - 21.0) <= 0.3


def test_a_peer_that_stopped_reading_is_seen_by_its_window() -> None:
    """Its kernel goes on acknowledging; what stands still is the edge it would take bytes up to."""
    delivery = Delivery(handshake=1000)
    for moment in range(20):
        delivery.look(5000 + moment * 1000, 0, moment / 10, window=60_000)
    assert delivery.still_seconds(2.0) < 0.2
    edge = 5000 + 19 * 1000 + 60_000
    for moment in range(20):
        acked = 25_000 + moment * 1000
        delivery.look(acked, 0, 2.0 + moment / 10, window=edge - acked + moment * 40)
    assert delivery.still_seconds(4.0) > 1.5
    delivery.look(45_000, 0, 4.1, window=60_000)
    assert delivery.still_seconds(4.1) == 0.0
