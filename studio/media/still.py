"""Still pictures from foreign files: the header is read and judged before anything is decoded (B31, B32). Runs only in
the media worker."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.media.opencv import cv2
from studio.model.sentence import Refusal

MAX_BYTES = 40 * 1024 * 1024
MAX_PIXELS = 20_000_000
MAX_KEPT_SIDE = 2160
HEADS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"BM", b"GIF8")


def decode_still(path: Path) -> NDArray[np.uint8]:
    """H × W × 4 RGBA, upright (EXIF), no side longer than 2160. Refusal for anything but PNG, JPEG, WebP, BMP, GIF."""
    try:
        if not path.is_file():
            raise _bad(path, "찾을 수 없어요", "cannot be found")
        if path.stat().st_size > MAX_BYTES:
            raise _bad(path, "파일이 40 MB보다 커요", "is larger than 40 MB")
        data = path.read_bytes()
    except OSError as error:
        raise _bad(path, "읽을 수 없어요", "cannot be read") from error
    if not data.startswith(HEADS):
        raise _bad(path, "그림 파일이 아니에요 (PNG, JPEG, WebP를 쓸 수 있어요)", "is no PNG, JPEG or WebP picture")
    width, height = _size(path, data)
    if width * height > MAX_PIXELS:
        raise _bad(path, f"그림이 너무 커요 ({width}×{height})", f"is too large ({width}×{height})")
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        upright = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise _bad(path, "그림이 손상됐어요", "is damaged") from error
    if picture is None or upright is None:
        raise _bad(path, "그림이 손상됐어요", "is damaged")
    if picture.ndim == 3 and picture.shape[2] == 4 and picture.shape[:2] == upright.shape[:2]:
        alpha = picture[..., 3] if picture.dtype == np.uint8 else (picture[..., 3] // 257).astype(np.uint8)
    else:
        alpha = np.full(upright.shape[:2], 255, np.uint8)
    pixels = np.dstack([upright[..., ::-1], alpha])
    longest = max(pixels.shape[:2])
    if longest > MAX_KEPT_SIDE:
        scale = MAX_KEPT_SIDE / longest
        size = (max(2, round(pixels.shape[1] * scale)), max(2, round(pixels.shape[0] * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    if min(pixels.shape[:2]) < 2:
        raise _bad(path, "그림이 너무 작아요", "is too small")
    return np.ascontiguousarray(pixels, np.uint8)


def _size(path: Path, data: bytes) -> tuple[int, int]:
    """Width and height from the header, without decoding."""
    from av import open as open_container
    from av.error import FFmpegError

    try:
        with open_container(str(path)) as container:
            stream = container.streams.video[0]
            return stream.codec_context.width, stream.codec_context.height
    except (FFmpegError, IndexError, ValueError) as error:
        raise _bad(path, "그림이 손상됐어요", "is damaged") from error


def _bad(path: Path, ko: str, en: str) -> Refusal:
    return Refusal(
        f"그림 {path}: {ko}. 쓰지 않았어요. 다른 그림을 골라 주세요.",
        f"The picture {path} {en}. It was not used. Choose another picture.",
        code="bad_source",
    )
