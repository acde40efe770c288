"""What it takes that bytes survive a power cut, in the words of each platform: data on the medium, a name in its
folder, space set aside. Pure calls without state; any thread that may wait for a disk."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import sys
from pathlib import Path

FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
"""Error numbers that mean: no room left."""


def sync_file(number: int) -> None:
    """Return when the file's bytes (and the size needed to find them) are on the medium."""
    if sys.platform == "darwin":
        import fcntl

        with contextlib.suppress(OSError):
            # macOS: fsync only reaches the drive's cache.
            fcntl.fcntl(number, fcntl.F_FULLFSYNC)
            return
    if hasattr(os, "fdatasync"):
        os.fdatasync(number)
    else:
        os.fsync(number)


def sync_folder(folder: Path) -> None:
    """Return when names made or removed in `folder` are on the medium. Windows has no such call and does it itself."""
    if sys.platform == "win32":
        return
    number = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(number)
    except OSError as error:
        # Some network file systems cannot; everything else is a real fault of the disk.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(number)


def free_bytes(folder: Path) -> int:
    """Bytes a file in `folder` may still take."""
    return shutil.disk_usage(folder).free


class Reserve:
    """Space set aside beside a file, so that the file can be finished on a full disk. It has a name only for a moment:
    whatever way this process ends, the space comes back."""

    def __init__(self, beside: Path, size: int) -> None:
        self._number: int | None = None
        self._path = beside.with_name(f".{beside.name}.{secrets.token_hex(4)}.reserve")
        if size <= 0:
            return
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_TEMPORARY", 0) | getattr(os, "O_BINARY", 0)
        try:
            self._number = os.open(self._path, flags, 0o600)
            if sys.platform != "win32":
                self._path.unlink()
            _allocate(self._number, size)
        except OSError:
            self.release()

    @property
    def is_held(self) -> bool:
        return self._number is not None

    def release(self) -> None:
        """Give the space back; harmless a second time."""
        number, self._number = self._number, None
        if number is not None:
            with contextlib.suppress(OSError):
                os.close(number)


def _allocate(number: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(number, 0, size)
        return
    zeros = bytes(1 << 20)
    for start in range(0, size, len(zeros)):
        os.write(number, zeros[: min(len(zeros), size - start)])
