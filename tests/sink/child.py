"""A sink as the engine sees it: a child process with frames on its stdin and stdout. A thread reads what it says with
the time it said it; nothing here waits without a limit."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from studio.link.wire import Decoder, frame_message, frame_packet
from studio.model.packet import Packet
from tests.rigs.waiting import ALLOWANCE, wait_for

COMMAND = [sys.executable, "-m", "studio", "sink"]
ROOT = Path(__file__).resolve().parents[2]


class SinkChild:
    """One sink process."""

    def __init__(self, log: Path, environment: dict[str, str] | None = None) -> None:
        self.log = log
        self.said: list[tuple[float, dict[str, Any]]] = []
        self.raw = bytearray()
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                bufsize=0,
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
            )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._feeder: threading.Thread | None = None
        self.fed: list[tuple[float, Packet]] = []
        self._stop_feeding = threading.Event()

    def __enter__(self) -> SinkChild:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_feeding.set()
        self.process.kill()
        self.process.wait(5)
        self._listener.join(5)
        if self._feeder is not None:
            self._feeder.join(5)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        decoder = Decoder()
        while data := self.process.stdout.read(65536):
            self.raw += data
            for message in decoder.feed(data):
                assert isinstance(message, dict)
                self.said.append((time.monotonic(), message))

    # --- to the sink ---

    def _write(self, data: bytes) -> bool:
        assert self.process.stdin is not None
        view = memoryview(data)
        try:
            while view:
                view = view[self.process.stdin.write(view) :]
        except (OSError, ValueError):
            return False
        return True

    def tell(self, **message: Any) -> None:
        self._write(frame_message(message))

    def give(self, packets: Iterable[Packet]) -> None:
        """As fast as it takes them; may block for as long as it does not."""
        for packet in packets:
            if not self._write(frame_packet(packet)):
                return
            self.fed.append((time.monotonic(), packet))

    def feed(self, packets: Iterable[Packet], rate: int, speed: float = 1.0) -> None:
        """In the background, in the time of the broadcast, until the packets end or the sink is gone."""

        def work() -> None:
            begun: float | None = None
            origin = 0.0
            for packet in packets:
                seconds = packet.pts / rate if packet.stream == 0 else packet.pts / 48000
                if begun is None:
                    begun, origin = time.monotonic(), seconds
                due = begun + (seconds - origin) / speed
                if self._stop_feeding.wait(max(0.0, due - time.monotonic())):
                    return
                if not self._write(frame_packet(packet)):
                    return
                self.fed.append((time.monotonic(), packet))

        self._feeder = threading.Thread(target=work, daemon=True)
        self._feeder.start()

    def stop_feeding(self) -> None:
        self._stop_feeding.set()
        if self._feeder is not None:
            self._feeder.join(10)
        self._feeder = None
        self._stop_feeding.clear()

    def end_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    # --- from the sink ---

    def find(self, say: str, **fields: Any) -> tuple[float, dict[str, Any]] | None:
        for when, message in list(self.said):
            if message["say"] == say and all(message.get(name) == value for name, value in fields.items()):
                return when, message
        return None

    def wait(self, say: str, seconds: float = 10.0, **fields: Any) -> tuple[float, dict[str, Any]]:
        """The first such message and when it was said; `seconds` is the goal."""

        def words() -> str:
            return f"{say} {fields}\nsaid: {[m for _, m in self.said][-5:]}\n{self.log.read_text()}"

        return wait_for(lambda: self.find(say, **fields), seconds * ALLOWANCE, words)

    def states(self) -> list[tuple[float, dict[str, Any]]]:
        return [(when, message) for when, message in list(self.said) if message["say"] == "state"]

    def last_state(self) -> dict[str, Any]:
        return self.states()[-1][1]

    def code(self, seconds: float = 5.0) -> int:
        """Wait for the end; everything said has been read afterwards."""
        code = self.process.wait(seconds * ALLOWANCE)
        self._listener.join(5)
        return code
