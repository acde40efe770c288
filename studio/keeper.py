"""The keeper: starts engine, letters and feeds of one home, restarts them when they die, and keeps the run and its keys
in memory for a new engine. One home has one keeper, held by a file lock. Imports nothing heavy; its loop is one thread,
so that nothing in it can crash half-way. It ends when its run has ended."""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio import paths
from studio.link import children, process
from studio.link.channel import Connection, Listener
from studio.link.lock import HomeLock
from studio.link.logs import hide, log_to_stderr
from studio.link.progress import ENDING, read_progress
from studio.link.wire import Decoder, WireError, frame_message

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.05
GROUP_GRACE_SECONDS = 1.0
IDLE_SECONDS = 10.0
READY_SECONDS = 30.0
QUICK_DEATH_SECONDS = 3.0
QUICK_DEATH_PAUSE_SECONDS = 1.0
HUNG_SECONDS = 3.0
ENDING_SECONDS = 10.0
BEAT_LOOKS = 80
FIRST_BEAT_LOOKS = 600
HELPERS = ("letters", "feeds")


@dataclass
class Kept:
    """The run this keeper answers for. `child` is None for an engine that was adopted."""

    run: dict[str, Any] = field(repr=False)
    keys: dict[str, str] = field(repr=False)
    run_dir: str
    pid: int = 0
    started: str = ""
    started_at: float = 0.0
    child: subprocess.Popen[bytes] | None = None
    answer: dict[str, Any] | None = None
    asker: tuple[Connection, int] | None = None
    is_ready: bool = False
    next_start_at: float = 0.0
    last_tick: int = -1
    tick_at_start: int = -1
    still_looks: int = 0

    @property
    def is_stepped(self) -> bool:
        """A stepped run may wait as long as its encoders do."""
        return any(run["plan"]["stepped"] for run in self.run.values())

    @property
    def is_ending(self) -> bool:
        """Whether the engine has made its last tick."""
        return read_progress(Path(self.run_dir)) <= ENDING

    def is_hung(self) -> bool:
        """One look: whether the tick has stood still for too long. Counted in looks and not in seconds, because a
        computer that slept has slept for the keeper too."""
        tick = read_progress(Path(self.run_dir))
        moved = tick != self.last_tick or self.is_stepped
        self.last_tick = tick
        self.still_looks = 0 if moved else self.still_looks + 1
        if tick == self.tick_at_start:
            patience = READY_SECONDS  # it is still getting ready: what stands there was written by the one before
        else:
            patience = ENDING_SECONDS if tick <= ENDING else HUNG_SECONDS
        return self.still_looks * LOOK_SECONDS > patience


@dataclass
class Helper:
    """Letters or feeds: ends when our pipe closes."""

    verb: str
    child: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restarts: int = 0
    looks_left: int = FIRST_BEAT_LOOKS

    def listen(self, child: subprocess.Popen[bytes]) -> None:
        """A thread: every byte it says is a heartbeat."""
        assert child.stdout is not None
        try:
            while os.read(child.stdout.fileno(), 4096):
                if child is self.child:
                    self.looks_left = BEAT_LOOKS
        except OSError as error:
            log.warning("the heartbeat of %s could not be read: %s", self.verb, type(error).__name__)


@dataclass
class Keeper:
    """All that is kept, and the messages that change it."""

    inbox: queue.SimpleQueue[tuple[Connection, dict[str, Any]]] = field(default_factory=queue.SimpleQueue)
    engine_says: queue.SimpleQueue[tuple[int, dict[str, Any]]] = field(default_factory=queue.SimpleQueue)
    kept: Kept | None = None
    helpers: dict[str, Helper] = field(default_factory=lambda: {verb: Helper(verb) for verb in HELPERS})
    engine_connection: Connection | None = None
    had_run: bool = False
    engine_restarts: int = 0
    idle_since: float = field(default_factory=time.monotonic)
    quit: bool = False

    def run(self) -> None:
        """Until the run has ended, or nobody ever asked for one."""
        listener = Listener(
            "keeper", self._opened, lambda connection, said: self.inbox.put((connection, said)), _ignore
        )
        try:
            while not self._is_over():
                self._messages()
                self._engine()
                if self.kept is not None:
                    self._helpers()
                time.sleep(LOOK_SECONDS)
        finally:
            listener.close()
            self._end_helpers()

    def _opened(self, connection: Connection) -> None:
        if connection.role == "engine":
            self.engine_connection = connection

    def _is_over(self) -> bool:
        if self.quit or (self.kept is None and self.had_run):
            return True
        return self.kept is None and time.monotonic() - self.idle_since > IDLE_SECONDS

    def _messages(self) -> None:
        while not self.inbox.empty():
            connection, message = self.inbox.get()
            asked = message.get("ask")
            if asked == "start_run":
                self._start_run(connection, message)
            elif "adopt" in message:
                self._adopt(message["adopt"])
            elif asked == "status":
                restarts = {"engine": self.engine_restarts}
                restarts |= {verb: helper.restarts for verb, helper in self.helpers.items()}
                connection.send({"reply_to": message.get("id"), "processes": self._processes(), "restarts": restarts})
            elif asked == "quit":
                self.quit = self.kept is None
                connection.send({"reply_to": message.get("id"), "quitting": self.quit})

    def _processes(self) -> dict[str, Any]:
        pids: dict[str, Any] = {"keeper": os.getpid(), "engine": self.kept.pid if self.kept else None}
        for verb, helper in self.helpers.items():
            alive = helper.child is not None and helper.child.poll() is None
            pids[verb] = helper.child.pid if alive and helper.child is not None else None
        return pids

    def _start_run(self, connection: Connection, message: dict[str, Any]) -> None:
        if self.kept is not None:
            connection.send({"reply_to": message.get("id"), "busy": True, "run_dir": self.kept.run_dir})
            return
        for key in message["keys"].values():
            hide(key)
        self.had_run = True
        self.kept = Kept(message["run"], message["keys"], message["run_dir"])
        self.kept.asker = (connection, int(message["id"]))
        self._start_engine(resume=False)
        self._helpers()

    def _adopt(self, told: dict[str, Any]) -> None:
        """Our own engine says where it is; an engine of a dead keeper is taken over."""
        if self.kept is None:
            log.warning("adopting the engine %s", told["pid"])
            for key in told["keys"].values():
                hide(key)
            self.had_run = True
            self.kept = Kept(told["run"], told["keys"], told["run_dir"], is_ready=True)
            self.kept.pid, self.kept.started = int(told["pid"]), str(told["started"])
            self.kept.started_at = time.monotonic()

    def _start_engine(self, resume: bool) -> None:
        kept = self.kept
        assert kept is not None
        child = children.spawn("engine", leads_group=True)
        kept.child, kept.pid, kept.started = child, child.pid, process.start_time(child.pid)
        kept.started_at = time.monotonic()
        kept.last_tick = kept.tick_at_start = read_progress(Path(kept.run_dir))
        kept.still_looks = 0
        frame = frame_message({"run": kept.run, "keys": kept.keys, "run_dir": kept.run_dir, "resume": resume})
        threading.Thread(target=_feed, args=(child, frame), daemon=True).start()
        threading.Thread(target=self._listen, args=(child,), daemon=True).start()

    def _listen(self, child: subprocess.Popen[bytes]) -> None:
        decoder = Decoder()
        assert child.stdout is not None
        try:
            while data := os.read(child.stdout.fileno(), 65536):
                for message in decoder.feed(data):
                    if isinstance(message, dict):
                        self.engine_says.put((child.pid, message))
        except (OSError, WireError) as error:
            log.warning("the engine's words could not be read: %s", type(error).__name__)

    def _engine(self) -> None:
        kept = self.kept
        if kept is None:
            return
        while not self.engine_says.empty():
            pid, message = self.engine_says.get()
            if pid == kept.pid:
                kept.is_ready = kept.is_ready or message["say"] == "ready"
                self._reply(kept, {"started": True} if message["say"] == "ready" else {"refused": message})
        if kept.child is None and kept.pid == 0:
            if time.monotonic() >= kept.next_start_at:
                self._start_engine(resume=True)
            return
        code = self._engine_code(kept)
        if code is None:
            if kept.is_hung():
                log.error("the engine hangs: killed")
                process.kill(kept.pid)
            return
        children.end_group(kept.pid, GROUP_GRACE_SECONDS if code != 0 else 0.0)
        if code in (0, 2) or not kept.is_ready or kept.is_ending:
            self._reply(kept, {"failed": code})
            self.kept = None
            return
        log.error("the engine died (%s): starting another", code)
        lived = time.monotonic() - kept.started_at
        pause = QUICK_DEATH_PAUSE_SECONDS if lived < QUICK_DEATH_SECONDS else 0.0
        self.engine_restarts += 1
        kept.child, kept.pid, kept.next_start_at = None, 0, time.monotonic() + pause
        if not pause:
            self._start_engine(resume=True)

    def _engine_code(self, kept: Kept) -> int | None:
        """Exit code, or None while it lives. An adopted engine's code cannot be known: its timeline tells whether the
        run ended."""
        if kept.child is not None:
            return kept.child.poll()
        if process.is_same(kept.pid, kept.started):
            return None
        return 0 if (Path(kept.run_dir) / "summary.json").exists() else -9

    def _reply(self, kept: Kept, answer: dict[str, Any]) -> None:
        if kept.asker is not None:
            connection, identity = kept.asker
            connection.send({"reply_to": identity, **answer})
            kept.asker = None

    def _helpers(self) -> None:
        now = time.monotonic()
        for helper in self.helpers.values():
            if helper.child is not None and helper.child.poll() is None:
                helper.looks_left -= 1
                if helper.looks_left < 0:
                    log.error("%s hangs: killed", helper.verb)
                    children.kill(helper.child)
                continue
            if helper.child is not None and now - helper.started_at < (
                0.3 if helper.restarts < 3 else QUICK_DEATH_PAUSE_SECONDS
            ):
                continue  # one that dies at once is not started forty times a second
            if helper.child is not None:
                log.warning("%s died (%s): starting another", helper.verb, helper.child.returncode)
                helper.restarts += 1
            child = children.spawn(helper.verb)
            helper.child, helper.started_at, helper.looks_left = child, now, FIRST_BEAT_LOOKS
            threading.Thread(target=helper.listen, args=(child,), daemon=True).start()

    def _end_helpers(self) -> None:
        for helper in self.helpers.values():
            if helper.child is not None and helper.child.stdin is not None:
                helper.child.stdin.close()
        deadline = time.monotonic() + 1.5
        for helper in self.helpers.values():
            if helper.child is not None:
                try:
                    helper.child.wait(max(0.0, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    children.kill(helper.child)


def main() -> int:
    """`jangteo keeper`; 0 also where another keeper holds this home."""
    process.keep_memory_private()
    process.hide_exception_texts()
    process.ignore_keyboard()
    log_to_stderr("keeper")
    children.adopt_orphans()
    with HomeLock(paths.runtime() / "keeper.lock") as lock:
        if not lock.is_held:
            log.info("another keeper holds this home")
            return 0
        keeper = Keeper()
        threading.Thread(target=_reap, args=(keeper,), daemon=True).start()
        keeper.run()
    return 0


def _reap(keeper: Keeper) -> None:
    """Ended grandchildren (sinks of a dead engine) are collected, so that no zombie is left."""
    while True:
        own = {helper.child.pid for helper in keeper.helpers.values() if helper.child is not None}
        kept = keeper.kept
        if kept is not None and kept.pid:
            own.add(kept.pid)
        children.reap_orphans(own)
        time.sleep(0.5)


def _feed(child: subprocess.Popen[bytes], frame: bytes) -> None:
    assert child.stdin is not None
    try:
        child.stdin.write(frame)
        child.stdin.flush()
    except OSError:
        log.warning("the engine did not take its run")


def _ignore(connection: Connection) -> None:
    """A connection that ends changes nothing: engine deaths are seen by process."""
