"""What a window gets to see while a show is on air: program, preview bus and scenes as BGRA in mapped files, in true
colour, whole, in step with the program; and nothing is made for nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.link.channel import Connection, connect
from studio.link.mapped_pictures import MappedPicture, PictureReader
from tests.instruments import pattern, recording
from tests.rigs.jangteo import Jangteo, Running
from tests.rigs.waiting import holds_for, wait_for
from tests.shows.plan import FPS, write_show

SIZE = ("--canvas", "vertical=720x1280@30", "--preset", "ultrafast", "--bitrate", "2000")
LUMA = np.array([0.0722, 0.7152, 0.2126])
"""Of B, G, R (ITU-R BT.709)."""


@pytest.fixture
def on_air(jangteo: Jangteo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Running, Connection]]:
    running = jangteo.start("run", write_show(tmp_path), "--json", tmp_path / "s.json", *SIZE)
    jangteo.wait_status(lambda s: s["tick"] > FPS, 30, "on air")
    monkeypatch.setenv("JANGTEO_HOME", str(jangteo.home))
    engine = connect("engine", "terminal")
    yield running, engine
    engine.close()


def pixels(taken: MappedPicture) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return taken.data.reshape(taken.height, taken.width, 4)


def number_in(taken: MappedPicture) -> int | None:
    """The tick number drawn in a picture of the test pattern."""
    luma = pixels(taken)[..., :3] @ LUMA
    return pattern.read_tick(np.rint(16 + 219 * luma / 255).astype(np.uint8))


def colour_at(taken: MappedPicture, x: float, y: float) -> list[int]:
    """R, G, B at a place given in fractions."""
    blue, green, red, alpha = pixels(taken)[int(y * taken.height), int(x * taken.width)]
    assert alpha == 255
    return [int(red), int(green), int(blue)]


def test_program_preview_and_scenes(jangteo: Jangteo, on_air: tuple[Running, Connection], tmp_path: Path) -> None:
    running, engine = on_air
    files = engine.ask({"ask": "previews"}, 10)["previews"]
    status = jangteo.status()
    scenes = {"blue", "brown", "clip", "busy", "inset", "ad"}
    assert set(files) == {"program:vertical", "preview:vertical", "preview:wide", *(f"scene:{one}" for one in scenes)}
    program = PictureReader(Path(files["program:vertical"]))
    preview = PictureReader(Path(files["preview:vertical"]))
    thumbnail = PictureReader(Path(files["scene:brown"]))

    shown: list[MappedPicture] = []

    def looked() -> bool:
        taken = program.read()
        if taken is not None and (not shown or taken.number != shown[-1].number):
            shown.append(taken)
        return len(shown) >= 40

    wait_for(looked, 15, "forty program pictures", every=0.002)
    assert (shown[0].width, shown[0].height) == (540, 960)
    assert [number_in(one) for one in shown] == [one.time_ns for one in shown], "each is the picture of its tick"
    ticks = [one.time_ns for one in shown]
    assert ticks == sorted(set(ticks))
    assert ticks[0] > status["tick"] - FPS
    for x, true in ((0.1, (255, 0, 0)), (0.4, (0, 255, 0)), (0.6, (0, 0, 255)), (0.9, (255, 255, 255))):
        assert all(abs(a - b) <= 4 for a, b in zip(colour_at(shown[-1], x, 0.65), true, strict=True)), (x, true)

    before = preview.read()
    assert before is not None
    assert all(abs(a - b) <= 3 for a, b in zip(colour_at(before, 0.5, 0.3), (0x80, 0x30, 0x20), strict=True))
    small = thumbnail.read()
    assert small is not None
    assert small.height <= 136
    assert small.width <= 240
    assert all(abs(a - b) <= 3 for a, b in zip(colour_at(small, 0.5, 0.3), (0x80, 0x30, 0x20), strict=True))

    jangteo.say("SetPreview", scene="blue")

    def is_blue() -> bool:
        taken = preview.read()
        seen = colour_at(taken, 0.5, 0.3) if taken is not None else [0, 0, 0]
        return all(abs(a - b) <= 3 for a, b in zip(seen, (0x20, 0x40, 0x60), strict=True))

    wait_for(is_blue, 10, "the preview follows")
    for reader in (program, preview, thumbnail):
        reader.close()
    engine.close()
    wait_for(lambda: not Path(files["program:vertical"]).exists(), 10, "nobody looks: nothing is made")
    jangteo.stop()
    assert running.wait(10) == 0
    summary = json.loads((tmp_path / "s.json").read_text())
    (path,) = map(Path, summary["recordings"])
    assert recording.packet_ticks(path, FPS) == list(range(summary["ticks"]))


def test_nothing_is_made_for_nobody(jangteo: Jangteo, on_air: tuple[Running, Connection]) -> None:
    _, engine = on_air
    files = engine.ask({"ask": "previews"}, 10)["previews"]
    folder = Path(files["program:vertical"]).parent
    assert [path for path in folder.iterdir() if path.name.startswith("view-")]
    engine.close()
    wait_for(lambda: not any(path.name.startswith("view-") for path in folder.iterdir()), 10, "the files are gone")
    assert holds_for(lambda: not any(path.name.startswith("view-") for path in folder.iterdir()), 0.5)
