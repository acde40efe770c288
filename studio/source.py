"""One live source in a process of its own, made to be killed: pictures go out through a mapped file, sound and words
through stdout. Three threads: the grabber blocks in its device for as long as that likes, the reader waits for the
engine's end of input, the main thread watches, speaks and ends the process when the grabber hangs. What is lost is
opened again by identity, for as long as the process lives."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import Any

from studio.link import process
from studio.link.mapped_pictures import SOURCE_PREFIX, PictureWriter
from studio.link.speech import Mouth, messages
from studio.link.wire import Message, WireError
from studio.media.frame import Planes
from studio.media.live.camera import CameraGrabber
from studio.media.live.grabber import Grabber, Spent, Unavailable
from studio.media.live.microphone import MicrophoneGrabber
from studio.media.live.stream import ListenGrabber, ScreenGrabber, StreamGrabber
from studio.media.ring import Samples
from studio.model.packet import SOUND, Packet

LOOK_SECONDS = 0.05
ALIVE_SECONDS = 0.25
RETRY_SECONDS = 0.3
HANGS_SECONDS = 2.5
OPENING_SECONDS = 8.0
STILL_SECONDS = 2.0
STILL_STEP = 8
"""A frozen camera repeats itself to the last bit; a living one never does. Every eighth pixel of every eighth line."""


class Output:
    """What the grabber's thread hands over, and what the main thread may know of it."""

    def __init__(self, mouth: Mouth, folder: Path, watches_stillness: bool) -> None:
        self._mouth = mouth
        self._folder = folder
        self._watches_stillness = watches_stillness
        self._writer: PictureWriter | None = None
        self._size = (0, 0)
        self._is_told = False
        self._files = 0
        self._has_sound = self._has_picture = False
        self._print = -1
        self._same_since = 0.0
        self._is_still: bool | None = None
        self.media_at = 0.0
        """When something came last; 0 while nothing is expected."""

    def opened(self, *, has_picture: bool, has_sound: bool) -> None:
        """Grabber thread."""
        self._has_picture, self._has_sound = has_picture, has_sound
        self._is_told = False
        self._print = -1
        self.media_at = time.monotonic() if has_picture or has_sound else 0.0
        if not has_picture:
            self._mouth.say(say="opened", path=None, width=0, height=0, has_sound=has_sound)

    def picture(self, planes: Planes, captured_ns: int) -> None:
        """Grabber thread."""
        self.media_at = time.monotonic()
        if (planes.width, planes.height) != self._size or self._writer is None:
            self._new_file(planes.width, planes.height)
        elif not self._is_told:
            self._tell_opened(None)
        assert self._writer is not None
        number = self._writer.put(captured_ns, planes.width, planes.height, planes)
        self._mouth.say(say="picture", number=number)
        if self._watches_stillness:
            self._watch_stillness(planes)

    def sound(self, samples: Samples, captured_ns: int) -> None:
        """Grabber thread."""
        if not self._has_picture:
            self.media_at = time.monotonic()
        self._mouth.hand(Packet(SOUND, True, captured_ns, captured_ns, len(samples), samples.tobytes()))

    def lost(self, reason: str) -> None:
        """Grabber thread: the device gives nothing; it will be tried again."""
        self.media_at = 0.0
        self._mouth.say(say="trouble", reason=reason)

    def _new_file(self, width: int, height: int) -> None:
        if self._writer is not None:
            self._writer.close()
            _remove(self._writer.path)  # the engine has it open or never will
        self._files += 1
        path = self._folder / f"{SOURCE_PREFIX}{os.getpid()}-{self._files}"
        _remove(path)
        self._writer = PictureWriter(path, width * height * 3 // 2)
        self._size = (width, height)
        self._tell_opened(path)

    def _tell_opened(self, path: Path | None) -> None:
        """Without a path: the file is the one that was told before."""
        self._is_told = True
        width, height = self._size
        told = None if path is None else str(path)
        self._mouth.say(say="opened", path=told, width=width, height=height, has_sound=self._has_sound)

    def _watch_stillness(self, planes: Planes) -> None:
        fingerprint = zlib.crc32(planes.y[::STILL_STEP, ::STILL_STEP].tobytes())
        now = time.monotonic()
        if fingerprint != self._print:
            has_moved = self._print >= 0
            self._print, self._same_since = fingerprint, now
            if has_moved and self._is_still is not False:
                self._is_still = False
                self._mouth.say(say="still", still=False)
        elif not self._is_still and now - self._same_since >= STILL_SECONDS:
            self._is_still = True
            self._mouth.say(say="still", still=True)

    def close(self) -> None:
        """The process ends."""
        if self._writer is not None:
            _remove(self._writer.path)


def _remove(path: Path) -> None:
    """Windows keeps a file that somebody has mapped; whoever clears the folder next takes it."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def grabber_of(config: dict[str, Any]) -> Grabber:
    """The grabber of a configuration; KeyError or ValueError where it is none."""
    scheme, address, fps = str(config["scheme"]), str(config["address"]), int(config["fps"])
    if scheme == "camera":
        return CameraGrabber(address, fps, int(config["width"]), int(config["height"]))
    if scheme == "mic":
        return MicrophoneGrabber(address)
    if scheme == "screen":
        return ScreenGrabber(address, fps)
    if scheme in ("rtsp", "rtmp"):
        return StreamGrabber(f"{scheme}:{address}", str(config.get("login") or ""))
    if scheme == "listen":
        port, _, name = address.partition("/")
        return ListenGrabber(int(port), name)
    raise ValueError(scheme)


class Session:
    """From the configuration to the end."""

    def __init__(self, mouth: Mouth, config: dict[str, Any]) -> None:
        self._mouth = mouth
        self._grabber = grabber_of(config)
        self._output = Output(mouth, Path(str(config["folder"])), config["scheme"] == "camera")
        self._stopping = threading.Event()
        self._busy_since = time.monotonic()
        self._is_spent = False
        self._is_listening = config["scheme"] == "listen"

    def run(self) -> int:
        """The main thread's life."""
        threading.Thread(target=self._wait_for_end, name="reader", daemon=True).start()
        threading.Thread(target=self._grab, name="grabber", daemon=True).start()
        said_at = 0.0
        while not self._stopping.wait(LOOK_SECONDS):
            now = time.monotonic()
            if now - said_at >= ALIVE_SECONDS:
                said_at = now
                self._mouth.say(say="alive")
            hangs = self._hangs(now)
            if hangs or self._is_spent:
                if hangs:
                    self._mouth.say(say="trouble", reason="hangs")
                self._output.close()
                return 3
        self._output.close()
        return 0

    def _hangs(self, now: float) -> bool:
        media_at = self._output.media_at
        if media_at > 0:
            return now - media_at > HANGS_SECONDS
        return not self._is_listening and now - self._busy_since > OPENING_SECONDS

    def _grab(self) -> None:
        process.favour_thread(1)
        while not self._stopping.is_set():
            self._busy_since = time.monotonic()
            try:
                self._grabber.run(self._output, self._stopping)
                reason = "lost"
            except Unavailable as error:
                reason = error.reason
                self._is_spent = isinstance(error, Spent)
            except Exception as error:  # noqa: BLE001  # a driver's library raises what it likes; the next opening may work
                sys.stderr.write(f"source: {process.name_of(error)}\n")
                reason = "lost"
            self._busy_since = time.monotonic()
            if not self._stopping.is_set():
                self._output.lost(reason)
            self._stopping.wait(RETRY_SECONDS)

    def _wait_for_end(self) -> None:
        try:
            for _ in messages(0):
                pass
        except (WireError, OSError) as error:
            sys.stderr.write(f"input: {process.name_of(error)}\n")
        self._stopping.set()


def main() -> int:
    """`jangteo source`: from the first frame of configuration to the end of input. Never waits for its grabber."""
    process.keep_memory_private()
    process.hide_exception_texts()
    process.ignore_keyboard()
    mouth = Mouth()
    process.silence_libraries()
    try:
        config: Message | None = next(messages(0), None)
    except WireError:
        config = None
    if not isinstance(config, dict) or config.get("do") != "open":
        mouth.say(say="trouble", reason="bad_input")
        return 1
    try:
        session = Session(mouth, config)
    except (KeyError, ValueError):
        mouth.say(say="trouble", reason="bad_input")
        return 1
    return process.leave(session.run())
