"""Looks at processes through /proc: who belongs to a JANGTEO_HOME (the orphan finder), what kind they are, their
children, memory and open files. Reads only, except for `end_all`. Any thread; processes that end while being read
simply drop out."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.rigs.waiting import wait_for

PROC = Path("/proc")
HOME_VARIABLE = "JANGTEO_HOME"
PROGRAM = "jangteo"
MODULE = "studio"


@dataclass(frozen=True)
class Process:
    """One process as it was when looked at. `kind` is the verb of our command (engine, sink, …), `?` for others."""

    pid: int
    parent: int
    group: int
    kind: str
    arguments: tuple[str, ...]
    started: int

    def __str__(self) -> str:
        return f"{self.pid} (parent {self.parent}, {self.kind}): {' '.join(self.arguments)}"


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    stat = _stat(pid)
    return stat is not None and stat[0] not in "ZX"


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the state on."""
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def arguments(pid: int) -> tuple[str, ...]:
    try:
        raw = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ()
    return tuple(part.decode(errors="replace") for part in raw.split(b"\0")[:-1])


def environment(pid: int) -> dict[str, str]:
    """The environment the process was started with."""
    try:
        raw = (PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return {}
    pairs = (part.decode(errors="replace").partition("=") for part in raw.split(b"\0") if part)
    return {name: value for name, _, value in pairs}


def kind_of(words: Sequence[str]) -> str:
    """The verb in `python -m studio engine` or `jangteo engine`; `desk` without one; `?` if it is not our command."""
    for index, word in enumerate(words):
        ours = (word == "-m" and tuple(words[index + 1 : index + 2]) == (MODULE,)) or (
            index < 2 and Path(word).name.removesuffix(".exe") == PROGRAM
        )
        if ours:
            rest = words[index + (2 if word == "-m" else 1) :]
            return next((one for one in rest if not one.startswith("-")), "desk")
    return "?"


def all_pids() -> list[int]:
    """Everything that runs; empty on systems without /proc."""
    if not PROC.is_dir():
        return []
    return sorted(int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())


def look(pid: int) -> Process | None:
    stat = _stat(pid)
    if stat is None or stat[0] in "ZX":
        return None
    words = arguments(pid)
    return Process(pid, int(stat[1]), int(stat[2]), kind_of(words), words, int(stat[19]))


def census(home: Path | str) -> list[Process]:
    """All living processes whose environment names this home, whoever their parent is; not this test process itself."""
    wanted = str(home)
    found = []
    for pid in all_pids():
        if pid != os.getpid() and environment(pid).get(HOME_VARIABLE) == wanted:
            process = look(pid)
            if process is not None:
                found.append(process)
    return found


def census_below(folder: Path) -> list[Process]:
    """All living processes of any home below a folder."""
    prefix = f"{folder}{os.sep}"
    found = []
    for pid in all_pids():
        if pid != os.getpid() and environment(pid).get(HOME_VARIABLE, "").startswith(prefix):
            process = look(pid)
            if process is not None:
                found.append(process)
    return found


def by_kind(home: Path | str) -> dict[str, list[Process]]:
    found: dict[str, list[Process]] = {}
    for process in census(home):
        found.setdefault(process.kind, []).append(process)
    return found


def children(pid: int) -> list[int]:
    """Direct children, of all threads."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in (PROC / str(pid) / "task").iterdir():
            with contextlib.suppress(OSError):
                found += [int(child) for child in (thread / "children").read_text().split()]
    return sorted(child for child in found if alive(child))


def tree(pid: int) -> list[int]:
    """The process and everything below it, parents first."""
    found = [pid] if alive(pid) else []
    for child in children(pid):
        found += tree(child)
    return found


def wait_gone(pid: int, seconds: float) -> float:
    """Wait until the process is gone; returns the seconds this took."""
    begun = time.monotonic()
    wait_for(lambda: not alive(pid), seconds, lambda: f"process gone: {look(pid)}")
    return time.monotonic() - begun


def wait_none(home: Path | str, seconds: float) -> list[Process]:
    """Wait until nothing of a home is alive; returns who is still there."""
    with contextlib.suppress(TimeoutError):
        wait_for(lambda: not census(home), seconds, every=0.1)
    return census(home)


def end_all(processes: Iterable[Process]) -> None:
    """SIGKILL to exactly these processes (checked by start time, so a reused number is safe)."""
    for process in processes:
        now = look(process.pid)
        if now is not None and now.started == process.started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
    for process in processes:
        with contextlib.suppress(TimeoutError):
            wait_gone(process.pid, 3)


def memory_bytes(pid: int) -> dict[str, int]:
    """`rss`, `pss` and `private` in bytes."""
    names = {"Rss": "rss", "Pss": "pss"}
    found = {"rss": 0, "pss": 0, "private": 0}
    for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        if name in names:
            found[names[name]] = int(rest.split()[0]) * 1024
        elif name.startswith("Private_"):
            found["private"] += int(rest.split()[0]) * 1024
    return found


def open_files(pid: int) -> dict[int, str]:
    """Open descriptors and what they point to."""
    found = {}
    for entry in (PROC / str(pid) / "fd").iterdir():
        with contextlib.suppress(OSError):
            found[int(entry.name)] = str(entry.readlink())
    return found


def threads(pid: int) -> int:
    return len(list((PROC / str(pid) / "task").iterdir()))


def mapped_libraries(pid: int) -> set[str]:
    """Names of the shared libraries a process has loaded: the proof that an engine loads no Qt."""
    lines = (PROC / str(pid) / "maps").read_text().splitlines()
    return {Path(line.partition("/")[2]).name for line in lines if ".so" in line}
