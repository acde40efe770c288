"""One destination in a process of its own, made to be killed: encoded packets come in by stdin, one container goes out
to one place, and what becomes of it is said on stdout. Three threads: the reader takes frames into a bounded hand-over,
the muxer writes them (FFmpeg may block it for as long as it likes), the main thread watches, speaks, and ends the
process when the other two hang. Nobody waits for a thread that does not come back."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio.link import durable, kernel_queue, process, reach
from studio.link.hand_over import HandOver
from studio.link.speech import Mouth, messages
from studio.link.wire import Message, WireError
from studio.media.container.part_file import RANGE_BYTES
from studio.media.container.publication import Publication, Server
from studio.media.container.recording import Recording
from studio.media.container.tracks import Failure
from studio.model.packet import VIDEO, Packet
from studio.model.time import RATES, SAMPLE_RATE

LOOK_SECONDS = 0.1
FILE_LOOK_SECONDS = 0.2
SAY_SECONDS = 0.2
LOOKING_SECONDS = 6.0
"""For the look before the connection (names, TCP, TLS); its parts but the names have shorter limits of their own."""

NETWORK_QUEUE_SECONDS = 0.5
FILE_QUEUE_BYTES = 64 << 20
FILE_STILL_SECONDS = 5.0
"""A full queue and a disk that took nothing for so long: the part is given up, the engine must not wait for ever."""

STALL_SECONDS = 1.0
DRAIN_SECONDS = 1.2
DRAIN_SECONDS_ALONE = 0.6
CLOSE_SECONDS = 0.8
"""Close asked, or end of input (the engine is gone): so long for what is on its way, then for the good-bye."""


class Session:
    """What both kinds of destinations share: reading, the muxer thread's frame, the end."""

    look_seconds = LOOK_SECONDS

    def __init__(self, mouth: Mouth, rate: int, hand_over: HandOver[Packet]) -> None:
        self.mouth = mouth
        self.rate = rate
        self.hand_over = hand_over
        self.taken_seconds: float | None = None
        self.ended_at: float | None = None
        self.is_alone = False
        self.is_done = threading.Event()
        self.failure: Exception | None = None
        self._last_said: tuple[Any, ...] = ()
        self._said_at = 0.0

    # --- what a kind of destination fills in ---

    def open(self) -> None:
        """Muxer thread: whatever comes before the first packet."""
        raise NotImplementedError

    def write(self, packet: Packet) -> None:
        """Muxer thread."""
        raise NotImplementedError

    def finish(self) -> None:
        """Muxer thread: the ordinary end."""
        raise NotImplementedError

    def look(self, now: float) -> Failure | None:
        """Main thread, at least five times a second: a reason to give up, or None."""
        raise NotImplementedError

    def meaning(self, error: Exception) -> Failure:
        """Main thread: what the muxer thread's exception means."""
        raise NotImplementedError

    def facts(self, now: float) -> dict[str, Any]:
        """Main thread: the state as the contract words it."""
        raise NotImplementedError

    def ending(self) -> dict[str, Any]:
        """Main thread: the last words after an ordinary end."""
        raise NotImplementedError

    def give_up(self) -> None:
        """Main thread, before the process leaves with a failure."""

    # --- threads ---

    def _read(self, source: Iterator[Message]) -> None:
        try:
            for message in source:
                if isinstance(message, Packet):
                    rate = self.rate if message.stream == VIDEO else SAMPLE_RATE
                    self.taken_seconds = max(self.taken_seconds or 0.0, (message.pts + message.duration) / rate)
                    if not self.hand_over.put(message, len(message.data)):
                        return
                elif message.get("do") == "close":
                    break
            else:
                self.is_alone = True
        except (WireError, OSError) as error:
            self.is_alone = True
            sys.stderr.write(f"input: {process.name_of(error)}\n")
        finally:
            self.ended_at = time.monotonic()
            self.hand_over.end()

    def _mux(self) -> None:
        try:
            self.open()
            while (packet := self.hand_over.take()) is not None:
                self.write(packet)
            self.finish()
        except Exception as error:  # noqa: BLE001 - FFmpeg raises many kinds; the main thread tells what they mean
            self.failure = error
        finally:
            self.is_done.set()

    def run(self, source: Iterator[Message]) -> int:
        """The main thread's life."""
        threading.Thread(target=self._read, args=(source,), name="reader", daemon=True).start()
        threading.Thread(target=self._mux, name="muxer", daemon=True).start()
        while not self.is_done.wait(self.look_seconds):
            now = time.monotonic()
            failure = self.look(now)
            if failure is not None:
                return self._fail(failure)
            self._say_state(now)
        now = time.monotonic()
        self.look(now)
        self._said_at = 0.0  # the last state is said in any case: it holds the last durable tick
        self._say_state(now)
        if self.failure is not None:
            return self._fail(self.meaning(self.failure))
        self.mouth.say(say="closed", cpu_seconds=round(time.process_time(), 3), **self.ending())
        return 0

    def _fail(self, failure: Failure) -> int:
        # What came of it is known only where the muxer thread is done with it; nobody waits for one that hangs.
        known = self.ending() if self.is_done.is_set() else {}
        self.mouth.say(say="failed", reason=failure.reason, detail=failure.detail, **known)
        self.give_up()
        return 1

    def _say_state(self, now: float) -> None:
        facts = self.facts(now)
        if (facts["state"],) != self._last_said or now - self._said_at >= SAY_SECONDS:
            self._last_said = (facts["state"],)
            self._said_at = now
            self.mouth.say(say="state", **facts)


class Broadcast(Session):
    """A network destination."""

    def __init__(self, mouth: Mouth, config: dict[str, Any], rate: int) -> None:
        self._server = Server.parse(str(config["server"]), str(config.get("address") or ""))
        self._publication = Publication(
            self._server,
            str(config["key"]),
            rate,
            str(config["ca_file"]) if config.get("ca_file") else None,
            sockets=kernel_queue.sockets,
            find=kernel_queue.find,
        )
        super().__init__(mouth, rate, HandOver(int((rate + 47) * NETWORK_QUEUE_SECONDS), 16 << 20))
        self._looking_since: float | None = None
        self._drained = threading.Event()

    def open(self) -> None:
        self._looking_since = time.monotonic()
        try:
            reach.look(
                self._server.host,
                self._server.port,
                self._publication.trust if self._server.is_secure else None,
                self._server.address or None,
            )
        except reach.Unreachable as found:
            raise Failure(found.reason, found.detail) from None
        finally:
            self._looking_since = None

    def write(self, packet: Packet) -> None:
        self._publication.write(packet)

    def finish(self) -> None:
        # The main thread sets this when all is acknowledged or the time is up; only then does close() return soon.
        self._drained.wait()
        with process.Deadline(CLOSE_SECONDS):
            self._publication.close()

    def look(self, now: float) -> Failure | None:
        self._publication.observe(now)
        if self._looking_since is not None and now - self._looking_since > LOOKING_SECONDS:
            return Failure("unreachable", f"no address for {self._server.host} within {LOOKING_SECONDS:.0f} s")
        if self.ended_at is not None and not self._drained.is_set():
            limit = DRAIN_SECONDS_ALONE if self.is_alone else DRAIN_SECONDS
            if now - self.ended_at > limit:
                self._publication.break_off()
                self._drained.set()
            elif self._publication.is_drained():
                self._drained.set()
        return self._publication.overdue(now)

    def meaning(self, error: Exception) -> Failure:
        return self._publication.failure(error)

    def facts(self, now: float) -> dict[str, Any]:
        acknowledged = self._publication.acknowledged_seconds()
        first = self._publication.first_tick
        since = acknowledged if acknowledged is not None else first / self.rate if first is not None else None
        queued = self.taken_seconds - since if self.taken_seconds is not None and since is not None else 0.0
        return {
            "state": self._publication.state(now),
            "bytes": self._publication.size,
            "packets": self._publication.packets,
            "queued_seconds": round(max(0.0, queued), 3),
            "kernel_bytes": self._publication.kernel_bytes,
            "written_tick": self._publication.last_tick,
            "durable_through": None,
            "free_bytes": None,
        }

    def ending(self) -> dict[str, Any]:
        return {
            "bytes": self._publication.size,
            "packets": self._publication.packets,
            "first_tick": self._publication.first_tick,
            "last_tick": self._publication.last_tick,
            "range_bytes": RANGE_BYTES,
            "digests": None,
        }

    def give_up(self) -> None:
        self._publication.break_off()


class Part(Session):
    """A file."""

    look_seconds = FILE_LOOK_SECONDS

    def __init__(self, mouth: Mouth, config: dict[str, Any], rate: int) -> None:
        self._path = Path(str(config["path"]))
        self._recording = Recording(self._path, rate, durable)
        super().__init__(mouth, rate, HandOver(1 << 20, FILE_QUEUE_BYTES))
        self._has_said_part = False
        self._packets = 0
        self._moved_at = time.monotonic()

    def open(self) -> None:
        self._recording.prepare()

    def write(self, packet: Packet) -> None:
        self._recording.write(packet)

    def finish(self) -> None:
        self._recording.finish()

    def look(self, now: float) -> Failure | None:
        first = self._recording.first_tick
        if first is not None and not self._has_said_part:
            self._has_said_part = True
            self.mouth.say(say="part", path=str(self._path), first_tick=first)
        if self._recording.packets != self._packets or self._queued() <= 0:
            self._packets = self._recording.packets
            self._moved_at = now
        if self.hand_over.full_seconds() > FILE_STILL_SECONDS and now - self._moved_at > FILE_STILL_SECONDS:
            return Failure("disk", "the disk has taken nothing for seconds")
        return None

    def _queued(self) -> float:
        last = self._recording.last_tick
        if self.taken_seconds is None or last is None:
            return 0.0
        return max(0.0, self.taken_seconds - (last + 1) / self.rate)

    def meaning(self, error: Exception) -> Failure:
        if isinstance(error, Failure):
            return error
        return Failure("disk", process.name_of(error))

    def facts(self, now: float) -> dict[str, Any]:
        last = self._recording.last_tick
        is_still = now - self._moved_at > STALL_SECONDS
        return {
            "state": "connecting" if last is None else "stalled" if is_still else "live",
            "bytes": self._recording.size,
            "packets": self._recording.packets,
            "queued_seconds": round(self._queued(), 3),
            "kernel_bytes": 0,
            "written_tick": last,
            "durable_through": self._recording.durable_through,
            "free_bytes": self._recording.free_bytes,
        }

    def ending(self) -> dict[str, Any]:
        return {
            "bytes": self._recording.size,
            "packets": self._recording.packets,
            "first_tick": self._recording.first_tick,
            "last_tick": self._recording.durable_through,
            "range_bytes": RANGE_BYTES,
            "digests": self._recording.digests,
        }


def _session(mouth: Mouth, config: Message | None) -> Session:
    if not isinstance(config, dict) or config.get("do") != "open" or config.get("fps") not in RATES:
        raise Failure("bad_input", "the first frame is no configuration")
    kinds = {"network": Broadcast, "file": Part}
    kind = kinds.get(str(config.get("kind")))
    if kind is None:
        raise Failure("bad_input", "unknown kind of destination")
    try:
        return kind(mouth, config, int(config["fps"]))
    except KeyError as error:
        raise Failure("bad_input", f"the configuration lacks {error.args[0]}") from None


def main() -> int:
    """`jangteo sink`: from the first frame of configuration to the last word. Does not return to a caller that could
    wait for threads: the process leaves here."""
    process.keep_memory_private()
    process.hide_exception_texts()
    process.ignore_keyboard()
    mouth = Mouth()
    mouth.say(say="warm")
    source = messages(0)
    try:
        config = next(source, None)
        if config is None:
            return 0
        session = _session(mouth, config)
    except (WireError, Failure) as error:
        failure = error if isinstance(error, Failure) else Failure("bad_input", "the input is no frames")
        mouth.say(say="failed", reason=failure.reason, detail=failure.detail)
        return 1
    return process.leave(session.run(source))
