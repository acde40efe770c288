"""Disks that fill up, vanish or lose power. Needs root (marker `needs_root`). Everything is unmounted and freed on
leaving, also when a process still holds a file open. Any one thread."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import struct
import subprocess
from pathlib import Path
from types import TracebackType

from tests.rigs.waiting import wait_for

EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2
"""As when the plug is pulled: what was not synced is gone, the journal is not written either."""


def missing() -> str | None:
    """Why these rigs cannot work here, or None."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "needs root to mount"
    absent = [name for name in ("mount", "umount", "losetup", "mkfs.ext4") if shutil.which(name) is None]
    return f"not installed: {', '.join(absent)}" if absent else None


def _run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout.strip()


class SmallDisk:
    """A tmpfs of `size` bytes at `folder`: ENOSPC when full, gone after `pull()`."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder = folder.absolute()
        self.size = size
        self._mounted = False

    def __enter__(self) -> SmallDisk:
        self.folder.mkdir(parents=True, exist_ok=True)
        _run("mount", "-t", "tmpfs", "-o", f"size={self.size},mode=0755", "tmpfs", str(self.folder))
        self._mounted = True
        atexit.register(self.pull)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pull()

    def free(self) -> int:
        return shutil.disk_usage(self.folder).free

    def fill(self, leave: int = 0) -> Path:
        """Take all space but `leave` bytes with a file of ballast; delete it to make room again."""
        path = self.folder / "ballast"
        count = self.free() - leave
        if count > 0:
            with path.open("ab") as file:
                os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), count)
        return path

    def pull(self) -> None:
        """Unmount while in use: the folder below is empty, open files go on into nowhere."""
        if self._mounted:
            self._mounted = False
            _run("umount", "-l", str(self.folder))
        atexit.unregister(self.pull)


class PowerCutDisk:
    """ext4 in a file, mounted at `folder`. `cut_power()` drops everything that was not synced; `power_on()` mounts
    again, which replays the journal. Writers may still run at the cut: they get EIO. Keep lists of what was
    acknowledged outside."""

    def __init__(self, folder: Path, size: int = 64 << 20) -> None:
        self.folder = folder.absolute()
        self.image = self.folder.with_name(f"{self.folder.name}.ext4")
        self.size = size
        self._device: str | None = None
        self._mounted = False

    def __enter__(self) -> PowerCutDisk:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.image.parent.mkdir(parents=True, exist_ok=True)
        with self.image.open("wb") as file:
            file.truncate(self.size)
        _run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=1,lazy_journal_init=1", str(self.image))
        atexit.register(self._clean)
        try:
            self.power_on()
        except OSError:
            self._clean()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clean()

    def cut_power(self) -> None:
        """The plug is pulled; the folder stays as a dead file system until `power_on()`."""
        import fcntl  # not on every system; this rig needs Linux anyway

        handle = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(handle)

    def power_on(self) -> None:
        """Mount as after a restart of the machine, or after `pull()`. All writers must have ended."""
        wait_for(self._let_go, 5, f"nobody uses {self.folder} any more")
        if self._device is None:
            self._device = _run("losetup", "--find", "--show", str(self.image))
        _run("mount", "-t", "ext4", self._device, str(self.folder))
        self._mounted = True

    def _let_go(self) -> bool:
        """Unmount; a process that was killed just now may still hold a file for a moment."""
        try:
            self._unmount(lazy=False)
        except OSError as error:
            if "busy" in str(error):
                return False
            raise
        return True

    def pull(self) -> None:
        """Unmount while in use, as when a plug is pulled by somebody who is not in a hurry: the folder below is empty,
        what was written comes back with `power_on()`."""
        self._unmount(lazy=True)

    def _unmount(self, *, lazy: bool) -> None:
        if self._mounted:
            _run("umount", *(["-l"] if lazy else []), str(self.folder))
            self._mounted = False

    def _clean(self) -> None:
        with contextlib.suppress(OSError):
            self._unmount(lazy=True)
        if self._device is not None:
            with contextlib.suppress(OSError):
                _run("losetup", "--detach", self._device)
            self._device = None
        self.image.unlink(missing_ok=True)
        atexit.unregister(self._clean)
