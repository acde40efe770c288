"""Asks the package index whether every locked package exists as a ready-made wheel for every system we promise.

Run by hand after packaging/lock.py; needs the net and `uv`. Nothing is downloaded but metadata: for each system and
Python it has uv plan an installation of exactly the locked files (hashes checked, source packages forbidden) into an
empty folder and throws the plan away. Prints a table, ends with 1 if a combination has a hole.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile

from lock import REPO, clean_environment, find_uv

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
SYSTEMS = {
    "Linux x86-64": "x86_64-manylinux_2_34",  # Ubuntu 22.04 is 2.35, Debian 12 is 2.36
    "Linux arm64": "aarch64-manylinux_2_39",  # Qt for arm64 asks for Ubuntu 24.04 or Debian 13
    "Windows x86-64": "x86_64-pc-windows-msvc",
    "macOS arm64": "aarch64-apple-darwin",
    "macOS x86-64": "x86_64-apple-darwin",
}
OLDEST_MACOS = "14.0"  # av and opencv-python have nothing for older ones
LOCKS = ["packaging/lock/runtime.txt", "packaging/lock/test.txt"]


def plan(uv: str, lock: str, platform: str, python: str) -> tuple[bool, str]:
    """Whether the plan works out, and how many packages it has or why it does not."""
    environment = clean_environment() | {"MACOSX_DEPLOYMENT_TARGET": OLDEST_MACOS}
    with tempfile.TemporaryDirectory() as empty:
        command = [uv, "pip", "install", "--dry-run", "--target", empty, "--no-config", "--no-deps"]
        command += ["--only-binary", ":all:", "--require-hashes", "-r", lock]
        command += ["--python-platform", platform, "--python-version", python, "--python", sys.executable]
        done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True)
    if done.returncode:
        return False, " ".join(done.stderr.split())[:1000]
    count = re.search(r"Would install (\d+) package", done.stderr)
    return bool(count), count.group(1) if count else done.stderr.strip()[-200:]


def main() -> int:
    uv = find_uv()
    holes = 0
    for lock in LOCKS:
        for system, platform in SYSTEMS.items():
            for python in PYTHONS:
                fine, words = plan(uv, lock, platform, python)
                holes += not fine
                print(f"{'ok  ' if fine else 'HOLE'} {lock:28} {system:15} Python {python:5} {words}", flush=True)
    print("all there" if not holes else f"{holes} holes")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main())
