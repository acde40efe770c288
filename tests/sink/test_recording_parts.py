"""A sink that writes a file: what is in it after a good end, a kill, a power cut, a full disk and a pulled one."""

from __future__ import annotations

import signal
import time
from hashlib import sha256
from pathlib import Path

import pytest

from studio.model.packet import VIDEO
from tests.instruments.recording import packet_ticks
from tests.rigs.disks import PowerCutDisk, SmallDisk
from tests.rigs.waiting import ALLOWANCE, wait_for
from tests.sink.child import SinkChild
from tests.sink.conftest import SinkMaker
from tests.sink.material import RATE, calm, heavy

FIRST = 100


def given_ticks(child: SinkChild, before: float = float("inf")) -> list[int]:
    return [packet.pts for when, packet in list(child.fed) if packet.stream == VIDEO and when < before]


@pytest.mark.parametrize("way", ["close", "end of input"])
def test_a_good_end(sink: SinkMaker, tmp_path: Path, way: str) -> None:
    path = tmp_path / "part.mp4"
    child = sink(path)
    child.give(heavy(90, first=FIRST))
    begun = time.monotonic()
    if way == "close":
        child.tell(do="close")
    else:
        child.end_input()
    _, closed = child.wait("closed", 5)
    assert time.monotonic() - begun <= 2 * ALLOWANCE
    assert child.code() == 0
    assert child.wait("part")[1] == {"say": "part", "path": str(path), "first_tick": FIRST}
    assert (closed["first_tick"], closed["last_tick"]) == (FIRST, FIRST + 89)
    assert packet_ticks(path, RATE) == list(range(90))
    data = path.read_bytes()
    size = closed["range_bytes"]
    assert closed["bytes"] == len(data) > 1.5 * size
    ranges = range(0, len(data), size)
    assert closed["digests"] == [sha256(data[start : start + size]).hexdigest() for start in ranges]
    assert [one.name for one in tmp_path.iterdir() if one.suffix != ".log"] == ["part.mp4"]


@pytest.mark.parametrize("seconds", [1.3, 1.7, 2.1])
def test_a_kill_costs_half_a_second_at_most(sink: SinkMaker, tmp_path: Path, seconds: float) -> None:
    path = tmp_path / "part.mp4"
    child = sink(path)
    child.feed(heavy(150, first=FIRST), RATE)
    wait_for(lambda: len(given_ticks(child)) >= seconds * RATE, 10, every=0.005)
    child.process.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    child.code()
    there = packet_ticks(path, RATE)
    assert there == list(range(len(there)))
    given = given_ticks(child, before=killed)
    assert given[-1] - (FIRST + there[-1]) <= 0.5 * ALLOWANCE * RATE
    said = child.last_state()["durable_through"]
    assert said is None or FIRST + there[-1] >= said
    assert [one.name for one in tmp_path.iterdir() if one.suffix != ".log"] == ["part.mp4"]


@pytest.mark.needs_root
def test_a_power_cut_costs_a_second_at_most(sink: SinkMaker, tmp_path: Path) -> None:
    with PowerCutDisk(tmp_path / "disk") as disk:
        path = disk.folder / "part.mp4"
        child = sink(path)
        child.feed(heavy(240, first=FIRST), RATE)
        wait_for(lambda: any((said["durable_through"] or 0) > FIRST + 45 for _, said in child.states()), 10)
        disk.cut_power()
        cut = time.monotonic()
        said = max(m["durable_through"] or 0 for when, m in child.states() if when < cut)
        child.wait("failed", 5, reason="disk")
        assert child.code() == 1
        child.stop_feeding()
        disk.power_on()
        there = packet_ticks(path, RATE)
        assert there == list(range(len(there)))
        assert FIRST + there[-1] >= said
        assert given_ticks(child, before=cut)[-1] - (FIRST + there[-1]) <= 1.0 * ALLOWANCE * RATE


@pytest.mark.needs_root
@pytest.mark.parametrize("megabytes", [2, 3])
def test_a_full_disk_leaves_a_finished_file(sink: SinkMaker, tmp_path: Path, megabytes: int) -> None:
    with SmallDisk(tmp_path / "disk", megabytes << 20) as disk:
        path = disk.folder / "part.mp4"
        child = sink(path)
        child.give(heavy(300, first=FIRST))
        _, failed = child.wait("failed", 5)
        assert failed["reason"] == "disk_full"
        assert child.code() == 1
        there = packet_ticks(path, RATE)
        assert there == list(range(len(there)))
        # A finished file: its index at the end and not one fragment left.
        assert b"moof" not in _kinds(path.read_bytes())
        written = child.last_state()["written_tick"]
        assert written - (FIRST + there[-1]) <= 0.5 * ALLOWANCE * RATE
        assert failed["last_tick"] == FIRST + there[-1]
        data, size = path.read_bytes(), failed["range_bytes"]
        starts = range(0, len(data), size)
        assert failed["digests"] == [sha256(data[start : start + size]).hexdigest() for start in starts]
        assert failed["bytes"] == len(data)
        assert [one.name for one in disk.folder.iterdir()] == ["part.mp4"]


@pytest.mark.needs_root
def test_a_pulled_disk_is_named(sink: SinkMaker, tmp_path: Path) -> None:
    with SmallDisk(tmp_path / "disk", 16 << 20) as disk:
        child = sink(disk.folder / "part.mp4")
        child.feed(calm(240), RATE)
        child.wait("state", state="live")
        disk.pull()
        begun = time.monotonic()
        when, failed = child.wait("failed", 5)
        assert failed["reason"] == "disk"
        assert when - begun <= 2 * ALLOWANCE
        assert child.code() == 1


def test_a_missing_folder_and_a_taken_name_are_told_at_once(sink: SinkMaker, tmp_path: Path) -> None:
    assert sink(tmp_path / "nowhere" / "part.mp4").wait("failed", 3)[1]["reason"] == "disk"
    taken = tmp_path / "taken.mp4"
    taken.write_bytes(b"yesterday's show")
    assert sink(taken).wait("failed", 3)[1]["reason"] == "disk"
    assert taken.read_bytes() == b"yesterday's show"


def test_the_keyboard_does_not_stop_a_recording(sink: SinkMaker, tmp_path: Path) -> None:
    path = tmp_path / "part.mp4"
    child = sink(path)
    child.process.send_signal(signal.SIGINT)
    if hasattr(signal, "SIGHUP"):
        child.process.send_signal(signal.SIGHUP)
    child.give(calm(60))
    child.end_input()
    assert child.code() == 0
    assert packet_ticks(path, RATE) == list(range(60))


def test_nothing_but_nonsense_leaves_no_file(sink: SinkMaker, tmp_path: Path) -> None:
    path = tmp_path / "part.mp4"
    child = sink(path)
    first = next(packet for packet in calm(1) if packet.stream == VIDEO)
    child.give([type(first)(VIDEO, True, 0, 0, 1, b"\0\0\0\1garbage" * 20)])
    assert child.wait("failed", 3)[1]["reason"] == "bad_input"
    assert not path.exists()


def _kinds(data: bytes) -> list[bytes]:
    kinds = []
    at = 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kinds.append(data[at + 4 : at + 8])
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16], "big")
        at += max(8, length)
    return kinds
