"""`jangteo verify`: a whole run is called whole, and whatever was changed, cut off, left out or moved is found."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.model.events import EngineResumed, Gap, PartEnded, PartStarted, RunEnded
from studio.model.packet import SOUND, VIDEO
from studio.terminal.verify import examine, main
from tests.sink.material import RATE, packets
from tests.terminal.made_run import CARD, STARTED, finished, record, write_sprite, write_timeline

Parts = list[tuple[PartStarted, PartEnded]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    return finished(folder, *two_parts(folder))


def two_parts(folder: Path) -> Parts:
    made = list(packets(2 * RATE))
    border = RATE * (48_000 // RATE)
    first = [one for one in made if (one.pts < RATE if one.stream == VIDEO else one.pts < border)]
    second = [one for one in made if one not in first]
    return [record(folder, "a.mp4", first), record(folder, "b.mp4", second)]


@pytest.fixture
def copied(whole: Path, tmp_path: Path) -> Path:
    """The whole run, somewhere else; the first one stays where the facts say."""
    return Path(shutil.copytree(whole, tmp_path / "moved"))


def kinds(folder: Path) -> list[str]:
    return [problem["kind"] for problem in examine(folder)["problems"]]


def test_a_whole_run_is_whole(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(whole)]) == 0
    ko, en = capsys.readouterr().out.splitlines()
    assert "모두 온전해요" in ko
    assert "All is whole" in en
    found = examine(whole)
    assert found["ended"]
    assert [part["pictures"] for part in found["parts"]] == [RATE, RATE]
    assert found["sprites"] == 1


def test_json_goes_to_a_file_or_to_the_screen(whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(whole), "--json", str(tmp_path / "found.json")]) == 0
    capsys.readouterr()
    assert main([str(whole), "--json", "-"]) == 0
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert printed["good"]


def test_a_folder_that_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert main([str(tmp_path / "nowhere")]) == 2
    assert main([]) == 2
    assert "방송 폴더가 아니에요" in capsys.readouterr().err


def test_the_moved_copy_is_what_is_looked_at(copied: Path) -> None:
    assert kinds(copied) == []
    path = copied / "recordings" / "a.mp4"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    assert "digest" in kinds(copied)


def test_any_byte_of_the_timeline(tmp_path: Path) -> None:
    """Each byte changed once, to something else each time."""
    path = finished(tmp_path) / "timeline.jsonl"
    data = path.read_bytes()
    lines = [number for number, line in enumerate(data.splitlines(keepends=True), 1) for _ in line]
    chooser = random.Random(5)
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= chooser.randrange(1, 256)
        path.write_bytes(changed)
        problems = examine(tmp_path)["problems"]
        assert problems, (at, changed[max(0, at - 20) : at + 20])
        assert problems[0]["at"] in (lines[at], lines[at] + 1), problems[0]


@pytest.mark.parametrize(("written", "changed"), [(b"1e-05", b"1E-05"), (b"1e-05", b"1e-5 ")])
def test_another_way_to_write_the_same_number_is_a_change(tmp_path: Path, written: bytes, changed: bytes) -> None:
    path = finished(tmp_path) / "timeline.jsonl"
    path.write_bytes(path.read_bytes().replace(written, changed))
    assert kinds(tmp_path)[0] == "chain"
    assert examine(tmp_path)["problems"][0]["at"] == 3


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_byte_of_a_recording(copied: Path, data: st.DataObject) -> None:
    path = copied / "recordings" / data.draw(st.sampled_from(["a.mp4", "b.mp4"]))
    content = path.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    mask = data.draw(st.integers(1, 255))
    path.write_bytes(content[:at] + bytes([content[at] ^ mask]) + content[at + 1 :])
    try:
        found = examine(copied)
    finally:
        path.write_bytes(content)
    problem = found["problems"][0]
    assert (problem["kind"], problem["place"], problem["at"]) == ("digest", path.name, 0)
    assert not found["good"]


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"\x00", lambda data: b""])
def test_a_recording_of_another_size(copied: Path, change: Callable[[bytes], bytes]) -> None:
    path = copied / "recordings" / "b.mp4"
    path.write_bytes(change(path.read_bytes()))
    assert set(kinds(copied)) & {"size", "unreadable"}
    assert main([str(copied)]) == 1


def test_the_range_of_a_large_file_is_named(tmp_path: Path) -> None:
    part = record(tmp_path, "a.mp4", packets(90, size=(320, 180), bits=8_000_000, noisy=True))
    finished(tmp_path, part)
    path = tmp_path / "recordings" / "a.mp4"
    data = bytearray(path.read_bytes())
    assert len(data) > 2 << 20
    data[(1 << 20) + 7] ^= 1
    path.write_bytes(data)
    problem = examine(tmp_path)["problems"][0]
    assert problem["at"] == 1 << 20
    assert "1,048,576" in problem["ko"]


def test_a_torn_last_line_is_named(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = copied / "timeline.jsonl"
    data = path.read_bytes()
    path.write_bytes(data[:-9])
    assert main([str(copied)]) == 1
    count = data.count(b"\n")
    assert f"{count}번째" in capsys.readouterr().out
    assert kinds(copied) == ["torn"]


@pytest.mark.parametrize("number", [0, 2, 4])
def test_a_line_left_out(copied: Path, number: int) -> None:
    path = copied / "timeline.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:number] + lines[number + 1 :]))
    problem = examine(copied)["problems"][0]
    assert (problem["kind"], problem["at"]) == ("chain", number + 1)


def test_a_run_that_still_goes_on_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sprite(tmp_path)
    started, _ = record(tmp_path, "a.mp4", packets(10))
    write_timeline(tmp_path, [(0, STARTED), (3, CARD), (0, started)])
    assert main([str(tmp_path)]) == 0
    assert "아직 끝나지 않았어요" in capsys.readouterr().out


def test_beginning_and_end(tmp_path: Path) -> None:
    write_sprite(tmp_path)
    write_timeline(tmp_path, [(0, STARTED), (8, RunEnded()), (9, CARD)])
    assert kinds(tmp_path) == ["end"]
    write_timeline(tmp_path, [(3, CARD), (8, RunEnded())])
    assert kinds(tmp_path) == ["start"]
    write_timeline(tmp_path, [])
    assert kinds(tmp_path) == ["start"]


def test_a_missing_recording(copied: Path, whole: Path) -> None:
    path = copied / "recordings" / "a.mp4"
    path.unlink()
    original = whole / "recordings" / "a.mp4"
    hidden = original.rename(original.with_suffix(".away"))
    try:
        assert kinds(copied) == ["missing"]
    finally:
        hidden.rename(original)


def test_a_changed_and_a_missing_card(copied: Path) -> None:
    path = next((copied / "sprites").iterdir())
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    assert kinds(copied) == ["sprite"]
    path.unlink()
    assert kinds(copied) == ["sprite"]


def test_a_picture_and_a_sound_that_are_not_there(tmp_path: Path) -> None:
    made = list(packets(RATE, gop=10))
    some = [one for one in made if one.stream != VIDEO or one.pts != 12]
    finished(tmp_path, record(tmp_path, "a.mp4", some))
    problems = examine(tmp_path)["problems"]
    assert [(one["kind"], one["at"]) for one in problems] == [("pictures", 12), ("length", 0)]
    heard = [one for one in made if one.stream == SOUND]
    finished(tmp_path, record(tmp_path, "b.mp4", [one for one in made if one is not heard[20]]))
    assert kinds(tmp_path) == ["sound"]


def test_ticks_between_two_parts(tmp_path: Path) -> None:
    made = list(packets(3 * RATE, gop=RATE))
    one = record(tmp_path, "a.mp4", [packet for packet in made if packet.stream == VIDEO and packet.pts < RATE])
    other = record(tmp_path, "b.mp4", [packet for packet in made if packet.stream == VIDEO and packet.pts >= 2 * RATE])
    finished(tmp_path, one, other)
    problem = examine(tmp_path)["problems"][0]
    assert (problem["kind"], problem["at"]) == ("order", RATE)
    finished(tmp_path, one, other, extra=[(2 * RATE, Gap(RATE, 2 * RATE - 1))])
    assert kinds(tmp_path) == []
    finished(tmp_path, one, other, extra=[(2 * RATE, Gap(RATE, 2 * RATE - 2))])
    assert kinds(tmp_path) == ["order"]
    killed = (one[0], replace(one[1], digests=(), bytes=7, last_tick=RATE + 3, reason="engine_killed"))
    finished(tmp_path, killed, other, extra=[(2 * RATE, EngineResumed(RATE + 4, RATE - 4))])
    assert kinds(tmp_path) == []


def test_parts_that_overlap(tmp_path: Path) -> None:
    made = list(packets(2 * RATE, gop=10))
    one = record(tmp_path, "a.mp4", [packet for packet in made if packet.stream == VIDEO and packet.pts < RATE + 5])
    other = record(tmp_path, "b.mp4", [packet for packet in made if packet.stream == VIDEO and packet.pts >= RATE])
    finished(tmp_path, one, other)
    assert kinds(tmp_path) == ["order"]
    killed = (one[0], replace(one[1], digests=(), bytes=7, last_tick=RATE, reason="killed"))
    finished(tmp_path, killed, other)
    assert kinds(tmp_path) == []
