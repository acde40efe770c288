"""A live show to a real RTMP server and a file at once, on the real clock: both copies are decoded and read back, and
compared with what the timeline says. Missed ticks may happen on a busy machine; they must be exactly those the timeline
names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.instruments import hearing, pattern, recording
from tests.instruments.recording import Picture
from tests.rigs.canaries import canary_in_files, make_canary
from tests.rigs.jangteo import Jangteo
from tests.rigs.rtmp_server import RtmpServer
from tests.shows.cards import opaque_difference
from tests.shows.facts import read_facts, repeated_ticks
from tests.shows.plan import BLUE, BROWN, FPS, SMALL, write_script, write_show
from tests.shows.test_stepped import ground, is_colour

SECONDS = 10


@dataclass
class Aired:
    """What the server and the disk have."""

    summary: dict[str, Any]
    facts: list[dict[str, Any]]
    recorded: list[Picture]
    received: list[Picture]
    recorded_file: Path
    received_file: Path
    home: Path
    canary: str


@pytest.fixture(scope="module")
def aired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aired]:
    folder = tmp_path_factory.mktemp("live")
    show = write_show(folder)
    script = write_script(
        folder,
        (3.0, "TakeScene", {"scene": "brown"}),
        (4.5, "ShowCard", {"product": "mandarin"}),
        (5.5, "OpenCoupon", {"coupon": "evening"}),
        (7.0, "TakeScene", {"scene": "inset", "transition": "fade", "seconds": 0.4}),
    )
    canary = make_canary()
    (folder / "key.txt").write_text(f"{canary}\n")
    with RtmpServer(folder / "server") as server, Jangteo(folder / "h") as jangteo:
        jangteo.run(
            *(
                "run",
                show,
                "--for",
                SECONDS,
                "--script",
                script,
                "--to",
                server.address,
                "--record",
                folder / "녹화 📦",
            ),
            *("--key-file", folder / "key.txt", "--json", folder / "s.json", *SMALL),
            timeout=90,
            check=True,
        )
        summary = json.loads((folder / "s.json").read_text())
        received = server.finished_recordings(canary)
        assert len(received) == 1, server.log()
        recorded = Path(summary["recordings"][0])
        yield Aired(
            summary,
            read_facts(summary["run_dir"]),
            list(recording.decode(recorded, FPS)),
            list(recording.decode(received[0], FPS)),
            recorded,
            received[0],
            folder,
            canary,
        )


def numbers(pictures: list[Picture]) -> list[int | None]:
    return [picture.tick() for picture in pictures]


def test_the_recording_has_every_tick(aired: Aired) -> None:
    assert recording.packet_ticks(aired.recorded_file, FPS) == list(range(SECONDS * FPS))
    recording.assert_dense(numbers(aired.recorded), repeated_ticks(aired.facts, "vertical"))


def test_the_server_got_every_tick_from_its_first_key_frame(aired: Aired) -> None:
    ticks = recording.packet_ticks(aired.received_file, FPS)
    assert ticks == list(range(ticks[0], SECONDS * FPS))
    assert ticks[0] <= 3 * 2 * FPS
    first = aired.received[0].tick()
    assert first is not None
    recording.assert_dense(numbers(aired.received), repeated_ticks(aired.facts, "vertical"))


@pytest.mark.parametrize("copy", ["recorded", "received"])
def test_scenes_change_on_the_tick_the_timeline_names(aired: Aired, copy: str) -> None:
    pictures = {picture.place: picture for picture in getattr(aired, copy)}
    taken = next(fact for fact in aired.facts if fact["kind"] == "SceneTaken")
    tick = taken["tick"]
    assert tick >= 90
    before, after = (tick - 1, tick)
    assert is_colour(pictures[before], ground(pictures[before]), BLUE)
    assert is_colour(pictures[after], ground(pictures[after]), BROWN)


@pytest.mark.parametrize("copy", ["recorded", "received"])
def test_card_and_coupon_are_in_the_picture(aired: Aired, copy: str) -> None:
    pictures = {picture.place: picture for picture in getattr(aired, copy)}
    for shown in (fact for fact in aired.facts if fact["kind"] == "CardShown"):
        drawn, tick = shown["values"]["drawn"]["vertical"], shown["tick"]
        there = opaque_difference(pictures[tick + 15], drawn, aired.summary["run_dir"])
        before = opaque_difference(pictures[tick - 1], drawn, aired.summary["run_dir"])
        assert there <= 14 < 40 < before, (shown["values"]["kind"], there, before)


@pytest.mark.parametrize("copy", ["recorded", "received"])
def test_red_stays_red(aired: Aired, copy: str) -> None:
    picture = getattr(aired, copy)[40]
    red = recording.mean_colour(picture, pattern.inner(pattern.patch(picture.rectangle, "red"), 0.5))
    assert all(abs(seen - true) <= 2 for seen, true in zip(red, (63, 102, 240), strict=True)), red


@pytest.mark.parametrize("copy", ["recorded_file", "received_file"])
def test_flash_and_beep_are_together(aired: Aired, copy: str) -> None:
    offsets = hearing.audio_video_offsets_ms(getattr(aired, copy))
    assert len(offsets) >= 3
    assert max(abs(offset) for offset in offsets) <= 40, offsets


def test_the_summary_keeps_its_contract(aired: Aired) -> None:
    summary = aired.summary
    assert summary["ticks"] == SECONDS * FPS
    assert set(summary["tick_ms"]) == {"p50", "p99"}
    assert set(summary["compose_ms"]) == {"p50", "p99"}
    assert set(summary["cpu_seconds"]) == {"engine", "sinks"}
    assert summary["cpu_seconds"]["sinks"] > 0
    assert summary["canvases"]["vertical"]["frames_encoded"] == SECONDS * FPS
    destination = summary["destinations"]["to-1"]
    assert destination["connects"] == 1
    assert destination["packets"] > 0
    assert destination["bytes"] > 10_000
    assert destination["dropped_seconds"] == 0
    assert "wide" not in summary["canvases"], "a canvas nobody receives is not encoded"


def test_the_key_is_nowhere(aired: Aired) -> None:
    (aired.home / "key.txt").unlink(missing_ok=True)
    server = aired.home / "server"
    found = [hit for hit in canary_in_files(aired.home, aired.canary) if not str(hit).startswith(str(server))]
    assert not found


def test_a_stepped_show_arrives_whole(jangteo: Jangteo, rtmp_server: Callable[..., RtmpServer], tmp_path: Path) -> None:
    """Without a clock the encoders wait for the server, and nothing is dropped."""
    server = rtmp_server()
    words = ("run", write_show(tmp_path), "--stepped", "--for", 20, "--to", server.url("show"), *SMALL)
    jangteo.run(*words, "--json", tmp_path / "s.json", timeout=90, check=True)
    destination = json.loads((tmp_path / "s.json").read_text())["destinations"]["to-1"]
    assert destination["dropped_seconds"] == 0
    (received,) = server.finished_recordings("show")
    assert recording.packet_ticks(received, FPS) == list(range(20 * FPS))
