"""Sinks for tests: a child whose stderr is kept, and a configuration for it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sink.child import SinkChild
from tests.sink.material import RATE

SinkMaker = Callable[..., SinkChild]


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SinkMaker]:
    """Factory: `sink()` is a warm process, `sink(server.address, "name")` one told to publish there, `sink(path)` one
    told to write this file. Whatever is left of it dies with the test."""
    with contextlib.ExitStack() as closing:
        made: list[SinkChild] = []

        def make(target: str | Path | None = None, key: str = "", **config: Any) -> SinkChild:
            child = closing.enter_context(SinkChild(tmp_path / f"sink{len(made)}.log"))
            made.append(child)
            child.wait("warm")
            common = {"do": "open", "fps": RATE, "width": 320, "height": 180, **config}
            if isinstance(target, str):
                child.tell(kind="network", label="test", server=target, key=key, **{"ca_file": None, **common})
            elif target is not None:
                child.tell(kind="file", path=str(target), **common)
            return child

        yield make
