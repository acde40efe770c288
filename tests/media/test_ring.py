"""The hand-over of sound: every sample where it belongs, over the wrap and over holes, and silence where there is
none."""

from __future__ import annotations

import threading
import time

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.media.ring import Ring, Samples
from studio.model.time import SAMPLE_RATE

SECONDS = 1000 / SAMPLE_RATE  # a ring of 1000 samples


def ramp(first: int, count: int) -> Samples:
    """Samples that tell where they belong."""
    left = np.arange(first, first + count, dtype=np.float32) + 1
    return np.stack([left, -left], axis=1)


def numbers(block: Samples) -> list[int]:
    assert np.array_equal(block[:, 0], -block[:, 1])
    return [int(value) - 1 for value in block[:, 0]]


def test_what_was_written_is_read() -> None:
    ring = Ring(SECONDS)
    ring.write(ramp(0, 300))
    assert numbers(ring.read(0, 300)) == list(range(300))
    assert ring.missing_samples == 0


def test_over_the_wrap_many_times() -> None:
    ring = Ring(SECONDS)
    written = 0
    for first in range(0, 20_000, 160):
        while written < first + 160:
            ring.write(ramp(written, 137))
            written += 137
        assert numbers(ring.read(first, 160)) == list(range(first, first + 160))
    assert ring.missing_samples == 0


def test_holes_are_silence_and_counted() -> None:
    ring = Ring(SECONDS)
    ring.write(ramp(0, 100))
    assert numbers(ring.read(50, 100)) == [*range(50, 100), *[-1] * 50]
    assert ring.missing_samples == 50
    assert numbers(ring.read(500, 10)) == [-1] * 10
    assert ring.missing_samples == 60


def test_the_oldest_are_forgotten() -> None:
    ring = Ring(SECONDS)
    for first in range(0, 3000, 500):
        ring.write(ramp(first, 500))
    assert numbers(ring.read(1990, 20)) == [*[-1] * 10, *range(2000, 2010)]


def test_more_than_fits_at_once_keeps_its_place() -> None:
    ring = Ring(SECONDS)
    ring.write(ramp(0, 2500))
    assert numbers(ring.read(1500, 1000)) == list(range(1500, 2500))


def test_a_restart_begins_elsewhere() -> None:
    ring = Ring(SECONDS)
    ring.write(ramp(0, 500))
    turn = ring.turn
    ring.restart(123_456)
    ring.write(ramp(500, 100), turn)  # a writer that was still busy with the old place
    ring.end(turn)
    assert numbers(ring.read(123_456, 5)) == [-1] * 5
    ring.write(ramp(123_456, 100), ring.turn)
    assert numbers(ring.read(123_456, 100)) == list(range(123_456, 123_556))


def test_a_writer_of_a_file_waits_for_room() -> None:
    ring = Ring(SECONDS)
    ring.write(ramp(0, 900))
    assert not ring.wait_for_room(200, 0.01)
    assert ring.wait_for_room(100, 0.01)
    ring.read(0, 100)
    assert ring.wait_for_room(200, 0.01)


def test_a_stepped_reader_waits_for_its_samples() -> None:
    ring = Ring(SECONDS)

    def write() -> None:
        for first in range(0, 400, 100):
            time.sleep(0.01)
            ring.write(ramp(first, 100))

    threading.Thread(target=write).start()
    assert numbers(ring.read(0, 400, 5.0)) == list(range(400))
    ring.end()
    began = time.monotonic()
    assert numbers(ring.read(400, 10, 5.0)) == [-1] * 10
    assert time.monotonic() - began < 4, "it waited for what can no longer come"


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 1300)), max_size=40), st.integers(0, 10**7))
def test_any_order_of_writing_and_reading(steps: list[tuple[bool, int]], start: int) -> None:
    """Against a dictionary from place to sample."""
    ring = Ring(SECONDS)
    ring.restart(start)
    written = start
    position = start
    for is_write, count in steps:
        if is_write:
            ring.write(ramp(written, count))
            written += count
        else:
            block = ring.read(position, count)
            there = [
                at if max(start, written - 1000) <= at < written else None for at in range(position, position + count)
            ]
            sounding = np.stack([block[:, 0], -block[:, 1]], axis=1).mean(axis=1)
            expected = np.array([0 if at is None else at + 1 for at in there], np.float32)
            assert np.array_equal(sounding, expected)
            position += count
