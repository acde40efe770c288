"""What every container we write has in common: packets that were encoded elsewhere go in as bytes, the tracks are told
from the first key packet, nothing is encoded here. Decides when a container can begin and what is dropped before it.
Owned by a sink; begun, written and closed by its muxer thread."""

from __future__ import annotations

import io
from collections.abc import Mapping
from fractions import Fraction
from typing import Protocol

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream

from studio.model.packet import SOUND, VIDEO
from studio.model.time import SAMPLE_RATE, samples_per_tick

INTERLEAVE_MICROSECONDS = 500_000
"""A track that falls silent may hold the other one back for so long and no longer (FFmpeg's own limit is 10 s)."""


class EncodedPacket(Protocol):
    """A packet as the wire brings it: video times count ticks, sound times count samples."""

    @property
    def stream(self) -> int: ...
    @property
    def is_key(self) -> bool: ...
    @property
    def pts(self) -> int: ...
    @property
    def dts(self) -> int: ...
    @property
    def duration(self) -> int: ...
    @property
    def data(self) -> bytes: ...


class Target(Protocol):
    """What FFmpeg may do with a file object. It has no `close`: PyAV would call it in the middle of the end."""

    def write(self, data: bytes) -> int: ...
    def seek(self, offset: int, whence: int = 0) -> int: ...
    def tell(self) -> int: ...


class Failure(Exception):
    """The destination cannot go on. `reason` is a word of the sink's contract, `detail` is free of secrets."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Container:
    """One output of FFmpeg, begun by the first key packet. With `from_zero` its times count from that packet."""

    def __init__(
        self,
        rate: int,
        *,
        kind: str,
        options: Mapping[str, str],
        from_zero: bool,
        buffer_size: int = 32768,
    ) -> None:
        self._rate = rate
        self._kind = kind
        self._options = {"max_interleave_delta": str(INTERLEAVE_MICROSECONDS), **options}
        self._from_zero = from_zero
        self._buffer_size = buffer_size
        self._tick_base = Fraction(1, rate)
        self._sample_base = Fraction(1, SAMPLE_RATE)
        self._output: OutputContainer | None = None
        self._template: InputContainer | None = None  # the video stream borrows from it for as long as it lives
        self._first: EncodedPacket | None = None
        self._video: VideoStream | None = None
        self._sound: AudioStream | None = None
        self.first_tick: int | None = None
        self.last_tick: int | None = None

    def accepts(self, packet: EncodedPacket) -> bool:
        """Whether `packet` belongs into this container: nothing does before the first key frame, nor does sound that
        began earlier than it."""
        if self.first_tick is None:
            return packet.stream == VIDEO and packet.is_key
        return packet.stream == VIDEO or (
            packet.stream == SOUND and packet.pts >= self.first_tick * samples_per_tick(self._rate)
        )

    def learn(self, first: EncodedPacket) -> None:
        """Learn the picture's format from the first key packet; nothing is opened yet."""
        try:
            self._template = av.open(io.BytesIO(first.data), "r", format="h264")
            known = self._template.streams.video[0].codec_context.width > 0
        except (av.FFmpegError, IndexError, ValueError):
            known = False
        if not known:
            raise Failure("bad_input", "the first key packet is no H.264 with parameter sets")
        self._first = first

    def begin(self, target: str | Target) -> None:
        """Open `target` and write the header; the first packet itself is not written yet."""
        if self._template is None or self._first is None:
            raise RuntimeError("a container learns its format before it begins")
        pattern = self._template.streams.video[0]
        self._output = av.open(
            target, "w", format=self._kind, container_options=dict(self._options), buffer_size=self._buffer_size
        )
        self._video = self._output.add_stream_from_template(pattern, opaque=True)
        self._video.time_base = self._tick_base
        self._sound = self._output.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        self._sound.time_base = self._sample_base
        self.first_tick = self._first.pts
        self._output.start_encoding()

    def write(self, packet: EncodedPacket) -> None:
        """Hand one accepted packet to FFmpeg; may block for as long as the other side does not read."""
        if self._output is None or self._video is None or self._sound is None or self.first_tick is None:
            raise RuntimeError("a container is begun before it is written")
        is_video = packet.stream == VIDEO
        shift = self.first_tick if self._from_zero else 0
        if not is_video:
            shift *= samples_per_tick(self._rate)
        # A copy in FFmpeg's own memory, which FFmpeg's thread can free. To free Python's memory it would need the
        # interpreter, which PyAV 18 holds in close() while it waits for that thread: both would wait for ever.
        out = av.Packet(len(packet.data))
        out.update(packet.data)
        out.stream = self._video if is_video else self._sound
        out.time_base = self._tick_base if is_video else self._sample_base
        out.pts = packet.pts - shift
        out.dts = packet.dts - shift
        out.duration = packet.duration
        out.is_keyframe = packet.is_key or not is_video
        self._output.mux(out)
        if is_video:
            self.last_tick = packet.pts

    def close(self) -> None:
        """Write the end. In PyAV 18 this holds the interpreter for as long as the other side blocks."""
        output, self._output = self._output, None
        if output is not None:
            output.close()
