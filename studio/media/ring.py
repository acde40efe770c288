"""The hand-over of sound from a source's thread to the tick: float32 stereo, indexed by absolute sample of media
time at 48 kHz (house law 2). One writer, one reader; reading never waits, a hole is silence and is counted."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from studio.model.time import SAMPLE_RATE

Samples = NDArray[np.float32]


class Ring:
    """The last `seconds` of a source's sound. `turn` counts the restarts: a writer that was still busy with an earlier
    position is not listened to."""

    def __init__(self, seconds: float = 4.0) -> None:
        self._size = int(seconds * SAMPLE_RATE)
        self._samples: Samples = np.zeros((self._size, 2), np.float32)
        self._first = 0
        self._next = 0
        self._read_to = 0
        self._ended = False
        self._changed = threading.Condition()
        self.turn = 0
        self.missing_samples = 0

    @property
    def read_to(self) -> int:
        """The sample after the last one that was read."""
        return self._read_to

    def restart(self, sample: int) -> None:
        """What follows begins at `sample`; what was there is forgotten."""
        with self._changed:
            self.turn += 1
            self._first = self._next = self._read_to = sample
            self._ended = False
            self._changed.notify_all()

    def write(self, samples: Samples, turn: int | None = None) -> None:
        """Writer: the samples that follow the last ones. The oldest are forgotten where the ring is full."""
        with self._changed:
            if turn is not None and turn != self.turn:
                return
            self._next += max(0, len(samples) - self._size)
            samples = samples[-self._size :]
            start = self._next % self._size
            head = min(len(samples), self._size - start)
            self._samples[start : start + head] = samples[:head]
            self._samples[: len(samples) - head] = samples[head:]
            self._next += len(samples)
            self._first = max(self._first, self._next - self._size)
            self._changed.notify_all()

    def end(self, turn: int | None = None) -> None:
        """Writer: nothing more will come."""
        with self._changed:
            if turn is None or turn == self.turn:
                self._ended = True
                self._changed.notify_all()

    def wait_for_room(self, count: int, timeout: float) -> bool:
        """Writer of a file: whether `count` samples fit without forgetting unread ones."""
        with self._changed:
            return self._changed.wait_for(lambda: self._next + count - self._read_to <= self._size, timeout)

    def follow(self, sample: int) -> None:
        """Nobody listens: what lies before `sample` may be forgotten."""
        with self._changed:
            if sample > self._read_to:
                self._read_to = sample
                self._changed.notify_all()

    def read(self, first: int, count: int, wait_seconds: float = 0.0) -> Samples:
        """`count` samples from absolute sample `first`; silence where there are none. With `wait_seconds` (stepped
        runs only) waits until they are all there."""
        block: Samples = np.zeros((count, 2), np.float32)
        with self._changed:
            self._read_to = max(self._read_to, first)
            self._changed.notify_all()
            if wait_seconds > 0:
                self._changed.wait_for(lambda: self._ended or self._next >= first + count, wait_seconds)
            begin, end = max(first, self._first), min(first + count, self._next)
            if begin < end:
                start = begin % self._size
                head = min(end - begin, self._size - start)
                block[begin - first : begin - first + head] = self._samples[start : start + head]
                block[begin - first + head : end - first] = self._samples[: end - begin - head]
            self._read_to = max(self._read_to, first + count)
            self._changed.notify_all()
        self.missing_samples += count - max(0, end - begin)
        return block
