"""A TCP proxy that misbehaves on order, to put between our sinks and a server: passes, keeps silent, resets, stalls,
limits the rate, delays, cuts off or corrupts after so many bytes, or swallows everything. asyncio in a thread of its
own; the faults may be changed at any time from any thread and apply to open and new connections from the next block on.
Buffers are kept small, so that a stall reaches the client's own send queue within some 100 KB."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Literal, TypeAlias

from tests.rigs.ports import HOST, free_port

Mode: TypeAlias = Literal["pass", "silent", "reset", "refuse", "black hole"]
"""silent: bytes are taken and thrown away, nothing is answered; when healed such a connection is reset. reset: RST at
once, open connections too. refuse: open connections reset, then nobody listens. black hole: connections stay open,
nothing is read or written until healed (connecting itself still succeeds; see `black_hole` for an address that does not
answer)."""

BLOCK = 16384
NARROW = 1024
BUFFER = 32768
DELAYED_BLOCKS = 256


@dataclass(frozen=True)
class Faults:
    """What happens to bytes on their way to the server (`delay` on the way back too). Times in seconds, all off at
    first. `truncate_at` (then closed) and `corrupt_at` (one byte inverted) count the bytes of each connection."""

    mode: Mode = "pass"
    stall: float = 0.0
    stall_every: float = 0.0
    rate: int | None = None
    delay: float = 0.0
    truncate_at: int | None = None
    corrupt_at: int | None = None


@dataclass
class Counters:
    connections: int = 0
    open: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    resets: int = 0
    truncated: int = 0
    corrupted: int = 0


class FaultProxy:
    """`FaultProxy(port_of_server)`; connect to `.port`; steer with `.set(rate=125_000)` and `.heal()`."""

    def __init__(self, target_port: int, **faults: Any) -> None:
        self.port = free_port()
        self.counters = Counters()
        self.faults = Faults(**faults)
        self._target_port = target_port
        self._begun = self._filled = time.monotonic()
        self._tokens = 0.0
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault proxy", daemon=True)
        self._thread.start()
        self._call(self._apply())

    def __enter__(self) -> FaultProxy:
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

    # --- steering ---

    def set(self, **faults: Any) -> None:
        """Change some faults, keep the others. The clock of stalls starts again."""
        self.faults = replace(self.faults, **faults)
        self._begun = time.monotonic()
        self._call(self._apply())

    def heal(self) -> None:
        """Everything passes again; connections that lived through a black hole or a stall go on."""
        self.faults = Faults()
        self._call(self._apply())

    def reset_now(self) -> None:
        """RST to all open connections once; new ones pass."""
        self._call(self._reset_all())

    def close(self) -> None:
        if self._loop.is_closed():
            return
        self._call(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _apply(self) -> None:
        if self.faults.mode == "refuse":
            if self._server is not None:
                self._server.close()
                self._server = None
        elif self._server is None:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            listener.bind((HOST, self.port))
            self._server = await asyncio.start_server(self._welcome, sock=listener, limit=BLOCK)
        if self.faults.mode in ("reset", "refuse"):
            await self._reset_all()

    async def _reset_all(self) -> None:
        for writer in list(self._writers):
            self._reset(writer)

    def _reset(self, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.counters.resets += 1
        writer.transport.abort()

    async def _finish(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        writers = list(self._writers)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), 1)

    # --- connections ---

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.counters.connections += 1
        self.counters.open += 1
        self._writers.add(writer)
        onward: asyncio.StreamWriter | None = None
        try:
            if self.faults.mode == "reset":
                self._reset(writer)
                return
            await self._while_swallowed()
            if self.faults.mode == "silent":
                await self._throw_away(reader)
                self._reset(writer)
                return
            back, onward = await asyncio.open_connection(HOST, self._target_port, limit=BLOCK)
            onward.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
            onward.transport.set_write_buffer_limits(high=0)
            writer.transport.set_write_buffer_limits(high=0)
            self._writers.add(onward)
            await self._until_one_ends(
                self._up(reader, onward, writer),
                self._down(back, writer),
            )
        except (OSError, asyncio.CancelledError):
            pass  # the end of a connection, or of the proxy
        finally:
            self.counters.open -= 1
            for one in (writer, onward):
                if one is not None:
                    self._writers.discard(one)
                    one.close()

    async def _until_one_ends(self, *ways: Coroutine[Any, Any, None]) -> None:
        running = [asyncio.ensure_future(way) for way in ways]
        try:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in running:
                way.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _throw_away(self, reader: asyncio.StreamReader) -> None:
        """Swallow until healed or the client leaves."""
        while self.faults.mode == "silent":
            try:
                if not await asyncio.wait_for(reader.read(BLOCK), 0.1):
                    return
            except TimeoutError:
                continue

    async def _delayed(self, reader: asyncio.StreamReader, line: asyncio.Queue[tuple[float, bytes]]) -> None:
        """Read into a line of blocks with the moment each is due; without delay the line holds one block."""
        data = b"first"
        while data:
            while line.qsize() >= (DELAYED_BLOCKS if self.faults.delay else 1):
                await asyncio.sleep(0.002)
            await self._while_swallowed()
            data = await reader.read(NARROW if self.faults.rate else BLOCK)
            await line.put((time.monotonic() + self.faults.delay, data))

    async def _next(self, line: asyncio.Queue[tuple[float, bytes]]) -> bytes:
        due, data = await line.get()
        while (left := due - time.monotonic()) > 0:
            await asyncio.sleep(left)
        await self._while_swallowed()
        return data

    async def _up(
        self, reader: asyncio.StreamReader, onward: asyncio.StreamWriter, writer: asyncio.StreamWriter
    ) -> None:
        line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        reading = asyncio.ensure_future(self._delayed(reader, line))
        reading.add_done_callback(lambda done: line.put_nowait((0.0, b"")) if not done.cancelled() else None)
        sent = 0
        try:
            while data := await self._next(line):
                if self.faults.mode == "silent":
                    reading.cancel()
                    await asyncio.gather(reading, return_exceptions=True)
                    await self._throw_away(reader)
                    self._reset(writer)
                    return
                await self._while_stalled()
                faults = self.faults
                if faults.corrupt_at is not None and sent <= faults.corrupt_at < sent + len(data):
                    damaged = bytearray(data)
                    damaged[faults.corrupt_at - sent] ^= 0xFF
                    data = bytes(damaged)
                    self.counters.corrupted += 1
                cut = faults.truncate_at is not None and sent + len(data) > faults.truncate_at
                if cut and faults.truncate_at is not None:
                    data = data[: max(0, faults.truncate_at - sent)]
                    self.counters.truncated += 1
                await self._paced(len(data))
                onward.write(data)
                await onward.drain()
                sent += len(data)
                self.counters.bytes_up += len(data)
                if cut:
                    return
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _down(self, back: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        reading = asyncio.ensure_future(self._delayed(back, line))
        reading.add_done_callback(lambda done: line.put_nowait((0.0, b"")) if not done.cancelled() else None)
        try:
            while data := await self._next(line):
                while self.faults.mode == "silent":
                    await asyncio.sleep(0.02)
                writer.write(data)
                await writer.drain()
                self.counters.bytes_down += len(data)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _while_swallowed(self) -> None:
        while self.faults.mode == "black hole":
            await asyncio.sleep(0.02)

    async def _while_stalled(self) -> None:
        """For the first `stall` seconds of every `stall_every` nothing moves; without `stall_every` just once."""
        while True:
            faults = self.faults
            into = time.monotonic() - self._begun
            if faults.stall_every:
                into %= faults.stall_every
            if not faults.stall or into >= faults.stall:
                return
            await asyncio.sleep(min(0.02, faults.stall - into))

    async def _paced(self, count: int) -> None:
        """One bucket for all connections: `rate` bytes per second, at most 50 ms of them at once."""
        while (rate := self.faults.rate) is not None:
            now = time.monotonic()
            self._tokens = min(self._tokens + (now - self._filled) * rate, max(rate * 0.05, count))
            self._filled = now
            if self._tokens >= count:
                self._tokens -= count
                return
            await asyncio.sleep((count - self._tokens) / rate)
