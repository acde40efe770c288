"""A real RTSP server (GStreamer's) that serves one clip, from its start to whoever asks. Stopped and started on the
same port. Any one thread."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path
from types import TracebackType

from tests.rigs.ports import HOST, answers, free_port
from tests.rigs.waiting import wait_for

PYTHON = "/usr/bin/python3"
SCRIPT = Path(__file__).with_name("gstreamer_rtsp.py")
NEEDED = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"


def missing() -> str | None:
    """Why this rig cannot work here, or None."""
    try:
        done = subprocess.run([PYTHON, "-I", "-c", NEEDED], capture_output=True, timeout=30)
    except OSError:
        return f"there is no {PYTHON}"
    return None if done.returncode == 0 else "GStreamer's RTSP server is not installed"


class RtspServer:
    """Serves the Matroska file `clip` at `url`."""

    def __init__(self, clip: Path) -> None:
        self._clip = clip
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"rtsp://{HOST}:{self.port}/cam"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [PYTHON, "-I", str(SCRIPT), str(self.port), str(self._clip)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_for(lambda: answers(self.port), 15, "the RTSP server answers")

    def stop(self) -> None:
        """At once; connections are reset."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait(5)
            self._process = None

    def __enter__(self) -> RtspServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
