"""Runs from a terminal, through the real command: what a rehearsal may not, two canvases, one run a home, commands and
their refusals, plan edits, damaged films, and every way a run can end (F16, F26, B39)."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest

from studio.link.channel import connect
from studio.terminal import main as terminal
from studio.terminal.control import read_status
from tests.instruments import pattern, recording
from tests.instruments.recording import Picture
from tests.rigs import samples
from tests.rigs.jangteo import Jangteo, Running
from tests.rigs.processes import alive, census, mapped_libraries
from tests.rigs.rtmp_server import RtmpServer
from tests.rigs.waiting import ALLOWANCE, holds_for, wait_for
from tests.shows.facts import made_ticks, read_facts, repeated_ticks
from tests.shows.plan import FPS, SMALL, layer, show_data, write_script, write_show
from tests.shows.test_stepped import ground, is_colour

STOP_SECONDS = 2.0 * ALLOWANCE
RED, GREEN, BLUE, WHITE = (63, 102, 240), (173, 42, 26), (32, 240, 118), (235, 128, 128)
QT = ("libQt6", "PySide", "shiboken", "libshiboken")
"""Ours. OpenCV's wheel brings a Qt 5 of its own, which it maps and the engine never starts."""


def plain_show(folder: Path, **more: Any) -> Path:
    """Test patterns only: quick to start, with a destination in the plan."""
    data = show_data()
    data["sources"] = [source for source in data["sources"] if source["url"].startswith("pattern:")]
    data["scenes"] = [scene for scene in data["scenes"] if scene["id"] in ("blue", "brown", "inset")]
    data["destinations"] = [{"label": "mine", "server": "rtmp://127.0.0.1:9/app"}]
    for name, things in more.items():
        data[name] = [*data[name], *things]
    return write_show(folder, data, clips=False)


# --- a stepped run: two canvases, and edits of the plan ---


@dataclass
class Edited:
    summary: dict[str, Any]
    facts: list[dict[str, Any]]
    pictures: dict[str, list[Picture]]

    def facts_of(self, kind: str) -> list[dict[str, Any]]:
        return [fact for fact in self.facts if fact["kind"] == kind]


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Edited:
    folder = tmp_path_factory.mktemp("edited")
    samples.image(folder / "photo.png", width=180, height=320, tick=77)
    samples.image(folder / "later.jpg", width=360, height=640, tick=78)
    show = plain_show(
        folder,
        sources=[{"id": "photo", "url": "image:photo.png"}],
        scenes=[{"id": "photo", "layers": [layer("whole", "photo", fit="stretch")]}],
    )
    product = {"id": "mandarin", "name": "노지감귤 5kg", "list_price": 24900, "sale_price": 24900, "live_price": 9900}
    later = {"id": "later", "layers": [layer("whole", "later", fit="stretch")]}
    script = write_script(
        folder,
        (0.5, "TakeScene", {"scene": "photo"}),
        (1.0, "PutSource", {"source": {"id": "later", "url": "image:later.jpg"}}),
        (1.0, "PutScene", {"scene": later}),
        (1.0, "TakeScene", {"scene": "later"}),
        (1.5, "PutSource", {"source": {"id": "brown", "url": "pattern:#206020"}}),
        (1.5, "TakeScene", {"scene": "brown"}),
        (2.0, "PutProduct", {"product": product}),
        (2.0, "ShowCard", {"product": "mandarin", "price": 15900}),
        (2.1, "ShowCard", {"product": "mandarin", "price": 9900}),
        (9.0, "LowerCover", {}),
    )
    with Jangteo(folder / "h") as jangteo:
        done = jangteo.run(
            *("run", show, "--stepped", "--rehearse", "--for", 3, "--script", script, "--json", "-"),
            *("--canvas", "vertical=180x320@30", "--canvas", "wide=320x180@30", "--preset", "ultrafast"),
            *("--bitrate", "1500"),
            timeout=90,
            check=True,
        )
        summary = json.loads(done.stdout)
        assert "1 line(s) of the script" in done.stderr
        assert "LowerCover" not in done.stderr, "a line after the end is told once, before"
    files = {"wide" if "-wide-" in name else "vertical": Path(name) for name in summary["recordings"]}
    pictures = {name: list(recording.decode(path, FPS)) for name, path in files.items()}
    return Edited(summary, read_facts(summary["run_dir"]), pictures)


def test_two_canvases_are_both_recorded(edited: Edited) -> None:
    assert len(edited.summary["recordings"]) == 2
    assert set(edited.summary["canvases"]) == {"vertical", "wide"}
    for name, (width, height) in {"vertical": (180, 320), "wide": (320, 180)}.items():
        pictures = edited.pictures[name]
        assert len(pictures) == 3 * FPS
        assert {picture.y.shape for picture in pictures} == {(height, width)}
        assert [picture.tick() for picture in pictures[:15]] == list(range(15))
    assert edited.summary["destinations"] == {}


@pytest.mark.parametrize(("tick", "number"), [(20, 77), (40, 78)])
def test_an_image_keeps_its_colours(edited: Edited, tick: int, number: int) -> None:
    """One source of the show, PNG, and one put in during the run, JPEG (whose own colours are a little less exact)."""
    for pictures in edited.pictures.values():
        picture = pictures[tick]
        assert picture.tick() == number
        for colour, true in {"red": RED, "green": GREEN, "blue": BLUE, "white": WHITE}.items():
            seen = recording.mean_colour(picture, pattern.inner(pattern.patch(picture.rectangle, colour), 0.5))
            most = 2.5 if number == 77 else 5.0
            assert all(abs(a - b) <= most for a, b in zip(seen, true, strict=True)), (colour, seen)


def test_edits_of_the_plan_are_on_air_at_their_tick(edited: Edited) -> None:
    pictures = edited.pictures["vertical"]
    assert pictures[14].tick() == 14
    # A source that is put in begins with its first picture.
    assert [pictures[tick].tick() for tick in (15, 29, 30, 44, 45, 46)] == [77, 77, 78, 78, 0, 1]
    assert is_colour(pictures[46], ground(pictures[46]), "#206020")
    for kind, tick in (("SourcePut", 30), ("ScenePut", 30), ("ProductPut", 60)):
        assert edited.facts_of(kind)[0]["tick"] == tick
    cards = edited.facts_of("CardShown")
    assert [(card["tick"], card["values"]["values"]["price"]) for card in cards] == [(63, "9,900")]


# --- one rehearsal that goes on, and what can be asked of it ---


@dataclass
class OnAir:
    jangteo: Jangteo
    running: Running
    folder: Path

    def status(self) -> dict[str, Any]:
        """Asked from this process, which is quicker."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("JANGTEO_HOME", str(self.jangteo.home))
            status = read_status()
        assert status is not None
        return status

    def position(self) -> tuple[Any, ...]:
        status = self.status()
        return status["run_dir"], status["program"], status["preview"], status["cards"], status["destinations"]

    def facts(self) -> list[dict[str, Any]]:
        return read_facts(self.status()["run_dir"])


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnAir]:
    folder = tmp_path_factory.mktemp("rehearsal")
    show = plain_show(folder)
    with Jangteo(folder / "h") as jangteo:
        running = jangteo.start("run", show, "--rehearse", *SMALL)
        jangteo.wait_status(lambda status: status["tick"] > 5, 30, "the rehearsal runs")
        yield OnAir(jangteo, running, folder)


def refused(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    assert done.returncode == 2, done
    assert len(done.stderr.splitlines()) >= 2, done
    for part in parts:
        assert part in done.stderr + done.stdout, done


def test_a_rehearsal_cannot_send(rehearsal: OnAir) -> None:
    before = rehearsal.position()
    refused(rehearsal.jangteo.run("say", "StartSending", "destination=mine"), "mine", "no destination")
    assert rehearsal.position() == before
    status = rehearsal.status()
    assert status["kind"] == "rehearsal"
    assert status["destinations"] == {}
    assert set(status["processes"]["sinks"]) == {"recording:vertical"}


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["TakeScene", "scene=nowhere"], "nowhere"),
        (["Wibble"], "Wibble"),
        (["TakeScene", "scen=blue"], "scen"),
        (["TakeScene", "scene=brown", "seconds=99", "transition=fade"], "5"),
        (["ShowCard", "product=ghost"], "ghost"),
        (["ShowCard", "product=sold"], "감귤칩"),
        (["ShowCard", "product=mandarin", "price=1"], "15,900"),
        (["SetGain", "source=blue", "gain_db=99"], "dB"),
        (["PutScene", 'scene={"id": "x", "layers": [{"id": "a", "scene": "x", "places": {}}]}'], "x → x"),
        (["StopSending", "destination=mine"], "mine"),
        (["ReconnectNow", "destination=mine"], "mine"),
        (["PutSource", 'source={"id": "blue", "url": "http://example.com/"}'], "http"),
        (["PutSource", 'source={"id": "blue", "url": "image:none.png"}'], "none.png"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_a_refused_command_changes_nothing(
    rehearsal: OnAir,
    words: list[str],
    part: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before, lines = rehearsal.position(), len(rehearsal.facts())
    monkeypatch.setenv("JANGTEO_HOME", str(rehearsal.jangteo.home))
    assert terminal.main(["say", *words]) == 2
    said = capsys.readouterr()
    assert part in said.err
    assert len(said.err.splitlines()) == 2
    assert rehearsal.position() == before
    assert {fact["kind"] for fact in rehearsal.facts()[lines:]} <= {"TicksRepeated"}


def test_a_command_at_a_time(rehearsal: OnAir) -> None:
    seconds = round(rehearsal.status()["seconds"]) + 4
    done = rehearsal.jangteo.run("say", "SetPreview", "scene=inset", "--at", seconds, check=True)
    assert json.loads(done.stdout) == {"done_at": seconds * FPS}
    fact = next(fact for fact in rehearsal.facts() if fact["values"].get("scene") == "inset")
    assert fact["tick"] == seconds * FPS


def test_status_is_for_people_too(rehearsal: OnAir) -> None:
    said = rehearsal.jangteo.run("status", check=True).stdout
    for part in ("시험 방송", "리허설 · rehearsal", "온에어 화면 · program", "녹화 · rec vertical", "놓친 프레임"):
        assert part in said, said


def test_another_run_is_refused_and_changes_nothing(rehearsal: OnAir) -> None:
    runs = sorted((rehearsal.jangteo.home / "data" / "runs").iterdir())
    before = rehearsal.position()
    summary = rehearsal.folder / "second.json"
    for words in (["demo"], [rehearsal.folder / "show.json", "--rehearse", "--json", summary]):
        refused(rehearsal.jangteo.run("run", *words, "--for", 1), "이미 방송이 진행 중", "going on already")
    assert not summary.exists()
    assert sorted((rehearsal.jangteo.home / "data" / "runs").iterdir()) == runs
    assert rehearsal.position() == before


def test_who_loads_what(rehearsal: OnAir) -> None:
    """The engine maps no Qt; letters does; the keeper has neither Qt nor codecs."""
    processes = rehearsal.status()["processes"]
    try:
        libraries = {kind: mapped_libraries(processes[kind]) for kind in ("engine", "letters", "keeper")}
    except PermissionError:
        pytest.skip("processes that hold keys let only root look at them")
    found = {kind: [name for name in names if name.startswith(QT)] for kind, names in libraries.items()}
    assert found["engine"] == []
    assert found["keeper"] == []
    assert any("Gui" in name for name in found["letters"])
    assert not any("avcodec" in name or "numpy" in name for name in libraries["keeper"])
    assert any("avcodec" in name for name in libraries["engine"])


def test_the_run_outlives_its_terminal(rehearsal: OnAir) -> None:
    """kill -9 of the terminal: the run goes on, `jangteo stop` ends it, its recording is whole. The last test of this
    rehearsal."""
    jangteo = rehearsal.jangteo
    run_dir = jangteo.status()["run_dir"]
    rehearsal.running.kill()
    rehearsal.running.wait(5)
    tick = jangteo.status()["tick"]
    jangteo.wait_status(lambda status: status["tick"] > tick + 2 * FPS, 15, "the run goes on")
    began = time.monotonic()
    jangteo.run("stop", timeout=20, check=True)
    assert time.monotonic() - began <= STOP_SECONDS + 1.0
    assert not census(jangteo.home)
    summary = json.loads((Path(run_dir) / "summary.json").read_text())
    assert summary["end"] == "asked"
    check_dense(summary)


def check_dense(summary: dict[str, Any]) -> None:
    facts = read_facts(summary["run_dir"])
    assert made_ticks(facts) == set(range(summary["ticks"]))
    pictures = list(recording.decode(Path(summary["recordings"][0]), FPS))
    assert len(pictures) == summary["ticks"]
    assert [picture.place for picture in pictures] == list(range(summary["ticks"]))


# --- ends ---


def test_a_reader_that_goes_away_and_sigterm(jangteo: Jangteo, tmp_path: Path) -> None:
    """`jangteo run … | head -1`: the run and its terminal go on in silence; SIGTERM ends them cleanly."""
    environment = {**os.environ, "JANGTEO_HOME": str(jangteo.home), "PYTHONPATH": str(jangteo.project)}
    words = jangteo.words("run", plain_show(tmp_path), "--rehearse", "--json", tmp_path / "s.json", *SMALL)
    errors = tmp_path / "errors.txt"
    with errors.open("wb") as file:
        terminal = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=file, env=environment, cwd=tmp_path, start_new_session=True
        )
    assert terminal.stdout is not None
    assert terminal.stdout.readline()
    terminal.stdout.close()
    try:
        # The next line it prints comes five seconds later.
        jangteo.wait_status(lambda status: status["seconds"] > 6, 45, "the run goes on")
        assert terminal.poll() is None
        began = time.monotonic()
        terminal.terminate()
        assert terminal.wait(20) == 0
        assert time.monotonic() - began <= STOP_SECONDS
    finally:
        terminal.kill()
        terminal.wait(5)
    assert errors.read_text() == ""
    check_dense(json.loads((tmp_path / "s.json").read_text()))


def test_ctrl_c_and_a_thousand_starts(
    jangteo: Jangteo,
    rtmp_server: Callable[..., RtmpServer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F16: 1,000 starts of what is started are one connection. Sent on the wide canvas alone, only that one is encoded.
    Ctrl+C ends it cleanly."""
    server = rtmp_server()
    show = plain_show(tmp_path)
    running = jangteo.start(
        *("run", show, "--to", f"wide={server.url('show')}", "--json", tmp_path / "s.json", "--no-record"),
        *("--preset", "ultrafast", "--bitrate", "600"),
    )
    jangteo.wait_destination("to-1", "live", 30)
    monkeypatch.setenv("JANGTEO_HOME", str(jangteo.home))
    engine = connect("engine", "terminal")
    start = {"ask": "command", "command": {"command": "StartSending", "destination": "to-1"}}
    for number in range(999):
        engine.send({**start, "id": 10_000 + number})
    assert "done_at" in engine.ask(start, 15)
    engine.close()
    status = jangteo.status()
    assert status["destinations"]["to-1"]["state"] == "live"
    assert status["destinations"]["to-1"]["connects"] == 1
    assert len(server.recordings("show")) == 1
    began = time.monotonic()
    running.interrupt()
    assert running.wait(20) == 0
    assert time.monotonic() - began <= STOP_SECONDS
    summary = json.loads((tmp_path / "s.json").read_text())
    assert summary["destinations"]["to-1"]["connects"] == 1
    assert set(summary["canvases"]) == {"wide"}
    assert summary["recordings"] == []
    facts = recording.video_facts(server.finished_recordings("show")[0])
    assert (facts.width, facts.height) == (320, 180)


def test_ctrl_c_before_the_start_leaves_nothing(jangteo: Jangteo, tmp_path: Path) -> None:
    """While the machine is still being measured."""
    running = jangteo.start("run", plain_show(tmp_path), "--rehearse", "--json", tmp_path / "s.json")
    wait_for(lambda: [process for process in census(jangteo.home) if process.kind == "media"], 20)
    running.interrupt()
    assert running.wait(10) == 130, str(running)
    assert "Nothing was started" in "\n".join(running.errors)
    wait_for(lambda: not census(jangteo.home), 5)
    assert not list((jangteo.home / "data" / "runs").iterdir())
    assert not (tmp_path / "s.json").exists()


# --- the demo, and damaged films ---


def test_the_demo_show(jangteo: Jangteo) -> None:
    for words in (("show",), ("show", "demo")):
        show = json.loads(jangteo.run(*words, check=True).stdout)
        canvases = {canvas["id"]: (canvas["width"], canvas["height"]) for canvas in show["canvases"]}
        assert canvases["vertical"] == (720, 1280)
        assert canvases["wide"][0] > canvases["wide"][1]
        assert len({scene["id"] for scene in show["scenes"]}) >= 3
        films = [source for source in show["sources"] if source["url"].startswith("file:")]
        assert len([source for source in films if not source["url"].endswith(".m4a")]) >= 2


def with_bad_lengths(source: Path, path: Path) -> Path:
    """Each picture but the first three says it is two gigabytes long (a wrong NAL length)."""
    data = bytearray(source.read_bytes())
    with av.open(str(source)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    for packet in packets[3:]:
        place = data.find(packet)
        assert place >= 0
        data[place : place + 4] = b"\x7f\xff\xff\xff"
    path.write_bytes(bytes(data))
    return path


def test_damaged_films_on_air(jangteo: Jangteo, tmp_path: Path) -> None:
    """B39: four damaged films side by side. The engine lives, the ticks stay dense, and each film goes on or is told as
    lost."""
    good = samples.clip(tmp_path / "good.mp4", width=180, height=320, seconds=2.0, key_every=15, beep=samples.Beep())
    for seed in range(3):
        samples.mutated(good, tmp_path / f"film{seed}.mp4", seed=seed, changes=40 * (seed + 1))
    with_bad_lengths(good, tmp_path / "film3.mp4")
    corners = [(x, y) for y in (0.0, 0.5) for x in (0.0, 0.5)]
    show = plain_show(
        tmp_path,
        sources=[{"id": f"film{n}", "url": f"file:film{n}.mp4"} for n in range(4)],
        scenes=[
            {
                "id": "films",
                "layers": [
                    layer(f"film{n}", f"film{n}", rect={"x": x, "y": y, "width": 0.5, "height": 0.5}, fit="stretch")
                    for n, (x, y) in enumerate(corners)
                ],
            }
        ],
    )
    script = write_script(tmp_path, (0.2, "TakeScene", {"scene": "films"}))
    running = jangteo.start(
        *("run", show, "--rehearse", "--for", 6, "--script", script, "--json", tmp_path / "s.json", *SMALL)
    )
    jangteo.wait_status(lambda status: status["tick"] > 5, 30, "the run goes on")
    engine = jangteo.pid("engine")
    assert holds_for(lambda: alive(engine), 3)
    assert running.wait(30) == 0, str(running)
    summary = json.loads((tmp_path / "s.json").read_text())
    check_dense(summary)
    facts = read_facts(summary["run_dir"])
    assert "EngineResumed" not in {fact["kind"] for fact in facts}
    lost = {fact["values"]["source"] for fact in facts if fact["kind"] == "SourceLost"}
    pictures = list(recording.decode(Path(summary["recordings"][0]), FPS))[-3 * FPS :]
    assert len(repeated_ticks(facts, "vertical")) < summary["ticks"] // 2
    moving = {f"film{n}" for n, corner in enumerate(corners) if different_pictures(pictures, corner) > FPS // 2}
    print(f"lost {sorted(lost)}, moving {sorted(moving)}")
    assert lost | moving == {f"film{n}" for n in range(4)}


def different_pictures(pictures: list[Picture], corner: tuple[float, float]) -> int:
    """How many different pictures a quarter of the screen showed."""
    x, y = round(corner[0] * 180), round(corner[1] * 320)
    return len({picture.y[y : y + 160, x : x + 90].tobytes() for picture in pictures})
