"""Reading a run's timeline in tests, as plain JSON. Pure but for the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_facts(run_dir: str | Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (Path(run_dir) / "timeline.jsonl").read_text().splitlines()]


def repeated_ticks(facts: list[dict[str, Any]], canvas: str) -> set[int]:
    """Ticks whose picture is the one before them, as the timeline says."""
    repeated: set[int] = set()
    for fact in facts:
        values = fact["values"]
        if fact["kind"] == "TicksRepeated" and values["canvas"] in ("*", canvas):
            repeated.update(range(values["first"], values["last"] + 1))
    return repeated
