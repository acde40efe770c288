"""A window's state is the engine's state: whenever it joins, however many facts fly about just then, and after the
engine was killed and replaced."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.desk.following import Following
from studio.link.channel import NotThere
from studio.model.chain import read_chain
from studio.program.state import State, replay
from tests.rigs.jangteo import Jangteo
from tests.rigs.waiting import wait_for
from tests.shows.plan import SMALL, write_show


class Seen:
    """What a window would paint."""

    def __init__(self) -> None:
        self.states: list[tuple[State, int]] = []
        self.presence: list[bool] = []
        self.summaries: list[dict[str, Any]] = []
        self.following = Following(self._state, lambda ko, en: None, self.presence.append, self.summaries.append)

    def _state(self, state: State, count: int) -> None:
        self.states.append((state, count))

    @property
    def latest(self) -> State | None:
        return self.states[-1][0] if self.states else None


@pytest.fixture
def seen(jangteo: Jangteo, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    monkeypatch.setenv("JANGTEO_HOME", str(jangteo.home))
    one = Seen()
    yield one
    one.following.close()


def on_disk(run_dir: Path, count: int) -> State:
    with (run_dir / "timeline.jsonl").open("rb") as file:
        return replay(read_chain(file).facts[:count])


def same(seen: Seen) -> bool:
    state, count = seen.states[-1]
    assert seen.following.run_dir is not None
    return on_disk(seen.following.run_dir, count) == state


def test_a_window_joins_while_much_happens(jangteo: Jangteo, tmp_path: Path, seen: Seen) -> None:
    running = jangteo.start("run", write_show(tmp_path), "--rehearse", *SMALL)
    wait_for(lambda: seen.latest is not None, 30, "the run is followed from its first fact")
    assert seen.states[0][1] == 1
    is_over = threading.Event()

    def command() -> None:
        for number in range(300):
            if is_over.is_set():
                return
            scene = ("blue", "brown")[number % 2]
            seen.following.ask({"ask": "command", "command": {"command": "TakeScene", "scene": scene}}, 20)

    busy = threading.Thread(target=command)
    busy.start()
    others = []
    for _ in range(5):
        other = Seen()
        wait_for(lambda other=other: bool(other.states), 20, "another window has joined")
        others.append(other)
    is_over.set()
    busy.join()
    status = jangteo.status()
    for one in (seen, *others):
        wait_for(lambda one=one: one.states[-1][1] == seen.states[-1][1], 10, "every window has every fact")
        counts = [count for _, count in one.states]
        assert counts == list(range(counts[0], counts[-1] + 1)), "a fact is missing or came twice"
        assert one.latest is not None
        assert one.latest.program == status["program"]
        wait_for(lambda one=one: same(one), 10, "what the window shows is what the timeline says")
        if one is not seen:
            one.following.close()
    jangteo.stop()
    assert running.wait(10) == 0
    wait_for(lambda: seen.summaries, 10, "the last word")
    wait_for(lambda: seen.presence == [True, False], 10, "the engine has gone")
    with pytest.raises(NotThere):
        seen.following.ask({"ask": "status"})


def test_the_engine_is_replaced(jangteo: Jangteo, tmp_path: Path, seen: Seen) -> None:
    running = jangteo.start("run", write_show(tmp_path), "--rehearse", *SMALL)
    wait_for(lambda: seen.latest is not None, 30, "the run is followed")
    jangteo.say("TakeScene", scene="brown")
    jangteo.say("ShowCard", product="mandarin")
    wait_for(lambda: seen.latest is not None and seen.latest.cards, 20, "the card is on air")
    before = seen.latest
    os.kill(jangteo.status()["processes"]["engine"], signal.SIGKILL)
    wait_for(lambda: seen.presence[:3] == [True, False, True], 30, "joined again")
    wait_for(lambda: seen.latest is not None and seen.latest.missed_ticks, 20, "the gap is told")
    wait_for(lambda: same(seen), 10, "what the window shows is what the timeline says")
    after = seen.latest
    assert before is not None
    assert after is not None
    assert (after.program, after.cards) == (before.program, before.cards)
    jangteo.stop()
    assert running.wait(15) == 0
