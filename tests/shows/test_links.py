"""Links that are narrower than the stream: through a real router that lets so many bits pass. Nobody is disconnected,
no sound and no key frame is lost, the bits follow the link within seconds and come back with it, and the timeline says
where the recording is poorer for it."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import need
from tests.instruments import recording
from tests.rigs import network
from tests.rigs.jangteo import Jangteo
from tests.rigs.network import Network
from tests.rigs.rtmp_server import RtmpServer
from tests.rigs.waiting import ALLOWANCE
from tests.shows.facts import read_facts, repeated_ticks
from tests.shows.plan import FPS, layer

KEY = "show"
KBPS = 2500
BUSY = ("--canvas", "vertical=360x640@30", "--preset", "ultrafast", "--bitrate", str(KBPS))
Servers = Callable[..., RtmpServer]


@pytest.fixture
def lan() -> Iterator[Network]:
    need(network.missing())
    with Network() as one:
        yield one


def write_busy_show(folder: Path) -> Path:
    """One scene that needs every bit it may have."""
    show = {
        "schema": 1,
        "id": "busy",
        "title": "좁은 인터넷",
        "canvases": [{"id": "vertical", "width": 360, "height": 640, "fps": FPS}],
        "sources": [{"id": "busy", "url": "pattern:busy"}],
        "scenes": [{"id": "busy", "layers": [layer("whole", "busy")]}],
    }
    path = folder / "show.json"
    path.write_text(json.dumps(show, ensure_ascii=False))
    return path


def kbps(status: dict[str, Any]) -> int:
    return int(status["bitrate_kbps"]["vertical"])


def fits_a_megabit(status: dict[str, Any]) -> bool:
    """With its sound, nine tenths of the link."""
    return kbps(status) <= 760


def narrow(
    lan: Network,
    jangteo: Jangteo,
    server: RtmpServer,
    folder: Path,
    link_kbps: int,
    seconds: float,
    is_there: Callable[[dict[str, Any]], bool],
    within: float,
) -> dict[str, Any]:
    """A show whose link becomes narrow for so long; `is_there` must come true `within` seconds. The summary."""
    target = f"rtmp://{lan.server}:{server.rtmp_port}/live/{KEY}"
    running = jangteo.start("run", write_busy_show(folder), "--to", target, "--json", folder / "s.json", *BUSY)
    jangteo.wait_destination("to-1", "live", 30)
    begun = jangteo.status()["tick"]
    jangteo.wait_status(lambda s: s["tick"] > begun + 3 * FPS, 20, "three seconds of all bits")
    assert kbps(jangteo.status()) == KBPS
    lan.limit(link_kbps)
    limited = time.monotonic()
    jangteo.wait_status(is_there, within, f"the show fits {link_kbps} kbit/s")
    print(f"{link_kbps} kbit/s: fits after {time.monotonic() - limited:.1f} s")
    tick = jangteo.status()["tick"]
    jangteo.wait_status(lambda s: s["tick"] > tick + seconds * FPS, seconds + 30, "the narrow time is over")
    status = jangteo.status()
    assert status["destinations"]["to-1"]["state"] == "live"
    assert status["destinations"]["to-1"]["reason"] in ("slow_link", "stills")
    lan.limit(None)
    opened = time.monotonic()
    jangteo.wait_status(lambda s: kbps(s) >= 0.9 * KBPS, 30 * ALLOWANCE, "nine tenths of the full rate")
    print(f"{link_kbps} kbit/s: nine tenths {time.monotonic() - opened:.1f} s after its end (goal 30)")
    jangteo.wait_status(lambda s: s["destinations"]["to-1"]["reason"] == "", 30, "all is well again")
    jangteo.stop()
    assert running.wait(10) == 0
    summary: dict[str, Any] = json.loads((folder / "s.json").read_text())
    return summary


def check(summary: dict[str, Any], server: RtmpServer, most_connects: int = 1) -> None:
    """One connection, a dense recording with its poorer ticks named, a server's copy with all sound and key frames."""
    assert summary["destinations"]["to-1"]["connects"] <= most_connects
    (part,) = map(Path, summary["recordings"])
    assert recording.packet_ticks(part, FPS) == list(range(summary["ticks"]))
    facts = read_facts(summary["run_dir"])
    recording.assert_dense(recording.ticks(part), repeated_ticks(facts, "vertical"))
    spans = summary["lowered"]
    assert 1 <= len(spans) <= most_connects
    assert {span["canvas"] for span in spans} == {"vertical"}
    assert 0 < spans[0]["first_tick"] < spans[-1]["end_tick"] < summary["ticks"]
    changes = [fact for fact in facts if fact["kind"] == "BitrateChanged"]
    assert changes[0]["tick"] == spans[0]["first_tick"]
    assert changes[-1]["tick"] == spans[-1]["end_tick"]
    assert min(fact["values"]["kbps"] for fact in changes) == min(span["least_kbps"] for span in spans)
    copy = server.finished_recordings(KEY)[-1]
    heard = recording.packet_ticks(copy, 1000, sound=True)
    steps = {later - earlier for earlier, later in itertools.pairwise(heard)}
    assert steps <= {20, 21, 22, 23}, f"sound is missing: packets are {sorted(steps)} ms apart"
    arrived = set(recording.packet_ticks(copy, FPS))
    keys = {picture.place for picture in recording.decode(part, FPS) if picture.key}
    first = min(arrived)
    if most_connects == 1:  # stills are key frames alone, and some of them are too many
        assert {tick for tick in keys if tick > first} <= arrived, "a key frame is lost"
    dropped = {
        tick
        for fact in facts
        if fact["kind"] == "MediaDropped"
        for tick in range(fact["values"]["first"], fact["values"]["last"] + 1)
    }
    assert set(range(first, summary["ticks"])) - arrived <= dropped, "pictures are missing untold"


@pytest.mark.needs_root
@pytest.mark.timeout(240)
def test_a_link_of_a_megabit(
    lan: Network, jangteo_at: Callable[..., Jangteo], rtmp_server: Servers, tmp_path: Path
) -> None:
    """F10, for a short while."""
    server = rtmp_server(outside=lan.server)
    jangteo = jangteo_at("h", inside=lan.words)
    check(narrow(lan, jangteo, server, tmp_path, 1000, 4.0, fits_a_megabit, 5 * ALLOWANCE), server)


@pytest.mark.gate
@pytest.mark.needs_root
@pytest.mark.timeout(300)
def test_a_link_of_a_megabit_for_a_minute(
    lan: Network, jangteo_at: Callable[..., Jangteo], rtmp_server: Servers, tmp_path: Path
) -> None:
    """F10."""
    server = rtmp_server(outside=lan.server)
    jangteo = jangteo_at("h", inside=lan.words)
    check(narrow(lan, jangteo, server, tmp_path, 1000, 60.0, fits_a_megabit, 5.0), server)


@pytest.mark.gate
@pytest.mark.needs_root
@pytest.mark.timeout(200)
def test_two_destinations_on_a_narrow_link(
    lan: Network, jangteo_at: Callable[..., Jangteo], rtmp_server: Servers, tmp_path: Path
) -> None:
    """Beside another destination nothing is lowered: groups of pictures are skipped, most go on, sound is whole."""
    server = rtmp_server(outside=lan.server)
    jangteo = jangteo_at("h", inside=lan.words)
    targets = []
    for key in ("one", "two"):
        targets += ["--to", f"rtmp://{lan.server}:{server.rtmp_port}/live/{key}"]
    running = jangteo.start("run", write_busy_show(tmp_path), *targets, "--json", tmp_path / "s.json", *BUSY)
    for label in ("to-1", "to-2"):
        jangteo.wait_destination(label, "live", 30)
    lan.limit(4400)
    limited = jangteo.status()["tick"]
    jangteo.wait_status(lambda s: s["tick"] > limited + 40 * FPS, 60, "forty seconds of a narrow link")
    status = jangteo.status()
    assert kbps(status) == KBPS
    assert {one["reason"] for one in status["destinations"].values()} <= {"", "slow_link"}
    lan.limit(None)
    jangteo.stop()
    assert running.wait(10) == 0
    summary = json.loads((tmp_path / "s.json").read_text())
    assert summary["lowered"] == []
    dropped = [one["dropped_seconds"] for one in summary["destinations"].values()]
    assert 0 < sum(dropped) < 40, dropped
    for key in ("one", "two"):
        heard = recording.packet_ticks(server.finished_recordings(key)[-1], 1000, sound=True)
        assert {later - earlier for earlier, later in itertools.pairwise(heard)} <= {20, 21, 22, 23}


@pytest.mark.gate
@pytest.mark.needs_root
@pytest.mark.timeout(300)
def test_a_link_for_little_more_than_sound(
    lan: Network, jangteo_at: Callable[..., Jangteo], rtmp_server: Servers, tmp_path: Path
) -> None:
    """F11: sound and stills rather than a disconnection. Where a link narrows to a twelfth, TCP itself may have lost so
    much at once that it says nothing for four seconds: one new connection is allowed for that."""
    server = rtmp_server(outside=lan.server)
    jangteo = jangteo_at("h", inside=lan.words)

    def is_still(status: dict[str, Any]) -> bool:
        return bool(status["destinations"]["to-1"]["reason"] == "stills")

    summary = narrow(lan, jangteo, server, tmp_path, 200, 20.0, is_still, 45.0)
    check(summary, server, most_connects=2)
