"""Starting and ending the processes of the house: one executable with verbs, so that it works the same frozen in an
installer. The engine leads its own process group, which dies with it; letters, feeds and sinks end at end of input."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from studio import paths

LOG_LIMIT_BYTES = 4 * 1024 * 1024
_SET_CHILD_SUBREAPER = 36


def command(verb: str, *arguments: str) -> list[str]:
    """The command line of a verb: never a secret in it."""
    if getattr(sys, "frozen", False):
        return [sys.executable, verb, *arguments]
    return [sys.executable, "-m", "studio", verb, *arguments]


def environment() -> dict[str, str]:
    """What children see: ours, with the package on the path when it runs from a checkout."""
    variables = dict(os.environ)
    if not getattr(sys, "frozen", False):
        root = str(Path(__file__).resolve().parents[2])
        known = variables.get("PYTHONPATH", "")
        if root not in known.split(os.pathsep):
            variables["PYTHONPATH"] = os.pathsep.join(part for part in (root, known) if part)
    variables.setdefault("PYTHONUNBUFFERED", "1")
    return variables


def spawn(
    verb: str, *arguments: str, leads_group: bool = False, log_name: str | None = None
) -> subprocess.Popen[bytes]:
    """A child of a verb with pipes for input and output; its log goes to `logs/VERB.log`. `leads_group`: in a session
    of its own, so that it outlives us and can be ended with all its children."""
    with open_log(log_name or verb) as log_file:
        return subprocess.Popen(
            command(verb, *arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log_file,
            env=environment(),
            start_new_session=leads_group,
            bufsize=0,
            close_fds=True,
        )


def spawn_detached(verb: str) -> subprocess.Popen[bytes]:
    """A process that nobody waits for and that outlives us: the keeper."""
    with open_log(verb) as log_file:
        return subprocess.Popen(
            command(verb),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log_file,
            env=environment(),
            start_new_session=True,
            close_fds=True,
        )


@contextlib.contextmanager
def open_log(name: str):  # type: ignore[no-untyped-def]  # yields a binary file
    """The log file of a kind of process, appended to; the one before is kept as `.1` when it grew too large."""
    path = paths.logs() / f"{name}.log"
    with contextlib.suppress(OSError):
        if path.stat().st_size > LOG_LIMIT_BYTES:
            path.replace(path.with_suffix(".log.1"))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        yield file


def adopt_orphans() -> None:
    """Grandchildren whose parent died become ours, so that their end can be awaited (Linux)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_orphans(own: set[int]) -> None:
    """Collects ended grandchildren; `own` are children whose end somebody else awaits."""
    if sys.platform != "linux":
        return
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in own:
            with contextlib.suppress(OSError, ValueError, IndexError):
                stat = Path("/proc", name, "stat").read_bytes()
                fields = stat[stat.rindex(b")") + 2 :].split()
                if int(fields[1]) == os.getpid() and fields[0] == b"Z":
                    os.waitpid(int(name), os.WNOHANG)


def group_is_empty(leader: int) -> bool:
    """Whether the process group of a dead leader has nobody left. Ended but uncollected ones do not count."""
    if sys.platform == "linux":
        for name in os.listdir("/proc"):
            if name.isdigit():
                with contextlib.suppress(OSError, ValueError, IndexError):
                    stat = Path("/proc", name, "stat").read_bytes()
                    fields = stat[stat.rindex(b")") + 2 :].split()
                    if int(fields[2]) == leader and fields[0] not in (b"Z", b"X"):
                        return False
        return True
    if not hasattr(os, "killpg"):
        return True
    try:
        os.killpg(leader, 0)
    except (ProcessLookupError, PermissionError):
        return True
    return False


def end_group(leader: int, grace_seconds: float) -> None:
    """Waits for a dead leader's group to finish by itself, then kills what is left of it."""
    deadline = time.monotonic() + grace_seconds
    while not group_is_empty(leader):
        if time.monotonic() >= deadline:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if hasattr(os, "killpg"):
                    os.killpg(leader, signal.SIGKILL)
            return
        time.sleep(0.02)


def kill(child: subprocess.Popen[bytes]) -> None:
    """Ends a child at once and collects it."""
    with contextlib.suppress(ProcessLookupError, OSError):
        child.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(1.0)
