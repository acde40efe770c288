"""Finding and reading a show: by name (`demo`, or one of this home's shows) or by path. Reads files, changes none."""

from __future__ import annotations

from pathlib import Path

from studio import paths
from studio.model.sentence import Refusal
from studio.model.show import Show
from studio.model.show_file import read_show
from studio.program.plan import check_show

DEMO = "demo"
MAX_BYTES = 8 * 1024 * 1024


def show_path(name: str) -> Path:
    """The file a show's name or path means; Refusal where there is none."""
    if name == DEMO:
        return paths.assets() / "demo" / "show.json"
    path = Path(name).expanduser()
    for candidate in (path, paths.shows() / f"{name}.json"):
        try:
            if candidate.is_file():
                return candidate
        except OSError:  # a name too long for the file system is simply not there
            continue
    raise Refusal(
        f"방송 파일 “{name[:200]}”을(를) 찾을 수 없어요. 아무것도 시작하지 않았어요. 이름이나 경로를 확인해 주세요.",
        f"There is no show “{name[:200]}”. Nothing was started. Check the name or path.",
        code="no_show",
    )


def load_show(name: str) -> tuple[Show, Path]:
    """The show and the folder its files are relative to; Refusal in words for anything that cannot be aired."""
    path = show_path(name)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Refusal(
            f"방송 파일 {path}을(를) 읽을 수 없어요 ({error.strerror}). 권한을 확인해 주세요.",
            f"The show file {path} cannot be read ({error.strerror}). Check its permissions.",
            code="no_show",
        ) from error
    show = read_show(data, str(path))
    check_show(show)
    return show, path.parent
