"""Looking on: a preview sees what the tick saw and moves nothing; a borrowed frame is not painted over."""

from __future__ import annotations

from studio.media.frame import FramePool, new_planes
from studio.media.slot import DEPTH, Slot
from studio.program.draw_list import Look

TICK = 33_000_000


def filled(count: int, held_ns: int = 0) -> Slot:
    slot = Slot(held_ns)
    for number in range(count):
        slot.put(number * TICK, new_planes(4, 4, (number, 128, 128)))
    return slot


def test_a_glance_is_what_the_tick_took() -> None:
    slot = filled(4)
    assert slot.last_taken is not None
    assert slot.last_taken.time_ns == 0, "before the first look: the first"
    taken = slot.take(2 * TICK)
    assert slot.last_taken is taken
    assert slot.newest is not None
    assert slot.newest.time_ns == 3 * TICK
    assert slot.wanted_ns == 2 * TICK, "nothing was moved by it"
    slot.clear()
    assert slot.last_taken is None
    assert slot.newest is None


def test_a_slot_that_is_held_back_is_deeper() -> None:
    """As long as it must be, whatever the rate of its pictures: those of the time it is held back, and four."""
    slot = filled(40, held_ns=10 * TICK)
    oldest = slot.take(0)
    assert oldest is not None
    assert 39 * TICK - oldest.time_ns >= 10 * TICK
    assert 39 * TICK - oldest.time_ns <= (10 + DEPTH + 1) * TICK
    wanted = slot.take(29 * TICK)
    assert wanted is not None
    assert wanted.time_ns == 29 * TICK


def test_a_look_is_prepared_once() -> None:
    picture = filled(1).take(0)
    assert picture is not None
    look = Look(2, 2)
    assert picture.at(look) is picture.at(look)


def test_a_borrowed_frame_is_not_given_out_again() -> None:
    pool = FramePool(16, 16, 2)
    assert pool.borrow_newest() is None
    painted = pool.take()
    assert painted is not None
    pool.show(painted)
    borrowed = pool.borrow_newest()
    assert borrowed is painted
    pool.give_back(painted)
    other = pool.take()
    assert other is not None
    assert other is not painted
    assert pool.take() is None, "the borrowed one is still looked at"
    pool.give_back(borrowed)
    assert pool.take() is painted
    assert pool.borrow_newest() is None, "nobody may look at one that is being painted"
