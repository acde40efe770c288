"""Which canvases are encoded, and with how many bits: those that somebody receives; where a canvas goes to one
destination alone, as many bits as that one's link takes (F10); and what an encoder that cannot keep up gives up (F40).
The recording is made of the same encoding, so every such change becomes a fact. Looked after by the attendant's thread;
`current` is replaced, never changed, and read by anybody."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

from studio.engine.encoding import CanvasEncoding, SoundEncoding
from studio.engine.outlets import Outlets
from studio.media.encode import CANNOT_OPEN, can_be_eased
from studio.model.events import BitrateChanged, EncodingEased, Event, Pace
from studio.model.run import RunPlan
from studio.model.show import Canvas
from studio.program.strain import Strain

log = logging.getLogger(__name__)

DROP_SECONDS = 1.0
AGAIN_SECONDS = 5.0
"""After an encoder could not be opened."""

RUNGS: tuple[Pace, ...] = ("plan", "quick", "half")
RUNGS_OF_THE_QUICK: tuple[Pace, ...] = ("plan", "half")
"""For an encoder that knows no quicker way."""


class Encodings:
    """The encoders of a run."""

    def __init__(
        self,
        plan: RunPlan,
        outlets: Outlets,
        sound: SoundEncoding,
        on_event: Callable[[Event], None],
        on_trouble: Callable[[str], None],
    ) -> None:
        self.current: dict[str, CanvasEncoding] = {}
        self._plan = plan
        self._outlets = outlets
        self._sound = sound
        self._on_event, self._on_trouble = on_event, on_trouble
        self._is_open = False
        self._failed_at: dict[str, float] = {}
        self._strains: dict[str, Strain] = {}
        self._rungs: dict[str, tuple[Pace, ...]] = {}
        self._ended: list[tuple[str, int, int]] = []
        self._kbps = {canvas: choice.bitrate_kbps for canvas, choice in plan.encoders.items()}

    def attend(self) -> None:
        """Opens and closes what must be, and follows the links."""
        self._open_and_close()
        self._is_open = True
        for canvas, encoding in self.current.items():
            self._follow_link(canvas, encoding)
            if not self._plan.stepped:
                self._ease(canvas, encoding)

    def ask_key_frame(self, canvas: str) -> None:
        """Somebody joined a canvas."""
        encoding = self.current.get(canvas)
        if encoding is not None:
            encoding.ask_key_frame()

    def kbps(self) -> dict[str, int]:
        """Bits of each canvas' pictures, just now."""
        return {canvas: self._kbps[canvas] for canvas in self.current}

    def paces(self) -> dict[str, Pace]:
        """How each canvas keeps up."""
        return {canvas: self._rungs[canvas][self._strains[canvas].rung] for canvas in self.current}

    def frames(self) -> dict[str, dict[str, int]]:
        """What was encoded and repeated, by canvas."""
        present = [(one.canvas.id, one.frames_encoded, one.frames_repeated) for one in self.current.values()]
        told: dict[str, dict[str, int]] = {}
        for canvas, encoded, repeated in [*self._ended, *present]:
            sums = told.setdefault(canvas, {"frames_encoded": 0, "frames_repeated": 0})
            sums["frames_encoded"] += encoded
            sums["frames_repeated"] += repeated
        return told

    def close(self, end_tick: int, timeout: float) -> None:
        """The run ends: everything up to `end_tick` is encoded, then the end of the sound."""
        for encoding in self.current.values():
            encoding.close(end_tick, timeout)
        self._sound.close(timeout)

    def _open_and_close(self) -> None:
        wanted = self._outlets.wanted_canvases()
        current = dict(self.current)
        for canvas in self._plan.show.canvases:
            is_missing = canvas.id in wanted and canvas.id not in current
            if is_missing and time.monotonic() - self._failed_at.get(canvas.id, float("-inf")) > AGAIN_SECONDS:
                opened = self._open(canvas)
                if opened is not None:
                    current[canvas.id] = opened
        unwanted = [current.pop(canvas) for canvas in list(current) if canvas not in wanted]
        if current.keys() != self.current.keys():
            self.current = current
        for encoding in unwanted:
            self._close(encoding)

    def _open(self, canvas: Canvas) -> CanvasEncoding | None:
        """None where it cannot be: the other canvases go on, and it is tried again."""
        choice = self._plan.encoders[canvas.id]
        put_picture = partial(self._outlets.put_picture, canvas.id)
        try:
            opened = CanvasEncoding(canvas, choice, put_picture, self._on_trouble, self._sound.encode_waiting)
        except CANNOT_OPEN:
            if not self._is_open:
                raise  # before the first tick it is refused in words
            log.exception("the encoder of canvas %s cannot be opened", canvas.id)
            self._failed_at[canvas.id] = time.monotonic()
            return None
        self._kbps[canvas.id] = choice.bitrate_kbps
        self._rungs[canvas.id] = RUNGS if can_be_eased(choice) else RUNGS_OF_THE_QUICK
        self._strains[canvas.id] = Strain(canvas.fps, len(self._rungs[canvas.id]) - 1)
        return opened

    def _close(self, encoding: CanvasEncoding) -> None:
        """Nobody receives it any more. What it had given up is over: the next one begins as planned."""
        canvas = encoding.canvas.id
        encoding.close(0, DROP_SECONDS)
        self._ended.append((canvas, encoding.frames_encoded, encoding.frames_repeated))
        pace, kbps = self._rungs[canvas][self._strains[canvas].rung], self._kbps[canvas]
        full_kbps = self._plan.encoders[canvas].bitrate_kbps
        if pace != "plan":
            self._on_event(EncodingEased(canvas, "plan", pace))
        if kbps != full_kbps:
            self._on_event(BitrateChanged(canvas, "", full_kbps, full_kbps, kbps))

    def _ease(self, canvas: str, encoding: CanvasEncoding) -> None:
        strain, rungs = self._strains[canvas], self._rungs[canvas]
        before = rungs[strain.rung]
        strain.look(time.monotonic(), encoding.ticks_behind)
        now = rungs[strain.rung]
        if now == before:
            return
        encoding.ease(now != "plan" and can_be_eased(self._plan.encoders[canvas]))
        self._on_event(EncodingEased(canvas, now, before))

    def _follow_link(self, canvas: str, encoding: CanvasEncoding) -> None:
        full_kbps = self._plan.encoders[canvas].bitrate_kbps
        link = self._outlets.only_link(canvas)
        kbps = full_kbps if link is None else link.kbps
        if link is not None and link.is_still:
            encoding.ask_key_frame()
        before_kbps = self._kbps[canvas]
        if kbps != before_kbps:
            self._kbps[canvas] = kbps
            encoding.use_bitrate(kbps)
            label = "" if link is None else link.destination
            self._on_event(BitrateChanged(canvas, label, kbps, full_kbps, before_kbps))
