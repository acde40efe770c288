"""Network streams as sources, from real peers: a phone's stand-in (the ffmpeg program) pushes RTMP to us, an RTMP
server and an RTSP server are pulled. Pictures keep the sender's pace and stay together with their sound; a sender that
goes is told, and taken again when it comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import need
from tests.instruments import hearing, pattern, recording
from tests.rigs import rtsp_server
from tests.rigs.jangteo import Jangteo, Running
from tests.rigs.ports import HOST, free_port
from tests.rigs.publisher import Publisher
from tests.rigs.rtmp_server import RtmpServer
from tests.rigs.rtsp_server import RtspServer
from tests.rigs.samples import Beep, clip
from tests.rigs.waiting import ALLOWANCE
from tests.shows.facts import read_facts
from tests.shows.plan import FPS

SIZE = ("--canvas", "wide=320x240@30", "--preset", "ultrafast", "--bitrate", "800")
SECONDS = 20


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds of numbered pictures with a beep in each second."""
    folder = tmp_path_factory.mktemp("material")
    return clip(folder / "phone.mkv", width=320, height=240, seconds=SECONDS, beep=Beep(), key_every=15)


@dataclass
class Stage:
    """A show with one stream as its source."""

    jangteo: Jangteo
    running: Running
    folder: Path

    def wait_ready(self, seconds: float) -> int:
        status = self.jangteo.wait_status(
            lambda s: s["sources"]["phone"]["ready"] and not s["sources"]["phone"]["lost"], seconds, "the stream"
        )
        return int(status["tick"])

    def wait_lost(self, seconds: float) -> int:
        return int(self.jangteo.wait_status(lambda s: s["sources"]["phone"]["lost"], seconds, "lost")["tick"])

    def go_on(self, seconds: float) -> int:
        """Lets the show go on for so long; the tick then."""
        tick = self.jangteo.status()["tick"]
        end = tick + round(seconds * FPS)
        return int(self.jangteo.wait_status(lambda s: s["tick"] >= end, seconds + 20, "the show goes on")["tick"])

    def end(self) -> tuple[Path, list[dict[str, Any]]]:
        self.jangteo.stop()
        assert self.running.wait(10) == 0
        summary = json.loads((self.folder / "s.json").read_text())
        (path,) = map(Path, summary["recordings"])
        assert recording.packet_ticks(path, FPS) == list(range(summary["ticks"])), "the cadence is dense"
        return path, read_facts(summary["run_dir"])


def begin(jangteo: Jangteo, folder: Path, url: str) -> Stage:
    data = {
        "schema": 1,
        "id": "streams",
        "title": "전화기 시험",
        "canvases": [{"id": "wide", "width": 320, "height": 240, "fps": FPS}],
        "sources": [{"id": "phone", "url": url}],
        "scenes": [
            {"id": "phone", "layers": [{"id": "whole", "source": "phone", "places": {"*": {"fit": "stretch"}}}]}
        ],
    }
    path = folder / "show.json"
    path.write_text(json.dumps(data))
    return Stage(jangteo, jangteo.start("run", path, "--json", folder / "s.json", *SIZE), folder)


def check_pace(path: Path, first: int, last: int) -> None:
    """The sender's own numbers rise with program time, at its pace."""
    shown = [picture.tick() for picture in list(recording.decode(path, FPS))[first:last]]
    numbers = [number for number in shown if number is not None]
    assert len(numbers) >= 0.9 * (last - first)
    steps = [later - earlier for earlier, later in pairwise(numbers)]
    assert min(steps) >= 0
    assert abs((numbers[-1] - numbers[0]) - (len(numbers) - 1)) <= 10, (numbers[0], numbers[-1], len(numbers))


def test_a_phone_pushes_to_us(jangteo: Jangteo, tmp_path: Path, material: Path) -> None:
    port = free_port()
    stage = begin(jangteo, tmp_path, f"listen:{port}/abc-123")
    told = stage.running.wait_line(f":{port}/live", 20)
    assert "abc-123" in told, "a person has to type it"
    jangteo.wait_status(lambda s: s["listening"].get("phone", "").endswith(f":{port}/live/abc-123"), 20, "listening")
    with Publisher(material, f"rtmp://{HOST}:{port}/live/somebody"):
        stage.go_on(2)
        assert not jangteo.status()["sources"]["phone"]["ready"], "whoever does not know the name is not on air"
    with Publisher(material, f"rtmp://{HOST}:{port}/live/abc-123"):
        ready = stage.wait_ready(15)
        gone = stage.go_on(4.5)
    stage.wait_lost(10)
    stage.go_on(1)  # a phone's app tries again by itself; the ffmpeg program does not
    with Publisher(material, f"rtmp://{HOST}:{port}/live/abc-123"):
        back = stage.wait_ready(15)
        until = stage.go_on(2)
    path, facts = stage.end()
    (lost, *_) = [fact["tick"] for fact in facts if fact["kind"] == "SourceLost"]
    print(f"the phone's going was seen after {(lost - gone) / FPS:.2f} s")
    assert (lost - gone) / FPS <= 1.0 * ALLOWANCE
    check_pace(path, ready + FPS, ready + 4 * FPS)
    check_pace(path, back + FPS, until - 5)
    offsets = hearing.audio_video_offsets_ms(path)
    print(f"picture and sound: {[round(one) for one in offsets]} ms")
    assert len(offsets) >= 4
    assert max(map(abs, offsets)) <= 40


@pytest.mark.parametrize("kind", ["rtmp", "rtsp"])
def test_a_stream_is_pulled(
    jangteo: Jangteo, rtmp_server: Callable[..., RtmpServer], tmp_path: Path, material: Path, kind: str
) -> None:
    if kind == "rtsp":
        need(rtsp_server.missing())
        with RtspServer(material) as server:
            stage = begin(jangteo, tmp_path, server.url)
            ready = stage.wait_ready(20)
            stage.go_on(4)
            gone = int(jangteo.status()["tick"])
            server.stop()
            stage.wait_lost(10)
            returned = int(jangteo.status()["tick"])
            server.start()
            back = stage.wait_ready(15)
            until = stage.go_on(2)
    else:
        nginx = rtmp_server()
        with Publisher(material, nginx.url("cam"), times=3) as sender:
            nginx.wait_published("cam")
            stage = begin(jangteo, tmp_path, nginx.url("cam"))
            ready = stage.wait_ready(20)
            stage.go_on(4)
            gone = int(jangteo.status()["tick"])
            sender.close()
            stage.wait_lost(15)
        with Publisher(material, nginx.url("cam"), times=3):
            returned = int(jangteo.status()["tick"])
            back = stage.wait_ready(20)
            until = stage.go_on(2)
    path, facts = stage.end()
    (lost, *_) = [fact["tick"] for fact in facts if fact["kind"] == "SourceLost"]
    print(f"{kind}: gone seen after {(lost - gone) / FPS:.2f} s, back {(back - returned) / FPS:.2f} s after its return")
    check_pace(path, ready + FPS, ready + 3 * FPS)
    check_pace(path, back + FPS, until - 5)
    red = recording.mean_colour(
        list(recording.decode(path, FPS))[ready + 2 * FPS], pattern.inner(pattern.patch((0, 0, 320, 240), "red"), 0.5)
    )
    assert all(abs(seen - true) <= 3 for seen, true in zip(red, (63, 102, 240), strict=True)), red
    offsets = hearing.audio_video_offsets_ms(path)
    print(f"picture and sound: {[round(one) for one in offsets]} ms")
    assert max(map(abs, offsets)) <= 40
