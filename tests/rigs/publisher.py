"""A foreign publisher: the ffmpeg program sends a clip to an address in real time, as any other studio would. For
proving servers and for taking a stream name away from us. Any one thread."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType


def missing() -> str | None:
    """Why this rig cannot work here, or None."""
    return None if shutil.which("ffmpeg") else "ffmpeg is not installed"


class Publisher:
    """Starts at once; `close()` ends it. `options` are for the output, such as `["-ca_file", "…"]`."""

    def __init__(self, clip: Path, url: str, *, times: int = 1, options: list[str] | None = None) -> None:
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        source = ["-re", "-stream_loop", str(times - 1), "-i", str(clip)]
        target = ["-c", "copy", "-flvflags", "no_duration_filesize", *(options or []), "-f", "flv", url]
        self._process = subprocess.Popen(
            ["ffmpeg", "-nostdin", "-v", "error", *source, *target],
            stdin=subprocess.DEVNULL,
            stdout=self._words,
            stderr=self._words,
            start_new_session=True,
        )

    def __enter__(self) -> Publisher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def running(self) -> bool:
        return self._process.poll() is None

    def wait(self, seconds: float) -> int:
        """Exit code of ffmpeg; 0 means that all was sent and nobody refused."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"ffmpeg still sends after {seconds:g} s: {self.said()}") from None

    def said(self) -> str:
        self._words.seek(0)
        return self._words.read().decode(errors="replace")

    def close(self) -> None:
        if self.running():
            self._process.kill()
        self._process.wait(5)
        self._words.close()
