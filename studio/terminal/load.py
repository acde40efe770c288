"""Finding and reading a show: by name (`demo`, or one of this home's shows) or by path. Reads files, changes none."""

from __future__ import annotations

from pathlib import Path

from studio import paths
from studio.model.sentence import Refusal, Sentence
from studio.model.show import Show
from studio.model.show_file import MAX_SHOW_BYTES, read_show
from studio.program.plan import check_show
from studio.terminal.typed_files import Unusable, read_typed, typed_path

DEMO = "demo"
MAX_NAME = 200


def show_path(name: str) -> Path:
    """The file a show's name or path means; Refusal where there is none."""
    if name == DEMO:
        return paths.assets() / "demo" / "show.json"
    path = typed_path(name)
    if name and _exists(path):
        return path
    stored = _stored(name)
    if stored is not None:
        return stored
    raise _unreadable(name, Sentence("그런 파일이나 이름이 없어요", "there is no such file or name"))


def load_show(name: str) -> tuple[Show, Path]:
    """The show and the folder its files are relative to; Refusal in words for anything that cannot be aired."""
    path = show_path(name)
    try:
        data = read_typed(path, MAX_SHOW_BYTES)
    except Unusable as unusable:
        raise _unreadable(name, unusable.reason) from unusable
    show = read_show(data, str(path))
    check_show(show)
    return show, path.parent


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long for the file system is simply not there
        return False


def _stored(name: str) -> Path | None:
    """A show of this home, by its plain name."""
    if not name or Path(name).name != name:
        return None
    try:
        path = paths.shows() / f"{name}.json"
        return path if path.is_file() else None
    except (OSError, ValueError):  # a home that cannot be read holds no shows
        return None


def _unreadable(name: str, reason: Sentence) -> Refusal:
    short = name if len(name) <= MAX_NAME else f"…{name[-MAX_NAME:]}"
    return Refusal(
        f"방송 파일 “{short}”을(를) 열 수 없어요: {reason.ko}. 시작하지 않았어요. 이름이나 경로를 확인해 주세요.",
        f"The show “{short}” cannot be opened: {reason.en}. Nothing was started. Check the name or path.",
        code="no_show",
    )
