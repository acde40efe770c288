"""A phone for the bench: pictures and sound encoded once and held, written as a file or pushed to an RTMP address again
and again at their own pace, by a sink process as every show uses it. The pushing has a thread of its own."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from studio.link import children
from studio.link.wire import frame_message, frame_packet
from studio.media.encode import SoundEncoder, VideoEncoder
from studio.media.frame import PooledFrame
from studio.media.sources.pattern import PatternSource
from studio.model.packet import VIDEO, Packet
from studio.model.run import EncoderChoice
from studio.model.show import Canvas
from studio.model.time import SAMPLE_RATE, samples_per_tick
from studio.program.draw_list import Look

ROUND_SECONDS = 8
"""A whole number of pictures and of sound packets: 375 of 1024 samples."""

END_SECONDS = 10.0


def held_packets(canvas: Canvas, choice: EncoderChoice) -> list[Packet]:
    """One round of the pattern and its beeps, in the order of time."""
    source = PatternSource("busy", canvas.fps)
    encoder, sound_encoder = VideoEncoder(canvas, choice), SoundEncoder()
    frame = PooledFrame(canvas.width, canvas.height)
    packets: list[Packet] = []
    for tick in range(ROUND_SECONDS * canvas.fps):
        shown = source.picture(Look(canvas.width, canvas.height), tick, 0.0)
        samples = source.sound(tick, 0.0)
        assert shown is not None
        assert samples is not None
        for plane, part in zip(frame.planes, shown.planes, strict=True):
            plane[:] = part
        frame.is_key = tick == 0
        packets += encoder.encode(frame, tick)
        packets += sound_encoder.encode(samples, tick * samples_per_tick(canvas.fps))
    return packets


def write_clip(path: Path, packets: Sequence[Packet], canvas: Canvas) -> None:
    """The round as a video file."""
    child = children.spawn("sink", log_name="bench-sink")
    assert child.stdin is not None
    frames = [_opening(canvas, kind="file", path=str(path)), *map(frame_packet, packets)]
    child.stdin.write(b"".join([*frames, frame_message({"do": "close"})]))
    child.stdin.close()
    child.wait(END_SECONDS)


class Pushing:
    """Within the block the rounds go to `server` under `key`."""

    def __init__(self, packets: Sequence[Packet], canvas: Canvas, server: str, key: str) -> None:
        self._packets, self._fps = packets, canvas.fps
        self._opening = _opening(canvas, kind="network", label="bench", server=server, key=key, ca_file=None)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="push", daemon=True)

    def __enter__(self) -> Pushing:
        self._child = children.spawn("sink", log_name="bench-sink")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        children.kill(self._child)
        self._thread.join()
        self._child.wait(END_SECONDS)

    def _run(self) -> None:
        assert self._child.stdin is not None
        number = self._child.stdin.fileno()
        begun, rounds = time.monotonic(), 0
        try:
            os.write(number, self._opening)
            while True:
                for packet in self._packets:
                    sent = _later(packet, rounds, self._fps)
                    rate = self._fps if packet.stream == VIDEO else SAMPLE_RATE
                    if self._over.wait(max(0.0, begun + sent.pts / rate - time.monotonic())):
                        return
                    data = frame_packet(sent)
                    while data:
                        data = data[os.write(number, data) :]
                rounds += 1
        except OSError:
            return  # the sink is gone: nobody listens any more


def _later(packet: Packet, rounds: int, fps: int) -> Packet:
    shift = rounds * ROUND_SECONDS * (fps if packet.stream == VIDEO else SAMPLE_RATE)
    return replace(packet, pts=packet.pts + shift, dts=packet.dts + shift)


def _opening(canvas: Canvas, **config: Any) -> bytes:
    return frame_message({"do": "open", "fps": canvas.fps, "width": canvas.width, "height": canvas.height, **config})
