"""A server that accepts TCP and never says a word: PyAV's RTMP opening hangs on it for ever. With `reads=False` it does
not even take what it is sent. One thread of its own."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from types import TracebackType

from tests.rigs.ports import HOST, free_port


class SilentServer:
    """Counts connections and bytes it was sent; keeps every connection open until `close()`."""

    def __init__(self, *, reads: bool = True) -> None:
        self.port = free_port()
        self.connections = 0
        self.bytes_received = 0
        self._reads = reads
        self._listener = socket.create_server((HOST, self.port), backlog=64)
        self._listener.setblocking(False)
        self._open: list[socket.socket] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="silent server", daemon=True)
        self._thread.start()

    def __enter__(self) -> SilentServer:
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

    def still_connected(self) -> int:
        """Connections the other side has not closed."""
        return len(self._open)

    def _serve(self) -> None:
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._listener, selectors.EVENT_READ)
            while not self._stopping.is_set():
                for key, _ in waiting.select(0.1):
                    if key.fileobj is self._listener:
                        with contextlib.suppress(OSError):
                            self._welcome(waiting)
                    elif isinstance(key.fileobj, socket.socket):
                        self._swallow(key.fileobj, waiting)

    def _welcome(self, waiting: selectors.BaseSelector) -> None:
        client, _ = self._listener.accept()
        client.setblocking(False)
        self._open.append(client)
        self.connections += 1
        if self._reads:
            waiting.register(client, selectors.EVENT_READ)

    def _swallow(self, client: socket.socket, waiting: selectors.BaseSelector) -> None:
        try:
            data = client.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.bytes_received += len(data)
        if not data:
            waiting.unregister(client)
            self._open.remove(client)
            client.close()

    def close(self) -> None:
        self._stopping.set()
        self._thread.join(5)
        for connection in (self._listener, *self._open):
            connection.close()
        self._open.clear()
