"""What a run's timeline says can be found on disk, and whether it fits together: recording parts with their digests and
their order, drawn cards, a proper beginning and end. Pure functions of facts and of what was measured; any thread."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from studio.model import events
from studio.model.events import Fact
from studio.model.overlay import DrawnCard, SpriteRef
from studio.model.sentence import Sentence

MOST_IN_FLIGHT_SECONDS = 1.0
"""Pictures that were between encoder and recorder when an engine was killed are in no file."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not fit. `place` names a file or the timeline, `at` a line or the first wrong byte in it."""

    kind: str
    place: str
    words: Sentence
    at: int = 0


@dataclass(frozen=True, slots=True)
class RecordedPart:
    """One recording part as the facts tell it; `ended` is None while it was being written at the timeline's end."""

    canvas: str
    path: str
    first_tick: int
    ended: events.PartEnded | None = None

    @property
    def is_whole(self) -> bool:
        """Ended in order: it holds what its facts say, no tick more or less."""
        return self.has_digests and self.ended is not None and self.ended.reason == "ended"

    @property
    def has_digests(self) -> bool:
        """Finished by its own recorder, which then knew its bytes."""
        return self.ended is not None and bool(self.ended.digests)


def first_inexact_line(lines: Iterable[bytes]) -> int:
    """Number (from 1) of the first line that is not written exactly as the journal writes, 0 where all are. The hash
    covers what a line means; this covers its bytes, as `1E-5` for `1e-05` means the same."""
    for number, line in enumerate(lines, start=1):
        exact = json.dumps(json.loads(line), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        if exact != line:
            return number
    return 0


def has_ended(facts: Sequence[Fact]) -> bool:
    """Whether the run is over."""
    return any(isinstance(fact.event, events.RunEnded) for fact in facts)


def frame_problems(facts: Sequence[Fact]) -> Iterator[Problem]:
    """A run begins with RunStarted, once, and nothing stands after RunEnded."""
    if not facts or not isinstance(facts[0].event, events.RunStarted):
        yield Problem(
            "start",
            "timeline",
            Sentence("방송 기록이 방송 시작으로 시작하지 않아요.", "The timeline does not begin with RunStarted."),
            1,
        )
    for number, fact in enumerate(facts[:-1], start=1):
        if isinstance(fact.event, events.RunEnded):
            yield Problem(
                "end",
                "timeline",
                Sentence(
                    f"방송이 끝난 뒤에도 기록이 이어져요 ({number + 1}번째 줄).",
                    f"The timeline goes on after RunEnded (line {number + 1}).",
                ),
                number + 1,
            )
            return


def recorded_parts(facts: Iterable[Fact]) -> tuple[RecordedPart, ...]:
    """All parts in the order they were begun."""
    parts: dict[str, RecordedPart] = {}
    for fact in facts:
        event = fact.event
        if isinstance(event, events.PartStarted):
            parts[event.path] = RecordedPart(event.canvas, event.path, event.first_tick)
        elif isinstance(event, events.PartEnded):
            parts[event.path] = RecordedPart(event.canvas, event.path, event.first_tick, event)
    return tuple(parts.values())


def drawn_sprites(facts: Iterable[Fact]) -> tuple[SpriteRef, ...]:
    """Every sprite that was on air, once."""
    found: dict[str, SpriteRef] = {}
    for fact in facts:
        if isinstance(fact.event, (events.CardShown, events.CoverRaised)):
            for card in fact.event.drawn.values():
                found.update((ref.sha256, ref) for ref in _sprites_of(card))
    return tuple(found.values())


def _sprites_of(card: DrawnCard) -> Iterator[SpriteRef]:
    yield card.sprite
    for part in card.parts:
        yield from part.glyphs.values()


def length_problem(part: RecordedPart, name: str, pictures: int) -> Problem | None:
    """Whether a part that ended in order has as many pictures as its facts say. A killed recorder's may have more or
    fewer: what was in flight."""
    if part.ended is None or not part.is_whole:
        return None
    told = part.ended.last_tick - part.first_tick + 1
    if pictures == told:
        return None
    return Problem(
        "length",
        name,
        Sentence(
            f"{name}: 그림이 {pictures:,}장이에요. 기록에는 {told:,}장이에요.",
            f"{name} holds {pictures:,} pictures; the timeline says {told:,}.",
        ),
    )


def order_problems(facts: Sequence[Fact], pictures: Mapping[str, int], fps: int) -> Iterator[Problem]:
    """Ticks between two parts of a canvas that are in neither, and that no fact excuses. `pictures` is what was
    counted in each part, by its path in the facts. Parts may overlap where a recorder died: the next one began with
    what might not have been written."""
    excused = _excused_ticks(facts, fps)
    previous: dict[str, tuple[RecordedPart, int]] = {}
    for part in sorted(recorded_parts(facts), key=lambda one: one.first_tick):
        if part.path not in pictures:
            continue
        end = part.first_tick + pictures[part.path]
        if part.canvas not in previous:
            previous[part.canvas] = part, end
            continue
        before, next_tick = previous[part.canvas]
        previous[part.canvas] = part, max(end, next_tick)
        if part.first_tick < next_tick and before.is_whole and part.is_whole:
            yield _order(part, part.first_tick, next_tick - 1, "겹쳐요", "stand in two parts")
        while next_tick < part.first_tick:
            reach = max((last + 1 for first, last in excused if first <= next_tick <= last), default=next_tick)
            if reach == next_tick:
                yield _order(part, next_tick, part.first_tick - 1, "어느 파일에도 없어요", "are in no part")
                break
            next_tick = reach


def _excused_ticks(facts: Iterable[Fact], fps: int) -> list[tuple[int, int]]:
    ranges = []
    for fact in facts:
        event = fact.event
        if isinstance(event, events.MediaDropped) and not event.destination.startswith("recording:"):
            continue
        if isinstance(event, (events.Gap, events.MediaDropped)):
            ranges.append((event.first, event.last))
        elif isinstance(event, events.EngineResumed):
            in_flight = int(MOST_IN_FLIGHT_SECONDS * fps)
            ranges.append((event.first_missed - in_flight, event.first_missed + event.gap_ticks - 1))
    return ranges


def _order(part: RecordedPart, first: int, last: int, ko: str, en: str) -> Problem:
    name = file_name(part.path)
    return Problem(
        "order",
        name,
        Sentence(f"{name} 앞: 틱 {first:,}–{last:,}이(가) {ko}.", f"Before {name}: ticks {first:,} to {last:,} {en}."),
        first,
    )


def path_words(path: str) -> list[str]:
    """Folders and name of a path of any system: a run may be examined on another one."""
    return [word for word in path.replace("\\", "/").split("/") if word not in ("", ".", "..")]


def file_name(path: str) -> str:
    """The last of them."""
    words = path_words(path)
    return words[-1] if words else path
