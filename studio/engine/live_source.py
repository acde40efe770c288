"""A live source as the tick sees it: what a process of its own grabs, behind the same Slot and Ring as a file. Decides
whether it gives anything (lost, frozen, hanging), and starts its process again for as long as the run wants it. Media
time is program time: pictures and sound carry the moment of their capture on the monotonic clock, and a tick takes what
was captured when it was due, less the source's delay. Threads: those of its process, and one that watches."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from studio import paths
from studio.engine.source_process import SourceProcess
from studio.link.mapped_pictures import PictureReader
from studio.link.reach import listening_url
from studio.link.wire import Message
from studio.media.frame import Planes
from studio.media.prepare import Prepared
from studio.media.ring import Ring, Samples
from studio.media.slot import Slot
from studio.media.sources.source import SourceInfo
from studio.model import show as plan
from studio.model.packet import Packet
from studio.model.secret import Secret
from studio.model.time import SAMPLE_RATE, samples_per_tick
from studio.program.draw_list import Look

log = logging.getLogger(__name__)

LOST_SECONDS = 0.8
LOOK_SECONDS = 0.1
RESTART_SECONDS = 0.3
MOST_RESTART_SECONDS = 1.5
FROZEN_RESTART_SECONDS = 5.0
STEADY_SECONDS = 5.0
JUMP_SAMPLES = SAMPLE_RATE * 3 // 100
"""A device's clock may be away from ours by 30 ms before sound is set right with a jump."""

LATENCY_MS = {"mic": 120, "rtsp": 250, "rtmp": 250, "listen": 250}
"""What sound needs to get here: less, and ticks would ask for samples that are still on their way."""


class LiveSource:
    """One camera, microphone, screen or stream. `due_ns` tells when a tick is due on the monotonic clock, None where
    there is no clock (a stepped run): then the newest picture is the one."""

    def __init__(
        self, source: plan.Source, fps: int, size: tuple[int, int], due_ns: Callable[[int], int | None], login: Secret
    ) -> None:
        self._source = source
        self._fps = fps
        self._size = size
        self._due_ns = due_ns
        self._login = login
        self._delay_ns = (source.delay_ms + LATENCY_MS.get(source.scheme, 0)) * 1_000_000
        # The newest picture not later than a tick is half a tick late on average: where pictures wait anyway, that half
        # is given back, and they stay nearer to their sound.
        self._early_ns = 500_000_000 // fps if self._delay_ns else 0
        self._slot = Slot(self._delay_ns)
        self._ring = Ring()
        self._next_sample = -1
        self._reader: PictureReader | None = None
        self._read_to = 0
        self._process: SourceProcess | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._media_at = 0.0
        self._started_at = 0.0
        self._restart_at = 0.0
        self._failures = 0
        self._is_frozen = False
        self.address = listening_url(source.address) if source.scheme == "listen" else ""
        self.info: SourceInfo | None = None
        self.trouble = ""
        threading.Thread(target=self._watch, name=f"live-{source.id}", daemon=True).start()

    @property
    def pid(self) -> int | None:
        """Process id of what grabs."""
        running = self._process
        return running.pid if running is not None else None

    # --- the tick ---

    def want(self, looks: frozenset[Look]) -> None:
        """Looks to prepare as pictures come."""
        self._slot.want(looks)

    def follow(self, media_tick: int) -> None:
        """It runs by itself."""

    def picture(self, look: Look, media_tick: int, wait_seconds: float) -> Prepared | None:
        """The newest picture captured when the tick was due, less the delay; None while it gives none."""
        if self.trouble:
            return None
        due = self._due_ns(media_tick)
        taken = self._slot.take(time.monotonic_ns() if due is None else due - self._delay_ns + self._early_ns)
        if taken is None:
            return None
        return taken.at(look)

    def glance(self, look: Look, media_tick: int) -> Prepared | None:
        """The newest picture, on air or not."""
        newest = self._slot.newest
        return None if newest is None or self.trouble else newest.at(look)

    def sound(self, media_tick: int, wait_seconds: float) -> Samples | None:
        """The samples of one tick; silence where there are none."""
        if self.info is None or not self.info.has_sound:
            return None
        start = self._due_ns(0)
        if start is None:
            return None
        count = samples_per_tick(self._fps)
        return self._ring.read(_samples_of(start - self._delay_ns) + media_tick * count, count)

    def close(self) -> None:
        """Ends its process, sooner or later; nobody waits."""
        self._closing.set()
        running = self._process
        if running is not None:
            running.end()
            killing = threading.Timer(1.0, running.kill)
            killing.daemon = True  # it must not hold the engine's own end
            killing.start()

    # --- what its process says (its listening thread) ---

    def _heard(self, process: SourceProcess, message: Message) -> None:
        if process is not self._process:
            return
        if isinstance(message, Packet):
            self._sound_came(message)
            return
        said = message["say"]
        if said == "picture":
            self._picture_came()
        elif said == "opened":
            self._opened(message)
        elif said == "still":
            self._stillness(bool(message["still"]))
        elif said == "trouble":
            self._troubled(str(message["reason"]))
        elif said == "gone":
            self._gone()

    def _opened(self, message: dict[str, object]) -> None:
        path, has_sound = message["path"], bool(message["has_sound"])
        width, height = int(str(message["width"])), int(str(message["height"]))
        if path is not None:
            try:
                reader = PictureReader(Path(str(path)))
                with contextlib.suppress(OSError):
                    Path(str(path)).unlink()
            except (OSError, ValueError) as error:
                log.error("the pictures of source %s cannot be read: %s", self._source.id, type(error).__name__)
                return
            if self._reader is not None:
                self._reader.close()
            self._reader, self._read_to = reader, 0
        if width or has_sound:
            self.info = SourceInfo(width, height, None, has_picture=width > 0, has_sound=has_sound)

    def _picture_came(self) -> None:
        reader = self._reader
        if reader is None or reader.latest <= self._read_to:
            return  # news of a picture that was passed over, because a newer one was there already
        taken = reader.read()
        if taken is None:
            return
        self._read_to = taken.number
        half = (taken.height // 2, taken.width // 2)
        size, part = taken.width * taken.height, taken.width * taken.height // 4
        planes = Planes(
            taken.data[:size].reshape(taken.height, taken.width),
            taken.data[size : size + part].reshape(half),
            taken.data[size + part : size + 2 * part].reshape(half),
        )
        self._slot.put(taken.time_ns, planes)
        self._came()

    def _sound_came(self, packet: Packet) -> None:
        samples = np.frombuffer(packet.data, np.float32).reshape(-1, 2)
        at = _samples_of(packet.pts)
        ahead = at - self._next_sample
        if self._next_sample < 0 or abs(ahead) > SAMPLE_RATE:
            self._ring.restart(at)
            self._next_sample = at
        elif ahead > JUMP_SAMPLES:
            self._ring.write(np.zeros((ahead, 2), np.float32))
            self._next_sample = at
        elif ahead < -JUMP_SAMPLES:
            samples = samples[-ahead:]
        self._ring.write(samples)
        self._next_sample += len(samples)
        if self.info is not None and not self.info.has_picture:
            self._came()

    def _came(self) -> None:
        """A sign of life: a picture where there are pictures, for sound alone would leave an old one on air."""
        now = time.monotonic()
        self._media_at = now
        if now - self._started_at > STEADY_SECONDS:
            self._failures = 0
        if self.trouble and not self._is_frozen:
            self.trouble = ""

    def _stillness(self, is_still: bool) -> None:
        self._is_frozen = is_still
        if is_still:
            self._lose("frozen")
            self._restart_at = time.monotonic() + FROZEN_RESTART_SECONDS
        else:
            self.trouble = ""
            self._restart_at = 0.0

    def _troubled(self, reason: str) -> None:
        if not self._is_frozen:
            self._lose(reason)

    def _lose(self, reason: str) -> None:
        """Nothing old may be shown from here on."""
        self.trouble = reason
        self._slot.clear()

    def _gone(self) -> None:
        with self._lock:
            self._process = None
        if not self._closing.is_set():
            self._troubled(self.trouble or "lost")
            self._restart_at = 0.0

    # --- the watching thread ---

    def _watch(self) -> None:
        next_start = 0.0
        while not self._closing.is_set():
            now = time.monotonic()
            running = self._process
            if running is None and now >= next_start:
                pause = min(MOST_RESTART_SECONDS, RESTART_SECONDS * 2**self._failures)
                next_start = now + pause
                self._failures = min(self._failures + 1, 6)
                self._start()
            elif running is not None:
                self._look(running, now)
            self._closing.wait(LOOK_SECONDS)

    def _look(self, running: SourceProcess, now: float) -> None:
        if self.info is not None and not self.trouble and now - self._media_at > LOST_SECONDS:
            self._lose("lost")
        if self._is_frozen and 0 < self._restart_at <= now:
            # Opening it anew helps a camera that hangs in itself. It counts as frozen until it moves.
            self._restart_at = now + FROZEN_RESTART_SECONDS
            running.kill()

    def _start(self) -> None:
        self._started_at = self._media_at = time.monotonic()
        try:
            running = self._spawn()
        except OSError as error:
            log.error("source %s cannot be started: %s", self._source.id, error.strerror)
            self._lose("no_process")
            return
        if self._closing.is_set():
            running.end()
            running.kill()

    def _spawn(self) -> SourceProcess:
        configuration = {
            "scheme": self._source.scheme,
            "address": self._source.address,
            "login": self._login.reveal(),
            "fps": self._fps,
            "width": self._size[0],
            "height": self._size[1],
            "folder": str(paths.memory_folder()),
        }
        running = SourceProcess(configuration, self._heard)
        with self._lock:
            self._process = running
        running.listen()
        return running


def _samples_of(moment_ns: int) -> int:
    return round(moment_ns * SAMPLE_RATE / 1_000_000_000)
