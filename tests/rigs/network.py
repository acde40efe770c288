"""A network of our own: the studio in one namespace, a router in another, servers on this side, joined by virtual
cables. The router can swallow everything without a word (a black hole: no reset, no carrier lost) and be as slow as it
likes. Needs root. Any one thread; taken down whole at the end."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType

_NUMBERS = itertools.count(1)


def missing() -> str | None:
    """Why this rig cannot work here, or None."""
    if os.name != "posix" or os.getuid() != 0:
        return "only root may make network namespaces"
    absent = [program for program in ("ip", "tc") if shutil.which(program) is None]
    return f"not installed: {', '.join(absent)}" if absent else None


class Network:
    """`studio` words run a command inside; `server` is the address of this side as the studio sees it."""

    def __init__(self) -> None:
        number = next(_NUMBERS) % 200
        mark = f"{os.getpid() % 10_000}x{number}"
        self._studio, self._router = f"jts{mark}", f"jtr{mark}"
        self._outside = f"jto{mark}"
        self._near, self._far = f"10.77.{number}", f"10.78.{number}"
        self.server = f"{self._far}.1"
        self._files = Path("/etc/netns") / self._studio

    @property
    def words(self) -> list[str]:
        """Before a command that is to run in the studio's namespace."""
        return ["ip", "netns", "exec", self._studio]

    def __enter__(self) -> Network:
        for name in (self._studio, self._router):
            _do("ip", "netns", "add", name)
            _do("ip", "-n", name, "link", "set", "lo", "up")
        inside = f"{self._outside}a"
        _do("ip", "link", "add", inside, "netns", self._studio, "type", "veth", "peer", "near", "netns", self._router)
        _do("ip", "link", "add", self._outside, "type", "veth", "peer", "far", "netns", self._router)
        _do("ip", "-n", self._studio, "addr", "add", f"{self._near}.2/24", "dev", inside)
        _do("ip", "-n", self._router, "addr", "add", f"{self._near}.1/24", "dev", "near")
        _do("ip", "-n", self._router, "addr", "add", f"{self._far}.2/24", "dev", "far")
        _do("ip", "addr", "add", f"{self.server}/24", "dev", self._outside)
        for where, device in ((self._studio, inside), (self._router, "near"), (self._router, "far")):
            _do("ip", "-n", where, "link", "set", device, "up")
        _do("ip", "link", "set", self._outside, "up")
        _do("ip", "-n", self._studio, "route", "add", "default", "via", f"{self._near}.1")
        _do("ip", "route", "add", f"{self._near}.0/24", "via", f"{self._far}.2")
        _do("ip", "-n", self._router, "route", "add", "blackhole", "192.0.2.0/24")
        self._files.mkdir(parents=True)
        (self._files / "resolv.conf").write_text("nameserver 192.0.2.53\n")
        self.call()
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in (self._studio, self._router):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", self._outside], check=False, capture_output=True)
        shutil.rmtree(self._files, ignore_errors=True)

    def call(self, *names: str) -> None:
        """From now on the server has these names and no others; who asks for another hears nothing, for a long time."""
        lines = ["127.0.0.1 localhost", *(f"{self.server} {name}" for name in names)]
        # Written into the file that is there: it is mounted over the system's.
        (self._files / "hosts").write_text("\n".join(lines) + "\n")

    def black_hole(self) -> None:
        """From now on nothing comes through, and nobody is told."""
        self._forward(0)

    def open(self) -> None:
        """Everything comes through."""
        self._forward(1)

    def limit(self, kilobits: int | None) -> None:
        """What comes through towards the servers, per second; None for no limit."""
        device = ("-n", self._router, "qdisc")
        if kilobits is None:
            subprocess.run(["tc", *device, "del", "dev", "far", "root"], check=False, capture_output=True)
            return
        rate = ("rate", f"{kilobits}kbit", "burst", "16kb", "latency", "300ms")
        _do("tc", *device, "replace", "dev", "far", "root", "tbf", *rate)

    def _forward(self, value: int) -> None:
        _do("ip", "netns", "exec", self._router, "sh", "-c", f"echo {value} > /proc/sys/net/ipv4/ip_forward")


def _do(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, timeout=20)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
