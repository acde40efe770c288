"""PulseAudio and PipeWire move a recording to another microphone by themselves when its own is unplugged (measured:
within a second, PulseAudio 16). A studio must not: somebody in the next room would be on air (house law 12). So the
server is asked, again and again, which microphone our recording hangs on. Linux only; elsewhere, and for devices opened
past the server, there is nothing to ask. Owned by the microphone's thread."""

from __future__ import annotations

import os
import sys
from typing import Any

OWNER = "application.process.id"
CHOSEN = "PULSE_SOURCE"
"""The environment variable by which the server's ALSA device is told whom to record."""


def _connected() -> Any:
    """The server of this session, or None."""
    if sys.platform != "linux":
        return None
    import pulsectl

    pulse = pulsectl.Pulse("jangteo", connect=False)
    try:
        pulse.connect(autospawn=False, wait=False)
    except (pulsectl.PulseError, OSError):
        return None  # no such server: devices are opened past it
    return pulse


def sources() -> list[tuple[str, str]]:
    """Name and description of everything the server records from."""
    pulse = _connected()
    if pulse is None:
        return []
    import pulsectl

    with pulse:
        try:
            return [(str(source.name), str(source.description or source.name)) for source in pulse.source_list()]
        except (pulsectl.PulseError, OSError):
            return []


class SoundServer:
    """The connection to the server of this session, if there is one. `wanted` is the name of the source that our
    recording must hang on; empty where it was not the server that was asked for it."""

    def __init__(self, wanted: str = "") -> None:
        self._pulse: Any = _connected()
        self._wanted = wanted
        self._ours: dict[int, int] | None = None

    def is_faithful(self) -> bool:
        """Whether our recording hangs on the microphone it began with; False once it was moved or is gone."""
        if self._pulse is None:
            return not self._wanted
        now = self._recordings()
        if now is None:
            return False
        if self._ours is None:
            if self._wanted and (not now or self._names(now) != {self._wanted}):
                return False
            self._ours = now
        # Looking for devices opens each for a moment: those recordings may still be there at first, and go.
        kept = self._ours.keys() & now.keys()
        if any(now[index] != self._ours[index] for index in kept):
            return False
        return bool(kept) or not self._ours

    def _names(self, recordings: dict[int, int]) -> set[str]:
        import pulsectl

        try:
            return {str(self._pulse.source_info(source).name) for source in recordings.values()}
        except (pulsectl.PulseError, OSError):
            return set()

    def _recordings(self) -> dict[int, int] | None:
        """Recordings of this process and their sources; None where the server is gone."""
        import pulsectl

        try:
            outputs = self._pulse.source_output_list()
        except (pulsectl.PulseError, OSError):
            return None
        mine = str(os.getpid())
        return {int(one.index): int(one.source) for one in outputs if one.proplist.get(OWNER) == mine}
