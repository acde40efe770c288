"""Free loopback ports below the ephemeral range. A port of that range may be taken by any outgoing connection while its
server is down, and a probe of it can even connect to itself; restarting servers need ports nobody else is given."""

from __future__ import annotations

import random
import socket
from pathlib import Path

HOST = "127.0.0.1"
_given: set[int] = set()


def _ephemeral_start() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32768


def free_port() -> int:
    """A port nobody listens on and this process was not given before."""
    highest = _ephemeral_start() - 1
    lowest = max(1024, min(20000, highest - 10000))
    chooser = random.SystemRandom()
    for _ in range(1000):
        port = chooser.randint(lowest, highest)
        if port in _given:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise RuntimeError(f"no free loopback port between {lowest} and {highest}")


def answers(port: int, seconds: float = 0.5) -> bool:
    """Whether somebody accepts TCP on `port`."""
    try:
        with socket.create_connection((HOST, port), timeout=seconds):
            return True
    except OSError:
        return False
