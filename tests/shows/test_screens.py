"""The screen of this computer as a source: a real X server, painted by the test, read back from the recording."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

from tests.conftest import need
from tests.instruments import pattern, recording
from tests.rigs import screen
from tests.rigs.jangteo import Jangteo
from tests.rigs.samples import draw
from tests.rigs.screen import Screen
from tests.shows.plan import FPS, layer

SIZE = ("--canvas", "wide=320x240@30", "--preset", "ultrafast", "--bitrate", "800")


def test_the_screen_in_true_colour_and_lost_with_its_server(jangteo_at: Callable[..., Jangteo], tmp_path: Path) -> None:
    need(screen.missing())
    with Screen(tmp_path / "x", 320, 240) as monitor:
        jangteo = jangteo_at("h", environment={"DISPLAY": monitor.display})
        listed = json.loads(jangteo.run("devices", "--json", check=True).stdout)
        (found,) = [one for one in listed if one["kind"] == "screen"]
        data = {
            "schema": 1,
            "id": "screens",
            "title": "화면 시험",
            "canvases": [{"id": "wide", "width": 320, "height": 240, "fps": FPS}],
            "sources": [{"id": "desk", "url": f"screen:{found['id']}"}],
            "scenes": [{"id": "desk", "layers": [layer("whole", "desk", fit="stretch")]}],
        }
        path = tmp_path / "show.json"
        path.write_text(json.dumps(data))
        over = threading.Event()

        def paint() -> None:
            number = 0
            while not over.wait(0.1):
                number += 1
                monitor.show(draw(number, 320, 240, FPS, (0.2, 0.4, 0.6)))

        painter = threading.Thread(target=paint)
        painter.start()
        try:
            running = jangteo.start("run", path, "--json", tmp_path / "s.json", *SIZE)
            jangteo.wait_status(lambda s: s["sources"]["desk"]["ready"], 30, "the screen is there")
            ready = jangteo.status()["tick"]
            jangteo.wait_status(lambda s: s["tick"] > ready + 3 * FPS, 15, "three seconds of it")
        finally:
            over.set()
            painter.join()
    jangteo.wait_status(lambda s: s["sources"]["desk"]["lost"], 15, "gone with its server")
    jangteo.stop()
    assert running.wait(10) == 0
    summary = json.loads((tmp_path / "s.json").read_text())
    (file,) = map(Path, summary["recordings"])
    assert recording.packet_ticks(file, FPS) == list(range(summary["ticks"]))
    pictures = list(recording.decode(file, FPS))[ready + FPS : ready + 3 * FPS]
    numbers = [number for picture in pictures if (number := picture.tick()) is not None]
    assert numbers == sorted(numbers)
    assert numbers[-1] - numbers[0] >= 10, "ten pictures a second were painted"
    red = recording.mean_colour(pictures[0], pattern.inner(pattern.patch(pictures[0].rectangle, "red"), 0.5))
    assert all(abs(seen - true) <= 3 for seen, true in zip(red, (63, 102, 240), strict=True)), red
