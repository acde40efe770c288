"""The hand-over of pictures: the newest not later than due, never a wait in a live run, no answer of an earlier
position after a new one was asked for."""

from __future__ import annotations

import threading
import time

from hypothesis import given
from hypothesis import strategies as st

from studio.media.frame import Planes, new_planes
from studio.media.slot import DEPTH, TOLERANCE_NS, Slot
from studio.program.draw_list import Look

TICK = 33_333_333
PICTURE = new_planes(4, 2)


def filled(*times: int) -> Slot:
    slot = Slot()
    for moment in times:
        slot.put(moment, PICTURE)
    return slot


def time_of(slot: Slot, moment: int) -> int | None:
    taken = slot.take(moment)
    return None if taken is None else taken.time_ns


def test_nothing_is_there_at_first() -> None:
    assert Slot().take(0) is None
    assert Slot().wanted_ns == -1


def test_the_newest_not_later_than_due() -> None:
    slot = filled(0, 10_000_000, 20_000_000, 30_000_000)
    assert [time_of(slot, at) for at in (0, 9_000_000, 10_000_000, 19_999_999, 25_000_000, 10**12)] == [
        0,
        0,
        10_000_000,
        20_000_000,  # the container's rounding counts as due
        20_000_000,
        30_000_000,
    ]


def test_the_first_one_there_is_before_all_are_due() -> None:
    assert time_of(filled(50_000_000, 80_000_000), 0) == 50_000_000


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=12, unique=True), st.integers(-(10**8), 2 * 10**9))
def test_any_times(times: list[int], wanted: int) -> None:
    times.sort()
    kept = times[-DEPTH:]
    due = [moment for moment in kept if moment <= wanted + TOLERANCE_NS]
    assert time_of(filled(*times), wanted) == (due[-1] if due else kept[0])


def test_the_writer_stays_three_ahead() -> None:
    slot = Slot()
    written = 0
    for number in range(10):
        if not slot.wait_for_room(0):
            break
        slot.put(number * TICK, PICTURE)
        written += 1
    assert written == DEPTH, "the first is due at once, three more lie ahead"
    slot.take(TICK)
    assert slot.wait_for_room(0)
    assert time_of(slot, TICK) == TICK


def test_a_reader_makes_room_at_once() -> None:
    slot = filled(0, TICK, 2 * TICK, 3 * TICK)
    room: list[bool] = []
    writer = threading.Thread(target=lambda: room.append(slot.wait_for_room(60.0)))
    writer.start()
    slot.take(2 * TICK)
    writer.join(10)
    assert room == [True], "the writer waited until its time was up"


def test_a_stepped_reader_waits_until_the_answer_is_final() -> None:
    slot = filled(0)

    def write() -> None:
        for number in (1, 2):
            time.sleep(0.02)
            slot.put(number * TICK, PICTURE)

    threading.Thread(target=write).start()
    taken = slot.take(TICK, 5.0)
    assert taken is not None
    assert taken.time_ns == TICK
    slot.end()
    last = slot.take(10**12, 5.0)
    assert last is not None
    assert last.time_ns == 2 * TICK


def test_a_live_reader_never_waits() -> None:
    slot = Slot()
    taker = threading.Thread(target=lambda: [slot.take(number) for number in range(1000)], daemon=True)
    taker.start()
    taker.join(10)
    assert not taker.is_alive()


def test_looks_are_prepared_by_the_writer() -> None:
    slot = Slot()
    slot.want(frozenset({Look(2, 2), Look(8, 4)}))
    slot.put(0, new_planes(16, 8))
    taken = slot.take(0)
    assert taken is not None
    assert {look: (one.planes.width, one.planes.height) for look, one in taken.looks.items()} == {
        Look(2, 2): (2, 2),
        Look(8, 4): (8, 4),
    }


def test_an_earlier_turn_is_not_listened_to() -> None:
    slot = filled(0, TICK)
    turn = slot.turn
    slot.start_over()
    slot.put(2 * TICK, PICTURE, turn)
    slot.end(turn)
    assert time_of(slot, 10 * TICK) == TICK, "a live run goes on showing the newest it has"
    assert slot.take(10 * TICK, 0.01) is not None
    slot.put(9 * TICK, PICTURE, slot.turn)
    assert time_of(slot, 0) == 9 * TICK, "an old picture beside a new one"


def test_a_stepped_reader_waits_for_the_new_position() -> None:
    slot = filled(8 * TICK, 9 * TICK)
    slot.end()
    slot.start_over()
    turn = slot.turn

    def write() -> None:
        time.sleep(0.05)
        slot.put(0, PICTURE, turn)
        slot.put(TICK, PICTURE, turn)

    threading.Thread(target=write).start()
    taken = slot.take(0, 5.0)
    assert taken is not None
    assert taken.time_ns == 0


def test_clear_forgets() -> None:
    slot = filled(0)
    slot.clear()
    assert slot.take(0) is None
    assert slot.wanted_ns == 0


def test_one_writer_and_two_readers_at_full_speed() -> None:
    slot = Slot()
    faults: list[str] = []

    def read() -> None:
        seen = -1
        for moment in range(0, 400 * TICK, TICK):
            taken = slot.take(moment, 5.0)
            if taken is None or taken.time_ns != moment or taken.time_ns < seen:
                faults.append(f"{moment}: {taken and taken.time_ns}")
            elif not isinstance(taken.planes, Planes):
                faults.append("no planes")
            else:
                seen = taken.time_ns

    readers = [threading.Thread(target=read)]
    for reader in readers:
        reader.start()
    for number in range(402):
        while not slot.wait_for_room(1.0):
            pass
        slot.put(number * TICK, PICTURE)
    for reader in readers:
        reader.join(10)
    assert not faults, faults[:5]
