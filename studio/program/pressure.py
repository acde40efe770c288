"""How many bits a canvas may have while the link of a destination takes less than the encoder makes (F10, F11). Decided
from two figures of the sender alone: how old what waits has become, and how many bytes the server has acknowledged.
The link is measured where it is the limit, a little less than that is used, and now and then a little more is tried. A
link that stands still says nothing about its width: then nothing changes. Pure; times are arguments. Owned by one
outlet."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

LEAST_KBPS = 100
SOUND_KBPS = 140
"""128 kbit/s of AAC and what it is wrapped in."""

CALM_SECONDS = 0.5
HIGH_SECONDS, TRYING_SECONDS = 0.8, 0.4
GROWTH_SECONDS = 0.08
"""Age of what waits: below the first all is well; above the second (the third while more is tried than was measured),
and growing by the fourth in a second, the link takes less than it is given."""

WINDOW_SECONDS = 1.0
SILENT_SECONDS = 0.45
"""The server acknowledges many times a second; a pause as long as two looks is a stall, no measure of a rate."""

SETTLE_SECONDS = 1.0
FIRST_TRY_SECONDS, MOST_TRY_SECONDS, PATIENCE = 8.0, 14.0, 1.5
"""After a measurement so long until more than it is tried; longer after each try that failed."""

USED_PART, DRAINING_PART = 0.85, 0.65
"""Of the measured rate: while all is well, and while what has piled up must go."""

RISE, LEAST_RISE_KBPS = 1.25, 30
STILLS_SECONDS = 2.0
"""At the least rate and still growing older for so long: only sound and key frames go out."""

WELL_SECONDS = 5.0
MOST_WELL_SECONDS = 30.0


class Look(NamedTuple):
    """One measurement; `acknowledged` counts bytes since the connection began."""

    at: float
    age: float
    acknowledged: int


class Pressure:
    """`kbps` is what the pictures may have; `is_still` asks for sound and key frames alone."""

    def __init__(self, full_kbps: int) -> None:
        self.full_kbps = full_kbps
        self.kbps = full_kbps
        self.is_still = False
        self._looks: deque[Look] = deque()
        self._changed_at = float("-inf")
        self._moved_at = float("-inf")
        self._measured_kbps: float | None = None
        self._trusted_until = float("-inf")
        self._try_seconds = FIRST_TRY_SECONDS
        self._crowded_since: float | None = None
        self._calm_since: float | None = None
        self._well_seconds = WELL_SECONDS

    @property
    def is_lowered(self) -> bool:
        """Whether the link takes less than the full rate."""
        return self.kbps < self.full_kbps or self.is_still

    @property
    def _is_trying(self) -> bool:
        return self._measured_kbps is not None and self.kbps > self._measured_kbps * USED_PART - SOUND_KBPS

    def connect(self) -> None:
        """Another connection: its bytes count from zero; what the link takes is believed to be as before."""
        self._looks.clear()
        self._crowded_since = self._calm_since = None

    def look(self, at: float, age: float, acknowledged: int) -> None:
        """One more measurement, a few times a second; `age` in seconds."""
        if not self._looks or acknowledged > self._looks[-1].acknowledged:
            self._moved_at = at
        self._looks.append(Look(at, age, acknowledged))
        while len(self._looks) > 2 and self._looks[1].at <= at - WINDOW_SECONDS:
            self._looks.popleft()
        past = self._looks[0]
        if at - past.at < WINDOW_SECONDS / 2 or at - self._moved_at > SILENT_SECONDS:
            return
        is_crowded = age > (TRYING_SECONDS if self._is_trying else HIGH_SECONDS) and age > past.age + GROWTH_SECONDS * (
            at - past.at
        )
        self._note(at, is_crowded, age < CALM_SECONDS)
        if is_crowded:
            self._fall(at, (acknowledged - past.acknowledged) * 8 / 1000 / (at - past.at))
        elif age < CALM_SECONDS:
            self._rise(at)

    def _note(self, at: float, is_crowded: bool, is_calm: bool) -> None:
        if is_crowded and self._crowded_since is None:
            self._crowded_since = at
        elif age_passed(self._crowded_since, at, WINDOW_SECONDS) and not is_crowded:
            self._crowded_since = None
        self._calm_since = (self._calm_since or at) if is_calm else None

    def _fall(self, at: float, measured_kbps: float) -> None:
        if at - self._changed_at < SETTLE_SECONDS or measured_kbps <= 0:
            return
        if self.kbps <= LEAST_KBPS:
            if age_passed(self._crowded_since, at, STILLS_SECONDS) and not self.is_still:
                self.is_still = True
                self._well_seconds = min(MOST_WELL_SECONDS, self._well_seconds * 2)
                self._changed_at = at
            return
        if self._is_trying:
            self._try_seconds = min(MOST_TRY_SECONDS, self._try_seconds * PATIENCE)
        self._measured_kbps, self._trusted_until = measured_kbps, at + self._try_seconds
        self._set(at, min(self.kbps * USED_PART, measured_kbps * DRAINING_PART - SOUND_KBPS))

    def _rise(self, at: float) -> None:
        if at - self._changed_at < SETTLE_SECONDS or not self.is_lowered:
            return
        if self.is_still:
            if age_passed(self._calm_since, at, self._well_seconds):
                self.is_still, self._changed_at = False, at
            return
        most = float(self.full_kbps)
        if at < self._trusted_until and self._measured_kbps is not None:
            most = min(most, self._measured_kbps * USED_PART - SOUND_KBPS)
        raised = min(most, max(self.kbps * RISE, self.kbps + LEAST_RISE_KBPS))
        if raised > self.kbps:
            self._set(at, raised)
        if self.kbps == self.full_kbps:
            self._well_seconds, self._try_seconds, self._measured_kbps = WELL_SECONDS, FIRST_TRY_SECONDS, None

    def _set(self, at: float, kbps: float) -> None:
        self.kbps = max(min(LEAST_KBPS, self.full_kbps), min(self.full_kbps, round(kbps)))
        self._changed_at = at


def age_passed(since: float | None, at: float, seconds: float) -> bool:
    """Whether something that began at `since` has lasted so long."""
    return since is not None and at - since >= seconds
