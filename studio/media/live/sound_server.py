"""PulseAudio and PipeWire move a recording to another microphone by themselves when its own is unplugged (measured:
within a second, PulseAudio 16). A studio must not: somebody in the next room would be on air (house law 12). So the
server is asked, again and again, which microphone our recording hangs on. Linux only; elsewhere, and for devices opened
past the server, there is nothing to ask. Owned by the microphone's thread."""

from __future__ import annotations

import os
import sys
from typing import Any

OWNER = "application.process.id"


class SoundServer:
    """The connection to the server of this session, if there is one."""

    def __init__(self) -> None:
        self._pulse: Any = None
        self._ours: dict[int, int] | None = None
        if sys.platform == "linux":
            self._connect()

    def _connect(self) -> None:
        import pulsectl

        try:
            self._pulse = pulsectl.Pulse("jangteo", connect=False)
            self._pulse.connect(autospawn=False, wait=False)
        except (pulsectl.PulseError, OSError):
            self._pulse = None  # no such server: devices are opened past it

    def is_faithful(self) -> bool:
        """Whether our recording hangs on the microphone it began with; False once it was moved or is gone."""
        if self._pulse is None:
            return True
        now = self._recordings()
        if now is None:
            return False
        if self._ours is None:
            self._ours = now
        # Looking for devices opens each for a moment: those recordings may still be there at first, and go.
        kept = self._ours.keys() & now.keys()
        if any(now[index] != self._ours[index] for index in kept):
            return False
        return bool(kept) or not self._ours

    def _recordings(self) -> dict[int, int] | None:
        """Recordings of this process and their sources; None where the server is gone."""
        import pulsectl

        try:
            outputs = self._pulse.source_output_list()
        except (pulsectl.PulseError, OSError):
            return None
        mine = str(os.getpid())
        return {int(one.index): int(one.source) for one in outputs if one.proplist.get(OWNER) == mine}
