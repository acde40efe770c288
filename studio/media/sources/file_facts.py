"""What a media file is: size, exact duration, rotation, which tracks. Read by demuxing, so that a loop lasts
exactly its pictures and an insert's end is known to the tick. Called in a source's own thread or in the media
worker."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from studio.media.picture_header import read_header
from studio.model.sentence import Refusal

DEMUX_LIMIT_BYTES = 512 * 1024 * 1024
MAX_SIDE = 8192
MAX_PIXELS = 8192 * 4320
BAD_PACKETS = 300
HEADER_BYTES = 64 * 1024
FORMATS = "mov,matroska,avi,mpegts,mpeg,flv,asf,mxf,dv,ogg,wav,w64,aiff,caf,mp3,flac,aac,amr"
"""FFmpeg's names of containers that hold their own pictures and sound. Play lists (which fetch other files and
addresses), texts and pictures are none of them; pictures belong to the media worker (house law 9)."""


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


def open_media(path: Path) -> av.container.InputContainer:
    """The file as a container of one of FORMATS that fetches nothing from elsewhere."""
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    container = av.open(f"file:{path}", container_options=options)
    for stream in container.streams.video:
        if _is_known(stream):
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    return container


def picture_stream(container: av.container.InputContainer) -> av.VideoStream | None:
    """The track that is shown: the first one that is no cover of a sound file."""
    return next((stream for stream in container.streams.video if not _is_cover(stream)), None)


def sound_stream(container: av.container.InputContainer) -> av.AudioStream | None:
    """The track that is heard: the first one FFmpeg can decode."""
    return next((stream for stream in container.streams.audio if _is_known(stream)), None)


def _is_known(stream: av.VideoStream | av.AudioStream) -> bool:
    """PyAV's types do not say it, but a stream no decoder is known for has no context."""
    return getattr(stream, "codec_context", None) is not None


def read_facts(path: Path) -> FileFacts:
    """Refusal in words where the file is missing, no regular file, or nothing that can be played."""
    try:
        mode = path.stat()
    except FileNotFoundError as error:
        raise _bad(path, "찾을 수 없어요", "cannot be found") from error
    except (OSError, ValueError) as error:
        raise _bad(path, "읽을 수 없어요", "cannot be read") from error
    if stat.S_ISDIR(mode.st_mode):
        raise _bad(path, "파일이 아니라 폴더예요", "is a folder, not a file")
    if not stat.S_ISREG(mode.st_mode):
        raise _bad(path, "보통 파일이 아니에요", "is no ordinary file")
    if not mode.st_size:
        raise _bad(path, "내용이 비어 있어요", "is empty")
    if _is_picture(path):
        raise _bad(
            path, "영상이 아니라 그림이에요. image:로 적어 주세요", "is a picture, not a video; write it as image:"
        )
    try:
        with open_media(path) as container:
            return _facts(path, container, mode.st_size)
    except (av.FFmpegError, ValueError, OSError) as error:
        raise _bad(
            path, "열 수 없는 영상이에요 (손상되었거나 모르는 형식)", "cannot be opened as video or sound"
        ) from error


def _is_picture(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return read_header(file.read(HEADER_BYTES)) is not None
    except OSError as error:
        raise _bad(path, "읽을 수 없어요", "cannot be read") from error


def _facts(path: Path, container: av.container.InputContainer, size: int) -> FileFacts:
    video, sound = picture_stream(container), sound_stream(container)
    stream = video or sound
    if stream is None:
        raise _bad(path, "그림도 소리도 없어요", "has neither picture nor sound")
    width = height = rotation = 0
    if video is not None:
        if not _is_known(video):
            raise _bad(path, "모르는 방식으로 압축된 영상이에요", "is compressed in a way that is not known here")
        width, height = video.codec_context.width, video.codec_context.height
        if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
            raise _bad(path, f"그림이 너무 커요 ({width:,}×{height:,})", f"is too large ({width:,}×{height:,})")
        width, height, rotation = _first_picture(path, container, video)
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
        has_picture=video is not None,
        has_sound=sound is not None,
    )


def _first_picture(path: Path, container: av.container.InputContainer, stream: av.VideoStream) -> tuple[int, int, int]:
    """Size when upright, and the rotation that makes it so."""
    bad = 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            bad += 1
            if bad > BAD_PACKETS:
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
