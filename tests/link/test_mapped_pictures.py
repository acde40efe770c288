"""Mapped pictures: what is read is whole, or nothing; a foreign or broken file is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.link.mapped_pictures import PictureReader, PictureWriter, sweep
from tests.rigs.waiting import wait_for

SIZE = 64 * 48
WRITER = """
import sys
from pathlib import Path
import numpy as np
from studio.link.mapped_pictures import PictureWriter
writer = PictureWriter(Path(sys.argv[1]), 1 << 20, 3)
plane = np.zeros(1 << 20, np.uint8)
print("there", flush=True)
number = 0
while True:
    number += 1
    plane[:] = number % 251
    writer.put(number, 1024, 1024, [plane])
"""


def picture(value: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full(SIZE, value, np.uint8)


def test_the_newest_is_read(tmp_path: Path) -> None:
    writer = PictureWriter(tmp_path / "map", SIZE)
    reader = PictureReader(tmp_path / "map")
    assert reader.read() is None
    for number in range(1, 12):
        assert writer.put(number * 10, 64, 48, [picture(number)[: SIZE // 2], picture(number)[SIZE // 2 :]]) == number
        taken = reader.read()
        assert taken is not None
        assert (taken.number, taken.time_ns, taken.width, taken.height) == (number, number * 10, 64, 48)
        assert np.array_equal(taken.data, picture(number))
    assert reader.read(7) is None, "written over long ago"
    assert reader.read(9) is not None
    assert reader.read(12) is None
    assert oct((tmp_path / "map").stat().st_mode)[-3:] == "600"


def test_what_was_read_is_a_copy(tmp_path: Path) -> None:
    writer = PictureWriter(tmp_path / "map", SIZE, slots=1)
    reader = PictureReader(tmp_path / "map")
    writer.put(1, 64, 48, [picture(1)])
    taken = reader.read()
    writer.put(2, 64, 48, [picture(2)])
    assert taken is not None
    assert np.array_equal(taken.data, picture(1))


def test_no_torn_picture_from_a_writer_at_full_speed(tmp_path: Path) -> None:
    """Another process writes as fast as it can into three slots: all that is handed out is of one piece."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "map")], stdout=subprocess.PIPE)
    try:
        assert writer.stdout is not None
        writer.stdout.readline()
        reader = PictureReader(tmp_path / "map")
        whole = refused = last = 0

        def looked() -> bool:
            nonlocal whole, refused, last
            taken = reader.read()
            if taken is None:
                refused += 1
                return False
            assert taken.data.min() == taken.data.max() == taken.number % 251
            assert taken.time_ns == taken.number
            whole += taken.number != last
            last = taken.number
            return whole >= 300

        wait_for(looked, 30, every=0.0)
    finally:
        writer.kill()
        writer.wait(5)
        if writer.stdout is not None:
            writer.stdout.close()


def test_too_large_a_picture_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    writer = PictureWriter(tmp_path / "map", SIZE)
    writer.put(1, 64, 48, [picture(1)])
    with pytest.raises(ValueError, match="larger"):
        writer.put(2, 64, 49, [np.zeros(SIZE + 64, np.uint8)])
    taken = PictureReader(tmp_path / "map").read()
    assert taken is not None
    assert taken.number == 1


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_a_file_that_is_none_of_ours(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("map") / "map"
    path.write_bytes(data)
    with pytest.raises((ValueError, OSError)):
        PictureReader(path)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "map").write_text("mine")
    with pytest.raises(FileExistsError):
        PictureWriter(tmp_path / "map", SIZE)
    assert (tmp_path / "map").read_text() == "mine"
    os.unlink(tmp_path / "map")


def test_what_killed_processes_left_is_swept(tmp_path: Path) -> None:
    for name in ("source-7-1", "view-7-program", "keeper.socket"):
        (tmp_path / name).write_bytes(b"x")
    sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["keeper.socket"]
