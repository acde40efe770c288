"""What the first bytes of a picture file say: its kind and size, and whether the file goes on to its end. Read without
decoding anything, so that a picture bomb or half a file is known before a decoder sees it (B31, B32). Pure, any
thread."""

from __future__ import annotations

import struct
from dataclasses import dataclass

PNG = b"\x89PNG\r\n\x1a\n"
PNG_END = b"IEND"
JPEG = b"\xff\xd8"
JPEG_END = b"\xff\xd9"
JPEG_SIZE_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_SCAN = 0xDA
JPEG_BARE_MARKERS = frozenset((0x01, *range(0xD0, 0xD9)))
GIF_END = b"\x3b"
WEBP_VP8_START = b"\x9d\x01\x2a"
WEBP_VP8L_START = 0x2F
STARTS = (PNG, JPEG + b"\xff", b"RIFF", b"GIF8", b"BM")
"""How the files begin that `read_header` knows; one that begins so and has no header is damaged."""


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """Size in pixels as stored (before any rotation), and whether the file has its end."""

    kind: str
    width: int
    height: int
    is_whole: bool


def read_header(data: bytes) -> PictureHeader | None:
    """The header of a PNG, JPEG, WebP, GIF or BMP file; None for anything else and for what breaks off before its
    size."""
    try:
        if data.startswith(PNG):
            return _png(data)
        if data.startswith(JPEG):
            return _jpeg(data)
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return _webp(data)
        if data.startswith((b"GIF87a", b"GIF89a")):
            width, height = struct.unpack_from("<HH", data, 6)
            return PictureHeader("gif", width, height, data.rstrip(b"\0").endswith(GIF_END))
        if data.startswith(b"BM"):
            return _bmp(data)
    except (struct.error, IndexError):
        return None  # it breaks off inside its header
    return None


def _png(data: bytes) -> PictureHeader | None:
    if data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", data, 16)
    return PictureHeader("png", width, height, PNG_END in data[-64:])


def _jpeg(data: bytes) -> PictureHeader | None:
    size: tuple[int, int] | None = None
    position = len(JPEG)
    while True:
        if data[position] != 0xFF:
            return None
        while data[position] == 0xFF:
            position += 1
        marker = data[position]
        position += 1
        if marker in JPEG_BARE_MARKERS:
            continue
        if marker == JPEG_SCAN and size is not None:
            return PictureHeader("jpeg", *size, is_whole=data.find(JPEG_END, position) >= 0)
        (length,) = struct.unpack_from(">H", data, position)
        if length < 2:
            return None
        if marker in JPEG_SIZE_MARKERS and size is None:
            height, width = struct.unpack_from(">HH", data, position + 3)
            size = (width, height)
        position += length


def _webp(data: bytes) -> PictureHeader | None:
    (length,) = struct.unpack_from("<I", data, 4)
    kind = data[12:16]
    if kind == b"VP8X":
        width = 1 + int.from_bytes(data[24:27], "little")
        height = 1 + int.from_bytes(data[27:30], "little")
    elif kind == b"VP8L" and data[20] == WEBP_VP8L_START:
        (bits,) = struct.unpack_from("<I", data, 21)
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif kind == b"VP8 " and data[23:26] == WEBP_VP8_START:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    else:
        return None
    return PictureHeader("webp", width, height, len(data) >= length + 8)


def _bmp(data: bytes) -> PictureHeader | None:
    (length,) = struct.unpack_from("<I", data, 2)
    (header_length,) = struct.unpack_from("<I", data, 14)
    if header_length == 12:
        width, height = struct.unpack_from("<HH", data, 18)
    else:
        width, height = struct.unpack_from("<ii", data, 18)
    return PictureHeader("bmp", abs(width), abs(height), len(data) >= length)
