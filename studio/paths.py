"""The one place that knows where things lie on disk: settings, shelf, runs, logs and runtime files of one home, and the
assets of the program. `JANGTEO_HOME` puts all of a home under one folder (tests, portable use). Pure but for making
folders; any thread."""

from __future__ import annotations

import os
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

import platformdirs

APP = "jangteo"
HOME_VARIABLE = "JANGTEO_HOME"


def assets() -> Path:
    """Fonts, templates, slates, sounds and the demo show."""
    here = Path(__file__).resolve().parent
    for candidate in (here.parent / "assets", here / "assets", Path(getattr(sys, "_MEIPASS", here)) / "assets"):
        if (candidate / "fonts").is_dir():
            return candidate
    raise FileNotFoundError("assets folder of Jangteo Studio")


def portable_home() -> Path | None:
    """The folder `JANGTEO_HOME` names; None where settings, shelf and logs lie where the system keeps such things."""
    value = os.environ.get(HOME_VARIABLE)
    if not value:
        return None
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError:  # the `~` of a person who does not exist
        return Path(value).absolute()


def _private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def data() -> Path:
    """Shelf and runs."""
    home = portable_home()
    return _private(home / "data" if home else Path(platformdirs.user_data_dir(APP, appauthor=False)))


def settings() -> Path:
    """Settings of this home."""
    home = portable_home()
    return _private(home / "settings" if home else Path(platformdirs.user_config_dir(APP, appauthor=False)))


def logs() -> Path:
    """Log files of all processes."""
    home = portable_home()
    return _private(home / "logs" if home else Path(platformdirs.user_log_dir(APP, appauthor=False)))


def runtime() -> Path:
    """`run/`: keeper.json, engine.json and the keeper's lock, for as long as a keeper lives."""
    home = portable_home()
    return _private(home / "run" if home else Path(platformdirs.user_state_dir(APP, appauthor=False)) / "run")


def runs() -> Path:
    """One folder per run of a show."""
    return _private(data() / "runs")


def shows() -> Path:
    """Show files of this home."""
    return _private(data() / "shows")


def socket_folder() -> Path:
    """A short private folder for sockets, one per home: AF_UNIX paths are limited to 108 bytes."""
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    if not os.access(base, os.W_OK):
        base = Path(tempfile.gettempdir())
    return _own_folder(base)


def _own_folder(base: Path) -> Path:
    """A folder of this home and user below one that everybody may write."""
    owner = str(os.getuid()) if hasattr(os, "getuid") else "user"
    name = sha256(str(runtime().resolve()).encode()).hexdigest()[:12]
    folder = base / f"jangteo-{owner}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or (hasattr(os, "getuid") and folder.stat().st_uid != os.getuid()):
        raise PermissionError(f"{folder} belongs to somebody else")
    folder.chmod(0o700)
    return folder


def memory_folder() -> Path:
    """Where mapped pictures lie, one private folder per home: in memory where the system has such a place, since a disk
    would write them all down."""
    shared = Path("/dev/shm")
    if not (shared.is_dir() and os.access(shared, os.W_OK)):
        return socket_folder()
    return _own_folder(shared)


def is_inside(folder: Path, path: Path) -> bool:
    """Whether `path`, resolved, lies inside `folder`."""
    return path.resolve().is_relative_to(folder.resolve())
