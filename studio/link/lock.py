"""One keeper a home: a lock on a file that the system releases when its holder dies, however it dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path


class HomeLock:
    """Held within the block if `is_held`."""

    def __init__(self, path: Path) -> None:
        self._number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self.is_held = self._try()

    def _try(self) -> bool:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(self._number, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(self._number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def __enter__(self) -> HomeLock:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._number)


def is_locked(path: Path) -> bool:
    """Whether somebody holds the lock now; asking holds it for a moment where nobody does."""
    if not path.exists():
        return False
    with HomeLock(path) as lock:
        return not lock.is_held
