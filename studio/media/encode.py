"""Encoding a canvas once (house law 4): libx264 or a hardware encoder to Annex B packets, AAC for the sound. VBV is
always set, GOP ≤ 2 s, no B-frames, no lookahead. Each encoder belongs to one thread; `encode` releases the GIL."""

from __future__ import annotations

import time
from collections import deque
from fractions import Fraction
from typing import Any, NamedTuple, cast

import av
import numpy as np
from numpy.typing import NDArray

from studio.media.frame import PooledFrame
from studio.media.ring import Samples
from studio.model.packet import SOUND, VIDEO, Packet
from studio.model.run import EncoderChoice
from studio.model.show import Canvas
from studio.model.time import SAMPLE_RATE

GOP_SECONDS = 2
SOUND_BITRATE = 128_000
SOUND_FRAMES = 8
"""Written in turn: PyAV cuts packets of 1024 samples from them and holds on to less than two."""

SAMPLE_TIME = Fraction(1, SAMPLE_RATE)
HARDWARE = ("h264_nvenc", "h264_qsv", "h264_amf", "h264_videotoolbox")
SOFTWARE_PRESETS = ("veryfast", "superfast", "ultrafast")


def encoder_options(choice: EncoderChoice) -> dict[str, str]:
    """Options of the codec by its name; also what a bench must give to a bare encoder."""
    rate = f"{choice.bitrate_kbps}k"
    vbv = {"maxrate": rate, "bufsize": rate}
    if choice.encoder == "libx264":
        return {**vbv, "preset": choice.preset, "tune": "zerolatency", "bf": "0", "forced-idr": "1"}
    if choice.encoder == "h264_nvenc":
        return {**vbv, "preset": "p4", "tune": "ull", "bf": "0", "forced-idr": "1", "zerolatency": "1"}
    if choice.encoder == "h264_qsv":
        return {**vbv, "preset": "veryfast", "bf": "0", "forced_idr": "1", "async_depth": "1"}
    if choice.encoder == "h264_amf":
        return {**vbv, "usage": "ultralowlatency", "bf": "0", "forced_idr": "1"}
    return {**vbv, "realtime": "1"}


EASED = {"preset": "ultrafast", "x264-params": "cabac=1:8x8dct=1:weightp=1"}
"""x264 in a hurry: half of what superfast takes, with the parameter sets of superfast and veryfast, so that servers,
viewers and the file being written notice nothing."""


CANNOT_OPEN = (av.FFmpegError, ValueError, OSError, MemoryError)
"""What opening an encoder may raise."""


def can_be_eased(choice: EncoderChoice) -> bool:
    """Whether there is a quicker way to the same stream: other presets have other parameter sets, and RTMP tells them
    but once."""
    return choice.encoder == "libx264" and choice.preset in ("superfast", "veryfast")


class VideoEncoder:
    """One canvas. FFmpegError where the encoder cannot be opened."""

    def __init__(self, canvas: Canvas, choice: EncoderChoice, is_eased: bool = False) -> None:
        codec = av.CodecContext.create(choice.encoder, "w")
        assert isinstance(codec, av.VideoCodecContext)
        codec.width, codec.height = canvas.width, canvas.height
        codec.pix_fmt = "yuv420p"
        codec.time_base = Fraction(1, canvas.fps)
        codec.framerate = Fraction(canvas.fps, 1)
        codec.gop_size = canvas.fps * GOP_SECONDS
        codec.bit_rate = choice.bitrate_kbps * 1000
        codec.max_b_frames = 0
        codec.color_range = codec.colorspace = codec.color_primaries = codec.color_trc = 1
        codec.options = {**encoder_options(choice), **(EASED if is_eased else {})}
        codec.thread_type = "SLICE"
        codec.thread_count = 2
        codec.open()
        self._codec = codec

    def use_bitrate(self, kbps: int) -> None:
        """From the next picture on. x264 follows because its VBV was set when it was opened; it stays as strict."""
        self._codec.bit_rate = kbps * 1000

    def encode(self, frame: PooledFrame, tick: int) -> list[Packet]:
        """The packets of one tick: exactly one, since nothing is held back."""
        return [_packet(VIDEO, packet, 1) for packet in self._codec.encode(frame.for_encoder(tick))]

    def flush(self) -> list[Packet]:
        """What a hardware encoder may still hold."""
        return [_packet(VIDEO, packet, 1) for packet in self._codec.encode(None)]


class _SoundFrame(NamedTuple):
    """An encoder's frame and views of its two planes."""

    frame: av.AudioFrame
    left: NDArray[np.float32]
    right: NDArray[np.float32]

    @classmethod
    def made(cls, count: int) -> _SoundFrame:
        """For so many samples."""
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=count)
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = SAMPLE_TIME
        left, right = (np.frombuffer(cast(Any, plane), np.float32)[:count] for plane in frame.planes)
        return cls(frame, left, right)


class SoundEncoder:
    """The program sound as AAC-LC, 48 kHz stereo; fed tick by tick, packets of 1024 samples come out."""

    def __init__(self) -> None:
        codec = av.CodecContext.create("aac", "w")
        assert isinstance(codec, av.AudioCodecContext)
        codec.sample_rate = SAMPLE_RATE
        codec.layout = "stereo"
        codec.format = "fltp"
        codec.time_base = SAMPLE_TIME
        codec.bit_rate = SOUND_BITRATE
        codec.open()
        self._codec = codec
        self._frames: deque[_SoundFrame] = deque()

    def encode(self, samples: Samples, first_sample: int) -> list[Packet]:
        """`samples` are float32 stereo beginning at absolute sample `first_sample`."""
        if not self._frames or len(self._frames[0].left) != len(samples):
            self._frames = deque(_SoundFrame.made(len(samples)) for _ in range(SOUND_FRAMES))
        self._frames.rotate()
        frame, left, right = self._frames[0]
        left[:], right[:] = samples[:, 0], samples[:, 1]
        frame.pts = first_sample
        return [_packet(SOUND, packet, 1024) for packet in self._codec.encode(frame)]

    def flush(self) -> list[Packet]:
        """The last packet."""
        return [_packet(SOUND, packet, 1024) for packet in self._codec.encode(None)]


def _packet(stream: int, packet: av.Packet[Any], duration: int) -> Packet:
    assert packet.pts is not None
    dts = packet.pts if packet.dts is None else packet.dts
    return Packet(stream, bool(packet.is_keyframe), packet.pts, dts, duration, bytes(packet))


def usable_hardware_encoders(canvas: Canvas) -> tuple[str, ...]:
    """Hardware encoders of this machine that really encode a frame of this size."""
    return tuple(name for name in HARDWARE if encodes_a_frame(canvas, EncoderChoice(name, "", 2500)))


def encodes_a_frame(canvas: Canvas, choice: EncoderChoice) -> bool:
    """Whether the encoder opens here and gives a key packet for one picture."""
    try:
        encoder = VideoEncoder(canvas, choice)
        packets = encoder.encode(PooledFrame(canvas.width, canvas.height), 0) + encoder.flush()
    except (av.FFmpegError, ValueError, OSError):
        return False
    return any(packet.is_key for packet in packets)


def measured_rate(canvas: Canvas, choice: EncoderChoice, seconds: float) -> float:
    """Frames per second this machine encodes of moving noise, measured for about `seconds`."""
    encoder = VideoEncoder(canvas, choice)
    source = np.random.default_rng(1)
    frames = [PooledFrame(canvas.width, canvas.height) for _ in range(3)]
    for frame in frames:
        frame.planes.u[:] = frame.planes.v[:] = 128
        coarse = source.integers(40, 200, (canvas.height // 8 + 1, canvas.width // 8 + 1), np.uint8)
        frame.planes.y[:] = np.kron(coarse, np.ones((8, 8), np.uint8))[: canvas.height, : canvas.width]
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        encoder.encode(frames[count % 3], count)
        count += 1
    return count / (time.perf_counter() - began)
