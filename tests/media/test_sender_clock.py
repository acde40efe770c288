"""Where a sender's times lie on our clock: bursts say nothing, jitter moves nothing, drift is followed, a jump begins
anew."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from studio.media.live.stream import DRIFT_NS, JUMP_NS, SETTLING_NS, WINDOW_NS, SenderClock

FRAME_NS = 33_000_000
START_NS = 5_000_000_000_000


def settled(clock: SenderClock, offset_ns: int) -> int:
    """Feeds pictures that come at once, until the first is handed out; its sender time."""
    sender = 0
    while clock.ours(sender, START_NS + sender + offset_ns) is None:
        sender += FRAME_NS
    return sender


@given(st.integers(0, 10**12))
def test_the_distance_is_found(offset_ns: int) -> None:
    clock = SenderClock()
    sender = settled(clock, offset_ns)
    assert sender >= SETTLING_NS
    assert clock.ours(sender, START_NS + sender + offset_ns) == START_NS + sender + offset_ns


def test_a_burst_at_the_start_says_nothing() -> None:
    clock = SenderClock()
    for number in range(15):  # half a second was buffered and comes at once
        assert clock.ours(number * FRAME_NS, START_NS + number * 1000) is None
    sender = 15 * FRAME_NS
    base = START_NS - 14 * FRAME_NS + 14_000
    while clock.ours(sender, base + sender) is None:
        sender += FRAME_NS
    assert clock.ours(sender, base + sender) == base + sender


def test_jitter_moves_nothing() -> None:
    chooser = random.Random(3)
    clock = SenderClock()
    first = settled(clock, 0)
    for number in range(1, 900):
        sender = first + number * FRAME_NS
        late = chooser.randrange(0, 50_000_000)
        assert clock.ours(sender, START_NS + sender + late) == START_NS + sender


def test_a_slow_clock_is_followed_without_ever_running_away() -> None:
    """A sender whose clock is 200 ppm slow: an hour makes 720 ms."""
    clock = SenderClock()
    first = settled(clock, 0)
    for number in range(0, 3600 * 30, 10):
        sender = first + number * FRAME_NS
        now = START_NS + sender + (sender - first) // 5000
        ours = clock.ours(sender, now)
        assert ours is not None
        assert abs(now - ours) <= DRIFT_NS + WINDOW_NS // 2500


def test_a_way_that_has_become_longer_is_measured_anew() -> None:
    """A stream that comes 0.8 s later from now on is heard again within two seconds."""
    clock = SenderClock()
    first = settled(clock, 0)
    longer, late = 800_000_000, 0
    for number in range(1, 300):
        sender = first + number * FRAME_NS
        now = START_NS + sender + longer
        ours = clock.ours(sender, now)
        late += ours is None or now - ours > 200_000_000
    assert late * FRAME_NS <= 2_000_000_000


def test_a_jump_begins_anew() -> None:
    clock = SenderClock()
    first = settled(clock, 0)
    assert clock.ours(first + 10 * JUMP_NS, START_NS + first + FRAME_NS) is None
