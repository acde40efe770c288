"""The timeline's writer on disks that refuse: the chain is whole at every moment, facts come in order and are none of
them lost once there is room, askers are answered, and trouble is told once."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.engine import journal as module
from studio.engine.journal import Journal, read_timeline
from studio.link import durable
from studio.model.events import Fact, LettersBack, LettersGone
from tests.rigs.waiting import wait_for

LINES = 12


def fact(number: int) -> Fact:
    return Fact(number, "2026-01-01T00:00:00.000+00:00", LettersGone() if number % 2 else LettersBack())


def fill(journal: Journal, count: int, first: int = 0) -> None:
    """Appends, and waits until all askers are answered."""
    answered = threading.Semaphore(0)
    for number in range(first, first + count):
        journal.append((fact(number),), answered.release)
    for _ in range(count):
        assert answered.acquire(timeout=10)


def ticks(folder: Path) -> list[int]:
    reading = read_timeline(folder)
    assert reading.bad_line == 0
    return [one.tick for one in reading.facts]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(module, "RESERVE_BYTES", 0)


class Refusing(Journal):
    """Refuses some writes, after some of their bytes."""

    def __init__(self, folder: Path, refused: Callable[[int], int | None], told: list[bool]) -> None:
        self.count = -1
        self.refused = refused
        super().__init__(folder, None, told.append)

    def _put(self, line: bytes) -> None:
        self.count += 1
        written = self.refused(self.count)
        if written is not None:
            self._file.write(line[:written])
            raise OSError(errno.ENOSPC, "no space left")
        super()._put(line)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.integers(0, 20), st.integers(0, 60), max_size=12))
def test_every_fact_is_written_once_in_order(tmp_path: Path, impatient: None, refused: dict[int, int]) -> None:
    (tmp_path / "timeline.jsonl").unlink(missing_ok=True)
    told: list[bool] = []
    journal = Refusing(tmp_path, refused.get, told)
    fill(journal, LINES)
    wait_for(lambda: journal.unwritten == 0, 10)
    journal.close()
    assert ticks(tmp_path) == list(range(LINES))
    assert told == [True, False] * (len(told) // 2), "trouble and its end, in turns"


def test_a_disk_that_stays_full(tmp_path: Path, impatient: None) -> None:
    told: list[bool] = []
    journal = Refusing(tmp_path, lambda count: 9 if count >= 5 else None, told)
    fill(journal, LINES)
    assert ticks(tmp_path) == list(range(5))
    journal.close()
    assert ticks(tmp_path) == list(range(5))
    assert journal.unwritten == LINES - 5
    assert told == [True]


def test_memory_has_an_end(tmp_path: Path, impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    is_full = threading.Event()
    is_full.set()
    journal = Refusing(tmp_path, lambda count: 0 if is_full.is_set() else None, [])
    fill(journal, LINES)
    is_full.clear()
    wait_for(lambda: ticks(tmp_path) == [0, 1, 2], 10)
    assert journal.unwritten == LINES - 3
    journal.close()


def test_a_sync_that_fails_is_told_and_tried_again(
    tmp_path: Path, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [3]
    real = durable.sync_file

    def sync(number: int) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise OSError(errno.EIO, "input/output error")
        real(number)

    monkeypatch.setattr(durable, "sync_file", sync)
    told: list[bool] = []
    journal = Journal(tmp_path, None, told.append)
    fill(journal, 2)
    wait_for(lambda: told == [True, False], 10)
    journal.close()
    assert ticks(tmp_path) == [0, 1]


def test_a_resumed_timeline_goes_on(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    fill(journal, 4)
    journal.close()
    path = tmp_path / "timeline.jsonl"
    path.write_bytes(path.read_bytes() + b'{"n":4,"torn')
    journal = Journal(tmp_path, read_timeline(tmp_path))
    fill(journal, 3, first=4)
    journal.close()
    assert ticks(tmp_path) == list(range(7))
