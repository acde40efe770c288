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
    halved_from: int | None = None
    for fact in facts:
        values = fact["values"]
        if fact["kind"] == "TicksRepeated" and values["canvas"] in ("*", canvas):
            repeated.update(range(values["first"], values["last"] + 1))
        is_pace = fact["kind"] == "EncodingEased" and values["canvas"] == canvas
        if halved_from is not None and (is_pace or fact["kind"] in ("RunEnded", "EngineResumed")):
            repeated |= {tick for tick in range(halved_from, fact["tick"]) if tick % 2}
            halved_from = None
        if is_pace and values["pace"] == "half":
            halved_from = fact["tick"]
    return repeated


def made_ticks(facts: list[dict[str, Any]]) -> set[int]:
    """Ticks the engine made: all but those of gaps and of dead engines."""
    ended = next((fact["tick"] for fact in reversed(facts) if fact["kind"] == "RunEnded"), facts[-1]["tick"])
    made = set(range(ended))
    for fact in facts:
        values = fact["values"]
        if fact["kind"] == "Gap":
            made -= set(range(values["first"], values["last"] + 1))
        elif fact["kind"] == "EngineResumed":
            made -= set(range(values["first_missed"], values["first_missed"] + values["gap_ticks"]))
    return made
