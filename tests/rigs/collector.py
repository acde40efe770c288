"""The simplest server to put behind a proxy or TLS: keeps what arrives and answers each block with `ok`. Threads of its
own."""

from __future__ import annotations

import socket
import threading

from tests.rigs.ports import HOST, free_port


class Collector:
    """Counts what arrives and answers each block with `ok`."""

    def __init__(self) -> None:
        self.port = free_port()
        self.data = bytearray()
        self.closed = 0
        self._listener = socket.create_server((HOST, self.port))
        self._threads: list[threading.Thread] = []
        self._threads.append(threading.Thread(target=self._accept, daemon=True))
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._collect, args=(connection,), daemon=True))
            self._threads[-1].start()

    def _collect(self, connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(65536):
                    self.data += data
                    connection.sendall(b"ok")
            except OSError:
                pass
        self.closed += 1

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)
