"""Makes a small finished run on disk the way engine and recorder make one: a chained timeline, recording parts written
by the real recorder code from really encoded packets, a sprite. Any thread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from studio.link import durable
from studio.media.container.part_file import RANGE_BYTES
from studio.media.container.recording import Recording
from studio.model.chain import FIRST_HASH, chained_line
from studio.model.events import CardShown, DiskWarning, Event, Fact, PartEnded, PartStarted, RunEnded, RunStarted
from studio.model.overlay import DrawnCard, SpriteRef, sprite_bytes
from studio.model.packet import Packet
from studio.model.scene import Scene
from studio.model.show import Canvas, Show
from tests.sink.material import RATE

SHOW = Show("s", "작은 방송", (Canvas("vertical", 90, 160, RATE),), (), (Scene("one"),))
STARTED = RunStarted("r", "rehearsal", SHOW, 0, "", True, "0")
SPRITE = bytes(sprite_bytes(8, 4))
SPRITE_REF = SpriteRef(sha256(SPRITE).hexdigest(), 8, 4)
CARD = CardShown("c", "product", "p", "product-compact", {}, {"vertical": DrawnCard(SPRITE_REF, 0, 0)})
WARNING = DiskWarning(1e-05, "/")


def write_timeline(folder: Path, happened: Sequence[tuple[int, Event]]) -> Path:
    """The facts as the journal writes them."""
    previous, lines = FIRST_HASH, []
    for number, (tick, event) in enumerate(happened):
        line, previous = chained_line(Fact(tick, "2026-05-01T12:00:00.000+00:00", event), number, previous)
        lines.append(line)
    path = folder / "timeline.jsonl"
    path.write_bytes(b"".join(lines))
    return path


def record(folder: Path, name: str, packets: Iterable[Packet]) -> tuple[PartStarted, PartEnded]:
    """One finished part and its two facts."""
    path = folder / "recordings" / name
    path.parent.mkdir(exist_ok=True)
    recording = Recording(path, RATE, durable)
    recording.prepare()
    for packet in packets:
        recording.write(packet)
    recording.finish()
    first, last = recording.first_tick, recording.last_tick
    assert first is not None
    assert last is not None
    digests = tuple(recording.digests or ())
    return (
        PartStarted("vertical", str(path), first),
        PartEnded("vertical", str(path), first, last, recording.size, RANGE_BYTES, digests),
    )


def write_sprite(folder: Path) -> Path:
    """The sprite that CARD shows."""
    path = folder / "sprites" / f"{SPRITE_REF.sha256}.sprite"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(SPRITE)
    return path


def finished(folder: Path, *parts: tuple[PartStarted, PartEnded], extra: Sequence[tuple[int, Event]] = ()) -> Path:
    """A whole run with these parts; `extra` facts stand before the parts'."""
    write_sprite(folder)
    happened: list[tuple[int, Event]] = [(0, STARTED), (3, CARD), (4, WARNING), *extra]
    for started, ended in parts:
        happened += [(started.first_tick, started), (ended.last_tick, ended)]
    last = max((ended.last_tick for _, ended in parts), default=8)
    write_timeline(folder, [*happened, (last + 1, RunEnded())])
    return folder
