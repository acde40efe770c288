"""What a recording keeps until it is safe: a new recorder begins with a key frame at or before the first picture that
may be lost, nothing is lost or turned round untold, late sound goes to its own part, and memory has an end."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from studio.engine import part_stream
from studio.engine.part_stream import PartStream, Taken
from studio.model.packet import SOUND, VIDEO, Packet
from tests.engine.stream import FPS, GROUPS, SAMPLES, grouped, picture, pictures, sound, sounds, stream

LONG = 1_000_000
"""Ticks of a part that never ends by itself."""


def one(kept: PartStream, timeout: float = 0) -> Taken | None:
    """The next packet, where there is one."""
    return next(iter(kept.take(timeout)), None)


def filled(packets: Iterable[Packet], part_ticks: int = LONG) -> PartStream:
    kept = PartStream(FPS, part_ticks)
    for packet in packets:
        kept.put(packet)
    return kept


def take_all(kept: PartStream) -> list[Taken]:
    taken = []
    while (item := one(kept)) is not None:
        taken.append(item)
    return taken


def packets_of(taken: Iterable[Taken]) -> list[Packet]:
    return [one.packet for one in taken]


def parts_of(taken: Iterable[Taken]) -> list[list[Packet]]:
    """As the recording thread hands them to its recorders."""
    parts: list[list[Packet]] = [[]]
    for one in taken:
        if one.begins_part:
            parts.append([])
        parts[-2 if one.goes_to_old and len(parts) > 1 else -1].append(one.packet)
    return parts


def is_key(packet: Packet) -> bool:
    return packet.stream == VIDEO and packet.is_key


def ticks_in(ranges: Iterable[tuple[int, int]]) -> list[int]:
    return [tick for first, last in ranges for tick in range(first, last + 1)]


# ── order ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(GROUPS)
def test_all_is_taken_once(lengths: list[int]) -> None:
    packets = grouped(lengths)
    kept = filled(packets)
    assert kept.waiting_ticks == kept.unsafe_ticks == sum(lengths)
    kept.close()
    taken = packets_of(take_all(kept))
    assert pictures(taken) == list(range(sum(lengths)))
    assert sounds(taken) == sounds(packets)
    assert (kept.waiting_ticks, kept.unsafe_ticks, kept.is_drained) == (0, sum(lengths), True)


@given(GROUPS, st.integers(-9_000, 9_000))
def test_no_sound_runs_ahead_of_its_picture(lengths: list[int], ahead: int) -> None:
    kept = filled(stream(range(sum(lengths)), 10, ahead=ahead))
    before = -1
    for packet in packets_of(take_all(kept)):
        if packet.stream == VIDEO:
            before = packet.pts
        else:
            assert packet.pts < (before + 1) * SAMPLES
    assert kept.waiting_ticks == 0


@given(GROUPS, st.integers(0, 60))
def test_it_begins_with_a_key_frame_and_its_sound(lengths: list[int], skip: int) -> None:
    packets = grouped(lengths)[skip:]
    kept = filled(packets)
    kept.close()
    taken = packets_of(take_all(kept))
    first = next((packet for packet in packets if is_key(packet)), None)
    assert taken[:1] == ([] if first is None else [first])
    if first is not None:
        assert pictures(taken) == [tick for tick in pictures(packets) if tick >= first.pts]
        assert all(sample >= first.pts * SAMPLES for sample in sounds(taken))


def test_sound_of_a_canvas_without_pictures_has_an_end() -> None:
    kept = PartStream(FPS, LONG)
    for number in range(20_000):
        kept.put(sound(number * 1024))
    kept.put(picture(20_000 * 1024 // SAMPLES - 30, True))
    kept.close()
    assert len(packets_of(take_all(kept))) <= part_stream.SOUND_AHEAD_PACKETS + 1


# ── a recorder dies ────────────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=80)
@given(GROUPS, st.integers(0, 400), st.integers(-1, 400))
def test_a_new_recorder_begins_at_or_before_what_is_not_safe(lengths: list[int], count: int, durable: int) -> None:
    kept = filled(grouped(lengths))
    kept.close()
    first = packets_of(item for _ in range(count) if (item := one(kept)))
    durable = min(durable, max(pictures(first), default=-1))
    kept.forget_through(durable)
    whole = first + packets_of(take_all(kept))
    assert kept.unsafe_ticks == sum(lengths) - 1 - durable
    kept.rewind()
    again = packets_of(take_all(kept))
    assert again == whole[len(whole) - len(again) :]
    assert is_key(again[0])
    assert again[0].pts <= max(durable, 0)
    later = [one.pts for one in whole if is_key(one) and again[0].pts < one.pts <= durable]
    assert not later or len(first) <= whole.index(picture(later[0], True)), "no more is kept than is needed"
    assert kept.drain_lost() == []


@given(GROUPS, st.integers(0, 12))
def test_a_finished_part_is_not_kept(lengths: list[int], which: int) -> None:
    kept = filled(grouped(lengths))
    kept.close()
    whole = packets_of(take_all(kept))
    keys = [packet.pts for packet in whole if is_key(packet)]
    begins = keys[min(which, len(keys) - 1)]
    kept.forget_before(begins)
    assert kept.unsafe_ticks == sum(lengths) - begins
    kept.rewind()
    assert packets_of(take_all(kept)) == whole[whole.index(picture(begins, True)) :]


def test_what_was_not_taken_is_never_forgotten() -> None:
    kept = filled(stream(range(50), 10))
    kept.forget_through(49)
    assert pictures(packets_of(take_all(kept))) == list(range(50))


# ── parts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("at", [1, 9, 10, 11, 25, 30])
@pytest.mark.parametrize("ahead", [-9_000, -5_000, -1_600, 0, 1_600, 9_000])
def test_a_split_parts_pictures_and_sound_at_the_same_place(at: int, ahead: int) -> None:
    kept = PartStream(FPS, LONG)
    kept.split_at(at)
    taken: list[Taken] = []
    complete_at: int | None = None
    for packet in stream(range(60), 10, ahead=ahead):
        kept.put(packet)
        while (item := one(kept)) is not None:
            taken.append(item)
            if complete_at is None and any(one.begins_part for one in taken) and kept.old_part_is_complete:
                complete_at = len(parts_of(taken)[0])
    kept.close()
    taken += take_all(kept)
    old, new = parts_of(taken)
    boundary = -(-at // 10) * 10
    assert pictures(old) == list(range(boundary))
    assert pictures(new) == list(range(boundary, 60))
    assert all(sample < boundary * SAMPLES for sample in sounds(old))
    assert all(sample >= boundary * SAMPLES for sample in sounds(new))
    assert sorted(sounds(old) + sounds(new)) == sounds(stream(range(60), 10, ahead=ahead))
    assert is_key(new[0])
    assert complete_at == len(old), "the old part is complete when all its sound has come, and not before"


@pytest.mark.parametrize("part", [1, 10, 15, 20, 45, 100])
@pytest.mark.parametrize("group", [1, 10])
def test_parts_have_the_length_that_was_asked_for(part: int, group: int) -> None:
    kept = PartStream(FPS, part)
    wants = [kept.put(packet) for packet in stream(range(200), group, with_sound=False)]
    begun = [one.packet.pts for one in take_all(kept) if one.begins_part]
    step = -(-part // group) * group
    assert begun == list(range(step, 200, step))
    asked = [tick for tick, asks in enumerate(wants) if asks]
    assert asked == [tick for tick in range(200) if tick % step >= part], "a key frame is asked for until it comes"


def test_a_split_is_taken_once() -> None:
    kept = filled(stream(range(60), 10))
    assert not any(one.begins_part for one in take_all(kept))
    kept = PartStream(FPS, LONG)
    kept.split_at(15)
    for packet in stream(range(60), 10):
        kept.put(packet)
    assert [one.packet.pts for one in take_all(kept) if one.begins_part] == [20]


def test_the_earlier_of_two_splits_counts() -> None:
    for first, second in ((15, 35), (35, 15)):
        kept = PartStream(FPS, LONG)
        kept.split_at(first)
        kept.split_at(second)
        for packet in stream(range(60), 10):
            kept.put(packet)
        assert [one.packet.pts for one in take_all(kept) if one.begins_part][:1] == [20]


def test_a_rewind_keeps_a_split_that_has_not_come() -> None:
    kept = filled(stream(range(15), 10))
    kept.split_at(20)
    take_all(kept)
    kept.rewind()
    for packet in stream(range(15, 25), 10, with_sound=False):
        kept.put(packet)
    assert [one.packet.pts for one in take_all(kept) if one.begins_part] == [20]


def test_a_recorder_that_begins_at_a_split_begins_no_second_part() -> None:
    kept = PartStream(FPS, LONG)
    kept.split_at(10)
    for packet in stream(range(30), 10):
        kept.put(packet)
    take_all(kept)
    kept.forget_before(10)
    kept.rewind()
    taken = take_all(kept)
    assert pictures(packets_of(taken)) == list(range(10, 30))
    assert not any(one.begins_part or one.goes_to_old for one in taken)
    assert kept.old_part_is_complete


def test_old_sound_that_never_comes_is_not_waited_for_without_end() -> None:
    kept = PartStream(FPS, LONG)
    kept.split_at(10)
    for packet in stream(range(11), 10, with_sound=False):
        kept.put(packet)
    take_all(kept)
    assert not kept.old_part_is_complete
    for packet in stream(range(11, 120), 10, with_sound=False):
        kept.put(packet)
    take_all(kept)
    assert kept.old_part_is_complete


# ── the end ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_taken_in_after_the_end() -> None:
    kept = filled(stream(range(5), 10, with_sound=False))
    kept.close()
    assert kept.put(picture(10, True)) is False
    assert not kept.is_drained
    assert pictures(packets_of(take_all(kept))) == list(range(5))
    assert kept.is_drained
    assert kept.take(5) == []
    kept.rewind()
    assert not kept.is_drained


def test_nobody_records_any_more() -> None:
    kept = filled(stream(range(50), 10))
    kept.take(0)
    kept.forget_all()
    assert (kept.take(0), kept.is_drained, kept.unsafe_ticks, kept.waiting_ticks) == ([], True, 0, 0)


# ── memory ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("speed", [0, 1, 2])
@pytest.mark.parametrize("stops_at", [0, 1, 5, 14, 15, 40, 10_000])
@pytest.mark.parametrize("limit", [100, 350, 1_000, 5_000])
def test_memory_has_an_end_and_what_is_lost_is_told(
    monkeypatch: pytest.MonkeyPatch, limit: int, stops_at: int, speed: int
) -> None:
    """A recorder takes some packets and stands still; a disk that is too slow loses whole groups, told tick by tick."""
    monkeypatch.setattr(part_stream, "MOST_BYTES", limit)
    kept = PartStream(FPS, LONG)
    taken: list[Taken] = []
    for number, packet in enumerate(stream(range(300), 10, size=20)):
        kept.put(packet)
        for _ in range(speed if number < stops_at else 0):
            taken.extend(kept.take(0))
    kept.close()
    waiting = take_all(kept)
    recorded = packets_of([*taken, *waiting])
    lost = ticks_in(kept.drain_lost())
    assert len(lost) == len(set(lost))
    assert sorted(pictures(recorded) + lost) == list(range(300))
    before = -1
    for one in (*taken, *waiting):
        if one.packet.stream == VIDEO:
            hole = before >= 0 and one.packet.pts != before + 1
            assert not hole or (is_key(one.packet) and one.begins_part), "a new part begins behind a hole"
            before = one.packet.pts
    kept.rewind()
    left = packets_of(take_all(kept))
    assert is_key(left[0])
    one_group = 10 * 20 + 17 * 7
    assert sum(len(packet.data) for packet in left) <= max(limit, one_group) + 20
    gone = ticks_in(kept.drain_lost())
    assert sorted({*pictures(left), *lost, *gone}) == list(range(300)), "what was taken and forgotten died with it"
    assert not set(gone) & {*lost, *pictures(left)}


def test_what_was_forgotten_and_came_to_disk_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_stream, "MOST_BYTES", 1_000)
    kept = PartStream(FPS, LONG)
    for packet in stream(range(200), 10, size=20):
        kept.put(packet)
        kept.take(0)
    kept.forget_through(154)
    kept.rewind()
    again = packets_of(take_all(kept))
    lost = ticks_in(kept.drain_lost())
    assert sorted({*lost, *pictures(again), *range(155)}) == list(range(200))
    assert not lost or lost[0] >= 155


def test_a_disk_that_is_slow_for_a_moment_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_stream, "MOST_BYTES", 10_000)
    kept = PartStream(FPS, LONG)
    taken: list[Packet] = []
    for packet in stream(range(1_000), 10):
        kept.put(packet)
        if packet.pts % 50 == 0 and packet.stream == VIDEO:
            taken += packets_of(take_all(kept))
            kept.forget_through(packet.pts)
    assert kept.drain_lost() == []
    assert pictures(taken) == list(range(951))


def test_a_stepped_run_waits_for_its_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_stream, "MOST_BYTES", 500)
    kept = PartStream(FPS, LONG, waits=True)
    packets = list(stream(range(100), 5, size=20))
    filler = threading.Thread(target=lambda: [kept.put(packet) for packet in packets])
    filler.start()
    taken: list[Packet] = []
    while len(pictures(taken)) < 100:
        item = one(kept, 0.05)
        if item is not None:
            taken.append(item.packet)
            kept.forget_through(max(pictures(taken)))
    filler.join(20)
    assert pictures(taken) == list(range(100))
    assert kept.drain_lost() == []


# ── any life ───────────────────────────────────────────────────────────────────────────────────────────────────────


class AnyRecorder(RuleBasedStateMachine):
    """Recorders live, make things durable, die and are followed by others; parts come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = PartStream(FPS, 70)
        self.tick = self.next_sample = 0
        self.last: Packet | None = None
        self.taken: list[int] = []
        self.written: set[int] = set()
        self.durable = -1
        self.part_first = 0

    @rule(count=st.integers(1, 40), group=st.sampled_from([5, 10, 30]), ahead=st.sampled_from([-3_000, 0, 3_000]))
    def encoded(self, count: int, group: int, ahead: int) -> None:
        for _ in range(count):
            self.kept.put(picture(self.tick, self.tick % group == 0))
            self.tick += 1
            while self.next_sample < self.tick * SAMPLES + ahead:
                self.kept.put(sound(self.next_sample))
                self.next_sample += 1024

    @rule(count=st.integers(1, 80))
    def recorded(self, count: int) -> None:
        for _ in range(count):
            item = one(self.kept)
            if item is not None:
                self.check(item)

    def check(self, item: Taken) -> None:
        packet = item.packet
        assert not item.begins_part or is_key(packet)
        assert not item.goes_to_old or packet.stream == SOUND
        if packet.stream == VIDEO:
            assert not self.taken or packet.pts == self.taken[-1] + 1, "nothing is left out or turned round"
            assert self.taken or is_key(packet)
            self.taken.append(packet.pts)
            self.part_first = packet.pts if item.begins_part or len(self.taken) == 1 else self.part_first
        else:
            assert self.taken, "a part begins with its picture"
            assert item.goes_to_old is (packet.pts < self.part_first * SAMPLES and self.part_first != self.taken[0])

    @precondition(lambda self: self.taken)
    @rule(share=st.floats(0, 1))
    def on_disk(self, share: float) -> None:
        tick = self.taken[int(share * (len(self.taken) - 1))]
        self.durable = max(self.durable, tick)
        self.kept.forget_through(tick)

    @rule(ahead=st.integers(0, 30))
    def split(self, ahead: int) -> None:
        self.kept.split_at(self.tick + ahead)

    @rule()
    def the_recorder_dies(self) -> None:
        self.kept.rewind()
        self.taken = []
        item = one(self.kept)
        if item is not None:
            assert is_key(item.packet)
            assert item.packet.pts <= max(self.durable, 0)
            assert not item.begins_part
            self.check(item)

    @invariant()
    def figures(self) -> None:
        assert self.kept.drain_lost() == []
        assert self.kept.unsafe_ticks == self.tick - 1 - self.durable
        if self.taken:
            assert self.kept.waiting_ticks == self.tick - 1 - self.taken[-1]


AnyRecorder.TestCase.settings = settings(max_examples=40, stateful_step_count=25)
TestAnyRecorder = AnyRecorder.TestCase
