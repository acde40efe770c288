"""Puts TLS before a plain server, as platforms do for rtmps: real stunnel with a certificate that is good, self-signed,
of another name or expired. `authority` is the file a client should trust. Any one thread."""

from __future__ import annotations

import atexit
import shutil
import subprocess
from pathlib import Path
from types import TracebackType

from tests.rigs.certificates import Authority, Variant
from tests.rigs.certificates import missing as no_certificates
from tests.rigs.ports import HOST, answers, free_port
from tests.rigs.waiting import wait_for

PROGRAMS = ("stunnel4", "stunnel")


def missing() -> str | None:
    """Why this rig cannot work here, or None."""
    if not any(shutil.which(name) for name in PROGRAMS):
        return "stunnel is not installed"
    return no_certificates()


class TlsFront:
    """`TlsFront(folder, server.rtmp_port, "expired")`; connect to `rtmps://127.0.0.1:PORT/live/NAME`."""

    def __init__(self, folder: Path, target_port: int, variant: Variant = "good", authority: Authority | None = None):
        self.folder = folder.absolute()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.variant = variant
        made = (authority or Authority(self.folder / "authority")).issue(variant)
        self.authority = made.authority
        self._settings = self.folder / "stunnel.conf"
        self._settings.write_text(
            f"foreground = yes\nsyslog = no\ndebug = notice\npid =\noutput = {self.folder / 'stunnel.log'}\n"
            f"socket = l:TCP_NODELAY=1\n[front]\naccept = {HOST}:{self.port}\nconnect = {HOST}:{target_port}\n"
            f"cert = {made.chain}\nkey = {made.key}\nTIMEOUTclose = 0\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> TlsFront:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def address(self) -> str:
        return f"rtmps://{HOST}:{self.port}/live"

    def url(self, name: str) -> str:
        return f"{self.address}/{name}"

    def start(self) -> None:
        program = next(name for name in PROGRAMS if shutil.which(name))
        atexit.register(self.stop)
        self._process = subprocess.Popen(
            [program, str(self._settings)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

        def ready() -> bool:
            if self._process is None or self._process.poll() is not None:
                raise RuntimeError(f"stunnel left at once:\n{self.log()}")
            return answers(self.port)

        wait_for(ready, 10, lambda: f"stunnel answers\n{self.log()}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(5)
            self._process = None
        atexit.unregister(self.stop)

    def log(self) -> str:
        path = self.folder / "stunnel.log"
        return path.read_text(errors="replace") if path.exists() else ""
