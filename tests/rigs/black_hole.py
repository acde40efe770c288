"""An address that swallows connection attempts: the kernel's queue of a listener that never accepts is full, so a
connect gets neither an answer nor a refusal, like behind a dead link. Stays on loopback, needs no root. Any thread."""

from __future__ import annotations

import contextlib
import socket
from types import TracebackType

from tests.rigs.ports import HOST, free_port


class BlackHole:
    """While open, connecting to `port` hangs until the caller's own time limit."""

    def __init__(self) -> None:
        self.port = free_port()
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((HOST, self.port))
        self._listener.listen(0)
        self._fillers: list[socket.socket] = []
        for _ in range(8):
            filler = socket.socket()
            filler.settimeout(0.15)
            self._fillers.append(filler)
            try:
                filler.connect((HOST, self.port))
            except TimeoutError:
                return
        raise RuntimeError("this kernel accepts connections beyond a full queue")

    def __enter__(self) -> BlackHole:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def address(self) -> str:
        return f"rtmp://{HOST}:{self.port}/live"

    def url(self, name: str) -> str:
        return f"{self.address}/{name}"

    def close(self) -> None:
        for one in (self._listener, *self._fillers):
            with contextlib.suppress(OSError):
                one.close()
