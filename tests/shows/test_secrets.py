"""The stream key, a canary, while a show is on air and after it was killed about: in no command line and no environment
of keeper, engine, letters, feeds and sinks, in no log, timeline, summary, status or core file."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rigs.canaries import canary_in_files, canary_in_processes, make_canary
from tests.rigs.jangteo import Jangteo
from tests.rigs.processes import arguments, environment
from tests.rigs.rtmp_server import RtmpServer
from tests.shows.plan import SMALL, write_show


@pytest.mark.parametrize("way", ["key file", "address"])
def test_the_key_stays_inside(
    jangteo: Jangteo, rtmp_server: Callable[..., RtmpServer], tmp_path: Path, way: str
) -> None:
    canary = make_canary()
    server, refusing = rtmp_server("good"), rtmp_server("refusing")
    refusing.refuse(canary)
    key_file = tmp_path / "key.txt"
    key_file.write_text(f"{canary}\n{canary}\n")
    show = write_show(tmp_path / "show")
    words = ["run", show, *SMALL, "--json", tmp_path / "s.json"]
    if way == "key file":
        words += ["--to", server.address, "--to", refusing.address, "--key-file", key_file]
    else:
        words += ["--to", f"{server.address}/{canary}", "--to", f"{refusing.address}/{canary}"]
    running = jangteo.start(*words)
    jangteo.wait_destination("to-1", "live", 30)
    jangteo.wait_status(lambda s: s["destinations"]["to-2"]["state"] == "refused", 20, "the refused key")

    status = jangteo.status()
    assert canary not in json.dumps(status)
    processes = status["processes"]
    pids = [processes[name] for name in ("keeper", "engine", "letters", "feeds")] + list(processes["sinks"].values())
    for pid in pids:
        assert canary not in " ".join(arguments(pid))
        assert canary not in str(environment(pid))
        limits = Path(f"/proc/{pid}/limits").read_text()
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        if pid not in (processes["letters"], processes["feeds"]):
            assert core.split()[4] == "0", f"process {pid} may leave a core file"
    if way == "key file":
        assert not canary_in_processes(canary)

    for kind in ("engine", "keeper"):
        os.kill(jangteo.pid(kind), signal.SIGABRT)
        jangteo.wait_destination("to-1", "live", 25)
        jangteo.wait_status(lambda s: s["processes"]["keeper"] is not None, 15, "a keeper")
    jangteo.stop()
    running.wait(10)
    key_file.unlink()
    assert not canary_in_files(jangteo.home, canary)
    assert not canary_in_files(tmp_path / "show", canary)
    assert canary not in (tmp_path / "s.json").read_text()
    told = [text for said, text in jangteo.outputs() if canary in text]
    assert not told
    assert not list(tmp_path.rglob("core*"))
