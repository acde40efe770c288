"""The rigs that watch our own processes prove themselves against a small stand-in for our command: orphans, tracebacks
and leaked secrets are found, and a clean home passes."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rigs.canaries import canary_in_files, canary_in_processes, make_canary
from tests.rigs.jangteo import Jangteo, JangteoError
from tests.rigs.processes import (
    alive,
    by_kind,
    census,
    children,
    end_all,
    environment,
    kind_of,
    memory_bytes,
    open_files,
    threads,
    tree,
    wait_gone,
)
from tests.rigs.waiting import wait_for

STAND_IN = '''
"""A stand-in for our command."""
import json, os, pathlib, signal, subprocess, sys, time

home = pathlib.Path(os.environ["JANGTEO_HOME"])
pid_file = home / "engine.pid"
verb, *rest = sys.argv[1:]
if verb == "engine":
    if "stubborn" in rest:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pid_file.write_text(str(os.getpid()))
    time.sleep(60)
elif verb == "record":
    subprocess.Popen([sys.executable, "-m", "studio", "engine", *rest], start_new_session=True,
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print("on air", flush=True)
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        sys.exit(3)
elif verb == "status":
    assert rest == ["--json"]
    pid = int(pid_file.read_text()) if pid_file.exists() else None
    print(json.dumps({"tick": 1, "destinations": {"yt": {"state": "live"}},
                      "processes": {"engine": pid, "keeper": None, "sinks": {"yt": pid}}}))
elif verb == "say":
    print(json.dumps(rest))
elif verb == "stop":
    if pid_file.exists():
        os.kill(int(pid_file.read_text()), signal.SIGTERM)
elif verb == "where":
    print(os.getcwd(), os.environ["LANG"], os.environ.get("JANGTEO_X"), "한글")
else:
    raise ValueError(verb)
'''


@pytest.fixture
def at(tmp_path: Path) -> Callable[..., Jangteo]:
    (tmp_path / "project" / "studio").mkdir(parents=True)
    (tmp_path / "project" / "studio" / "__main__.py").write_text(STAND_IN)
    (tmp_path / "project" / "studio" / "__init__.py").write_text("")
    return lambda **options: Jangteo(tmp_path / "h", project=tmp_path / "project", **options)


def test_a_clean_run(at: Callable[..., Jangteo]) -> None:
    with at() as jangteo:
        recording = jangteo.start("record")
        assert recording.wait_line("on air", 10) == "on air"
        status = jangteo.wait_status(lambda one: one["processes"]["engine"], 10)
        engine = jangteo.pid("engine")
        assert engine == status["processes"]["engine"] == jangteo.pid("sinks", "yt")
        jangteo.wait_destination("yt", "live", 5)
        assert {kind: len(found) for kind, found in by_kind(jangteo.home).items()} == {"record": 1, "engine": 1}
        assert (
            jangteo.say("ShowCard", product="귤", loud=True, at=None) == '["ShowCard", "product=\\uade4", "loud=true"]'
        )
        recording.interrupt()
        assert recording.wait(10) == 3
        assert "interrupted" in recording.output
        jangteo.stop()
        assert not alive(engine)


def test_a_home_of_its_own(at: Callable[..., Jangteo], tmp_path: Path) -> None:
    with at(environment={"JANGTEO_X": "1"}) as jangteo:
        assert jangteo.run("where", check=True).stdout == f"{tmp_path} C.UTF-8 1 한글"
        with pytest.raises(TimeoutError):
            jangteo.wait_status(lambda one: one["nothing"], 0.3)


def test_an_orphan_is_found_told_and_ended(at: Callable[..., Jangteo]) -> None:
    jangteo = at()
    jangteo.start("record", "stubborn")
    jangteo.wait_status(lambda one: one["processes"]["engine"], 10)
    with pytest.raises(JangteoError, match=r"alive 5 s after jangteo stop:[\s\S]*studio engine stubborn"):
        jangteo.close()
    assert census(jangteo.home) == []


def test_a_traceback_is_found_in_outputs_and_logs(at: Callable[..., Jangteo]) -> None:
    jangteo = at()
    assert jangteo.run("nonsense").returncode == 1
    (jangteo.home / "logs").mkdir()
    (jangteo.home / "logs" / "engine").write_text("x\nTraceback (most recent call last):\nKeyError: 1\n")
    with pytest.raises(JangteoError) as caught:
        jangteo.close()
    assert "ValueError: nonsense" in str(caught.value)
    assert "traceback in logs/engine" in str(caught.value)
    jangteo.tracebacks_allowed = True
    jangteo.close()


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["/usr/bin/python3", "-X", "utf8", "-m", "studio", "engine", "--stepped"], "engine"),
        (["python", "-m", "studio"], "desk"),
        (["/opt/jangteo/jangteo", "sink"], "sink"),
        (["python", "/usr/bin/jangteo", "--verbose", "letters"], "letters"),
        (["/bin/sh", "-c", "jangteo engine"], "?"),
        ([], "?"),
    ],
)
def test_kinds(words: list[str], kind: str) -> None:
    assert kind_of(words) == kind


def test_a_process_that_left_its_parents_is_counted(tmp_path: Path) -> None:
    script = (
        "import os,subprocess,sys,time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    time.sleep(60)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "time.sleep(60)\n"
    )
    given = {**os.environ, "JANGTEO_HOME": str(tmp_path / "h")}
    top = subprocess.Popen([sys.executable, "-c", script], env=given)
    try:
        wait_for(lambda: len(children(top.pid)) == 2, 10)
        wait_for(lambda: len(census(tmp_path / "h")) == 3, 10)
        assert len(tree(top.pid)) == 3
        assert environment(top.pid)["JANGTEO_HOME"] == str(tmp_path / "h")
        assert memory_bytes(top.pid)["rss"] >= memory_bytes(top.pid)["pss"] > 1 << 20
        assert {0, 1, 2} <= set(open_files(top.pid))
        assert threads(top.pid) == 1
        top.kill()
        top.wait(5)
        wait_gone(top.pid, 5)
        assert len(census(tmp_path / "h")) == 2
        assert census(f"{tmp_path}/h2") == []
    finally:
        end_all(census(tmp_path / "h"))
        top.kill()
        top.wait(5)
    assert census(tmp_path / "h") == []


def test_canaries_are_found_however_they_hide(tmp_path: Path) -> None:
    canary = make_canary()
    assert canary != make_canary()
    hidden = {
        "plain": f"key={canary}\n".encode(),
        "wide": canary.encode("utf-16-le"),
        "coded": b64encode(f"rtmp://x/{canary}".encode()),
        "half": canary[:-6].encode(),
        "clean": make_canary().encode(),
        "empty": b"",
    }
    for name, data in hidden.items():
        (tmp_path / name).write_bytes(b"\0" * 1000 + data if data else data)
    (tmp_path / f"{canary}.flv").touch()
    found = {path.name for path in canary_in_files(tmp_path, canary)}
    assert found == {"plain", "wide", "coded", "half", f"{canary}.flv"}
    assert canary_in_processes(canary) == []
    given = {**os.environ, "SECRET": canary}
    for words, extra in (
        (["-c", "import time; time.sleep(60)", canary], None),
        (["-c", "import time; time.sleep(60)"], given),
    ):
        process = subprocess.Popen([sys.executable, *words], env=extra)
        try:
            wait_for(lambda: canary_in_processes(canary), 5)
        finally:
            process.kill()
            process.wait(5)
