"""Files and folders whose names were typed: found, read whole within a bound, or proven writable without leaving
anything behind. Whatever is wrong becomes half a sentence in both languages, for the refusal of whoever asked. Main
thread."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path

from studio.model.sentence import Sentence

PROBE_BYTES = 4096
SHELL_PIPES = "/dev/fd/"
"""Where a shell puts `<(command)`: a pipe that somebody writes into already."""
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}

REASONS: dict[int, Sentence] = {
    errno.ENOENT: Sentence("그런 파일이나 폴더가 없어요", "there is no such file or folder"),
    errno.EACCES: Sentence("권한이 없어요", "permission is denied"),
    errno.EPERM: Sentence("허용되지 않아요", "it is not allowed"),
    errno.EROFS: Sentence("읽기 전용 저장 장치예요", "the disk is read-only"),
    errno.ENOSPC: Sentence("저장 공간이 없어요", "the disk is full"),
    errno.EDQUOT: Sentence("저장 공간이 없어요", "the disk is full"),
    errno.ENAMETOOLONG: Sentence("이름이 너무 길어요", "the name is too long"),
    errno.ENOTDIR: Sentence("경로 가운데에 폴더가 아닌 것이 있어요", "something on the way is no folder"),
    errno.EEXIST: Sentence("같은 이름의 파일이 있어요", "a file of that name is there"),
    errno.EISDIR: Sentence("파일이 아니라 폴더예요", "it is a folder, not a file"),
    errno.ELOOP: Sentence("바로 가기가 서로를 가리켜요", "its links lead in a circle"),
    errno.EIO: Sentence("저장 장치에 문제가 있어요", "the disk has a fault"),
}


class Unusable(Exception):
    """Why a typed name cannot be used, and which one where several were typed."""

    def __init__(self, reason: Sentence, place: Path | None = None) -> None:
        super().__init__(reason.en)
        self.reason = reason
        self.place = place


def reason_of(error: OSError | ValueError) -> Sentence:
    """What the system said, in words."""
    number = getattr(error, "errno", None)
    if not isinstance(error, OSError):
        return Sentence("이름에 쓸 수 없는 글자가 있어요", "the name holds unusable characters")
    if number in REASONS:
        return REASONS[number]
    text = getattr(error, "strerror", None) or type(error).__name__
    return Sentence(f"시스템 오류: {text}", f"the system says: {text}")


def typed_path(name: str) -> Path:
    """The absolute path; a `~` that means nobody stays as it is."""
    try:
        return Path(name).expanduser().absolute()
    except RuntimeError:
        return Path(name).absolute()


def read_typed(path: Path, most_bytes: int) -> bytes:
    """All of a file; Unusable where it is none, is larger, or would keep us waiting."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise Unusable(REASONS[errno.EISDIR])
        if not stat.S_ISREG(mode) and not str(path).startswith(SHELL_PIPES):
            raise Unusable(Sentence("보통 파일이 아니에요", "it is no ordinary file"))
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except (OSError, ValueError) as error:
        raise Unusable(reason_of(error)) from error
    if len(data) > most_bytes:
        size = f"{most_bytes // 1024:,} KB"
        raise Unusable(Sentence(f"{size}보다 커요", f"it is larger than {size}"))
    return data


def check_writable_file(path: Path) -> None:
    """Proves that a file can be written there; what is there stays as it is, and a file that was not there is not
    there afterwards. Unusable otherwise."""
    try:
        if path.exists():
            mode = path.stat().st_mode
            if stat.S_ISDIR(mode):
                raise Unusable(REASONS[errno.EISDIR])
            if stat.S_ISFIFO(mode) and not str(path).startswith(SHELL_PIPES):
                raise Unusable(Sentence("보통 파일이 아니에요", "it is no ordinary file"))
            path.open("ab").close()
        else:
            path.open("xb").close()
            path.unlink()
    except (OSError, ValueError) as error:
        raise Unusable(reason_of(error)) from error


def make_folders(folders: list[Path]) -> None:
    """Makes folders and proves that files can be written there. Unusable otherwise; then no folder is left that was
    not there before."""
    made: list[Path] = []
    for folder in folders:
        try:
            if os.name == "nt" and has_reserved_name(folder):
                raise Unusable(Sentence("윈도우가 쓰는 이름이에요", "Windows keeps that name for itself"), folder)
            _make(folder, made)
            _prove_writable(folder)
        except (OSError, ValueError, Unusable) as error:
            remove_empty(made)
            if isinstance(error, Unusable):
                raise
            raise Unusable(reason_of(error), folder) from error


def _prove_writable(folder: Path) -> None:
    probe = folder / f".jangteo-{secrets.token_hex(4)}"
    try:
        probe.write_bytes(b"\0" * PROBE_BYTES)
    finally:
        probe.unlink(missing_ok=True)


def _make(folder: Path, made: list[Path]) -> None:
    """The folder and those above it that are missing; notes what it made."""
    missing = [folder]
    while not missing[-1].parent.exists():
        missing.append(missing[-1].parent)
    for one in reversed(missing):
        if not one.is_dir():
            one.mkdir()
            made.append(one)


def remove_empty(folders: list[Path]) -> None:
    """Folders that hold nothing, the last made first; others stay."""
    for folder in reversed(folders):
        with contextlib.suppress(OSError):
            folder.rmdir()


def has_reserved_name(path: Path) -> bool:
    """Whether Windows would take a part of the path for a device (CON, NUL, LPT1 …)."""
    return any(part.partition(".")[0].strip().lower() in RESERVED for part in path.parts)
