"""Makes test clips, images and damaged copies with PyAV. Clips carry the test pattern (drawn here a second time, on its
own, so that the product's drawing and ours check each other) with tick numbers equal to the picture index. Pure but for
writing files; slow sizes belong into session fixtures."""

from __future__ import annotations

import random
import wave as wavfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from tests.instruments.pattern import BEEP_AMPLITUDE, BEEP_HZ, FLASH_TICKS, cell_bits, is_flash

DARK = (32 - 16) / 219
COLOURS = ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1))
LUMA_WEIGHTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722)}
"""Weights of red and blue in luma."""

TAGS = {"bt601": (6, 6, 6), "bt709": (1, 1, 1)}
"""FFmpeg's numbers for space, primaries and transfer."""

LAYOUTS = {1: "mono", 2: "stereo", 4: "4.0", 6: "5.1"}

SPACES = {"bt601": 5, "bt709": 1}


@dataclass(frozen=True)
class Beep:
    """A sound track with the pattern's beep."""

    rate: int = 48_000
    channels: int = 2
    codec: str = "aac"
    late_ms: float = 0.0


def draw(tick: int, width: int, height: int, fps: int, background: tuple[float, float, float]) -> NDArray[np.float32]:
    """The pattern as R, G, B in 0…1."""
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = background
    columns = [round(index * width / 16) for index in range(17)]
    rows = [round(index * height / 16) for index in range(3)]
    for row, bits in enumerate(cell_bits(tick)):
        for index, white in enumerate(bits):
            picture[rows[row] : rows[row + 1], columns[index] : columns[index + 1]] = 1.0 if white else 0.0
    top, middle = round(height / 2), round(height * 3 / 4)
    for index, colour in enumerate(COLOURS):
        picture[top:middle, columns[index * 4] : columns[index * 4 + 4]] = colour
    picture[middle:] = 1.0 if is_flash(tick, fps) else DARK
    return picture


def to_planes(
    rgb: NDArray[np.float32], space: str = "bt709", full_range: bool = False
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Y, U and V in full size as 8-bit values, not yet rounded."""
    red_weight, blue_weight = LUMA_WEIGHTS[space]
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    luma = red_weight * red + (1 - red_weight - blue_weight) * green + blue_weight * blue
    chroma_u = (blue - luma) / (2 * (1 - blue_weight))
    chroma_v = (red - luma) / (2 * (1 - red_weight))
    if full_range:
        return luma * 255, chroma_u * 255 + 128, chroma_v * 255 + 128
    return luma * 219 + 16, chroma_u * 224 + 128, chroma_v * 224 + 128


def _bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _smaller(plane: NDArray[np.float32], across: int, down: int) -> NDArray[np.float32]:
    height, width = plane.shape
    padded = np.pad(plane, ((0, -height % down), (0, -width % across)), mode="edge")
    blocks = padded.reshape(padded.shape[0] // down, down, padded.shape[1] // across, across)
    smaller: NDArray[np.float32] = blocks.mean(axis=(1, 3), dtype=np.float32)
    return smaller


def _fill(frame: VideoFrame, index: int, rows: NDArray[np.uint8]) -> None:
    plane = frame.planes[index]
    lines = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    lines[: rows.shape[0], : rows.shape[1]] = rows


def frame_of(rgb: NDArray[np.float32], pix_fmt: str, space: str = "bt709", full_range: bool = False) -> VideoFrame:
    """A picture in one of yuv420p, yuvj420p, yuv422p, yuv444p, nv12, gray, rgb24, bgr24."""
    frame = VideoFrame(rgb.shape[1], rgb.shape[0], pix_fmt)
    if pix_fmt in ("rgb24", "bgr24"):
        ordered = rgb if pix_fmt == "rgb24" else rgb[..., ::-1]
        _fill(frame, 0, _bytes(ordered * 255).reshape(rgb.shape[0], -1))
        return frame
    luma, chroma_u, chroma_v = to_planes(rgb, space, full_range)
    _fill(frame, 0, _bytes(luma))
    across, down = {"yuv422p": (2, 1), "yuv444p": (1, 1)}.get(pix_fmt, (2, 2))
    smaller = [_bytes(_smaller(plane, across, down)) for plane in (chroma_u, chroma_v)]
    if pix_fmt == "nv12":
        _fill(frame, 1, np.stack(smaller, axis=2).reshape(smaller[0].shape[0], -1))
    elif pix_fmt != "gray":
        _fill(frame, 1, smaller[0])
        _fill(frame, 2, smaller[1])
    frame.colorspace = SPACES[space]
    frame.color_range = 2 if full_range else 1
    return frame


def beep_samples(first: int, count: int, fps: int, beep: Beep) -> NDArray[np.float32]:
    """Mono samples `first` … `first + count`: 1 kHz in the first two ticks of each second."""
    index = np.arange(first, first + count) - round(beep.late_ms * beep.rate / 1000)
    into_second = index % beep.rate
    sounding = (into_second < beep.rate * FLASH_TICKS / fps) & (index >= 0)
    sine = BEEP_AMPLITUDE * np.sin(2 * np.pi * BEEP_HZ / beep.rate * into_second)
    return np.where(sounding, sine, 0.0).astype(np.float32)


def clip(
    path: Path,
    *,
    width: int = 160,
    height: int = 90,
    fps: int = 30,
    seconds: float = 2.0,
    first_tick: int = 0,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    space: str = "bt709",
    full_range: bool = False,
    background: tuple[float, float, float] = (0.4, 0.4, 0.4),
    beep: Beep | None = None,
    options: dict[str, str] | None = None,
    key_every: int | None = None,
    skip: tuple[int, ...] = (),
) -> Path:
    """Write numbered pictures (all but those in `skip`), and a beep track if asked for. The container follows the
    suffix. Returns `path`."""
    if options is None:
        options = {"preset": "ultrafast", "bf": "0", "tune": "zerolatency"} if codec == "libx264" else {}
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=fps, options=options)
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = width, height, pix_fmt
        context = video.codec_context
        context.time_base = Fraction(1, fps)
        full_range = full_range or pix_fmt.startswith("yuvj")
        if not pix_fmt.startswith(("rgb", "bgr")):
            context.colorspace, context.color_primaries, context.color_trc = TAGS[space]
            context.color_range = 2 if full_range else 1
        if key_every:
            context.gop_size = key_every
        sound: AudioStream | None = None
        if beep:
            added = container.add_stream(beep.codec, rate=beep.rate, layout=LAYOUTS[beep.channels])
            assert isinstance(added, AudioStream)
            sound = added
        heard = 0
        for index in range(round(seconds * fps)):
            if index not in skip:
                frame = frame_of(draw(first_tick + index, width, height, fps, background), pix_fmt, space, full_range)
                frame.pts, frame.time_base = index, Fraction(1, fps)
                container.mux(video.encode(frame))
            if beep and sound is not None:
                until = (index + 1) * beep.rate // fps
                offset = first_tick * beep.rate // fps
                mono = beep_samples(offset + heard, until - heard, fps, beep)
                container.mux(sound.encode(_audio_frame(mono, beep, sound.codec_context.format.name, heard)))
                heard = until
        container.mux(video.encode(None))
        if sound is not None:
            container.mux(sound.encode(None))
    return path


def _audio_frame(mono: NDArray[np.float32], beep: Beep, sample_format: str, position: int) -> AudioFrame:
    channels = np.repeat(mono[None], beep.channels, axis=0)
    values: NDArray[Any] = (channels * 32767).astype(np.int16) if sample_format.startswith("s16") else channels
    if not sample_format.endswith("p"):
        values = values.T.reshape(1, -1)
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(values), sample_format, LAYOUTS[beep.channels])
    frame.sample_rate, frame.pts, frame.time_base = beep.rate, position, Fraction(1, beep.rate)
    return frame


def image(path: Path, *, width: int = 160, height: int = 90, tick: int = 0, fps: int = 30) -> Path:
    """One picture of the pattern as PNG, JPEG, BMP… by suffix."""
    rgb = _bytes(draw(tick, width, height, fps, (0.4, 0.4, 0.4)) * 255)
    frame = VideoFrame.from_ndarray(rgb, "rgb24")
    jpeg = path.suffix.lower() in (".jpg", ".jpeg")
    codec = "mjpeg" if jpeg else path.suffix[1:].lower()
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as container:
        stream = container.add_stream(codec, rate=1)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuvj420p" if jpeg else "bgr24" if codec == "bmp" else "rgb24"
        container.mux(stream.encode(frame.reformat(format=stream.pix_fmt)))
        container.mux(stream.encode(None))
    return path


def wave(path: Path, *, seconds: float, hertz: float, rate: int = 48_000) -> Path:
    """A tone of amplitude 0.5 as a WAV file, stereo."""
    tone = 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    samples = np.repeat(np.rint(tone * 32767).astype("<i2")[:, None], 2, axis=1)
    with wavfile.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path


def truncated(source: Path, path: Path, length: int) -> Path:
    """The first `length` bytes; negative: all but the last."""
    path.write_bytes(source.read_bytes()[:length])
    return path


def mutated(source: Path, path: Path, *, seed: int, changes: int = 20) -> Path:
    """Bytes changed inside the pictures' slices (not in headers, parameter sets or the container), the same ones for
    the same seed: what a bad disk or a bad decoder input looks like."""
    data = bytearray(source.read_bytes())
    spans = []
    with av.open(str(source)) as container:
        for packet in container.demux(video=0):
            if packet.pos is not None and packet.pos >= 0 and packet.size > 32:
                found = data.find(bytes(packet), max(packet.pos, 0))
                if found >= 0:
                    spans.append((found + packet.size // 2, found + packet.size))
    assert spans, f"no pictures found in {source.name}"
    chooser = random.Random(seed)
    for _ in range(changes):
        begin, end = chooser.choice(spans)
        data[chooser.randrange(begin, end)] ^= chooser.randrange(1, 256)
    path.write_bytes(bytes(data))
    return path
