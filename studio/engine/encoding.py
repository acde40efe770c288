"""Encoding threads: one per canvas; the sound is encoded by whichever of them comes by. A canvas' thread fills holes in
the tick numbers by encoding the picture before them again, so that every tick has exactly one packet (house law 1);
after a gap it begins with a key frame. Packets go to whoever the engine connected."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

import numpy as np

from studio.link import process
from studio.media.encode import CANNOT_OPEN, SoundEncoder, VideoEncoder
from studio.media.frame import FramePool, PooledFrame
from studio.media.ring import Samples
from studio.model.packet import Packet
from studio.model.run import EncoderChoice
from studio.model.show import Canvas
from studio.model.time import SAMPLE_RATE

log = logging.getLogger(__name__)

FRAMES_IN_FLIGHT = 8
KEY_FRAME_SECONDS = 1.0
ENCODER_PRIORITY = 2
GAP_SAMPLES = SAMPLE_RATE
SOUND_BUNDLE = 3
"""Ticks of sound encoded in one go: between two pictures the encoder's code has to be fetched anew, which costs as much
as its work."""


class CanvasEncoding:
    """Encodes one canvas. The tick takes a frame from `pool`, paints it and offers it; when the pool is empty the tick
    goes without, and the hole is filled here."""

    def __init__(
        self,
        canvas: Canvas,
        choice: EncoderChoice,
        on_packet: Callable[[Packet], None],
        on_trouble: Callable[[str], None],
        encode_sound: Callable[[], None],
    ) -> None:
        self.canvas = canvas
        self.pool = FramePool(canvas.width, canvas.height, FRAMES_IN_FLIGHT)
        self.frames_encoded = 0
        self.frames_repeated = 0
        self._on_packet = on_packet
        self._on_trouble = on_trouble
        self._encode_sound = encode_sound
        self.ticks_behind = 0
        self._choice = choice
        self._encoder = VideoEncoder(canvas, choice)
        self._is_eased = self._wants_ease = False
        self._frames: queue.SimpleQueue[PooledFrame | int] = queue.SimpleQueue()
        self._last: PooledFrame | None = None
        self._gap_before = -1
        self._kbps = self._wanted_kbps = choice.bitrate_kbps
        self._key_wanted = True
        self._key_at = -KEY_FRAME_SECONDS
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=f"encode-{canvas.id}", daemon=True)
        self._thread.start()

    def ask_key_frame(self) -> None:
        """Somebody joined: a key frame soon, at most one a second (house law 4)."""
        with self._lock:
            self._key_wanted = True

    def use_bitrate(self, kbps: int) -> None:
        """From the next picture on, so many kilobits a second."""
        self._wanted_kbps = kbps

    def ease(self, wanted: bool) -> None:
        """From the next picture on, in a hurry or as planned; that picture is a key frame."""
        self._wants_ease = wanted

    def offer(self, frame: PooledFrame, tick: int) -> None:
        """Tick: a painted frame."""
        frame.tick = tick
        frame.is_key = self._is_key_due(tick)
        self.pool.show(frame)
        self._frames.put(frame)

    def note_gap(self, next_tick: int) -> None:
        """Tick: what lies before `next_tick` was never made and is not to be filled."""
        self._gap_before = next_tick
        with self._lock:
            self._key_wanted, self._key_at = True, -KEY_FRAME_SECONDS

    def close(self, end_tick: int, timeout: float) -> None:
        """Encodes what is queued, repeats the last picture up to the end of the run, flushes and ends."""
        self._frames.put(end_tick)
        self._thread.join(timeout)

    def _is_key_due(self, tick: int) -> bool:
        with self._lock:
            seconds = tick / self.canvas.fps
            if self._key_wanted and seconds - self._key_at >= KEY_FRAME_SECONDS:
                self._key_wanted, self._key_at = False, seconds
                return True
            return False

    def _run(self) -> None:
        process.favour_thread(ENCODER_PRIORITY)
        while True:
            frame = self._frames.get()
            try:
                if isinstance(frame, int):
                    self._fill_through(frame)
                    break
                self._encode(frame)
            except Exception as error:  # the encoder's thread must say that it died, whatever killed it
                log.exception("the encoder of canvas %s failed", self.canvas.id)
                self._on_trouble(type(error).__name__)
                return
        for packet in self._encoder.flush():
            self._on_packet(packet)

    def _encode(self, frame: PooledFrame) -> None:
        last = self._last
        if last is not None and not (last.tick < self._gap_before <= frame.tick):
            self._fill_through(frame.tick)
        self._emit(frame, frame.tick)
        if last is not None:
            self.pool.give_back(last)
        self._last = frame

    def _fill_through(self, end_tick: int) -> None:
        """Repeats the last picture for the ticks after it, up to but not including `end_tick`."""
        last = self._last
        if last is None:
            return
        last.is_key = False
        for tick in range(last.tick + 1, end_tick):
            self._emit(last, tick)
            self.frames_repeated += 1

    def _emit(self, frame: PooledFrame, tick: int) -> None:
        if self._is_eased != self._wants_ease:
            self._change_pace(frame)
        if self._kbps != self._wanted_kbps:
            self._kbps = self._wanted_kbps
            self._encoder.use_bitrate(self._kbps)
        packets = self._encoder.encode(frame, tick)
        frame.is_key = False  # what repeats it is none
        # Just before its picture: whoever waits for a picture finds the sound beside it and wakes up once.
        self._encode_sound()
        for packet in packets:
            self.frames_encoded += 1
            self._on_packet(packet)

    def _change_pace(self, frame: PooledFrame) -> None:
        self._is_eased = self._wants_ease
        try:
            other = VideoEncoder(self.canvas, self._choice, self._is_eased)
        except CANNOT_OPEN:
            log.exception("no other encoder can be opened: this one goes on")
            return
        for packet in self._encoder.flush():
            self._on_packet(packet)
        self._encoder = other
        self._kbps = self._choice.bitrate_kbps
        frame.is_key = True


class SoundEncoding:
    """Encodes the program sound once for all canvases, in their threads: a thread of its own would be woken at every
    tick for a quarter of a millisecond of work, and the waking costs three times as much."""

    def __init__(self, on_packet: Callable[[Packet], None], most_queued: int) -> None:
        self._on_packet = on_packet
        self._encoder = SoundEncoder()
        self._next_sample: int | None = None
        self._not_before = -SAMPLE_RATE
        self._blocks: queue.SimpleQueue[tuple[Samples, int]] = queue.SimpleQueue()
        self._most_queued = most_queued
        self._has_room = threading.Event()
        self._at_work = threading.Lock()

    def offer(self, samples: Samples, first_sample: int, wait_seconds: float = 0.0) -> bool:
        """Tick: the samples of one tick. Never waits in a live run; False where there was no room for them."""
        if self._blocks.qsize() >= self._most_queued:
            self._has_room.clear()
            if self._blocks.qsize() >= self._most_queued and not self._has_room.wait(wait_seconds):
                return False
        self._blocks.put((samples, first_sample))
        return True

    def encode_waiting(self) -> None:
        """A canvas' thread: what was offered, once it is worth it. Where another one is at it, that one does it all."""
        if self._blocks.qsize() < SOUND_BUNDLE:
            return
        if self._at_work.acquire(blocking=False):
            try:
                self._encode_all()
            finally:
                self._at_work.release()

    def close(self, timeout: float) -> None:
        """After the canvases: encodes what is left and flushes; gives up after `timeout` seconds on one that hangs."""
        if not self._at_work.acquire(timeout=timeout):
            log.error("the sound encoder does not come back: the end of the sound is missing")
            return
        self._encode_all()
        self._flush()

    def _encode_all(self) -> None:
        while not self._blocks.empty():
            samples, first_sample = self._blocks.get()
            self._has_room.set()
            self._bridge(first_sample)
            self._encode(samples, first_sample)

    def _bridge(self, first_sample: int) -> None:
        """An encoder counts samples without holes. A short one is silence; a gap begins anew, since the first packet of
        an encoder lies before its first sample and must not lie before the last one's end."""
        hole = 0 if self._next_sample is None else first_sample - self._next_sample
        if 0 < hole < GAP_SAMPLES and self._next_sample is not None:
            self._encode(np.zeros((hole, 2), np.float32), self._next_sample)
        elif hole:
            self._flush()
            self._encoder = SoundEncoder()
            self._not_before = first_sample  # an encoder's first packet is run-up: it would lie in the gap

    def _encode(self, samples: Samples, first_sample: int) -> None:
        self._next_sample = first_sample + len(samples)
        try:
            for packet in self._encoder.encode(samples, first_sample):
                if packet.pts >= self._not_before:
                    self._on_packet(packet)
        except Exception:  # a show must not go mute behind green lights: the encoder is opened anew
            log.exception("the sound encoder failed: opening another")
            self._encoder = SoundEncoder()

    def _flush(self) -> None:
        for packet in self._encoder.flush():
            self._on_packet(packet)
