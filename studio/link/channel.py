"""Connections between the processes of one home: a listening socket with a token, told in a 0600 file, and connections
that carry messages both ways. A slow or dead peer never stalls the sender: each connection has a bounded queue and
threads of its own, and is dropped when its queue overflows. AF_UNIX where there is one, else loopback TCP."""

from __future__ import annotations

import contextlib
import hmac
import json
import logging
import os
import queue
import secrets
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio import paths
from studio.link import process
from studio.link.wire import Decoder, WireError, frame_message

log = logging.getLogger(__name__)

QUEUE_MESSAGES = 10_000
HELLO_BYTES = 64 * 1024
HELLO_SECONDS = 5.0


class NotThere(Exception):
    """Nobody listens under that name in this home."""


class Connection:
    """One peer. `role` is what it said it is; messages arrive through `on_message` in the reader's thread."""

    def __init__(self, sock: socket.socket, role: str, peer_pid: int) -> None:
        self.role = role
        self.peer_pid = peer_pid
        self._socket = sock
        self._outgoing: queue.Queue[dict[str, Any] | None] = queue.Queue(QUEUE_MESSAGES)
        self._replies: dict[int, queue.Queue[dict[str, Any]]] = {}
        self._next_id = 0
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._drained = threading.Event()

    def start(
        self,
        on_message: Callable[[Connection, dict[str, Any]], None],
        on_close: Callable[[Connection], None],
        decoder: Decoder,
    ) -> None:
        """Begins reading and writing."""
        threading.Thread(target=self._read, args=(on_message, on_close, decoder), daemon=True).start()
        threading.Thread(target=self._write, daemon=True).start()

    @property
    def is_open(self) -> bool:
        """False once either side has closed."""
        return not self._closed.is_set()

    def send(self, message: dict[str, Any]) -> None:
        """Queues a message; a peer that does not read is dropped rather than waited for."""
        try:
            self._outgoing.put_nowait(message)
        except queue.Full:
            log.warning("a %s does not read its messages: dropped", self.role)
            self.close()

    def ask(self, message: dict[str, Any], timeout: float) -> dict[str, Any]:
        """Sends a question and waits for its answer; NotThere when the peer goes away, TimeoutError when it is
        silent."""
        answers: queue.Queue[dict[str, Any]] = queue.Queue(1)
        with self._lock:
            self._next_id += 1
            identity = self._next_id
            self._replies[identity] = answers
        self.send({**message, "id": identity})
        try:
            answer = answers.get(timeout=timeout)
        except queue.Empty:
            if not self.is_open:
                raise NotThere(self.role) from None
            raise TimeoutError(f"no answer from the {self.role}") from None
        finally:
            with self._lock:
                self._replies.pop(identity, None)
        if answer.get("gone"):
            raise NotThere(self.role)
        return answer

    def close(self) -> None:
        """Ends both directions."""
        if not self._closed.is_set():
            self._closed.set()
            with contextlib.suppress(OSError):  # already gone: nothing to end
                self._socket.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(queue.Full):  # the writer notices the closed socket by itself
                self._outgoing.put_nowait(None)

    def flush_and_close(self, timeout: float = 1.0) -> None:
        """Lets queued messages leave before closing."""
        self.send({"_drained": True})
        self._drained.wait(timeout)
        self.close()

    def _read(
        self,
        on_message: Callable[[Connection, dict[str, Any]], None],
        on_close: Callable[[Connection], None],
        decoder: Decoder,
    ) -> None:
        try:
            for message in decoder.feed(b""):
                self._deliver(message, on_message)
            while data := self._socket.recv(65536):
                for message in decoder.feed(data):
                    self._deliver(message, on_message)
        except (OSError, WireError) as error:
            log.debug("connection to a %s ended: %s", self.role, type(error).__name__)
        finally:
            self.close()
            with self._lock:
                waiting = list(self._replies.values())
            for answers in waiting:
                with contextlib.suppress(queue.Full):  # it has its answer
                    answers.put_nowait({"gone": True})
            on_close(self)

    def _deliver(self, message: object, on_message: Callable[[Connection, dict[str, Any]], None]) -> None:
        if not isinstance(message, dict):
            raise WireError("packets do not travel here")
        reply = message.get("reply_to")
        if reply is not None:
            with self._lock:
                answers = self._replies.get(reply)
            if answers is not None:
                answers.put_nowait(message)
        else:
            on_message(self, message)

    def _write(self) -> None:
        try:
            while (message := self._outgoing.get()) is not None:
                if "_drained" in message:
                    self._drained.set()
                    continue
                self._socket.sendall(frame_message(message))
        except OSError:
            self.close()
        finally:
            self._socket.close()


class Listener:
    """The door of one process: `run/NAME.json` tells others where it is."""

    def __init__(
        self,
        name: str,
        on_open: Callable[[Connection], None],
        on_message: Callable[[Connection, dict[str, Any]], None],
        on_close: Callable[[Connection], None],
        **told: Any,
    ) -> None:
        self._on_open, self._on_message, self._on_close = on_open, on_message, on_close
        self._token = secrets.token_hex(24)
        self._path = paths.runtime() / f"{name}.json"
        self._server, address = _listening_socket(name)
        self._address = address
        started = process.start_time(os.getpid())
        content = {"pid": os.getpid(), "started": started, "socket": address, "token": self._token, **told}
        _write_private(self._path, json.dumps(content))
        threading.Thread(target=self._accept, daemon=True, name=f"door-{name}").start()

    def close(self) -> None:
        """No new connections; the file goes, if it is still ours."""
        try:
            if json.loads(self._path.read_text()).get("token") == self._token:
                self._path.unlink()
        except (OSError, ValueError):
            pass  # a successor has written its own
        self._server.close()
        if isinstance(self._address, str):
            Path(self._address).unlink(missing_ok=True)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._greet, args=(sock,), daemon=True).start()

    def _greet(self, sock: socket.socket) -> None:
        decoder = Decoder(HELLO_BYTES)
        try:
            sock.settimeout(HELLO_SECONDS)
            hello = None
            while hello is None:
                data = sock.recv(4096)
                if not data:
                    sock.close()
                    return
                hello = next(iter(decoder.feed(data)), None)
            sock.settimeout(None)
        except (OSError, WireError):
            sock.close()
            return
        if not isinstance(hello, dict) or not hmac.compare_digest(str(hello.get("token")), self._token):
            sock.close()
            return
        decoder.allow_more()
        connection = Connection(sock, str(hello.get("hello"))[:20], int(hello.get("pid") or 0))
        connection.send({"welcome": os.getpid()})
        self._on_open(connection)
        connection.start(self._on_message, self._on_close, decoder)


def address_of(name: str) -> dict[str, Any]:
    """What `run/NAME.json` tells; NotThere where there is none or its process is gone."""
    try:
        told = json.loads((paths.runtime() / f"{name}.json").read_text())
        pid, started = int(told["pid"]), told["started"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotThere(name) from error
    if not process.is_same(pid, started):
        raise NotThere(name)
    return dict(told)


def connect(
    name: str,
    role: str,
    on_message: Callable[[Connection, dict[str, Any]], None] = lambda connection, message: None,
    on_close: Callable[[Connection], None] = lambda connection: None,
) -> Connection:
    """A connection to the process of that name in this home; NotThere where it does not answer."""
    told = address_of(name)
    address = told["socket"]
    family = socket.AF_INET if isinstance(address, list) else socket.AF_UNIX
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(3.0)
        sock.connect(tuple(address) if isinstance(address, list) else address)
        sock.sendall(frame_message({"hello": role, "token": told["token"], "pid": os.getpid()}))
        decoder = Decoder()
        while True:
            data = sock.recv(65536)
            if not data:
                raise NotThere(name)
            messages = list(decoder.feed(data))
            if messages:
                break
        sock.settimeout(None)
    except (OSError, WireError) as error:
        sock.close()
        raise NotThere(name) from error
    connection = Connection(sock, name, int(told["pid"]))
    for message in messages[1:]:
        if isinstance(message, dict):
            on_message(connection, message)
    connection.start(on_message, on_close, decoder)
    return connection


def _listening_socket(name: str) -> tuple[socket.socket, str | list[Any]]:
    if not hasattr(socket, "AF_UNIX"):
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        server.bind(("127.0.0.1", 0))
        server.listen(64)
        return server, list(server.getsockname())
    path = paths.socket_folder() / f"{name}-{os.getpid()}"
    path.unlink(missing_ok=True)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(path))
    path.chmod(0o600)
    server.listen(64)
    return server, str(path)


def _write_private(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    temporary.replace(path)
