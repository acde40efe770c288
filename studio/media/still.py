"""Still pictures from foreign files: the header is read and judged before anything is decoded (B31, B32). Runs only in
the media worker."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.media.opencv import cv2
from studio.media.picture_header import STARTS, read_header
from studio.model.sentence import Refusal

MAX_BYTES = 40 * 1024 * 1024
MAX_PIXELS = 20_000_000
MAX_KEPT_SIDE = 2160
MIN_SIDE = 2


def decode_still(path: Path) -> NDArray[np.uint8]:
    """H × W × 4 RGBA, upright (EXIF), no side longer than 2160. Refusal for anything but PNG, JPEG, WebP, BMP, GIF."""
    data = _read(path)
    header = read_header(data)
    if header is None and data.startswith(STARTS):
        raise _damaged(path)
    if header is None:
        raise _bad(
            path,
            "쓸 수 있는 그림 파일이 아니에요 (PNG, JPEG, WebP, GIF, BMP)",
            "is no PNG, JPEG, WebP, GIF or BMP picture",
        )
    size = f"{header.width:,}×{header.height:,}"
    if header.width * header.height > MAX_PIXELS:
        most = MAX_PIXELS // 1_000_000
        raise _bad(
            path, f"그림이 너무 커요 ({size}, {most}백만 화소까지)", f"is too large ({size}, over {most} megapixels)"
        )
    if min(header.width, header.height) < MIN_SIDE:
        raise _bad(path, f"그림이 너무 작아요 ({size})", f"is too small ({size})")
    if not header.is_whole:
        raise _bad(path, "그림 파일이 중간에서 끊겨 있어요", "breaks off before its end")
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        upright = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except (cv2.error, MemoryError) as error:
        raise _damaged(path) from error
    if picture is None or upright is None:
        raise _damaged(path)
    if picture.ndim == 3 and picture.shape[2] == 4 and picture.shape[:2] == upright.shape[:2]:
        alpha = picture[..., 3] if picture.dtype == np.uint8 else (picture[..., 3] // 257).astype(np.uint8)
    else:
        alpha = np.full(upright.shape[:2], 255, np.uint8)
    pixels = np.dstack([upright[..., ::-1], alpha])
    longest = max(pixels.shape[:2])
    if longest > MAX_KEPT_SIDE:
        scale = MAX_KEPT_SIDE / longest
        kept = (max(MIN_SIDE, round(pixels.shape[1] * scale)), max(MIN_SIDE, round(pixels.shape[0] * scale)))
        pixels = np.asarray(cv2.resize(pixels, kept, interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(pixels, np.uint8)


def _read(path: Path) -> bytes:
    try:
        if not path.exists():
            raise _bad(path, "찾을 수 없어요", "cannot be found")
        if not path.is_file():
            raise _bad(path, "파일이 아니에요", "is no file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _bad(path, "읽을 수 없어요", "cannot be read") from error
    if len(data) > MAX_BYTES:
        most = MAX_BYTES // 1024**2
        raise _bad(path, f"파일이 {most} MB보다 커요", f"is larger than {most} MB")
    return data


def _damaged(path: Path) -> Refusal:
    return _bad(path, "그림이 손상됐어요", "is damaged")


def _bad(path: Path, ko: str, en: str) -> Refusal:
    return Refusal(
        f"그림 {path}: {ko}. 쓰지 않았어요. 다른 그림을 골라 주세요.",
        f"The picture {path} {en}. It was not used. Choose another picture.",
        code="bad_source",
    )
