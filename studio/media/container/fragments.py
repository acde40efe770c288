"""Reads a growing fragmented MP4 as far as it is whole and counts the pictures in it: the only truthful answer to
which tick is on the disk, because FFmpeg holds packets back for interleaving and for the current fragment. Pure
reading; `Fragments` is owned by a Recording's syncing thread, `recorded_pictures` by whoever finds a part."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import av

_CONTAINERS = (b"moof", b"traf")


class Fragments:
    """Walks the boxes of one file. `pictures` counts samples of the video track (track 1) in whole fragments."""

    VIDEO_TRACK = 1

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._position = 0
        self._pending = 0
        self.pictures = 0

    def walk(self, size: int) -> int:
        """Look at the boxes that end at or before `size`; returns the pictures known by now."""
        while self._position + 16 <= size:
            self._file.seek(self._position)
            head = self._file.read(16)
            if len(head) < 16:
                break
            length, kind = struct.unpack_from(">I4s", head)
            if length == 1:
                length = struct.unpack_from(">Q", head, 8)[0]
            if length < 8 or self._position + length > size:
                break
            if kind == b"moof":
                self._file.seek(self._position + 8)
                self._pending += pictures_of(self._file.read(length - 8), self.VIDEO_TRACK)
            elif kind == b"mdat":
                self.pictures, self._pending = self.pictures + self._pending, 0
            self._position += length
        return self.pictures


def recorded_pictures(path: Path) -> int:
    """Pictures in a part that nobody writes any more, finished or cut off; OSError or ValueError if it is none."""
    with path.open("rb") as file:
        counted = Fragments(file).walk(path.stat().st_size)
    if counted:
        return counted
    try:
        with av.open(str(path)) as container:
            return container.streams.video[0].frames if container.streams.video else 0
    except av.FFmpegError:
        raise ValueError("FFmpeg cannot read it") from None


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if length < 8:
            return
        yield kind, data[at + 8 : at + length]
        at += length


def pictures_of(moof: bytes, track: int) -> int:
    """Samples of `track` in the body of one `moof` box."""
    total = 0
    for kind, traf in _boxes(moof):
        if kind != b"traf":
            continue
        is_ours = False
        for inner, body in _boxes(traf):
            if inner == b"tfhd" and len(body) >= 8:
                is_ours = struct.unpack_from(">I", body, 4)[0] == track
            elif inner == b"trun" and is_ours and len(body) >= 8:
                total += struct.unpack_from(">I", body, 4)[0]
    return total
