"""What the kernel knows of a connection somebody else in this process opened (FFmpeg never tells): bytes the peer's
kernel acknowledged and bytes still waiting. Finds the socket, reads it, bounds its send buffer and breaks it off. Owned
by the sink's main thread; every answer is None where the platform has none."""

from __future__ import annotations

import array
import contextlib
import os
import socket
import stat
import struct
import sys
from collections.abc import Collection
from dataclasses import dataclass

_SYN_SENT = 2
_STATE_OFFSET = 0
_ACKED_OFFSET = 120
"""Of `tcpi_bytes_acked` in Linux's tcp_info, there since 4.1."""
_WINDOW_OFFSET = 228
"""Of `tcpi_snd_wnd`, there since 5.4."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at a connection. `acked` counts from its beginning, `waiting` is written but not acknowledged, `window`
    is what the peer's kernel would still take (None where ours does not tell)."""

    acked: int
    waiting: int
    window: int | None
    is_connected: bool


class Connection:
    """A second handle on a socket of this process. It keeps the socket alive after its owner closed it, so that one can
    still see who ended the connection; close it to let go."""

    def __init__(self, handle: socket.socket, number: int) -> None:
        self._handle = handle
        self.number = number

    def read(self) -> Reading | None:
        """None where the platform does not tell."""
        if sys.platform != "linux":
            return None
        import fcntl
        import termios

        try:
            facts = self._handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
            waiting = array.array("i", [0])
            fcntl.ioctl(self._handle.fileno(), termios.TIOCOUTQ, waiting)
        except OSError:
            return None
        if len(facts) < _ACKED_OFFSET + 8:
            return None
        state = facts[_STATE_OFFSET]
        return Reading(
            acked=struct.unpack_from("=Q", facts, _ACKED_OFFSET)[0],
            waiting=waiting[0],
            window=(struct.unpack_from("=I", facts, _WINDOW_OFFSET)[0] if len(facts) >= _WINDOW_OFFSET + 4 else None),
            is_connected=state != _SYN_SENT,
        )

    def bound_send_buffer(self, size: int) -> None:
        """At most about `size` bytes wait in the kernel (Linux doubles the number for its own needs)."""
        with contextlib.suppress(OSError):
            self._handle.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size // 2 if sys.platform == "linux" else size)

    def reset_at_close(self) -> None:
        """When the last handle closes, the peer is told at once that this is over (RST), and nothing lingers."""
        with contextlib.suppress(OSError):
            self._handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def break_off(self) -> None:
        """Wake whoever waits for this socket in this process, with an error."""
        with contextlib.suppress(OSError):
            self._handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of this handle."""
        with contextlib.suppress(OSError):
            self._handle.close()


def _open_numbers() -> list[int]:
    for folder in ("/proc/self/fd", "/dev/fd"):
        with contextlib.suppress(OSError, ValueError):
            return sorted(int(name) for name in os.listdir(folder))
    return list(range(3, 256))


def sockets() -> frozenset[int]:
    """Numbers of all sockets this process has open now; empty where they cannot be told from files."""
    if sys.platform == "win32":
        return frozenset()
    found = set()
    for number in _open_numbers():
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                found.add(number)
    return frozenset(found)


def find(except_for: Collection[int]) -> Connection | None:
    """The TCP connection this process opened lately: the one that is not among `except_for`."""
    for number in sorted(sockets() - set(except_for)):
        try:
            handle = socket.socket(fileno=os.dup(number))
        except OSError:
            continue
        if handle.family in (socket.AF_INET, socket.AF_INET6) and handle.type == socket.SOCK_STREAM:
            with contextlib.suppress(OSError):
                handle.getpeername()
                return Connection(handle, number)
        handle.close()
    return None
