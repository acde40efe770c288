"""What a recording keeps until it is safe: a new recorder begins with a key frame at or before the first picture that
may be lost, nothing is lost or turned round, late sound goes to its own part, and memory has an end."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from studio.engine import part_stream
from studio.engine.part_stream import PartStream
from studio.model.packet import SOUND, VIDEO, Packet
from tests.engine.stream import FPS, GROUPS, SAMPLES, grouped, picture, pictures, sound, sounds, stream
from tests.model import generating

assert generating  # loads the profile


def filled(packets: Iterable[Packet]) -> PartStream:
    kept = PartStream(FPS)
    for packet in packets:
        kept.put(packet)
    return kept


def take_all(kept: PartStream) -> list[tuple[Packet, bool, bool]]:
    taken = []
    while (item := kept.take(0)) is not None:
        taken.append(item)
    return taken


def packets_of(taken: list[tuple[Packet, bool, bool]]) -> list[Packet]:
    return [packet for packet, _, _ in taken]


@given(GROUPS)
def test_all_is_taken_in_order(lengths: list[int]) -> None:
    packets = grouped(lengths)
    kept = filled(packets)
    assert kept.waiting_ticks == kept.unsafe_ticks == sum(lengths)
    assert packets_of(take_all(kept)) == packets
    assert (kept.waiting_ticks, kept.unsafe_ticks) == (0, sum(lengths))
    kept.close()
    assert kept.is_drained


@given(GROUPS, st.integers(0, 30))
def test_it_begins_with_a_key_frame(lengths: list[int], skip: int) -> None:
    packets = grouped(lengths)[skip:]
    taken = packets_of(take_all(filled(packets)))
    first = next((n for n, packet in enumerate(packets) if packet.stream == VIDEO and packet.is_key), len(packets))
    assert taken == packets[first:]


@settings(max_examples=100)
@given(GROUPS, st.integers(0, 400), st.integers(-5, 400))
def test_a_new_recorder_begins_at_or_before_what_is_not_safe(lengths: list[int], taken: int, durable: int) -> None:
    packets = grouped(lengths)
    kept = filled(packets)
    first = [item for _ in range(taken) if (item := kept.take(0))]
    durable = min(durable, max(pictures(packets_of(first)), default=-1))
    kept.forget_through(durable)
    rest = packets_of(take_all(kept))
    assert packets_of(first) + rest == packets
    kept.rewind()
    again = packets_of(take_all(kept))
    assert again == packets[len(packets) - len(again) :]
    assert again[0].stream == VIDEO
    assert again[0].is_key
    assert again[0].pts <= max(durable, 0)
    between = [one.pts for one in packets if one.stream == VIDEO and one.is_key and again[0].pts < one.pts <= durable]
    assert not between or len(first) <= packets.index(picture(between[0], True)), "no more is kept than is needed"


@pytest.mark.parametrize("at", [0, 1, 9, 10, 11, 25, 30])
@pytest.mark.parametrize("ahead", [-5_000, -1_600, 0])
def test_a_split_begins_at_a_key_frame_and_late_sound_goes_to_the_old_part(at: int, ahead: int) -> None:
    kept = filled([])
    kept.split_at(at)
    assert kept.awaits_split
    assert kept.old_part_is_complete
    parts: list[list[Packet]] = [[]]
    closed_at = None
    for packet in stream(range(60), 10, ahead=ahead):
        kept.put(packet)
        item = kept.take(0)
        assert item is not None
        taken, is_split, goes_to_old = item
        if is_split:
            parts.append([])
            assert not kept.awaits_split
        if len(parts) > 1 and kept.old_part_is_complete and closed_at is None:
            closed_at = len(parts[0])
        parts[-2 if goes_to_old and len(parts) > 1 else -1].append(taken)
    boundary = -(-at // 10) * 10
    old, new = parts if len(parts) > 1 else ([], parts[0])
    assert len(parts) == 2
    assert pictures(old) == list(range(boundary))
    assert pictures(new) == list(range(boundary, 60))
    assert all(sample < boundary * SAMPLES for sample in sounds(old))
    assert all(sample >= boundary * SAMPLES for sample in sounds(new))
    assert closed_at == len(old), "the old part is complete when all its sound has come, and not before"


def test_sound_that_ran_ahead_stays_in_the_part_it_was_given_to() -> None:
    kept = filled(stream(range(40), 10, ahead=3_000))
    kept.split_at(20)
    parts: list[list[Packet]] = [[]]
    for packet, is_split, goes_to_old in take_all(kept):
        if is_split:
            parts.append([])
        parts[-2 if goes_to_old else -1].append(packet)
    assert sorted(sounds(parts[0]) + sounds(parts[1])) == sounds(stream(range(40), 10, ahead=3_000))


def test_a_split_is_taken_once() -> None:
    kept = filled(stream(range(60), 10))
    kept.split_at(15)
    assert [packet.pts for packet, is_split, _ in take_all(kept) if is_split] == [20]
    kept.rewind()
    assert not any(is_split or old for _, is_split, old in take_all(kept))
    assert kept.old_part_is_complete


def test_a_rewind_keeps_a_split_that_has_not_come() -> None:
    kept = filled(stream(range(15), 10))
    kept.split_at(20)
    take_all(kept)
    kept.rewind()
    for packet in stream(range(15, 25), 10, with_sound=False):
        kept.put(packet)
    assert [packet.pts for packet, is_split, _ in take_all(kept) if is_split] == [20]


def test_what_was_not_taken_is_never_forgotten() -> None:
    kept = filled(stream(range(50), 10))
    kept.forget_through(49)
    assert pictures(packets_of(take_all(kept))) == list(range(50))


def test_nothing_is_taken_after_the_end() -> None:
    kept = filled(stream(range(5), 10, with_sound=False))
    kept.close()
    kept.put(picture(10, True))
    assert not kept.is_drained
    assert pictures(packets_of(take_all(kept))) == list(range(5))
    assert kept.is_drained
    assert kept.take(5) is None
    kept.rewind()
    assert not kept.is_drained


# ── memory ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def most(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(part_stream, "MOST_BYTES", size)


def size_of(kept: PartStream) -> int:
    kept.rewind()
    return sum(len(packet.data) for packet in packets_of(take_all(kept)))


@pytest.mark.parametrize("taken", [0, 1, 15, 10_000])
@pytest.mark.parametrize("limit", [100, 350, 1_000, 5_000])
def test_memory_has_an_end_and_what_is_kept_begins_with_a_key_frame(
    monkeypatch: pytest.MonkeyPatch, limit: int, taken: int
) -> None:
    most(monkeypatch, limit)
    kept = PartStream(FPS)
    packets = list(stream(range(300), 10, size=20))
    for packet in packets:
        kept.put(packet)
        if taken:
            kept.take(0)
            taken -= 1
    waiting = packets_of(take_all(kept))
    assert waiting == packets[len(packets) - len(waiting) :]
    kept.rewind()
    left = packets_of(take_all(kept))
    assert size_of(kept) <= limit
    assert kept.forgotten_unsafe > 0
    assert not left or (left[0].stream == VIDEO and left[0].is_key)
    assert left == packets[len(packets) - len(left) :]


def test_a_group_larger_than_the_memory_waits_for_the_next_key_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    most(monkeypatch, 100)
    kept = PartStream(FPS)
    for packet in stream(range(35), 20, with_sound=False, size=20):
        kept.put(packet)
    assert packets_of(take_all(kept)) == []
    assert kept.forgotten_unsafe == 12
    kept.put(picture(40, True, 20))
    assert pictures(packets_of(take_all(kept))) == [40]


def test_a_disk_that_is_slow_for_a_moment_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    most(monkeypatch, 10_000)
    kept = PartStream(FPS)
    taken = []
    for packet in stream(range(2_000), 10):
        kept.put(packet)
        if packet.pts % 50 == 0 and packet.stream == VIDEO:
            taken += packets_of(take_all(kept))
            kept.forget_through(packet.pts)
    assert kept.forgotten_unsafe == 0
    assert pictures(taken) == list(range(1_951))


class AnyRecorder(RuleBasedStateMachine):
    """Recorders live, make things durable, die and are followed by others; splits come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = PartStream(FPS)
        self.put_in: list[Packet] = []
        self.tick = self.next_sample = 0
        self.taken: list[Packet] = []
        self.durable = -1

    @rule(count=st.integers(1, 40), group=st.sampled_from([5, 10, 30]))
    def encoded(self, count: int, group: int) -> None:
        for _ in range(count):
            self.add(picture(self.tick, self.tick % group == 0 or self.tick == 0))
            self.tick += 1
            while self.next_sample < self.tick * SAMPLES - 3_000:
                self.add(sound(self.next_sample))
                self.next_sample += 1024

    def add(self, packet: Packet) -> None:
        self.put_in.append(packet)
        self.kept.put(packet)

    @rule(count=st.integers(1, 80))
    def recorded(self, count: int) -> None:
        for _ in range(count):
            item = self.kept.take(0)
            if item is not None:
                self.check(*item)
                self.taken.append(item[0])

    def check(self, packet: Packet, is_split: bool, goes_to_old: bool) -> None:
        if self.taken:
            assert packet is self.put_in[self.put_in.index(self.taken[-1]) + 1], "nothing is left out or turned round"
        assert not is_split or (packet.stream == VIDEO and packet.is_key)
        assert not goes_to_old or packet.stream == SOUND

    @precondition(lambda self: self.taken)
    @rule(share=st.floats(0, 1))
    def on_disk(self, share: float) -> None:
        ticks = pictures(self.taken)
        if ticks:
            self.durable = max(self.durable, ticks[int(share * (len(ticks) - 1))])
            self.kept.forget_through(self.durable)

    @rule(ahead=st.integers(0, 30))
    def split(self, ahead: int) -> None:
        self.kept.split_at(self.tick + ahead)

    @rule()
    def the_recorder_dies(self) -> None:
        self.kept.rewind()
        self.taken = []
        item = self.kept.take(0)
        if item is not None:
            first = item[0]
            assert (first.stream, first.is_key) == (VIDEO, True)
            assert first.pts <= max(self.durable, 0)
            self.taken.append(first)

    @invariant()
    def figures(self) -> None:
        assert self.kept.forgotten_unsafe == 0
        assert self.kept.unsafe_ticks >= self.tick - 1 - max(self.durable, -1)
        assert self.kept.waiting_ticks <= self.kept.unsafe_ticks
        waiting = self.tick - 1 - max(pictures(self.taken), default=-1)
        assert not self.taken or not pictures(self.taken) or self.kept.waiting_ticks == waiting


AnyRecorder.TestCase.settings = settings(max_examples=40, stateful_step_count=25)
TestAnyRecorder = AnyRecorder.TestCase
