"""The file under a recording: digests of whatever was written, and a file that can be read while it is finished."""

from __future__ import annotations

import errno
import shutil
import threading
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from studio.link import durable
from studio.media.container import part_file
from studio.media.container.part_file import PartFile
from studio.media.container.recording import Recording
from studio.media.container.tracks import Failure
from studio.model.packet import SOUND, VIDEO
from tests.instruments.recording import packet_ticks
from tests.rigs.waiting import wait_for
from tests.sink.material import RATE, calm, heavy


class Disk:
    """The real one, with something done at each sync."""

    FULL = durable.FULL
    Reserve = durable.Reserve

    def __init__(self, at_sync: Callable[[], object] = lambda: None) -> None:
        self.at_sync = at_sync

    def sync_file(self, number: int) -> None:
        self.at_sync()
        durable.sync_file(number)

    def sync_folder(self, folder: Path) -> None:
        durable.sync_folder(folder)

    def free_bytes(self, folder: Path) -> int:
        return 1 << 24


writes = some.lists(some.tuples(some.integers(0, 90), some.binary(min_size=1, max_size=40)), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(writes=writes, ending=writes)
def test_digests_are_of_the_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    writes: list[tuple[int, bytes]],
    ending: list[tuple[int, bytes]],
) -> None:
    monkeypatch.setattr(part_file, "RANGE_BYTES", 16)
    path = tmp_path / "file"
    path.unlink(missing_ok=True)
    file = PartFile(path, Disk())
    expected = bytearray()
    for index, (position, data) in enumerate(writes + ending):
        if index == len(writes):
            file.settle()
            file.begin_end()
        file.seek(position)
        assert file.write(data) == len(data)
        expected.extend(bytes(max(0, position - len(expected))))
        expected[position : position + len(data)] = data
    digests = file.seal()
    assert path.read_bytes() == bytes(expected)
    assert digests == [sha256(expected[at : at + 16]).hexdigest() for at in range(0, len(expected), 16)]


def test_the_file_can_be_read_at_every_moment_of_its_end(tmp_path: Path) -> None:
    path = tmp_path / "part.mp4"
    copies: list[Path] = []
    is_ending = False

    def copy() -> None:
        if is_ending:
            copies.append(tmp_path / f"copy{len(copies)}.mp4")
            shutil.copy(path, copies[-1])

    recording = Recording(path, RATE, Disk(copy))
    for packet in calm(60):
        recording.write(packet)
    is_ending = True
    copy()
    recording.finish()
    assert len(copies) >= 3
    for one in copies:
        assert len(packet_ticks(one, RATE)) >= 60 - 0.5 * RATE
    assert packet_ticks(copies[-1], RATE) == packet_ticks(path, RATE) == list(range(60))


@pytest.mark.parametrize("room", [0, 100, 2000, 5000])
def test_a_disk_that_is_full_at_the_end_leaves_the_fragments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    path = tmp_path / "part.mp4"
    recording = Recording(path, RATE, Disk())
    for packet in calm(60):
        recording.write(packet)
    limit = path.stat().st_size + room
    put = PartFile._put

    def bounded(self: PartFile, position: int, data: bytes) -> None:
        if position + len(data) > limit:
            put(self, position, data[: max(0, limit - position)])
            raise OSError(errno.ENOSPC, "full")
        put(self, position, data)

    monkeypatch.setattr(PartFile, "_put", bounded)
    with pytest.raises(Failure) as told:
        recording.finish()
    assert told.value.reason == "disk_full"
    there = packet_ticks(path, RATE)
    assert there == list(range(len(there)))
    assert len(there) >= 60 - 0.5 * RATE
    data = path.read_bytes()
    assert recording.digests == [sha256(data[at : at + (1 << 20)]).hexdigest() for at in range(0, len(data), 1 << 20)]


def test_a_slow_disk_holds_nobody_up(tmp_path: Path) -> None:
    """A sync that does not return: all packets are taken all the same."""
    returns = threading.Event()
    recording = Recording(tmp_path / "part.mp4", RATE, Disk(lambda: returns.wait(20)))
    for packet in heavy(60):
        recording.write(packet)
    assert recording.packets >= 60
    assert recording.durable_through is None
    returns.set()
    recording.finish()
    assert packet_ticks(tmp_path / "part.mp4", RATE) == list(range(60))


def test_durable_is_what_was_synced(tmp_path: Path) -> None:
    path = tmp_path / "part.mp4"
    synced = [tmp_path / "synced.mp4"]
    sizes: list[int] = []
    disk = Disk(lambda: sizes.append(path.stat().st_size))
    recording = Recording(path, RATE, disk)
    for packet in calm(90, first=300):
        recording.write(packet)
    wait_for(lambda: recording.durable_through is not None and recording.durable_through > 370, 5)

    def is_what_was_synced() -> bool:
        # Another sync may come between the two looks; once nothing is written any more they agree.
        synced[0].write_bytes(path.read_bytes()[: sizes[-1]])
        return 300 + packet_ticks(synced[0], RATE)[-1] == recording.durable_through

    wait_for(is_what_was_synced, 5)
    assert recording.durable_through is not None
    assert recording.durable_through < 389
    recording.finish()
    assert recording.durable_through == 389


def test_sound_keeps_its_distance_to_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "part.mp4"
    recording = Recording(path, RATE, Disk())
    material = [packet for packet in calm(150) if packet.pts >= (31 if packet.stream == VIDEO else 31 * 1600)]
    for packet in material:
        recording.write(packet)
    recording.finish()
    assert recording.first_tick == 60  # the next key frame
    first_sound = next(packet.pts for packet in material if packet.stream == SOUND and packet.pts >= 60 * 1600)
    import av

    with av.open(str(path)) as container:
        packet = next(container.demux(audio=0))
        assert packet.pts is not None
        assert abs(float(packet.pts * packet.time_base) - (first_sound - 60 * 1600) / 48000) < 0.001


def test_a_recording_without_sound_is_finished_whole(tmp_path: Path) -> None:
    path = tmp_path / "part.mp4"
    recording = Recording(path, RATE, Disk())
    for packet in calm(60):
        if packet.stream == VIDEO:
            recording.write(packet)
    recording.finish()
    assert packet_ticks(path, RATE) == list(range(60))
