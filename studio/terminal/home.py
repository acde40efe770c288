"""Reaching the processes of this home from a terminal: starting the keeper, asking it and the engine. Main thread."""

from __future__ import annotations

import time
from typing import Any

from studio.link import children
from studio.link.channel import Connection, NotThere, connect
from studio.model.sentence import Refusal

KEEPER_SECONDS = 10.0
ANSWER_SECONDS = 15.0


def reach_keeper() -> Connection:
    """The keeper of this home, started if there is none; Refusal where it does not come up."""
    deadline = time.monotonic() + KEEPER_SECONDS
    started = None
    while time.monotonic() < deadline:
        try:
            return connect("keeper", "terminal")
        except NotThere:
            if started is None or started.poll() is not None:
                started = children.spawn_detached("keeper")
            time.sleep(0.02)
    raise Refusal(
        "장터 스튜디오의 관리 프로세스가 시작되지 않아요. logs 폴더의 keeper.log를 확인해 주세요.",
        "The keeper process does not start. See keeper.log in the logs folder.",
        code="no_keeper",
    )


def reach_engine(**callbacks: Any) -> Connection | None:
    """The engine of this home, or None where no run is going on."""
    try:
        return connect("engine", "terminal", **callbacks)
    except NotThere:
        return None


def nothing_runs() -> Refusal:
    """For verbs that need a run."""
    return Refusal(
        "진행 중인 방송이 없어요. jangteo run으로 시작해 주세요.",
        "No run is going on. Start one with jangteo run.",
        code="no_run",
    )
