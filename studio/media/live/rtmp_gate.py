"""Who may push to a `listen:` source. FFmpeg's own listener takes any stream name from anybody and waits for ever for
one who says nothing; so it listens on loopback only, and this gate stands in front: it passes bytes on, reads the name
in the RTMP `publish` command (AMF 0, Adobe's RTMP specification 1.0) before FFmpeg does, and shuts where the name is
another or does not come in time. One caller at a time; others are turned away. Owned by the grabber's thread, with two
threads per admitted caller."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

MARK = b"\x02\x00\x07publish"
NAME_AFTER = len(MARK) + 9 + 1  # a number (the transaction) and null stand between
RTMP_VERSION = b"\x03"
OPENING_BYTES = 1 + 1536
GREETING_SECONDS = 5.0
LOOK_SECONDS = 0.1
BLOCK_BYTES = 1 << 16
MOST_GREETING_BYTES = 1 << 18


def published_name(data: bytes) -> tuple[str | None, int]:
    """The name in a `publish` command and how many of the bytes may be passed on before it is known. None: it is not
    there, or not whole yet."""
    at = data.find(MARK)
    if at < 0:
        # The beginning of the mark may be the end of what came.
        held = next((n for n in range(len(MARK) - 1, 0, -1) if data.endswith(MARK[:n])), 0)
        return None, len(data) - held
    name = data[at + NAME_AFTER :]
    if len(name) < 3:
        return None, at
    length = int.from_bytes(name[1:3], "big")
    if name[0] != 2 or len(name) < 3 + length:
        return ("" if name[0] != 2 else None), at
    return name[3 : 3 + length].decode("utf-8", "replace").partition("?")[0], at


class RtmpGate:
    """Open at `port` from the start on; OSError where that is taken. `inner` is the port FFmpeg listens at."""

    def __init__(self, port: int, name: str, inner: int) -> None:
        self._name = name
        self._inner = inner
        self._closing = threading.Event()
        self._busy = threading.Lock()
        self._ends: list[socket.socket] = []
        self._door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._door.bind(("0.0.0.0", port))
            self._door.listen(4)
            self._door.settimeout(LOOK_SECONDS)
        except OSError:
            self._door.close()
            raise
        self._accepting = threading.Thread(target=self._accept, name="rtmp-gate", daemon=True)
        self._accepting.start()

    def close(self) -> None:
        """Nobody comes in any more, and whoever is inside is cut off. The port is free when this returns."""
        self._closing.set()
        _cut(*self._ends)
        self._accepting.join(2.0)
        self._door.close()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                caller, _ = self._door.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            if not self._busy.acquire(blocking=False):
                caller.close()
                continue
            threading.Thread(target=self._serve, args=(caller,), name="rtmp-caller", daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        try:
            with caller:
                self._ends = [caller]
                opening = _opening_of(caller)
                if opening:
                    self._let_in(caller, opening)
        except OSError:
            return  # a caller that went, or a listener that is not there yet: the caller may come again
        finally:
            self._ends = []
            self._busy.release()

    def _let_in(self, caller: socket.socket, opening: bytes) -> None:
        with socket.create_connection(("127.0.0.1", self._inner), GREETING_SECONDS) as inside:
            self._ends = [caller, inside]
            inside.settimeout(None)
            inside.sendall(opening)
            threading.Thread(target=_pass_on, args=(inside, caller), name="rtmp-answers", daemon=True).start()
            try:
                if self._greet(caller, inside):
                    caller.settimeout(None)
                    _pass_on(caller, inside)
            finally:
                _cut(caller, inside)

    def _greet(self, caller: socket.socket, inside: socket.socket) -> bool:
        """Everything up to the `publish` command; whether it is meant for us."""
        deadline = time.monotonic() + GREETING_SECONDS
        held, total = b"", 0
        while total < MOST_GREETING_BYTES:
            caller.settimeout(max(0.01, deadline - time.monotonic()))
            block = caller.recv(BLOCK_BYTES)
            if not block or time.monotonic() > deadline:
                return False
            total += len(block)
            held += block
            name, free = published_name(held)
            if name is not None:
                if name != self._name:
                    return False
                inside.sendall(held)
                return True
            inside.sendall(held[:free])
            held = held[free:]
        return False


def _opening_of(caller: socket.socket) -> bytes:
    """The version and the first part of the RTMP handshake, which every publisher sends before it hears anything; empty
    for one who only tries whether the port is open. FFmpeg's listener would give up over such a one."""
    deadline = time.monotonic() + GREETING_SECONDS
    opening = b""
    while len(opening) < OPENING_BYTES:
        caller.settimeout(max(0.01, deadline - time.monotonic()))
        block = caller.recv(OPENING_BYTES - len(opening))
        if not block or (opening or block)[:1] != RTMP_VERSION:
            return b""
        opening += block
    return opening


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    """Bytes as they come, until either side ends; then the other is told."""
    try:
        while block := source.recv(BLOCK_BYTES):
            target.sendall(block)
    except OSError:
        pass  # whoever went, the other one is told
    _cut(target)


def _cut(*ends: socket.socket) -> None:
    """Closing alone would not wake a thread that reads there, nor tell the other side."""
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
