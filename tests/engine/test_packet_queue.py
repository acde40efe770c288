"""The queue to a slow server: bounded in time, sound is never lost, no picture follows a lost one before a key frame,
and what was lost is told tick by tick."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.engine import packet_queue
from studio.engine.packet_queue import MOST_SECONDS, PacketQueue
from studio.model.packet import VIDEO, Packet
from tests.engine.stream import FPS, GROUPS, grouped, picture, pictures, sound, sounds, stream


@pytest.fixture(autouse=True, scope="module")
def patient() -> Iterator[None]:
    """Most of these tests wait longer than anybody on air would: what becomes of the sound has tests of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packet_queue, "MOST_SECONDS", 1e9)
        yield


class Watched:
    """A queue, what went in, what came out, and what it told."""

    def __init__(self, seconds: float | None) -> None:
        self.queue = PacketQueue(FPS, seconds)
        self.most = None if seconds is None else max(1, int(seconds * FPS))
        self.put_in: list[Packet] = []
        self.taken: list[Packet] = []
        self.told: list[int] = []

    def put(self, packet: Packet) -> None:
        self.put_in.append(packet)
        self.queue.put(packet)
        assert self.most is None or self.queue.span_ticks <= self.most

    def take(self) -> None:
        self.taken += self.queue.take(0)

    def hear(self) -> None:
        for first, last in self.queue.drain_drops():
            assert first <= last
            self.told.extend(range(first, last + 1))

    def finish(self) -> None:
        self.queue.close()
        while not self.queue.is_finished:
            self.take()
        self.hear()

    def check(self) -> None:
        """After the end: conserved, ordered, decodable."""
        assert sounds(self.taken) == sounds(self.put_in)
        assert len(self.told) == len(set(self.told)) == self.queue.dropped_ticks
        assert sorted(pictures(self.taken) + self.told) == pictures(self.put_in)
        assert [packet for packet in self.put_in if packet in self.taken] == self.taken
        lost = set(self.told)
        whole = False
        before = -1
        for packet in self.taken:
            if packet.stream != VIDEO:
                continue
            whole = packet.is_key or (whole and not lost & set(range(before, packet.pts)))
            assert whole, f"picture {packet.pts} follows a lost one"
            before = packet.pts


@settings(max_examples=80)
@given(GROUPS, st.lists(st.integers(0, 6), max_size=80), st.sampled_from([0.0, 0.1, 0.4, 1.0, 3.0, None]))
def test_whatever_the_writer_does(lengths: list[int], pace: list[int], seconds: float | None) -> None:
    watched = Watched(seconds)
    for number, packet in enumerate(grouped(lengths)):
        watched.put(packet)
        for _ in range(pace[number % len(pace)] if pace else 0):
            watched.take()
        if number % 7 == 0:
            watched.hear()
    watched.finish()
    watched.check()
    if seconds is None:
        assert watched.told == []


@settings(max_examples=60)
@given(GROUPS, st.integers(0, 24), st.integers(0, 30))
def test_a_session_that_begins_in_the_middle_waits_for_a_key_frame(lengths: list[int], skip: int, pace: int) -> None:
    watched = Watched(0.5)
    watched.queue.awaits_key = True
    packets = [packet for packet in grouped([*lengths, 5]) if packet.stream != VIDEO or packet.pts >= skip]
    for number, packet in enumerate(packets):
        watched.put(packet)
        if number % 31 < pace:
            watched.take()
    watched.finish()
    watched.check()
    taken = [packet for packet in watched.taken if packet.stream == VIDEO]
    assert not taken or taken[0].is_key


@pytest.mark.parametrize("group", [1, 2, 10, 30, 60, 200])
@pytest.mark.parametrize("seconds", [0.03, 0.5, 1.0, 2.0, 4.0])
def test_a_server_that_takes_nothing(group: int, seconds: float) -> None:
    watched = Watched(seconds)
    for packet in stream(range(500), group):
        watched.put(packet)
    assert watched.queue.dropped_ticks >= 500 - (watched.most or 0)
    watched.finish()
    watched.check()
    if group <= seconds * FPS:
        assert max(pictures(watched.taken)) >= 500 - 2 * group, "pictures go on with the newest group"


def test_nothing_is_dropped_while_there_is_room() -> None:
    watched = Watched(1.0)
    for packet in stream(range(30)):
        watched.put(packet)
    watched.finish()
    assert (watched.taken, watched.told) == (watched.put_in, [])


def test_the_oldest_tail_goes_first() -> None:
    watched = Watched(1.0)
    for packet in stream(range(31), 10, with_sound=False):
        watched.put(packet)
    watched.hear()
    assert sorted(watched.told) == list(range(10))
    assert not watched.queue.awaits_key


def test_the_rest_of_a_group_whose_head_was_sent_goes_whole() -> None:
    watched = Watched(0.5)
    packets = list(stream(range(40), 20, with_sound=False))
    for packet in packets[:5]:
        watched.put(packet)
    for _ in range(3):
        watched.take()
    for packet in packets[5:]:
        watched.put(packet)
    watched.finish()
    assert pictures(watched.taken) == [0, 1, 2, *range(20, 35)] or pictures(watched.taken)[:3] == [0, 1, 2]
    watched.check()


def test_a_gap_in_the_ticks_is_not_told_as_lost() -> None:
    watched = Watched(1.0)
    for packet in stream([*range(25), *range(1000, 1025)], 5, with_sound=False):
        watched.put(packet)
    watched.finish()
    watched.check()
    assert not set(watched.told) & set(range(25, 1000))


def test_drops_are_told_once_and_neighbours_together() -> None:
    queue = PacketQueue(FPS, 0.2)
    queue.awaits_key = True
    for tick in range(1, 9):
        queue.put(picture(tick))
    assert queue.drain_drops() == [], "it may still grow"
    assert queue.drain_drops(is_over=True) == [(1, 8)]
    assert queue.drain_drops() == []
    queue.put(picture(9))
    assert queue.drain_drops(is_over=True) == [(9, 9)]
    assert queue.dropped_ticks == 9


def test_a_closed_queue_takes_nothing_and_gives_what_it_has() -> None:
    queue = PacketQueue(FPS, 1.0)
    queue.put(picture(0, True))
    queue.close()
    queue.put(picture(1))
    assert not queue.is_finished
    assert queue.take(5) == [picture(0, True)]
    assert queue.is_finished
    assert queue.take(5) == []


def test_sound_alone_is_kept_for_ten_seconds() -> None:
    queue = PacketQueue(FPS, 0.1)
    for number in range(460):
        queue.put(sound(number * 1024))
    assert queue.drain_drops() == []
    assert queue.waiting_seconds == pytest.approx(459 * 1024 / 48_000)
    assert [packet.pts for packet in queue.take(0, 1_000)] == [number * 1024 for number in range(460)]


def test_a_link_that_does_not_even_take_the_sound_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packet_queue, "MOST_SECONDS", MOST_SECONDS)
    queue = PacketQueue(FPS, 3.0)
    queue.only_stills(True)
    for packet in stream(range(30 * FPS), FPS):
        queue.put(packet)
        assert queue.waiting_seconds <= MOST_SECONDS
    waiting = queue.take(0, 10_000)
    assert next(packet for packet in waiting if packet.stream == VIDEO).is_key
    assert waiting[-1].pts >= (30 * FPS - 2) * 1600
    told = [tick for first, last in queue.drain_drops(is_over=True) for tick in range(first, last + 1)]
    assert sorted(told + pictures(waiting)) == list(range(30 * FPS))


def test_what_still_grows_is_told_once_a_second() -> None:
    queue = PacketQueue(FPS, 3.0)
    queue.only_stills(True)
    ranges = []
    for packet in stream(range(10 * FPS), FPS):
        queue.put(packet)
        queue.take(0, 10)
        ranges += queue.drain_drops()
    ranges += queue.drain_drops(is_over=True)
    assert len(ranges) <= 11
    assert sum(last - first + 1 for first, last in ranges) == 10 * FPS - 10


def test_two_threads() -> None:
    watched = Watched(0.3)
    packets = list(stream(range(600), 10))

    def fill() -> None:
        for number, packet in enumerate(packets):
            watched.queue.put(packet)
            if number % 50 == 0:
                time.sleep(0.001)
        watched.queue.close()

    watched.put_in = packets
    filler = threading.Thread(target=fill)
    filler.start()
    while not watched.queue.is_finished:
        watched.take()
    filler.join()
    watched.hear()
    watched.check()
