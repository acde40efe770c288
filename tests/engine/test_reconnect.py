"""The way back on air: faults are retried without end, three refusals in a row are told and tried rarely, a ghost is
waited out, and nothing a sink still says wakes what was stopped."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from studio.engine.reconnect import (
    GHOST_ADVICE_SECONDS,
    GHOST_RETRY_SECONDS,
    PROBE_SECONDS,
    REFUSED_RETRY_SECONDS,
    REFUSING,
    Reconnect,
)

FAULTS = ["stalled", "killed", "unreachable", "broken", "tls"]
STATES = ["off", "connecting", "live", "stalled", "waiting", "refused", "ended", "failed"]


def at_work(state: str = "connecting") -> Reconnect:
    """A destination in a state, at 100 s."""
    one = Reconnect()
    if state != "off":
        one.start(100.0)
    if state in ("connecting", "live", "stalled", "refused", "failed"):
        one.sink_started()
    if state in ("live", "stalled"):
        one.went_live()
    if state == "stalled":
        one.stalled()
    if state == "waiting":
        one.probe_failed(100.0, "unreachable")
    if state == "refused":
        for _ in range(3):
            one.sink_failed(100.0, "closed")
    if state == "failed":
        one.sink_failed(100.0, "bad_input")
    if state == "ended":
        one.stop()
    assert one.state == state
    return one


@pytest.mark.parametrize("state", ["off", "ended", "failed"])
def test_a_start_is_tried_at_once(state: str) -> None:
    one = at_work(state)
    one.start(200.0)
    assert (one.state, one.reason, one.next_probe_at) == ("connecting", "", 200.0)


@pytest.mark.parametrize("state", STATES)
def test_two_starts_are_one(state: str) -> None:
    one, other = at_work(state), at_work(state)
    for reconnect in (one, other):
        reconnect.start(200.0)
    other.start(200.001)
    assert one == other


@pytest.mark.parametrize("state", [state for state in STATES if state not in ("off", "ended", "failed")])
def test_a_start_changes_nothing_of_what_runs(state: str) -> None:
    one = at_work(state)
    one.start(200.0)
    assert one == at_work(state)


@pytest.mark.parametrize("state", STATES)
def test_it_can_be_stopped_in_any_state(state: str) -> None:
    one = at_work(state)
    one.stop()
    assert (one.state, one.reason, one.next_probe_at) == ("ended", "", None)
    one.stop()
    one.retry_now(1.0)
    assert (one.state, one.next_probe_at) == ("ended", None)


@pytest.mark.parametrize("state", ["off", "ended", "failed"])
@pytest.mark.parametrize("what", ["probe_failed", "sink_started", "went_live", "stalled", "recovered", "sink_failed"])
@pytest.mark.parametrize("reason", [*FAULTS, *REFUSING, "ghost", "bad_input"])
def test_what_is_said_afterwards_changes_nothing(state: str, what: str, reason: str) -> None:
    one = at_work(state)
    told = {"probe_failed": (101.0, reason), "sink_failed": (101.0, reason)}.get(what, ())
    getattr(one, what)(*told)
    assert one == at_work(state)


def test_an_unreachable_server_is_probed_every_half_second_for_ever() -> None:
    one = at_work("off")
    now = 5.0
    one.start(now)
    for _ in range(10_000):
        assert one.next_probe_at is not None
        assert one.next_probe_at - now in (0.0, PROBE_SECONDS)
        now = one.next_probe_at
        one.probe_failed(now, "unreachable")
        assert (one.state, one.reason) == ("waiting", "unreachable")


@pytest.mark.parametrize("reason", REFUSING)
def test_three_refusals_in_a_row_are_a_refusal(reason: str) -> None:
    one = at_work()
    states, waits = [], []
    for _ in range(6):
        one.sink_started()
        one.sink_failed(7.0, reason)
        states.append(one.state)
        waits.append((one.next_probe_at or 0) - 7.0)
    assert states == ["waiting", "waiting", "refused", "refused", "refused", "refused"]
    assert waits == [PROBE_SECONDS] * 2 + [REFUSED_RETRY_SECONDS] * 4
    assert one.reason == ("key_refused" if reason == "closed" else reason)


@pytest.mark.parametrize("between", [*FAULTS, "ghost", "live", "unreachable probe", "button", "stop and start"])
@pytest.mark.parametrize("before", [1, 2])
def test_only_refusals_in_a_row_count(between: str, before: int) -> None:
    one = at_work()
    for _ in range(before):
        one.sink_failed(7.0, "closed")
    if between == "live":
        one.went_live()
        one.sink_failed(7.0, "closed")
    elif between == "unreachable probe":
        one.probe_failed(7.0, "unreachable")
    elif between == "button":
        one.retry_now(7.0)
    elif between == "stop and start":
        one.stop()
        one.start(7.0)
    else:
        one.sink_failed(7.0, between)
    for expected in ("waiting", "waiting", "refused"):
        one.sink_started()
        one.sink_failed(8.0, "closed")
        assert one.state == expected


@pytest.mark.parametrize("state", ["live", "stalled"])
@pytest.mark.parametrize("reason", [*FAULTS, *REFUSING])
def test_what_was_on_air_is_tried_again_at_once(state: str, reason: str) -> None:
    one = at_work(state)
    one.sink_failed(300.0, reason)
    assert (one.state, one.reason, one.next_probe_at, one.refusals) == ("waiting", reason, 300.0, 0)


@pytest.mark.parametrize("reason", FAULTS)
def test_a_sink_that_never_got_there_is_not_started_in_a_storm(reason: str) -> None:
    one = at_work()
    one.sink_failed(300.0, reason)
    assert one.next_probe_at == 300.0 + PROBE_SECONDS


def test_a_ghost_is_waited_out_every_second_and_told_after_a_minute() -> None:
    one = at_work("live")
    now = 10.0
    one.sink_failed(now, "killed")
    told = []
    for _ in range(130):
        one.sink_started()
        one.sink_failed(now, "ghost")
        assert one.state == "waiting"
        assert one.next_probe_at == now + GHOST_RETRY_SECONDS
        told.append((now - 10.0 >= GHOST_ADVICE_SECONDS, one.reason))
        now = one.next_probe_at
    assert set(told) == {(False, "ghost"), (True, "ghost_stays")}
    one.sink_started()
    one.went_live()
    assert (one.state, one.reason, one.ghost_since) == ("live", "", None)


@pytest.mark.parametrize("between", ["live", "stop and start", "killed"])
def test_a_later_ghost_is_a_new_one(between: str) -> None:
    one = at_work()
    one.sink_failed(10.0, "ghost")
    if between == "live":
        one.went_live()
        one.sink_failed(500.0, "killed")
    elif between == "stop and start":
        one.stop()
        one.start(500.0)
    else:
        one.sink_failed(500.0, between)
    one.sink_started()
    one.sink_failed(501.0, "ghost")
    assert one.reason == "ghost"


def test_bad_input_is_final_until_somebody_starts_it_again() -> None:
    one = at_work("failed")
    assert (one.next_probe_at, one.reason) == (None, "bad_input")
    one.retry_now(1.0)
    assert one.next_probe_at is None


@pytest.mark.parametrize("state", ["waiting", "refused"])
def test_the_button_tries_at_once(state: str) -> None:
    one = at_work(state)
    one.retry_now(101.0)
    assert (one.next_probe_at, one.refusals) == (101.0, 0)


@pytest.mark.parametrize("state", ["connecting", "live", "stalled"])
def test_the_button_does_not_disturb_a_sink_at_work(state: str) -> None:
    one = at_work(state)
    one.retry_now(101.0)
    assert one == at_work(state)


def test_a_stall_passes() -> None:
    one = at_work("stalled")
    assert one.reason == "stalled"
    one.recovered()
    assert (one.state, one.reason, one.connects) == ("live", "", 1)


@pytest.mark.parametrize("state", ["connecting", "waiting", "refused"])
def test_only_what_is_on_air_stalls_or_recovers(state: str) -> None:
    one = at_work(state)
    one.stalled()
    one.recovered()
    assert one == at_work(state)


class AnyLife(RuleBasedStateMachine):
    """Whatever happens, in any order: who is wanted is tried again soon, who is not is left alone."""

    def __init__(self) -> None:
        super().__init__()
        self.one = Reconnect()
        self.now = 0.0
        self.wanted = self.sink = False
        self.on_air = False
        self.refusals = self.connects = 0

    @rule(seconds=st.sampled_from([0.001, 0.3, 0.5, 1.0, 29.0, 70.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def start(self) -> None:
        if not self.wanted:
            self.refusals = 0
        self.one.start(self.now)
        self.wanted = True

    @rule()
    def stop(self) -> None:
        self.one.stop()
        self.wanted = self.sink = self.on_air = False

    @rule()
    def button(self) -> None:
        if self.one.next_probe_at is not None:
            self.refusals = 0
        self.one.retry_now(self.now)

    @precondition(lambda self: self.wanted and not self.sink)
    @rule(reachable=st.booleans())
    def probe(self, reachable: bool) -> None:
        assert self.one.next_probe_at is not None
        self.now = max(self.now, self.one.next_probe_at)
        if reachable:
            self.one.sink_started()
            self.sink = True
        else:
            self.one.probe_failed(self.now, "unreachable")
            self.refusals = 0

    @precondition(lambda self: self.sink and not self.on_air)
    @rule()
    def goes_live(self) -> None:
        self.one.went_live()
        self.on_air = True
        self.connects += 1
        self.refusals = 0

    @precondition(lambda self: self.on_air)
    @rule(passes=st.booleans())
    def stalls(self, passes: bool) -> None:
        self.one.stalled()
        assert self.one.state == "stalled"
        if passes:
            self.one.recovered()
            assert self.one.state == "live"

    @precondition(lambda self: self.sink)
    @rule(reason=st.sampled_from([*FAULTS, *REFUSING, "ghost", "closed", "closed", "closed"]))
    def fails(self, reason: str) -> None:
        self.one.sink_failed(self.now, reason)
        refused = reason in REFUSING and not self.on_air
        self.refusals = self.refusals + 1 if refused else 0
        self.sink = self.on_air = False
        assert (self.one.state == "refused") is (self.refusals >= 3)
        assert self.one.next_probe_at is not None
        longest = REFUSED_RETRY_SECONDS if self.refusals >= 3 else GHOST_RETRY_SECONDS
        assert self.one.next_probe_at <= self.now + longest

    @rule(reason=st.sampled_from([*FAULTS, *REFUSING, "ghost"]))
    @precondition(lambda self: not self.wanted)
    def somebody_still_talks(self, reason: str) -> None:
        self.one.sink_failed(self.now, reason)
        self.one.probe_failed(self.now, reason)
        self.one.went_live()
        self.one.stalled()

    @invariant()
    def wanted_means_tried(self) -> None:
        assert self.one.is_wanted is self.wanted
        assert (self.one.next_probe_at is not None) is (self.wanted and not self.sink)
        assert self.one.refusals == self.refusals or not self.wanted
        assert self.one.connects == self.connects
        if self.on_air:
            assert self.one.state in ("live", "stalled")
        if not self.wanted:
            assert self.one.state in ("off", "ended")


AnyLife.TestCase.settings = settings(max_examples=50, stateful_step_count=40)
TestAnyLife = AnyLife.TestCase
