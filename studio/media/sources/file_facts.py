"""What a media file is: size, exact duration, rotation, which tracks. Read by demuxing, so that a loop lasts
exactly its pictures and an insert's end is known to the tick. Called in a source's own thread or in the media
worker."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from studio.model.sentence import Refusal

DEMUX_LIMIT_BYTES = 512 * 1024 * 1024
MAX_SIDE = 8192


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Times in nanoseconds; `rotation` in degrees clockwise that make the picture upright; `first_ns` is where the
    file's own clock starts."""

    width: int
    height: int
    first_ns: int
    duration_ns: int
    picture_ns: int
    rotation: int
    has_picture: bool
    has_sound: bool


def read_facts(path: Path) -> FileFacts:
    """Refusal in words where the file is missing, no regular file, or nothing that can be played."""
    try:
        mode = path.stat()
    except OSError as error:
        raise _bad(path, "찾을 수 없어요", "cannot be found") from error
    if not stat.S_ISREG(mode.st_mode):
        raise _bad(path, "파일이 아니에요", "is no file")
    try:
        with av.open(str(path)) as container:
            return _facts(path, container, mode.st_size)
    except (av.FFmpegError, ValueError, OSError) as error:
        raise _bad(
            path, "열 수 없는 영상이에요 (손상되었거나 모르는 형식)", "cannot be opened as video or sound"
        ) from error


def _facts(path: Path, container: av.container.InputContainer, size: int) -> FileFacts:
    videos = [stream for stream in container.streams.video if not _is_cover(stream)]
    sounds = container.streams.audio
    if not videos and not sounds:
        raise _bad(path, "그림도 소리도 없어요", "has neither picture nor sound")
    stream: av.VideoStream | av.AudioStream = videos[0] if videos else sounds[0]
    width = height = rotation = 0
    if videos:
        width, height, rotation = _first_picture(path, container, videos[0])
        if max(width, height) > MAX_SIDE:
            raise _bad(path, f"그림이 너무 커요 ({width}×{height})", f"is too large ({width}×{height})")
        container.seek(0)
    first_ns, end_ns, count = _extent(container, stream, size)
    if end_ns <= first_ns:
        raise _bad(path, "재생할 내용이 없어요", "holds nothing to play")
    return FileFacts(
        width=width,
        height=height,
        first_ns=first_ns,
        duration_ns=end_ns - first_ns,
        picture_ns=(end_ns - first_ns) // max(1, count),
        rotation=rotation,
        has_picture=bool(videos),
        has_sound=bool(sounds),
    )


def _first_picture(path: Path, container: av.container.InputContainer, stream: av.VideoStream) -> tuple[int, int, int]:
    """Size when upright, and the rotation that makes it so."""
    bad = 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            bad += 1
            if bad > 300:
                break
            continue
        for frame in frames:
            rotation = -int(getattr(frame, "rotation", 0)) % 360
            sides = (frame.width & ~1, frame.height & ~1)
            if min(sides) < 2:
                break
            return (sides[1], sides[0], rotation) if rotation in (90, 270) else (*sides, rotation)
    raise _bad(path, "그림을 하나도 읽을 수 없어요", "has no readable picture")


def _extent(
    container: av.container.InputContainer, stream: av.VideoStream | av.AudioStream, size: int
) -> tuple[int, int, int]:
    """Start and end on the file's clock in nanoseconds, and how many packets lie between."""
    base = stream.time_base
    assert base is not None
    if size > DEMUX_LIMIT_BYTES and stream.duration:
        start = stream.start_time or 0
        return _ns(start * base), _ns((start + stream.duration) * base), stream.frames or 1
    first: int | None = None
    end = last_step = count = 0
    times: list[int] = []
    for packet in container.demux(stream):
        if packet.pts is None:
            continue
        count += 1
        times.append(packet.pts)
        first = packet.pts if first is None else min(first, packet.pts)
        end = max(end, packet.pts + (packet.duration or 0))
    if first is None:
        return 0, 0, 0
    times.sort()
    if len(times) > 1 and end == times[-1]:
        last_step = times[-1] - times[-2]
    return _ns(first * base), _ns((end + last_step) * base), count


def _ns(seconds: Fraction) -> int:
    return round(seconds * 1_000_000_000)


def _is_cover(stream: av.VideoStream) -> bool:
    """An album picture inside a sound file is no video."""
    return bool(int(getattr(stream, "disposition", 0)) & 0x400)


def _bad(path: Path, ko: str, en: str) -> Refusal:
    return Refusal(
        f"영상 파일 {path}: {ko}. 시작하지 않았어요. 다른 파일을 골라 주세요.",
        f"The file {path} {en}. Nothing was started. Choose another file.",
        code="bad_source",
    )
