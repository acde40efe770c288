"""Reads pictures that the media worker has decoded: raw RGBA pixels in a file, named `path|width|height`. Nothing is
decoded here; a file of the wrong length is refused in words. Owned by the letters process; any thread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from studio.model.sentence import Refusal

MOST_PIXELS = 20_000_000


def _refusal(why_ko: str, why_en: str) -> Refusal:
    return Refusal(
        f"사진을 쓸 수 없어서 자막을 그리지 않았어요: {why_ko}. 사진을 다시 골라 주세요.",
        f"The picture cannot be used, so the card was not drawn: {why_en}. Please choose the picture again.",
        "picture_unusable",
    )


def read_picture(value: str) -> QImage:
    """The picture as Qt knows it, owning its pixels."""
    path, *words = value.rsplit("|", 2)
    if len(words) != 2 or not all(word.isascii() and word.isdigit() and len(word) < 7 for word in words):
        raise _refusal("크기를 알 수 없어요", "its size is unknown")
    width, height = map(int, words)
    if not 0 < width * height <= MOST_PIXELS:
        raise _refusal("너무 크거나 비어 있어요", "it is too large or empty")
    try:
        if Path(path).stat().st_size != width * height * 4:
            raise _refusal("파일 길이가 맞지 않아요", "the file has the wrong length")
        pixels = np.fromfile(path, np.uint8)
    except OSError as error:
        raise _refusal("파일을 읽을 수 없어요", "the file cannot be read") from error
    if pixels.size != width * height * 4:
        raise _refusal("파일 길이가 맞지 않아요", "the file has the wrong length")
    return QImage(pixels.data, width, height, width * 4, QImage.Format.Format_RGBA8888).copy()


def covering(picture: QImage, width: int, height: int) -> QImage:
    """The picture scaled to cover `width` × `height` pixels, its middle kept, premultiplied."""
    scaled = picture.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied).scaled(
        width, height, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    return scaled.copy((scaled.width() - width) // 2, (scaled.height() - height) // 2, width, height)
