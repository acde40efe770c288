"""The project's own Python in .venv: which Python it is made from, when it is made again, what goes into it.

Standard library only. A stamp inside .venv tells what was finished: it is written last and removed before anything
changes, so that whatever an interrupted set-up left behind is recognised and made anew. Only the files named in
packaging/lock, with their hashes, are ever installed, and only ready-made wheels: nothing is compiled.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from shell import REPO, WINDOWS, Trouble, ask, child_environment, run, say
from system_packages import Need, knows_apt, missing, obtainable, root_prefix
from system_packages import install as install_packages

OLDEST, NEWEST = (3, 11), (3, 14)  # what the locks were made and checked for
OLDEST_GLIBC = {"x86_64": (2, 34), "aarch64": (2, 39)}  # what Qt's wheels were built for
ROOM_NEEDED = 2_500_000_000  # bytes; about 1.2 GB installed, and 0.4 GB of downloads beside it
VENV = REPO / ".venv"
STAMP = VENV / "jangteo-stamp.json"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
LOCKS = {name: REPO / "packaging" / "lock" / f"{name}.txt" for name in ("runtime", "test")}

PROBE = """
import json, sys, sysconfig
try:
    import ensurepip, ssl, venv
    ready = True
except ImportError:
    ready = False
usual = (sys.implementation.name == "cpython" and sys.version_info.releaselevel == "final"
         and sys.maxsize > 2**32 and not sysconfig.get_config_var("Py_GIL_DISABLED"))
base = getattr(sys, "_base_executable", "") or sys.executable
print(json.dumps([base, list(sys.version_info[:2]), ready, usual]))
"""


class Python(NamedTuple):
    version: tuple[int, int]
    ready: bool  # venv, ensurepip and ssl are there
    executable: str

    @property
    def venv_package(self) -> str:
        """The Debian package that completes it, or nothing if it is not Debian's own."""
        from_debian = knows_apt() and self.executable.startswith("/usr/bin/")
        return f"python{self.version[0]}.{self.version[1]}-venv" if from_debian else ""


def prepare(*, test: bool) -> None:
    """Sees to it that .venv is complete for running, or for testing too."""
    _refuse_old_system()
    with _one_at_a_time():
        wanted = {name: _digest(path) for name, path in LOCKS.items()}
        wanted |= {"project": _digest(REPO / "pyproject.toml"), "place": str(REPO)}
        stamp = _read_stamp()
        if not _still_good(stamp, wanted, test):
            stamp = _make_anew()
        if stamp.get("runtime") != wanted["runtime"]:
            _pip_install("runtime")
            stamp |= {"runtime": wanted["runtime"], "place": wanted["place"]}
        if test and stamp.get("test") != wanted["test"]:
            STAMP.unlink(missing_ok=True)
            _pip_install("test")
            stamp["test"] = wanted["test"]
        if stamp.get("project") != wanted["project"]:
            STAMP.unlink(missing_ok=True)
            _pip(["--no-index", "--no-deps", "--no-build-isolation", "--quiet", "--editable", str(REPO)])
            stamp["project"] = wanted["project"]
        if not STAMP.exists():
            written = STAMP.with_suffix(".new")
            written.write_text(json.dumps(stamp), encoding="utf-8")
            os.replace(written, STAMP)


def choose_python() -> Python:
    """The newest installed one that works; one that lacks venv gets it from apt if that is possible."""
    found = list(_installed_pythons())
    found.sort(key=lambda python: (python.version, python.ready), reverse=True)
    for python in found:
        if python.ready:
            return python
        package = python.venv_package
        if package and root_prefix() is not None:
            with contextlib.suppress(Trouble):
                install_packages([Need((package,))])
                if not missing([Need((package,))]):
                    return python._replace(ready=True)
    helpful = [python.venv_package for python in found if python.venv_package in obtainable([python.venv_package])]
    helpful = helpful or [python.venv_package for python in found if python.venv_package]
    if helpful:
        raise Trouble(
            "파이썬에 venv 모듈이 없어요. 다음 줄을 입력한 뒤 다시 실행해 주세요:\n"
            f"    sudo apt-get install {helpful[0]}",
            "Python lacks its venv module. Type the line above, then try again.",
        )
    span = f"{OLDEST[0]}.{OLDEST[1]}–{NEWEST[0]}.{NEWEST[1]}"
    raise Trouble(
        f"쓸 수 있는 파이썬({span}, 64비트)을 찾지 못했어요. 설치한 뒤 다시 실행해 주세요.",
        f"No usable 64-bit Python {span} was found. Install one, then try again.",
    )


def _installed_pythons() -> Iterator[Python]:
    """Every different Python that really starts; a version manager's stand-ins may be there and refuse."""
    minors = range(NEWEST[1], OLDEST[1] - 1, -1)
    if WINDOWS:
        commands = [["py", f"-3.{minor}"] for minor in minors]
    else:
        names = [*(f"python3.{minor}" for minor in minors), "python3"]
        folders = [Path(folder) for folder in os.get_exec_path() if folder]
        commands = [[str(folder / name)] for name in names for folder in folders if (folder / name).is_file()]
    seen = set()
    for command in [*commands, [sys.executable]]:
        status, answer = ask([*command, "-I", "-c", PROBE], timeout=20)
        if status:
            continue
        try:
            executable, (major, minor), ready, usual = json.loads(answer)
        except ValueError:
            continue
        place = os.path.realpath(executable)
        if usual and OLDEST <= (major, minor) <= NEWEST and place not in seen:
            seen.add(place)
            yield Python((major, minor), ready, executable)


def _still_good(stamp: dict[str, str], wanted: dict[str, str], test: bool) -> bool:
    same = stamp.get("runtime") == wanted["runtime"] and stamp.get("place") == wanted["place"]
    if not same or (test and stamp.get("test", wanted["test"]) != wanted["test"]):
        return False
    status, answer = ask([str(PYTHON), "-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
    return status == 0 and answer.strip() == stamp.get("python")


def _make_anew() -> dict[str, str]:
    python = choose_python()
    version = f"{python.version[0]}.{python.version[1]}"
    _remove_old()
    free = shutil.disk_usage(REPO).free
    if free < ROOM_NEEDED:
        raise Trouble(
            f"디스크 여유 공간이 {free / 1e9:.1f}GB뿐이에요. {ROOM_NEEDED / 1e9:.1f}GB까지 늘린 뒤 다시 해 주세요.",
            f"Only {free / 1e9:.1f} GB of disk space is free; {ROOM_NEEDED / 1e9:.1f} GB is needed.",
        )
    say(
        f"파이썬 {version}(으)로 .venv를 만들어요. 처음에는 내려받을 것이 많아서 몇 분 걸려요.",
        f"Making .venv with Python {version}. The first time takes some minutes of downloading.",
    )
    if run([python.executable, "-I", "-m", "venv", str(VENV)]):
        raise Trouble(".venv를 만들지 못했어요. 위의 내용을 확인해 주세요.", ".venv could not be made; see above.")
    return {"python": version}


def _remove_old() -> None:
    """Out of the way in one move first, so that no half-removed .venv is ever taken for a whole one."""
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        VENV.rename(REPO / f".venv-old-{os.getpid()}")
    for old in REPO.glob(".venv-old-*"):
        shutil.rmtree(old, ignore_errors=True)


def _pip_install(lock: str) -> None:
    _pip(["--require-hashes", "--only-binary", ":all:", "--requirement", str(LOCKS[lock])])


def _pip(arguments: list[str]) -> None:
    environment = child_environment()
    patience = ["--retries", "5"]
    if not {"PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT"}.intersection(environment):
        patience += ["--timeout", "60"]
    command = [str(PYTHON), "-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *patience]
    for attempt in (1, 2):  # pip repeats a refused connection itself, but not a download broken off half-way
        if run([*command, *arguments], environment) == 0:
            return
        if attempt == 1:
            say("설치가 중간에 끊겨서 한 번 더 해 볼게요.", "The installation broke off; trying once more.")
    raise Trouble(
        "필요한 패키지를 설치하지 못했어요. 인터넷 연결과 디스크 여유 공간"
        f"(지금 {shutil.disk_usage(REPO).free / 1e9:.1f}GB)을 확인하고 다시 실행해 주세요.",
        "Packages could not be installed. Check the network and the disk space, then try again.",
    )


def _refuse_old_system() -> None:
    if sys.platform != "linux":
        return
    machine = platform.machine()
    library, version = platform.libc_ver()
    oldest = OLDEST_GLIBC.get(machine)
    have = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if oldest is None or (library == "glibc" and have < oldest) or library not in ("glibc", ""):
        raise Trouble(
            f"이 시스템({machine}, {library} {version})에 맞는 Qt 패키지가 없어요. "
            "x86-64는 Ubuntu 22.04·Debian 12부터, arm64는 Ubuntu 24.04·Debian 13부터 쓸 수 있어요.",
            "Qt has no ready-made files for this system: x86-64 needs glibc 2.34, arm64 needs glibc 2.39 or newer.",
        )


def _read_stamp() -> dict[str, str]:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two set-ups in one checkout would tear at the same .venv: the second waits for the first."""
    if WINDOWS:
        yield
        return
    import fcntl

    with open(REPO / ".venv.lock", "w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("다른 창에서 준비 중이에요. 끝나기를 기다려요.", "Another set-up is at work; waiting for it.")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
