"""How the set-up script talks: sentences to the person (Korean first, English second), commands to the system.

Standard library only, so that it works before anything is installed. `Trouble` is an ordinary difficulty put into
words; the script ends with code 2 and never shows a traceback for one.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
WINDOWS = os.name == "nt"


class Trouble(Exception):
    """What went wrong and what the person can do, in Korean and in English."""


def say(korean: str, english: str = "", *, trouble: bool = False) -> None:
    where = sys.stderr if trouble else sys.stdout
    print(f"• {korean}", file=where, flush=True)
    if english:
        print(f"  {english}", file=where, flush=True)


def ask(command: Sequence[str], timeout: float = 60) -> tuple[int, str]:
    """Runs something short and quiet: exit code and standard output; 127 if it does not start or hangs."""
    environment = child_environment() | {"LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, errors="replace", timeout=timeout
        )
    except (OSError, subprocess.TimeoutExpired):
        return 127, ""
    return done.returncode, done.stdout


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    """Runs something long in the open, in the repository, and waits for its end even when interrupted.

    Ctrl-C reaches the child as well, and it is given the time to tidy up after itself; a second one ends it.
    """
    with subprocess.Popen(command, cwd=REPO, env=environment or child_environment()) as child:
        try:
            try:
                status = child.wait()
            except KeyboardInterrupt:
                child.wait()
                raise
        except BaseException:
            with contextlib.suppress(OSError):  # it runs as root: not ours to end
                child.terminate()
            raise
    return status if status >= 0 else 128 - status


def step(name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    """One named part of a longer task, with the command shown as one could type it, and the time it took."""
    print(f"\n── {name}: {' '.join(_short(word) for word in command)}", flush=True)
    began = time.monotonic()
    status = run(command, environment)
    print(f"── {name}: {'ok' if not status else f'exit {status}'}, {time.monotonic() - began:.1f} s", flush=True)
    return status


def child_environment() -> dict[str, str]:
    """Ours, without what would lead a child's Python or pip astray, and with UTF-8 where no language is set."""
    astray = {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_HASHES"}
    astray |= {
        "PIP_NO_BINARY",
        "PIP_ONLY_BINARY",
        "PIP_NO_INDEX",
        "PIP_REQUIREMENT",
        "PIP_CONSTRAINT",
        "__PYVENV_LAUNCHER__",
    }
    environment = {name: value for name, value in os.environ.items() if name not in astray}
    spoken = environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG") or "C"
    if spoken in ("C", "POSIX") and not WINDOWS:
        environment["LC_ALL"] = "C.UTF-8"
    return environment


def _short(word: str) -> str:
    return os.path.relpath(word, REPO) if word.startswith(str(REPO) + os.sep) else word


def speak_plainly() -> None:
    """A console that cannot show Hangul shows question marks instead of stopping us."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
