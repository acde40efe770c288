"""Runs our own command as a user does, in a home of its own: `python -m studio …` with JANGTEO_HOME. After a test
`close()` stops the show, then nothing of this home may be alive and no traceback may stand in any log or output. Any
one thread; outputs are collected by a thread per started command."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.rigs.processes import Process, census, end_all, wait_none
from tests.rigs.waiting import wait_for

PROJECT = Path(__file__).resolve().parents[2]
TRACEBACK = b"Traceback (most recent call last)"
TEXT_ENDINGS = (".log", ".txt", ".out", ".err", ".jsonl")
LARGEST_LOG = 64 << 20

Status = dict[str, Any]


class JangteoError(AssertionError):
    """Our command did something no test may overlook."""


class Running:
    """A started command: its lines as they come, and how to end it."""

    def __init__(self, words: list[str], environment: dict[str, str], folder: Path) -> None:
        self.words = words
        self.output: list[str] = []
        self.errors: list[str] = []
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=folder,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self._readers = [
            threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            for stream, lines in ((self._process.stdout, self.output), (self._process.stderr, self.errors))
        ]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _read(stream: Any, lines: list[str]) -> None:
        with stream:
            lines.extend(line.rstrip("\n") for line in stream)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Exit code, None while it runs."""
        return self._process.poll()

    def interrupt(self) -> None:
        """SIGINT, as Ctrl-C does (to this process only)."""
        self.signal(signal.SIGINT)

    def kill(self) -> None:
        self._process.kill()

    def signal(self, how: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(how)

    def wait(self, seconds: float) -> int:
        """Exit code; `TimeoutError` with what it said so far."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"still running after {seconds:g} s: {self}") from None
        for reader in self._readers:
            reader.join(1)
        return code

    def wait_line(self, part: str, seconds: float) -> str:
        """The first line of output or errors that holds `part`."""

        def seen() -> str | None:
            found = next((line for line in (*self.output, *self.errors) if part in line), None)
            if found is None and self.code is not None and not any(reader.is_alive() for reader in self._readers):
                raise JangteoError(f"ended without saying {part!r}: {self}")
            return found

        return wait_for(seen, seconds, lambda: f"{part!r} from {self}") or ""

    def end(self) -> None:
        """Kill if need be, and collect."""
        if self.code is None:
            self.kill()
        with contextlib.suppress(TimeoutError):
            self.wait(5)

    def __str__(self) -> str:
        lines = "\n".join(self.output[-20:] + self.errors[-20:])
        return f"{' '.join(self.words[1:])} (exit code {self.code})\n{lines}"


class Jangteo:
    """Our command in one home, started in the folder above it. `environment` adds to or (None) removes from what
    children get; `tracebacks` lets a test provoke some; `project` is the folder in which the package lies,
    `inside` stands before each command (a network namespace)."""

    def __init__(
        self,
        home: Path,
        *,
        environment: dict[str, str | None] | None = None,
        tracebacks: bool = False,
        project: Path = PROJECT,
        inside: Sequence[str] = (),
    ) -> None:
        self.project = project
        self._inside = list(inside)
        self.home = home.absolute()
        self.home.mkdir(parents=True, exist_ok=True)
        self.tracebacks_allowed = tracebacks
        self._started: list[Running] = []
        self._said: list[tuple[str, str]] = []
        self._environment = self._make_environment(environment or {})

    def _make_environment(self, changes: dict[str, str | None]) -> dict[str, str]:
        given = {name: value for name, value in os.environ.items() if not name.startswith(("JANGTEO_", "PYTEST_"))}
        wanted: dict[str, str | None] = {
            **given,
            "JANGTEO_HOME": str(self.home),
            "LANG": "C.UTF-8",
            "LC_ALL": None,
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, (str(self.project), given.get("PYTHONPATH")))),
            **changes,
        }
        return {name: value for name, value in wanted.items() if value is not None}

    def __enter__(self) -> Jangteo:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- verbs ---

    def words(self, *arguments: object) -> list[str]:
        return [*self._inside, sys.executable, "-m", "studio", *(str(one) for one in arguments)]

    def run(self, *arguments: object, timeout: float = 30.0, check: bool = False) -> subprocess.CompletedProcess[str]:
        """Run to the end. With `check`, any exit code but 0 fails with what was said."""
        words = self.words(*arguments)
        running = Running(words, self._environment, self.home.parent)
        self._started.append(running)
        try:
            code = running.wait(timeout)
        finally:
            running.end()
            self._started.remove(running)
            self._said.append((" ".join(words[1:]), "\n".join(running.output + running.errors)))
        done = subprocess.CompletedProcess(words, code, "\n".join(running.output), "\n".join(running.errors))
        if check and done.returncode:
            raise JangteoError(str(running))
        return done

    def start(self, *arguments: object) -> Running:
        """Start and go on; ended by `close()` at the latest."""
        running = Running(self.words(*arguments), self._environment, self.home.parent)
        self._started.append(running)
        return running

    def status(self, timeout: float = 10.0) -> Status:
        done = self.run("status", "--json", timeout=timeout, check=True)
        status = json.loads(done.stdout)
        assert isinstance(status, dict), done.stdout
        return status

    def try_status(self) -> Status | None:
        """The status, or None while there is no keeper or engine to ask."""
        try:
            return self.status()
        except (AssertionError, TimeoutError, ValueError):
            return None

    def say(self, command: str, *, timeout: float = 10.0, check: bool = True, **values: object) -> str:
        """`jangteo say COMMAND NAME=VALUE…`; returns what was answered. None is left out, true and false in lower
        case."""
        pairs = [
            f"{name}={str(value).lower() if isinstance(value, bool) else value}"
            for name, value in values.items()
            if value is not None
        ]
        return self.run("say", command, *pairs, timeout=timeout, check=check).stdout

    def wait_status(self, predicate: Callable[[Status], object], seconds: float, what: str = "status") -> Status:
        """Ask until `predicate` is content with the answer; returns that status. A missing entry counts as not yet."""
        last: list[Status | None] = [None]

        def content() -> Status | None:
            last[0] = status = self.try_status()
            try:
                return status if status is not None and predicate(status) else None
            except (KeyError, IndexError, TypeError):
                return None

        return wait_for(content, seconds, lambda: f"{what}; last: {last[0]}\n{self.story()}", every=0.05) or {}

    def wait_destination(self, label: str, state: str, seconds: float) -> Status:
        return self.wait_status(
            lambda status: status["destinations"][label]["state"] == state, seconds, f"{label} {state}"
        )

    def pid(self, kind: str, label: str | None = None) -> int:
        """Process id of keeper, engine, letters, feeds, or the sink of a destination."""
        processes = self.status()["processes"]
        found = processes["sinks"][label] if label is not None else processes[kind]
        if not isinstance(found, int):
            raise JangteoError(f"{kind} {label or ''} does not run: {processes}")
        return found

    # --- the end ---

    def census(self) -> list[Process]:
        return census(self.home)

    def stop(self, seconds: float = 15.0) -> float:
        """`jangteo stop` and wait until every process of this home is gone; returns the seconds this took."""
        begun = time.monotonic()
        self.run("stop", timeout=seconds, check=True)
        left = wait_none(self.home, max(0.1, seconds - (time.monotonic() - begun)))
        if left:
            raise JangteoError(f"still alive {seconds:g} s after stop:\n" + "\n".join(map(str, left)))
        return time.monotonic() - begun

    def close(self) -> None:
        """Stop what runs and look for orphans and tracebacks; all faults are told together."""
        faults = []
        if census(self.home):
            with contextlib.suppress(TimeoutError, JangteoError):
                self.run("stop", timeout=10)
        left = wait_none(self.home, 5)
        if left:
            faults.append("alive 5 s after jangteo stop:\n" + "\n".join(map(str, left)))
            end_all(left)
        for running in self._started:
            running.end()
        if not self.tracebacks_allowed:
            faults += [f"traceback in {place}" for place in self.find_tracebacks()]
        if faults:
            raise JangteoError("\n".join(faults) + f"\n{self.story()}")

    def outputs(self) -> list[tuple[str, str]]:
        """Everything our commands printed so far: words of the command, text."""
        running = [(" ".join(one.words[1:]), "\n".join(one.output + one.errors)) for one in self._started]
        return self._said + running

    def find_tracebacks(self) -> list[str]:
        """Logs below home and outputs with a Python traceback, with its last lines."""
        found = []
        for path in sorted(self.home.rglob("*")):
            is_log = path.suffix in TEXT_ENDINGS or "logs" in path.relative_to(self.home).parts
            if is_log and path.is_file() and path.stat().st_size <= LARGEST_LOG:
                data = path.read_bytes()
                if TRACEBACK in data:
                    found.append(f"{path.relative_to(self.home)}:\n{_around(data.decode(errors='replace'))}")
        found += [
            f"output of {words}:\n{_around(text)}" for words, text in self.outputs() if TRACEBACK.decode() in text
        ]
        return found

    def story(self, lines: int = 15) -> str:
        """Ends of all outputs and logs, for a failing test."""
        parts = [f"$ {words}\n" + "\n".join(text.splitlines()[-lines:]) for words, text in self.outputs()[-6:]]
        logs = self.home / "logs"
        for path in sorted(logs.rglob("*")):
            if path.is_file():
                ends = path.read_text(errors="replace").splitlines()[-lines:]
                parts += [f"{path.name}:", *ends]
        return "\n".join(parts)


def _around(text: str, lines: int = 25) -> str:
    """The last traceback of a text."""
    return "\n".join(text[text.rfind(TRACEBACK.decode()) :].splitlines()[:lines])
