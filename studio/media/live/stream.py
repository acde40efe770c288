"""A network stream, pulled (RTSP, RTMP) or pushed to us by a phone (`listen:`), and the screen, through FFmpeg's
demuxers. Pictures and sound keep the distance that the sender gave them: the first packet fixes where the sender's
clock lies on ours, and a jump of it is a new beginning. Owned by a source process."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import av
import numpy as np

from studio.media.frame import planes_of, to_program_colour
from studio.media.live.devices import screen_at
from studio.media.live.grabber import Taker, Unavailable
from studio.media.live.rtmp_gate import RtmpGate
from studio.media.prepare import upright
from studio.model.time import SAMPLE_RATE

OPEN_SECONDS = 5.0
READ_SECONDS = 2.5
LISTEN_SECONDS = 3600.0
JUMP_NS = 1_000_000_000
"""The sender's clock may be away from where we expect it by so much before it counts as a new beginning."""

SETTLING_NS = 400_000_000
WINDOW_NS = 10_000_000_000
DRIFT_NS = 60_000_000
LATE_NS = 200_000_000
"""Later than this for a whole second: the way has become longer, and what comes would be too late to be heard."""


BAD_PACKETS = 60


class StreamGrabber:
    """`url` as FFmpeg wants it. `login` is `user:password`, kept out of every address that is shown."""

    def __init__(self, url: str, login: str = "") -> None:
        self._url = url
        self._login = login

    def run(self, taker: Taker, stopping: threading.Event) -> None:
        """Until the sender ends or is silent for too long."""
        scheme, separator, rest = self._url.partition("://")
        url = f"{scheme}{separator}{self._login}@{rest}" if self._login else self._url
        options = {"rtsp_transport": "tcp"} if scheme == "rtsp" else {}
        _play(url, None, options, OPEN_SECONDS, taker, stopping)


class ListenGrabber:
    """Waits for one phone at a time to push RTMP to `port`, under the stream name `name` and no other."""

    def __init__(self, port: int, name: str) -> None:
        self._port, self._name = port, name

    def run(self, taker: Taker, stopping: threading.Event) -> None:
        """Until the phone goes; then whoever runs us waits for the next."""
        inner = _free_port()
        try:
            gate = RtmpGate(self._port, self._name, inner)
        except OSError:
            raise Unavailable("port_taken") from None
        try:
            url = f"rtmp://127.0.0.1:{inner}/live/{self._name}"
            _play(url, "flv", {"listen": "1", "timeout": str(int(LISTEN_SECONDS))}, LISTEN_SECONDS, taker, stopping)
        finally:
            gate.close()


class ScreenGrabber:
    """The whole screen, with its pointer."""

    def __init__(self, address: str, fps: int) -> None:
        self._address, self._fps = address, fps

    def run(self, taker: Taker, stopping: threading.Event) -> None:
        """Until the screen is gone."""
        kind = {"win32": "gdigrab", "darwin": "avfoundation"}.get(sys.platform, "x11grab")
        name = screen_at(self._address)
        if kind not in av.formats_available:
            raise Unavailable("not_here")
        if name is None:
            raise Unavailable("no_device")
        _play(name, kind, {"framerate": str(self._fps)}, OPEN_SECONDS, taker, stopping)


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _play(
    url: str, kind: str | None, options: dict[str, str], open_seconds: float, taker: Taker, stopping: threading.Event
) -> None:
    # Whatever FFmpeg says of an address may hold a password: its class is all that is told.
    try:
        container = av.open(url, format=kind, options=options, timeout=(open_seconds, READ_SECONDS))
    except (av.FFmpegError, OSError, ValueError):
        raise Unavailable("unreachable") from None
    with container:
        try:
            _hand_over(container, taker, stopping)
        except (av.FFmpegError, OSError, ValueError):
            raise Unavailable("lost") from None
    if not stopping.is_set():
        raise Unavailable("lost")


def _hand_over(container: av.container.InputContainer, taker: Taker, stopping: threading.Event) -> None:
    video = container.streams.video[0] if container.streams.video else None
    sound = container.streams.audio[0] if container.streams.audio else None
    if video is None and sound is None:
        raise Unavailable("unreadable")
    if video is not None:
        video.thread_type = "SLICE"  # frame threads would hold pictures back
    taker.opened(has_picture=video is not None, has_sound=sound is not None)
    resampler = av.AudioResampler(format="flt", layout="stereo", rate=SAMPLE_RATE)
    clock = SenderClock()
    bad = 0
    for packet in container.demux([stream for stream in (video, sound) if stream is not None]):
        if stopping.is_set():
            return
        try:
            frames: list[Any] = list(packet.decode())
            bad = 0
        except av.FFmpegError:
            bad += 1
            if bad > BAD_PACKETS:
                raise Unavailable("unreadable") from None
            continue
        for frame in frames:
            if frame.pts is None or frame.time_base is None:
                continue
            if isinstance(frame, av.VideoFrame):
                captured = clock.ours(int(frame.pts * frame.time_base * 1_000_000_000))
                if captured is None:
                    continue
                planes = planes_of(to_program_colour(frame))
                taker.picture(upright(planes, -frame.rotation) if frame.rotation else planes, captured)
            else:
                for samples, at_ns in _samples(resampler, frame):
                    captured = clock.ours(at_ns)
                    if captured is not None:
                        taker.sound(samples, captured)


def _samples(resampler: av.AudioResampler, frame: av.AudioFrame) -> Iterator[tuple[np.ndarray[Any, Any], int]]:
    for piece in resampler.resample(frame):
        if piece.pts is None or piece.time_base is None:
            continue
        samples = np.nan_to_num(piece.to_ndarray().reshape(-1, 2), nan=0.0, posinf=0.0, neginf=0.0)
        yield np.clip(samples, -4, 4).astype(np.float32), int(piece.pts * piece.time_base * 1_000_000_000)


class SenderClock:
    """Where the sender's times lie on our monotonic clock. Packets come late, never early, so the least delay seen is
    the distance of the two. What was buffered while the connection was opened comes in a burst and says nothing: the
    first moments are only measured. Afterwards the distance stands, so that sound stays of one piece, until the least
    delay of a longer time is away from it by more than anybody would notice: the two clocks drift."""

    def __init__(self) -> None:
        self._window_ns: int | None = None
        self._is_settling = True
        self._offset_ns = self._least_ns = self._in_time_ns = 0

    def ours(self, sender_ns: int, now_ns: int | None = None) -> int | None:
        """The sender's moment on our clock; None while the distance is being measured."""
        now = time.monotonic_ns() if now_ns is None else now_ns
        offset = now - sender_ns
        if offset - self._offset_ns <= LATE_NS:
            self._in_time_ns = now
        is_away = abs(offset - self._offset_ns) > JUMP_NS or now - self._in_time_ns > JUMP_NS
        if self._window_ns is None or (is_away and not self._is_settling):
            self._is_settling = True
            self._window_ns, self._offset_ns, self._least_ns, self._in_time_ns = now, offset, offset, now
        self._least_ns = min(self._least_ns, offset)
        if now - self._window_ns >= (SETTLING_NS if self._is_settling else WINDOW_NS):
            if self._is_settling or abs(self._least_ns - self._offset_ns) > DRIFT_NS:
                self._offset_ns = self._least_ns
            self._is_settling = False
            self._window_ns, self._least_ns = now, offset
        return None if self._is_settling else sender_ns + self._offset_ns
