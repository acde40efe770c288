"""Microphones on a real sound server: heard in step, lost and told, back by identity, and never another one in their
place. What was on air is read back from the recording."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.media.live.devices import microphones
from tests.conftest import need
from tests.instruments import hearing, recording
from tests.rigs import pulse
from tests.rigs.jangteo import Jangteo
from tests.rigs.pulse import SoundServer
from tests.rigs.samples import wave
from tests.rigs.waiting import ALLOWANCE, wait_for
from tests.shows.facts import read_facts
from tests.shows.plan import FPS, SMALL, write_show

VOICE, OTHER = "stallmic", "othermic"
OTHER_HZ = 440


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SoundServer]:
    need(pulse.missing())
    with SoundServer(tmp_path / "sound", (VOICE, OTHER)) as running:
        yield running


def begin(jangteo_at: Callable[..., Jangteo], server: SoundServer, folder: Path, way: str) -> tuple[Jangteo, Any]:
    jangteo = jangteo_at("h", environment=server.environment)
    listed = json.loads(jangteo.run("devices", "--json", check=True).stdout)
    wanted = VOICE if way == "ALSA" else f"server-{VOICE}.monitor"
    assert not [one for one in listed if one["name"] in ("pulse", "default")], "whichever is no microphone"
    identity = next(one["id"] for one in listed if one["kind"] == "mic" and wanted in (one["name"], one["id"]))
    show = json.loads(write_show(folder, clips=False).read_text())
    show["sources"] = [
        {"id": "blue", "url": "pattern:#204060", "sound": "off"},
        {"id": "voice", "url": f"mic:{identity}", "sound": "always"},
    ]
    show["scenes"] = [{"id": "blue", "layers": [{"id": "whole", "source": "blue", "places": {"*": {}}}]}]
    path = folder / "mic.json"
    path.write_text(json.dumps(show, ensure_ascii=False))
    running = jangteo.start("run", path, "--json", folder / "s.json", *SMALL)
    jangteo.wait_status(lambda s: s["sources"]["voice"]["ready"], 30, "the microphone is there")
    return jangteo, running


def spoken(path: Path, hertz: float) -> np.ndarray[Any, Any]:
    """Amplitude of one tone over the recording, in tenths of a second."""
    heard = hearing.sound(path)
    mono = heard.mono()
    size = heard.rate // 10
    blocks = mono[: len(mono) // size * size].reshape(-1, size)
    phase = np.exp(-2j * np.pi * hertz / heard.rate * np.arange(size))
    return np.asarray(2 * np.abs(blocks @ phase) / size)


def is_heard(tenths: np.ndarray[Any, Any]) -> bool:
    """A shared machine may cost a tenth of a second here and there; never more."""
    return bool(np.mean(tenths > 0.2) >= 0.9)


@pytest.mark.parametrize("way", ["server", "ALSA"])
def test_heard_lost_and_never_another_one(
    jangteo_at: Callable[..., Jangteo], server: SoundServer, tmp_path: Path, way: str
) -> None:
    """`server`: a source of the sound server by its own name. `ALSA`: a device that goes to the server behind it."""
    server.play(OTHER, wave(tmp_path / "other.wav", seconds=60, hertz=OTHER_HZ))
    jangteo, running = begin(jangteo_at, server, tmp_path, way)
    server.play(VOICE, wave(tmp_path / "voice.wav", seconds=60, hertz=1000))
    spoke = jangteo.status()["tick"]
    jangteo.wait_status(lambda s: s["tick"] > spoke + 3 * FPS, 15, "three seconds of voice")
    unplugged = jangteo.status()["tick"]
    server.unplug(VOICE)
    jangteo.wait_status(lambda s: s["sources"]["voice"]["lost"], 15, "lost")
    tick = jangteo.status()["tick"]
    jangteo.wait_status(lambda s: s["tick"] > tick + 2 * FPS, 15, "two seconds without")
    server.plug(VOICE)
    server.play(VOICE, tmp_path / "voice.wav")
    jangteo.wait_status(lambda s: not s["sources"]["voice"]["lost"], 20, "back")
    back = jangteo.status()["tick"]
    jangteo.wait_status(lambda s: s["tick"] > back + 3 * FPS, 15, "three seconds of voice again")
    jangteo.stop()
    assert running.wait(10) == 0
    summary = json.loads((tmp_path / "s.json").read_text())
    facts = read_facts(summary["run_dir"])
    (path,) = map(Path, summary["recordings"])
    assert recording.packet_ticks(path, FPS) == list(range(summary["ticks"]))
    (lost, *others) = [fact["tick"] for fact in facts if fact["kind"] == "SourceLost"]
    assert all(tick < back for tick in others), "it stays once it is there"
    print(f"unplugged: seen after {(lost - unplugged) / FPS:.2f} s (goal 1)")
    assert (lost - unplugged) / FPS <= 1.0 * ALLOWANCE
    voice, other = spoken(path, 1000), spoken(path, OTHER_HZ)
    tenth = FPS // 10
    assert is_heard(voice[(spoke + FPS) // tenth : unplugged // tenth])
    assert voice[(lost + FPS // 2) // tenth : (lost + 2 * FPS) // tenth].max() < 0.01, "silence while it is away"
    assert is_heard(voice[(back + FPS) // tenth : (back + 2 * FPS) // tenth]), "heard again"
    assert other.max() < 0.01, "nobody else was ever heard"


def test_a_microphone_is_known_by_its_name(server: SoundServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    found = wait_for(lambda: [device for device, _ in microphones() if device.name in (VOICE, OTHER)], 10)
    assert len({device.id for device in found}) == 2
