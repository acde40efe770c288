"""Which canvases are encoded, and with how many bits: those that somebody receives; where a canvas goes to one
destination alone, as many bits as that one's link takes (F10); and what an encoder that cannot keep up gives up (F40).
The recording is made of the same encoding, so every such change becomes a fact. Looked after by the attendant's thread;
`current` is replaced, never changed, and read by anybody."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from studio.engine.encoding import CanvasEncoding, SoundEncoding
from studio.engine.outlets import Outlets
from studio.media.encode import can_be_eased, keeps_its_headers
from studio.model.events import BitrateChanged, EncodingEased, Event, Pace
from studio.model.run import RunPlan
from studio.program.strain import Strain

DROP_SECONDS = 1.0
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
        self._strains: dict[str, Strain] = {}
        self._rungs: dict[str, tuple[Pace, ...]] = {}
        self._ended: list[tuple[str, int, int]] = []
        self._kbps = {canvas: choice.bitrate_kbps for canvas, choice in plan.encoders.items()}

    def attend(self) -> None:
        """Opens and closes what must be, and follows the links."""
        self._open_and_close()
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
            if canvas.id in wanted and canvas.id not in current:
                current[canvas.id] = CanvasEncoding(
                    canvas,
                    self._plan.encoders[canvas.id],
                    partial(self._outlets.put_picture, canvas.id),
                    self._on_trouble,
                    self._sound.encode_waiting,
                )
                choice = self._plan.encoders[canvas.id]
                self._kbps[canvas.id] = choice.bitrate_kbps
                self._rungs[canvas.id] = RUNGS if can_be_eased(choice) else RUNGS_OF_THE_QUICK
                self._strains[canvas.id] = Strain(canvas.fps, len(self._rungs[canvas.id]) - 1)
        unwanted = [current.pop(canvas) for canvas in list(current) if canvas not in wanted]
        if current.keys() != self.current.keys():
            self.current = current
        for encoding in unwanted:
            encoding.close(0, DROP_SECONDS)
            self._ended.append((encoding.canvas.id, encoding.frames_encoded, encoding.frames_repeated))

    def _ease(self, canvas: str, encoding: CanvasEncoding) -> None:
        strain, rungs = self._strains[canvas], self._rungs[canvas]
        before = rungs[strain.rung]
        strain.look(time.monotonic(), encoding.ticks_behind)
        now = rungs[strain.rung]
        if now == before:
            return
        choice = self._plan.encoders[canvas]
        if can_be_eased(choice) and "plan" in (now, before):
            encoding.ease(now != "plan")
            if not keeps_its_headers(choice):
                self._outlets.split_at(0)
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
