"""When a destination is tried again, as a pure state machine over what happened (facts: refusal and fault look alike to
FFmpeg). Faults are probed every half second and retried without end; a server that closes before the first packet
three times in a row although it can be reached has refused; a ghost of ourselves is waited out. Pure: time is an
argument. Owned by one outlet."""

from __future__ import annotations

from dataclasses import dataclass

from studio.model.events import DestinationState

PROBE_SECONDS = 0.5
REFUSALS_UNTIL_REFUSED = 3
REFUSED_RETRY_SECONDS = 30.0
GHOST_RETRY_SECONDS = 1.0
GHOST_ADVICE_SECONDS = 60.0

REFUSING = ("closed", "certificate")


@dataclass
class Reconnect:
    """One destination's way back on air. `next_probe_at` is None while a sink is at work."""

    state: DestinationState = "off"
    reason: str = ""
    connects: int = 0
    refusals: int = 0
    next_probe_at: float | None = None
    ghost_since: float | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether anybody wants this destination; what a sink still says afterwards changes nothing."""
        return self.state not in ("off", "ended", "failed")

    def start(self, now: float) -> None:
        """Somebody wants this destination; starting twice is one."""
        if self.state in ("off", "ended", "failed"):
            self.state, self.reason, self.refusals, self.next_probe_at = "connecting", "", 0, now
            self.ghost_since = None

    def retry_now(self, now: float) -> None:
        """The button: whatever it waits for, try at once."""
        if self.next_probe_at is not None:
            self.refusals, self.next_probe_at = 0, now

    def probe_failed(self, now: float, reason: str) -> None:
        """The server could not be reached."""
        if not self.is_wanted:
            return
        self.state, self.reason, self.next_probe_at = "waiting", reason, now + PROBE_SECONDS
        self.refusals = 0

    def sink_started(self) -> None:
        """The server can be reached and a sink is at work."""
        if not self.is_wanted:
            return
        self.next_probe_at = None
        if self.state != "waiting":
            self.state = "connecting"

    def went_live(self) -> None:
        """The server takes media."""
        if not self.is_wanted:
            return
        self.state, self.reason, self.refusals, self.ghost_since = "live", "", 0, None
        self.connects += 1

    def stalled(self) -> None:
        """The server stopped taking media; the sink waits a little."""
        if self.state == "live":
            self.state, self.reason = "stalled", "stalled"

    def recovered(self) -> None:
        """A stall passed by itself."""
        if self.state == "stalled":
            self.state, self.reason = "live", ""

    def sink_failed(self, now: float, reason: str) -> None:
        """The sink gave up for a reason of the contract, or died (`killed`)."""
        if not self.is_wanted:
            return
        was_live = self.state in ("live", "stalled")
        if reason != "ghost":
            self.ghost_since = None
        self.state, self.reason = "waiting", reason
        if reason == "bad_input":
            self.state, self.next_probe_at = "failed", None
        elif reason == "ghost":
            self.ghost_since = now if self.ghost_since is None else self.ghost_since
            waited_long = now - self.ghost_since >= GHOST_ADVICE_SECONDS
            self.reason = "ghost_stays" if waited_long else "ghost"
            self.refusals = 0
            self.next_probe_at = now + GHOST_RETRY_SECONDS
        elif reason in REFUSING and not was_live:
            self.refusals += 1
            if self.refusals >= REFUSALS_UNTIL_REFUSED:
                self.state = "refused"
                self.reason = "key_refused" if reason == "closed" else reason
                self.next_probe_at = now + REFUSED_RETRY_SECONDS
            else:
                self.next_probe_at = now + PROBE_SECONDS
        else:
            # On air until just now: at once. A sink that never got there must not be started in a storm.
            self.refusals = 0
            self.next_probe_at = now if was_live else now + PROBE_SECONDS

    def stop(self) -> None:
        """Nobody wants it any more."""
        self.state, self.reason, self.next_probe_at = "ended", "", None
