"""Taking a run up again after the old engine died: what its timeline says of recording parts, and what is done with a
torn end. Called once, before the first tick of the new engine."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from studio.engine.journal import TIMELINE_NAME
from studio.media.container.fragments import recorded_pictures
from studio.model import events
from studio.model.chain import Reading
from studio.model.events import Event, Fact
from studio.model.time import nanoseconds_of

log = logging.getLogger(__name__)


def part_paths(facts: tuple[Fact, ...]) -> list[str]:
    """Recording parts of earlier engines of this run, in order."""
    return [fact.event.path for fact in facts if isinstance(fact.event, events.PartStarted)]


def parts_made(facts: tuple[Fact, ...]) -> dict[str, int]:
    """How many parts each canvas has: the next one takes the next number."""
    made: dict[str, int] = {}
    for fact in facts:
        if isinstance(fact.event, events.PartStarted):
            made[fact.event.canvas] = made.get(fact.event.canvas, 0) + 1
    return made


def started_here(started: events.RunStarted, latest_tick: int, boot_id: str) -> int:
    """Monotonic time of tick 0 for an engine on boot `boot_id`. Another boot's clock is unrelated to ours: there the
    run goes on where it stood, whatever time has passed."""
    if started.boot_id == boot_id:
        return started.started_ns
    return time.monotonic_ns() - nanoseconds_of(latest_tick + 1, started.show.fps)


def killed_parts(facts: tuple[Fact, ...]) -> list[Event]:
    """Parts that were being written when the old engine died; their recorders finished the files at end of input.
    What is told of them is what is in the files."""
    open_parts: dict[str, events.PartStarted] = {}
    for fact in facts:
        if isinstance(fact.event, events.PartStarted):
            open_parts[fact.event.path] = fact.event
        elif isinstance(fact.event, events.PartEnded):
            open_parts.pop(fact.event.path, None)
    ended: list[Event] = []
    for part in open_parts.values():
        size = pictures = 0
        try:
            size = Path(part.path).stat().st_size
            pictures = recorded_pictures(Path(part.path))
        except (OSError, ValueError) as error:
            log.error("a part of the old engine cannot be read: %s", type(error).__name__)
        last = part.first_tick + pictures - 1
        ended.append(events.PartEnded(part.canvas, part.path, part.first_tick, last, size, reason="engine_killed"))
    return ended


def keep_cut(run_dir: Path, reading: Reading) -> int:
    """What follows the last good line of the timeline is cut off, but kept beside it; how many bytes that were."""
    path = run_dir / TIMELINE_NAME
    with path.open("rb") as file:
        file.seek(reading.good_bytes)
        cut = file.read()
    if cut:
        try:
            (run_dir / f"timeline.cut-{len(reading.facts)}").write_bytes(cut)
        except OSError as error:
            log.error("what was cut off the timeline cannot be kept: %s", error.strerror)
    return len(cut)
