"""Waiting for a condition with a time-out, the only way of waiting in tests: no sleep that hopes. Any thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

ALLOWANCE = 3.0
"""What a goal in seconds is multiplied by in the ordinary run, whose machine is shared: there it shows that nothing
hangs. The gate holds the goals themselves."""


def wait_for(
    condition: Callable[[], Value],
    seconds: float,
    what: str | Callable[[], str] = "condition",
    every: float = 0.02,
) -> Value:
    """Call `condition` until it returns something true and return that; `TimeoutError` with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what if isinstance(what, str) else what()}")
        time.sleep(every)


def holds_for(condition: Callable[[], object], seconds: float, every: float = 0.02) -> bool:
    """Whether `condition` stays true for all of `seconds`: the proof that something does *not* happen."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not condition():
            return False
        time.sleep(every)
    return True
