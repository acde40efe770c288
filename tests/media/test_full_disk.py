"""A disk that fills up exactly while a recording is finished (F21): whatever did not fit, the file can be read as far
as was promised, and its digests are of what is in it."""

from __future__ import annotations

import errno
from hashlib import sha256
from pathlib import Path

import pytest

from studio.link import durable
from studio.media.container.part_file import RANGE_BYTES
from studio.media.container.recording import Recording
from studio.media.container.tracks import Failure
from tests.instruments.recording import decode, packet_ticks
from tests.rigs.disks import SmallDisk
from tests.sink.material import RATE, heavy

TICKS = 100
PAGE = 4096


class Disk:
    """A disk whose reserve was taken by somebody else: the hardest case."""

    FULL = durable.FULL
    sync_file = staticmethod(durable.sync_file)
    sync_folder = staticmethod(durable.sync_folder)
    free_bytes = staticmethod(durable.free_bytes)

    @staticmethod
    def Reserve(beside: Path, size: int) -> durable.Reserve:
        return durable.Reserve(beside, 0)


@pytest.fixture(scope="module")
def sizes(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, int]:
    """Bytes of the file without its end, and with it."""
    path = tmp_path_factory.mktemp("sizes") / "part.mp4"
    recording = Recording(path, RATE, Disk())
    for packet in heavy(TICKS):
        recording.write(packet)
    without = recording.size
    recording.finish()
    return without, path.stat().st_size


@pytest.mark.needs_root
def test_full_while_finishing(sizes: tuple[int, int], tmp_path: Path) -> None:
    without, whole = sizes
    outcomes = []
    for size in range(without // PAGE * PAGE - 2 * PAGE, whole + 3 * PAGE, PAGE):
        with SmallDisk(tmp_path / f"disk-{size}", size) as disk:
            outcomes.append(check(disk.folder / "part.mp4"))
    print(f"{len(outcomes)} sizes: {outcomes.count(0)} finished, at most {max(outcomes)} of {TICKS} ticks lost")
    assert 0 in outcomes, "the largest disk has room for all"
    assert any(outcomes), "the smallest one has not"


def check(path: Path) -> int:
    """Records; returns how many of the ticks that were written are missing."""
    recording = Recording(path, RATE, Disk())
    written, failed = 0, ""
    try:
        for packet in heavy(TICKS):
            recording.write(packet)
            written = packet.pts if packet.stream == 0 else written
        recording.finish()
    except Failure as failure:
        failed = failure.reason
    assert failed in ("", "disk_full")
    data = path.read_bytes()
    assert recording.digests == [
        sha256(data[at : at + RANGE_BYTES]).hexdigest() for at in range(0, len(data), RANGE_BYTES)
    ]
    ticks = packet_ticks(path, RATE)
    assert ticks == list(range(len(ticks)))
    assert sum(not picture.corrupt for picture in decode(path, RATE)) == len(ticks)
    assert recording.durable_through is None or ticks[-1] >= recording.durable_through
    lost = written - ticks[-1]
    assert lost <= RATE / 2, f"{lost} ticks lost on {path.parent.name}"
    assert failed or lost == 0
    return lost


class Stubborn(Disk):
    """Refuses the k-th sync."""

    def __init__(self, refused: int) -> None:
        self.left = refused

    def sync_file(self, number: int) -> None:  # type: ignore[override]
        self.left -= 1
        if self.left == 0:
            raise OSError(errno.EIO, "input/output error")
        durable.sync_file(number)


@pytest.mark.parametrize("refused", range(1, 8))
def test_a_sync_that_fails(tmp_path: Path, refused: int) -> None:
    path = tmp_path / "part.mp4"
    recording = Recording(path, RATE, Stubborn(refused))
    failed = ""
    try:
        for packet in heavy(TICKS):
            recording.write(packet)
        recording.finish()
    except Failure as failure:
        failed = failure.reason
    assert failed in ("", "disk")
    ticks = packet_ticks(path, RATE)
    assert ticks == list(range(len(ticks)))
    assert recording.durable_through is None or ticks[-1] >= recording.durable_through
