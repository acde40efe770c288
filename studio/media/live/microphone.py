"""A microphone through PortAudio. It is known by its identity; while it is not there nobody takes its place (house law
12, privacy). PortAudio's callback only copies into a queue; a thread of ours stamps and hands over. Owned by a source
process."""

from __future__ import annotations

import os
import queue
import threading
import time
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from studio.media.live.devices import SERVER_ALIASES, microphone_at
from studio.media.live.grabber import Spent, Taker, Unavailable
from studio.media.live.sound_server import CHOSEN, SoundServer
from studio.model.time import SAMPLE_RATE

BLOCK_SECONDS = 0.01
LATENCY_SECONDS = 0.05
"""PulseAudio behind ALSA gives nothing for two seconds where less is asked for."""

MOST_LATE_SECONDS = 0.1
QUEUED_BLOCKS = 400
HELD_BLOCKS = 2
SILENT_SECONDS = 0.7
"""A stream whose callback is not called for so long has lost its device: PortAudio does not always say so."""

LOOK_AGAIN_SECONDS = 0.7
FIRST_SECONDS = 4.0
"""A sound server takes its time to wake up an idle device."""

Block = tuple[NDArray[np.float32], int]


class MicrophoneGrabber:
    """`address` is an identity as `jangteo devices` tells it."""

    def __init__(self, address: str) -> None:
        self._address = address

    def _place(self, sounddevice: Any) -> tuple[int | None, str]:
        """PortAudio's number, and the server's name for it where the server is to be asked."""
        # PortAudio looks for devices only when it starts.
        sounddevice._terminate()
        sounddevice._initialize()
        place = microphone_at(self._address)
        if not isinstance(place, str):
            return place, ""
        os.environ[CHOSEN] = place
        names = {str(known["name"]): number for number, known in enumerate(sounddevice.query_devices())}
        return next((names[alias] for alias in SERVER_ALIASES if alias in names), None), place

    def run(self, taker: Taker, stopping: threading.Event) -> None:
        """Until the microphone gives nothing more."""
        import sounddevice

        number, wanted = self._place(sounddevice)
        if number is None:
            stopping.wait(LOOK_AGAIN_SECONDS)
            raise Unavailable("no_device")
        blocks: queue.Queue[Block] = queue.Queue(QUEUED_BLOCKS)

        def came(samples: NDArray[np.float32], _: int, times: Any, __: Any) -> None:
            late = min(MOST_LATE_SECONDS, max(0.0, times.currentTime - times.inputBufferAdcTime))
            try:
                blocks.put_nowait((samples.copy(), time.monotonic_ns() - int(late * 1e9)))
            except queue.Full:
                return  # the hole has its right length: what follows is stamped

        try:
            known = sounddevice.query_devices(number)
            rate = int(known["default_samplerate"])
            stream = sounddevice.InputStream(
                device=number,
                channels=min(2, int(known["max_input_channels"])),
                samplerate=rate,
                blocksize=int(rate * BLOCK_SECONDS),
                dtype="float32",
                latency=LATENCY_SECONDS,
                callback=came,
            )
            stream.start()
        except (sounddevice.PortAudioError, ValueError, KeyError):
            raise Spent("no_device") from None
        _hand_over(blocks, rate, stream, SoundServer(wanted), taker, stopping)
        # Never closed: PortAudio's thread spins when its device is gone, and would not let us. The process ends.


def _hand_over(
    blocks: queue.Queue[Block], rate: int, stream: Any, server: SoundServer, taker: Taker, stopping: threading.Event
) -> None:
    """What came before the sound server was last seen to be faithful is handed over; nothing that came after."""
    resampler = None if rate == SAMPLE_RATE else av.AudioResampler(format="flt", layout="stereo", rate=SAMPLE_RATE)
    held: list[Block] = []
    is_open = False
    while not stopping.is_set():
        try:
            held.append(blocks.get(timeout=SILENT_SECONDS if is_open else FIRST_SECONDS))
        except queue.Empty:
            raise Spent("lost") from None
        if len(held) < HELD_BLOCKS:
            continue
        if not stream.active or not server.is_faithful():
            raise Spent("lost")
        if not is_open:
            is_open = True
            taker.opened(has_picture=False, has_sound=True)
        for samples, captured_ns in held:
            stereo = as_stereo(samples)
            taker.sound(stereo if resampler is None else _resampled(resampler, stereo, rate), captured_ns)
        held = []


def as_stereo(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """What came, on two channels; what is no number is silence, what is too loud is cut."""
    clean = np.clip(np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0), -4, 4).astype(np.float32)
    return np.repeat(clean, 2, axis=1) if clean.shape[1] == 1 else clean[:, :2]


def _resampled(resampler: av.AudioResampler, samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), format="flt", layout="stereo")
    frame.sample_rate = rate
    pieces = [piece.to_ndarray().reshape(-1, 2) for piece in resampler.resample(frame)]
    return np.concatenate(pieces) if pieces else np.zeros((0, 2), np.float32)
