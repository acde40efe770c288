"""What the file source is tried on beside `tests.rigs.samples`: clips turned by metadata, and reading a source tick by
tick as a stepped run does. Any thread."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from studio.media.prepare import Prepared
from studio.media.ring import Samples
from studio.media.sources.file import FileSource
from studio.program.draw_list import Look
from tests.instruments.pattern import read_tick

WAIT = 20.0
LOOK = Look(160, 90)
MATRICES = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
"""Of a track header, for a picture to be turned clockwise when shown."""


@contextmanager
def opened(path: Path, fps: int = 30, *, loops: bool = True, media_tick: int = 0) -> Iterator[FileSource]:
    source = FileSource(path, fps, loops, media_tick)
    try:
        yield source
    finally:
        source.close()


def shown(source: FileSource, tick: int, look: Look = LOOK) -> Prepared:
    prepared = source.picture(look, tick, WAIT)
    assert prepared is not None, f"nothing to show at {tick}"
    return prepared


def tick_shown(source: FileSource, tick: int, look: Look = LOOK) -> int | None:
    return read_tick(shown(source, tick, look).planes.y)


def heard(source: FileSource, tick: int) -> Samples:
    samples = source.sound(tick, WAIT)
    assert samples is not None, f"nothing to hear at {tick}"
    return samples


def loud(source: FileSource, tick: int) -> bool:
    return bool(np.abs(heard(source, tick)).max() > 0.2)


def turned_by_metadata(source: Path, path: Path, degrees: int) -> Path:
    """An MP4 whose first track is to be shown turned clockwise, as telephones write them."""
    data = bytearray(source.read_bytes())
    at = data.index(b"tkhd") + 4
    assert data[at] == 0, "a track header of version 0"
    a, b, c, d = (value << 16 if value >= 0 else (value << 16) & 0xFFFFFFFF for value in MATRICES[degrees])
    struct.pack_into(">IIIIIIIII", data, at + 40, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path
