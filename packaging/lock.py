"""Makes packaging/lock/*.txt again: exact versions with hashes for every system and every Python we support.

Run by hand by whoever changes a dependency: `python packaging/lock.py` keeps the versions that still fit,
`python packaging/lock.py --upgrade` takes the newest. It needs `uv` (on PATH, or beside the running Python). uv's own
and pip's settings are shut out, so that the hashes are those of the public files and no address gets written down.
One file serves all systems: differences stand in it as markers (`av` and `numpy` are older on Python 3.11).
Afterwards run `python packaging/check_lock.py`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = "3.11"
# The runtime lock carries the build backend too: the project then installs itself without a second download.
LOCKS: dict[str, list[str]] = {
    "packaging/lock/runtime.txt": ["pyproject.toml", "--group", "build"],
    "packaging/lock/test.txt": ["--group", "test", "-c", "packaging/lock/runtime.txt"],
}


def find_uv() -> str:
    beside = Path(sys.executable).parent / ("uv.exe" if os.name == "nt" else "uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if not found:
        raise SystemExit("uv가 필요해요: pip install uv\nuv is needed: pip install uv")
    return found


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_"))}


def main() -> int:
    uv = find_uv()
    for lock, sources in LOCKS.items():
        command = [uv, "pip", "compile", *sources, "--output-file", lock]
        command += ["--universal", "--python-version", OLDEST_PYTHON, "--fork-strategy", "requires-python"]
        command += ["--generate-hashes", "--no-config", "--no-emit-index-url", "--quiet"]
        command += ["--custom-compile-command", "python packaging/lock.py"]
        command += sys.argv[1:]
        print("$", *command[1:])
        status = subprocess.run(command, cwd=REPO, env=clean_environment()).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
