"""A real nginx-rtmp on free loopback ports with all its files in one folder: the platform of our tests. Application
`live` records all it receives. It can be stopped, killed, frozen (worker SIGSTOP: TCP stays open, nothing is read) and
told to refuse stream names. Ports stay the same over restarts. A test that publishes with PyAV should do so in another
process: opening an RTMP output holds the interpreter. Its folder holds stream names in plain text, so keep it outside
of folders that are searched for leaked keys. Not thread-safe; any one thread."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import TracebackType

from tests.rigs.nginx_setup import APPLICATION, CONFIGURATION, missing, rtmp_module
from tests.rigs.ports import HOST, answers, free_port
from tests.rigs.processes import alive
from tests.rigs.publish_gate import file_name
from tests.rigs.rtmp_statistics import Asked, StreamState, parse_asked, parse_streams
from tests.rigs.waiting import wait_for

__all__ = ["Asked", "RtmpServer", "StreamState", "missing"]


class RtmpServer:
    """One nginx with one application; `outside` is one more address it listens at, `extra` are more lines
    for the application block."""

    def __init__(
        self, folder: Path, *, drop_idle_publisher: str | None = None, extra: str = "", outside: str = ""
    ) -> None:
        self.folder = folder.absolute()
        self.rtmp_port = free_port()
        self.stat_port = free_port()
        self._gate_port = free_port()
        self._gate: subprocess.Popen[bytes] | None = None
        self._master: subprocess.Popen[bytes] | None = None
        self._frozen = False
        for name in ("recordings", "temporary", "gate/refused", "gate/silent"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        if drop_idle_publisher:
            extra = f"drop_idle_publisher {drop_idle_publisher}; {extra}"
        self._configuration = self.folder / "nginx.conf"
        self._configuration.write_text(
            CONFIGURATION.format(
                module=rtmp_module() or "",
                user="root" if os.getuid() == 0 else "nobody",
                folder=self.folder,
                host=HOST,
                rtmp_port=self.rtmp_port,
                stat_port=self.stat_port,
                gate_port=self._gate_port,
                application=APPLICATION,
                extra=extra,
                outside=f"listen {outside}:{self.rtmp_port};" if outside else "",
            )
        )

    def __enter__(self) -> RtmpServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- addresses ---

    @property
    def address(self) -> str:
        """Server address without a stream name, as a platform prints it."""
        return f"rtmp://{HOST}:{self.rtmp_port}/{APPLICATION}"

    def url(self, name: str) -> str:
        return f"{self.address}/{name}"

    # --- life ---

    def start(self) -> None:
        """Start and return when both ports answer; nothing happens if it runs."""
        if self.running():
            return
        atexit.register(self.close)
        self._start_gate()
        with (self.folder / "output.log").open("ab") as output:
            self._master = subprocess.Popen(
                ["nginx", "-p", f"{self.folder}/", "-c", str(self._configuration), "-e", f"{self.folder}/error.log"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._frozen = False

        def ready() -> bool:
            if not self.running():
                raise RuntimeError(f"nginx left at once:\n{self.log()}")
            return answers(self.rtmp_port) and self._statistics_text(1.0) is not None

        wait_for(ready, 10, lambda: f"nginx answers\n{self.log()}")

    def _start_gate(self) -> None:
        if self._gate is not None and self._gate.poll() is None:
            return
        script = Path(__file__).with_name("publish_gate.py")
        self._gate = subprocess.Popen(
            [sys.executable, "-I", str(script), str(self.folder / "gate"), str(self._gate_port)],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_for(lambda: answers(self._gate_port), 10, "the publish gate answers")

    def running(self) -> bool:
        return self._master is not None and self._master.poll() is None

    def worker(self) -> int | None:
        """Process id of the one worker."""
        if not self.running() or self._master is None:
            return None
        children = Path(f"/proc/{self._master.pid}/task/{self._master.pid}/children")
        try:
            found = children.read_text().split()
        except OSError:
            return None
        return int(found[0]) if found else None

    def stop(self) -> None:
        """Fast shutdown: connections are closed, the ports refuse."""
        self.thaw()
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Both processes die at once without a word of RTMP; the kernel closes the connections."""
        worker = self.worker()
        if self._master is not None:
            self._signal(self._master.pid, signal.SIGKILL)
        if worker is not None:
            self._signal(worker, signal.SIGKILL)
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        master, worker = self._master, self.worker()
        if master is None:
            return
        if master.poll() is None:
            master.send_signal(how)
        try:
            master.wait(5)
        except subprocess.TimeoutExpired:
            master.kill()
            master.wait(5)
        if worker is not None:
            try:
                wait_for(lambda: not alive(worker), 3, "the nginx worker has left")
            except TimeoutError:
                self._signal(worker, signal.SIGKILL)
        wait_for(lambda: not answers(self.rtmp_port), 5, "the RTMP port refuses")
        self._master = None
        self._frozen = False

    def restart(self) -> None:
        self.stop()
        self.start()

    def freeze(self) -> None:
        """SIGSTOP: connections stay open, new ones are still accepted by the kernel, nothing is read or answered."""
        worker = self.worker()
        if worker is None:
            raise RuntimeError("nginx does not run")
        os.kill(worker, signal.SIGSTOP)
        self._frozen = True

    def thaw(self) -> None:
        worker = self.worker()
        if self._frozen and worker is not None:
            os.kill(worker, signal.SIGCONT)
        self._frozen = False

    def close(self) -> None:
        """Stop everything of this rig; also called at exit."""
        self.stop()
        if self._gate is not None:
            self._gate.kill()
            self._gate.wait(5)
            self._gate = None
        atexit.unregister(self.close)

    @staticmethod
    def _signal(process: int, how: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, how)

    # --- the gate ---

    def refuse(self, name: str) -> None:
        """From now on publishing under `name` is refused (a wrong or expired key)."""
        (self.folder / "gate" / "refused" / file_name(name)).touch()

    def accept(self, name: str) -> None:
        (self.folder / "gate" / "refused" / file_name(name)).unlink(missing_ok=True)

    def keep_silent(self, name: str, silent: bool = True) -> None:
        """While silent, a publish of `name` gets no answer at all: the handshake is done, then nothing."""
        path = self.folder / "gate" / "silent" / file_name(name)
        if silent:
            path.touch()
        else:
            path.unlink(missing_ok=True)

    def asked(self, name: str | None = None, call: str = "publish") -> list[Asked]:
        """Who asked at the gate, in order; refused ones too."""
        path = self.folder / "gate" / "asked"
        found = parse_asked(path.read_text()) if path.exists() else []
        return [one for one in found if one.call == call and name in (None, one.name)]

    # --- what it sees ---

    def _statistics_text(self, seconds: float) -> bytes | None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://{HOST}:{self.stat_port}/stat", timeout=seconds) as reply:
                text: bytes = reply.read()
                return text
        except OSError:
            return None

    def streams(self) -> dict[str, StreamState] | None:
        """Streams by name as nginx's statistics page tells; None if it does not answer (down or frozen)."""
        text = None if self._frozen else self._statistics_text(2.0)
        return None if text is None else parse_streams(text)

    def published(self, name: str) -> bool:
        """Whether somebody publishes `name` now and media has arrived; False if the server cannot say."""
        state = (self.streams() or {}).get(name)
        return state is not None and state.publishing and state.bytes_in > 0

    def wait_published(self, name: str, seconds: float = 10.0) -> float:
        """Wait until `name` is published; returns the seconds this took."""
        begun = time.monotonic()
        wait_for(lambda: self.published(name), seconds, lambda: f"{name!r} published\n{self.log()}", every=0.05)
        return time.monotonic() - begun

    def wait_unpublished(self, name: str, seconds: float = 10.0) -> None:
        def is_gone() -> bool:
            streams = self.streams()
            return streams is not None and (name not in streams or not streams[name].publishing)

        wait_for(is_gone, seconds, lambda: f"{name!r} gone\n{self.log()}", every=0.05)

    def recordings(self, name: str) -> list[Path]:
        """What the server recorded of `name`, one file per publishing, oldest first; the last may still grow."""
        pattern = re.compile(re.escape(name) + r"-(\d+)(?:\.(\d+))?\.flv")
        found = []
        for path in (self.folder / "recordings").iterdir():
            parts = pattern.fullmatch(path.name)
            if parts:
                found.append((int(parts[1]), int(parts[2]) if parts[2] else sys.maxsize, path))
        return [path for _, _, path in sorted(found)]

    def finished_recordings(self, name: str) -> list[Path]:
        """The same once nobody publishes `name` any more: the server may be behind us by what its socket holds."""
        self.wait_unpublished(name)
        return self.recordings(name)

    def log(self, lines: int = 40) -> str:
        """The end of nginx's own words, for a failing test."""
        words = []
        for name in ("output.log", "error.log"):
            path = self.folder / name
            if path.exists():
                words += [f"{name}: {line}" for line in path.read_text(errors="replace").splitlines()[-lines:]]
        return "\n".join(words)
