"""A real X server without a monitor (Xvfb) whose picture a test paints straight into its frame buffer file. Any one
thread."""

from __future__ import annotations

import mmap
import os
import shutil
import struct
import subprocess
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from tests.rigs.waiting import wait_for


def missing() -> str | None:
    """Why this rig cannot work here, or None."""
    return None if shutil.which("Xvfb") else "Xvfb is not installed"


class Screen:
    """`display` is its name for DISPLAY."""

    def __init__(self, folder: Path, width: int, height: int) -> None:
        self._folder = folder
        self._size = (width, height)
        self._server: subprocess.Popen[bytes] | None = None
        self.display = ""

    def __enter__(self) -> Screen:
        self._folder.mkdir(parents=True, exist_ok=True)
        read, write = os.pipe()
        width, height = self._size
        self._server = subprocess.Popen(
            [
                *("Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"),
                *("-fbdir", str(self._folder), "-nocursor"),
            ],
            pass_fds=[write],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(write)
        with os.fdopen(read) as told:
            self.display = f":{told.readline().strip()}"
        wait_for(lambda: self._buffer().exists(), 10, "the frame buffer")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait(5)

    def _buffer(self) -> Path:
        return self._folder / "Xvfb_screen0"

    def show(self, picture: NDArray[np.float32]) -> None:
        """R, G, B in 0…1, as large as the screen."""
        height, width = picture.shape[:2]
        with self._buffer().open("r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
            head = struct.unpack_from(">25I", memory)
            header_size, colours, line = head[0], head[19], head[12]
            start = header_size + colours * 12
            rows = np.zeros((height, line), np.uint8)
            bgr = np.rint(picture[..., ::-1] * 255).astype(np.uint8)
            rows[:, : width * 4].reshape(height, width, 4)[..., :3] = bgr
            memory[start : start + rows.size] = rows.tobytes()
