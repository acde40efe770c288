"""Several destinations at once, each in a trouble of its own, and a recording: what is healthy stays dense, what is ill
says why, comes back by itself, and stop works in every state (F03, F04, F05, F07, F08, F13, F15)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.instruments import recording
from tests.rigs.jangteo import Jangteo
from tests.rigs.publisher import Publisher
from tests.rigs.rtmp_server import RtmpServer
from tests.rigs.samples import clip
from tests.rigs.silent_server import SilentServer
from tests.rigs.waiting import ALLOWANCE, wait_for
from tests.shows.facts import made_ticks, read_facts, repeated_ticks
from tests.shows.plan import FPS, SMALL, show_data, write_show

Servers = Callable[..., RtmpServer]
"""The ordinary run allows three times what the gate does."""


def light(status: dict[str, Any], label: str) -> tuple[str, str]:
    destination = status["destinations"][label]
    return destination["state"], destination["reason"]


def check_dense(path: Path, facts: list[dict[str, Any]]) -> list[int]:
    pictures = list(recording.decode(path, FPS))
    recording.assert_dense([picture.tick() for picture in pictures], repeated_ticks(facts, "vertical"))
    return [picture.place for picture in pictures]


def test_each_in_its_own_trouble(
    jangteo: Jangteo, rtmp_server: Servers, silent_server: SilentServer, tmp_path: Path
) -> None:
    in_trouble(jangteo, rtmp_server, silent_server, tmp_path, ALLOWANCE)


@pytest.mark.gate
@pytest.mark.timeout(300)
@pytest.mark.parametrize("turn", range(3))
def test_each_in_its_own_trouble_in_time(
    jangteo: Jangteo, rtmp_server: Servers, silent_server: SilentServer, tmp_path: Path, turn: int
) -> None:
    in_trouble(jangteo, rtmp_server, silent_server, tmp_path, 1.0)


def in_trouble(
    jangteo: Jangteo, rtmp_server: Servers, silent_server: SilentServer, tmp_path: Path, allowance: float
) -> None:
    good, frozen, refusing, restarted = (rtmp_server(name) for name in ("good", "frozen", "refusing", "restarted"))
    refusing.refuse("show")
    show = write_show(tmp_path, {**show_data(), "opening": "busy"})
    targets = [good.url("show"), frozen.url("show"), f"{silent_server.address}/show", refusing.url("show")]
    targets.append(restarted.url("show"))
    given = [part for target in targets for part in ("--to", target)]
    running = jangteo.start("run", show, *given, "--json", tmp_path / "s.json", *SMALL, "--bitrate", 1500)
    for label in ("to-1", "to-2", "to-5"):
        jangteo.wait_destination(label, "live", 30)
    jangteo.wait_status(lambda s: light(s, "to-4") == ("refused", "key_refused"), 15, "the refused key is named")
    jangteo.wait_status(lambda s: light(s, "to-3")[1] == "silent", 15, "the silent server is named")

    frozen.freeze()
    froze = time.monotonic()
    restarted.stop()
    stopped = time.monotonic()
    jangteo.wait_status(lambda s: light(s, "to-2")[0] in ("stalled", "waiting", "connecting"), 15, "the stall is seen")
    print(f"stall seen after {time.monotonic() - froze:.2f} s (goal 4)")
    assert time.monotonic() - froze <= 4.0 * allowance
    jangteo.wait_status(lambda s: light(s, "to-5") == ("waiting", "unreachable"), 15, "the stopped server is named")

    wait_for(lambda: time.monotonic() - stopped > 3, 5)
    restarted.start()
    back = time.monotonic()
    restarted.wait_published("show", 15)
    took = time.monotonic() - back
    print(f"publishing again {took:.2f} s after the server's return (goal 3)")
    assert took <= 3.0 * allowance
    frozen.thaw()
    thawed = time.monotonic()
    jangteo.wait_status(lambda s: light(s, "to-2")[0] == "live", 15, "live after the thaw")
    print(f"live again {time.monotonic() - thawed:.2f} s after the thaw (goal 3)")
    assert time.monotonic() - thawed <= 3.0 * allowance + 1.0

    status = jangteo.status()
    assert status["destinations"]["to-1"]["connects"] == 1
    assert status["destinations"]["to-1"]["dropped_seconds"] == 0
    frozen.freeze()
    jangteo.wait_status(lambda s: light(s, "to-2")[0] != "live", 15, "the second stall is seen")
    stop = time.monotonic()
    jangteo.run("stop", timeout=20, check=True)
    print(f"stop took {time.monotonic() - stop:.2f} s with one frozen, one silent, one refusing server (goal 2)")
    assert time.monotonic() - stop <= 2.0 * allowance + 0.5
    assert running.wait(10) == 0
    frozen.thaw()

    summary = json.loads((tmp_path / "s.json").read_text())
    facts = read_facts(summary["run_dir"])
    assert check_dense(Path(summary["recordings"][0]), facts) == list(range(summary["ticks"]))
    received = good.finished_recordings("show")
    assert len(received) == 1
    ticks = check_dense(received[0], facts)
    assert ticks[-1] == summary["ticks"] - 1
    assert made_ticks(facts) == set(range(summary["ticks"]))
    again = restarted.finished_recordings("show")[-1]
    first = next(iter(recording.decode(again, FPS)))
    assert first.key
    assert not first.corrupt
    assert first.tick() == first.place, "the stream of a restarted server goes on in program time"


def test_a_ghost_is_waited_out(jangteo: Jangteo, rtmp_server: Servers, tmp_path: Path) -> None:
    server = rtmp_server()
    show = write_show(tmp_path)
    film = clip(tmp_path / "other.mp4", seconds=4.0)
    with Publisher(film, server.url("show"), times=50):
        server.wait_published("show", 10)
        jangteo.start("run", show, "--to", server.url("show"), *SMALL)
        jangteo.wait_status(lambda s: light(s, "to-1")[1] in ("ghost", "closed"), 25, "the ghost is named")
        assert light(jangteo.status(), "to-1")[0] in ("waiting", "refused", "connecting")
    jangteo.wait_destination("to-1", "live", 40)
    jangteo.stop()


@pytest.mark.parametrize("state", ["connecting", "silent", "unreachable", "refused"])
def test_stop_while_it_is_down(
    jangteo: Jangteo, rtmp_server: Servers, silent_server: SilentServer, tmp_path: Path, state: str
) -> None:
    server = rtmp_server()
    if state == "refused":
        server.refuse("show")
    if state == "unreachable":
        server.stop()
    target = f"{silent_server.address}/show" if state == "silent" else server.url("show")
    running = jangteo.start("run", write_show(tmp_path), "--to", target, "--json", tmp_path / "s.json", *SMALL)
    wanted = {"silent": "silent", "unreachable": "unreachable", "refused": "key_refused"}
    if state == "connecting":
        jangteo.wait_status(lambda s: s["tick"] > 0, 25, "the run goes on")
    else:
        jangteo.wait_status(lambda s: light(s, "to-1")[1] == wanted[state], 30, state)
    begun = time.monotonic()
    running.interrupt()
    assert running.wait(15) == 0
    took = time.monotonic() - begun
    print(f"Ctrl+C in state {state}: {took:.2f} s (goal 2)")
    assert took <= 2.0 * ALLOWANCE
    summary = json.loads((tmp_path / "s.json").read_text())
    assert recording.packet_ticks(Path(summary["recordings"][0]), FPS) == list(range(summary["ticks"]))
