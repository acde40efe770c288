"""Secrets that sing when they leak: makes keys nobody else has, and searches files, command lines and environments for
them, also in the encodings in which they would slip through a text search. Reads only; any thread."""

from __future__ import annotations

import contextlib
import mmap
import os
import secrets
from base64 import b64encode
from pathlib import Path

from tests.rigs.processes import PROC, all_pids, look


def make_canary(kind: str = "key") -> str:
    """A secret that looks like a platform's stream key."""
    return f"live_canary{kind}_{secrets.token_hex(16)}"


def needles(canary: str) -> list[bytes]:
    """How the canary may look in bytes: UTF-8, UTF-16, base64 at each alignment, and its greater part alone."""
    plain = canary.encode()
    found = [canary.encode("utf-16-le"), plain[: len(plain) * 3 // 4]]
    for shift in range(3):
        coded = b64encode(b"\0" * shift + plain)
        found.append(coded[4 if shift else 0 : -4])
    return found


def canary_in_files(folder: Path, canary: str) -> list[Path]:
    """Files below a folder that hold the canary or are called by it."""
    wanted = needles(canary)
    found = []
    for path in sorted(folder.rglob("*")):
        if canary in path.name:
            found.append(path)
        elif path.is_file() and not path.is_symlink():
            with contextlib.suppress(OSError), path.open("rb") as file:
                if not os.fstat(file.fileno()).st_size:
                    continue
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                    if any(data.find(needle) >= 0 for needle in wanted):
                        found.append(path)
    return found


def canary_in_processes(canary: str) -> list[str]:
    """Processes (other than this one) with the canary in command line or environment. Rigs that must know it, such as a
    publishing ffmpeg, should not run meanwhile."""
    wanted = needles(canary)
    found = []
    for pid in all_pids():
        if pid == os.getpid():
            continue
        for name in ("cmdline", "environ"):
            with contextlib.suppress(OSError):
                data = (PROC / str(pid) / name).read_bytes()
                if any(needle in data for needle in wanted):
                    found.append(f"{name} of {look(pid)}")
    return found
