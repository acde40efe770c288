"""The engine process: puts a run together (or takes it up again after a kill), runs the ticks, and takes it apart. Main
thread: the tick. Started by the keeper with the run and its keys on its input; it outlives the keeper, starts a new one
when it dies, and leads the process group of its sinks."""

from __future__ import annotations

import gc
import json
import logging
import os
import queue
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import studio
from studio.engine.attendant import Attendant
from studio.engine.capture import Capture, Glances
from studio.engine.clock import Clock, LiveClock, SteppedClock
from studio.engine.door import Door
from studio.engine.drawing_room import DrawingRoom
from studio.engine.encoding import SoundEncoding
from studio.engine.encodings import Encodings
from studio.engine.journal import Journal, read_timeline
from studio.engine.keeper_watch import KeeperWatch
from studio.engine.outlets import Outlets
from studio.engine.pictures import PictureFolder
from studio.engine.previews import Previews
from studio.engine.requests import Request, Requests, wanted_drawings
from studio.engine.resume import keep_cut, killed_parts, part_paths, parts_made, started_here
from studio.engine.status import state_words
from studio.engine.tick import Tick, cards_of
from studio.link import process
from studio.link.progress import Progress
from studio.media.encode import encoder_options
from studio.model import commands, events
from studio.model.chain import Reading
from studio.model.codec import decode_command
from studio.model.events import Event, Fact
from studio.model.run import LOGIN_LABEL, LiveRun, Run
from studio.model.secret import Secret
from studio.model.sentence import Refusal
from studio.model.time import ticks_of
from studio.program.card import Artwork
from studio.program.state import State, begin, replay

log = logging.getLogger(__name__)

SETTLE_SECONDS = 5.0
MOST_PHOTOS = 30
LARGE, SMALL, LARGE_SIDE = (1920, 1080), (1280, 720), 1280
"""What cameras are asked for, and the canvas side above which it is the large picture."""

FIRST_CARDS_SECONDS = 6.0
SOUND_BLOCKS_QUEUED = 64
PREVIEW_SECONDS = 2.0


class Engine:
    """One run of a show, from here to its end."""

    def __init__(self, run: Run, keys: Mapping[str, Secret], run_dir: Path, resume: bool) -> None:
        self.run, self.plan, self.run_dir = run, run.plan, run_dir
        self.fps = self.plan.show.fps
        self._outside: queue.SimpleQueue[Event] = queue.SimpleQueue()
        reading = read_timeline(run_dir) if resume else None
        if reading is not None and not reading.facts:
            reading = None
        self._cut_bytes = keep_cut(run_dir, reading) if reading else 0
        self.journal = Journal(run_dir, reading, self._timeline_trouble)
        self.progress = Progress(run_dir)
        self.clock: Clock
        self.state, self.first_tick = self._begin(reading)
        self.room = DrawingRoom(run_dir / "sprites", lambda: None)
        self.requests = Requests(self.room)
        self.pictures = PictureFolder(run_dir / "pictures")
        self.artwork = self._artwork()
        self.capture = Capture(
            self.fps,
            Path(self.plan.show_folder),
            self.plan.stepped,
            self.room,
            self.pictures,
            {name.removeprefix(LOGIN_LABEL): key for name, key in keys.items() if name.startswith(LOGIN_LABEL)},
            LARGE if max(max(one.width, one.height) for one in self.plan.show.canvases) > LARGE_SIDE else SMALL,
        )
        if isinstance(self.clock, LiveClock) and reading is not None:
            self.capture.use_clock(self.clock.started_ns)
        self._reading = reading
        self.outlets: Outlets
        self.encodings: Encodings
        self.tick: Tick
        self.attendant = Attendant()
        self.watch: KeeperWatch | None = None
        self.previews = Previews(
            lambda: self.tick.state if hasattr(self, "tick") else self.state,
            lambda: max(0, self.progress.latest),
            lambda: self.encodings.current if hasattr(self, "encodings") else {},
            Glances(self.capture),
        )
        self.door = Door(
            str(run_dir),
            self.fps,
            self.room,
            self.requests,
            self.status,
            self._outside.put,
            self.prepare_edit,
            self._show_previews,
            self.previews.leave,
            len(reading.facts) if reading else 0,
        )

    def prepare(self, keys: Mapping[str, Secret]) -> None:
        """Opens sources, sprites, encoders and outlets; FFmpegError where an encoder cannot be opened."""
        for source in self.state.show.sources:
            start = self.state.sources[source.id].start_tick
            media_tick = self.first_tick - start if source.play == "loop" or self._is_inserted(source.id) else 0
            self.capture.open(source, max(0, media_tick))
        facts = self._reading.facts if self._reading else ()
        connects = {label: light.connects for label, light in self.state.destinations.items()}
        self.outlets = Outlets(self.run, keys, parts_made(facts), connects, self._outside.put, self._ask_key)
        sound = SoundEncoding(self.outlets.put_sound, SOUND_BLOCKS_QUEUED)
        self.encodings = Encodings(self.plan, self.outlets, sound, self._outside.put, self._encoder_failed)
        self.tick = Tick(
            self.state,
            self.clock,
            self.encodings,
            sound,
            self.capture,
            self.room,
            self.journal,
            self.requests,
            self.artwork,
            self._news,
            self._obey,
            self.door.tell,
        )
        self._load_aired_sprites()
        if any(source.is_live for source in self.state.show.sources):
            self.capture.show_photos(self.tick.state.show.products[:MOST_PHOTOS])
        self._script()
        self.outlets.start_all(self.state if self._reading else None)
        self.encodings.attend()
        self._workers_seconds = process.children_processor_seconds()
        _wait_until(self.capture.is_settled, SETTLE_SECONDS if not self._reading else 0.3)
        if self.plan.stepped:
            _wait_until(self.outlets.is_settled, SETTLE_SECONDS)
        wanted = cards_of(self.state, self.artwork)
        self.room.want(wanted)
        if not self._reading:
            scripted = [command for _, command in self._scripted()]
            first = [one for command in scripted for one in wanted_drawings(self.state, command, self.artwork)]
            self.room.want(first)
            self.room.wait_for(first, FIRST_CARDS_SECONDS)

    def go(self) -> None:
        """Ticks until the run ends."""
        self.attendant.start(self.encodings)
        gc.collect()
        gc.freeze()
        ends_at = self.state.ends_at_tick
        first = tick = self._resume() if self._reading else self._start_clock()
        while not self.tick.end_reason and (ends_at is None or tick < ends_at):
            # The first tick is made whatever the clock says: later pictures can repeat it, nothing could repeat them.
            now = tick if tick == first else self.clock.wait_for(tick)
            if ends_at is not None:
                now = min(now, ends_at - 1)
            if now > tick:
                self._catch_up(tick, now)
                tick = now
            self.tick.make(tick)
            self.progress.note(tick)
            tick += 1
        self.finish(tick)

    def finish(self, tick: int) -> None:
        """Encoders, outlets, journal, in this order; the summary is the last word."""
        self.progress.note_ending()
        self.requests.refuse_all(Refusal("방송이 끝났어요.", "The run has ended.", "ended"))
        self.attendant.stop()
        self.encodings.close(tick, 1.0 if not self.plan.stepped else 60.0)
        self.outlets.close()
        self.tick.record(tick, [*self._news(), *self.tick.repeats.rest()])
        self.tick.record(tick, [events.RunEnded(self.tick.end_reason or "time")])
        self.journal.close()
        self.previews.close()
        self.capture.close()
        summary = self.summary(tick)
        try:
            (self.run_dir / "summary.json").write_text(json.dumps(summary, ensure_ascii=False, indent=1))
        except OSError as error:
            # The run has ended all the same, and whoever watches is told how.
            log.error("the summary cannot be written: %s", error.strerror)
        self.door.farewell(summary)

    def summary(self, ticks: int) -> dict[str, Any]:
        """The contract of `jangteo run --json`."""
        return {
            "ticks": ticks,
            "missed_ticks": self.tick.state.missed_ticks,
            "tick_ms": self.tick.tick_ms.told(),
            "compose_ms": self.tick.compose_ms.told(),
            "late_ms": self.tick.late_ms.told(),
            "cpu_seconds": {
                "engine": round(time.process_time(), 3),
                "sinks": round(process.children_processor_seconds() - self._workers_seconds, 3),
            },
            "canvases": self.encodings.frames(),
            "lowered": [asdict(span) for span in self.tick.state.lowered],
            "destinations": self.outlets.destinations(),
            "recordings": [*part_paths(self._reading.facts if self._reading else ()), *self._parts()],
            "recording_states": self.outlets.recordings(),
            "timeline": str(self.journal.path),
            "timeline_unwritten": self.journal.unwritten,
            "run_dir": str(self.run_dir),
            "resumed": self._reading is not None,
            "end": self.tick.end_reason or "time",
        }

    def _parts(self) -> list[str]:
        return [path for outlet in self.outlets.files.values() for path in outlet.parts]

    def status(self) -> dict[str, Any]:
        """The contract of `jangteo status --json`, without the keeper's part. Any thread."""
        at = self.progress.latest
        tick = getattr(self, "tick", None)
        outlets = getattr(self, "outlets", None)
        return {
            "run_dir": str(self.run_dir),
            **state_words(tick.state if tick else self.state, max(0, at)),
            "destinations": outlets.destinations() if outlets else {},
            "recordings": outlets.recordings() if outlets else {},
            "bitrate_kbps": self.encodings.kbps() if hasattr(self, "encodings") else {},
            "pace": self.encodings.paces() if hasattr(self, "encodings") else {},
            "processes": {
                "engine": os.getpid(),
                "letters": self.door.pids.get("letters"),
                "feeds": self.door.pids.get("feeds"),
                "sinks": outlets.sink_pids() if outlets else {},
                "sources": self.capture.live_pids(),
            },
            "listening": self.capture.live_addresses(),
        }

    def prepare_edit(self, command: commands.Command) -> None:
        """A door's thread: what a plan edit needs and the tick must not wait for. Refusal where a picture is
        unusable."""
        if isinstance(command, commands.PutSource) and command.source.scheme == "image":
            self.capture.preload(command.source)
        elif isinstance(command, commands.PutSource) and command.source.is_live:
            self.capture.show_photos(self.tick.state.show.products[:MOST_PHOTOS])
        elif isinstance(command, commands.PutProduct) and command.product.picture:
            path = Path(self.plan.show_folder) / command.product.picture
            decoded = _decoded_words(self.pictures.decode([path])[path])
            self.capture.renew_photo(command.product)
            if decoded is not None:
                artwork = Artwork({**self.tick.artwork.pictures, command.product.picture: decoded})
                self.artwork = self.tick.artwork = artwork

    def _show_previews(self, looker: object) -> dict[str, str]:
        """A door's thread. A stepped run has no time to look at."""
        return {} if self.plan.stepped else self.previews.look(looker, PREVIEW_SECONDS)

    def _begin(self, reading: Reading | None) -> tuple[State, int]:
        if reading is None:
            ends = self.plan.ends_after_seconds
            started = events.RunStarted(
                run=self.plan.run,
                kind="live" if isinstance(self.run, LiveRun) else "rehearsal",
                show=self.plan.show,
                started_ns=0,
                boot_id=process.boot_identity(),
                stepped=self.plan.stepped,
                version=studio.__version__,
                ends_at_tick=None if ends is None else ticks_of(ends, self.fps),
                encoders={
                    canvas: {"encoder": choice.encoder, **encoder_options(choice)}
                    for canvas, choice in self.plan.encoders.items()
                },
                destinations=_servers(self.run),
            )
            self._started = started
            self.clock = SteppedClock(self.fps, datetime.now(UTC)) if self.plan.stepped else LiveClock(self.fps, 0)
            return begin(Fact(0, "", started)), 0
        first = reading.facts[0].event
        assert isinstance(first, events.RunStarted)
        self._started = first
        state = replay(reading.facts)
        if first.stepped:
            self.clock = SteppedClock(self.fps, datetime.fromisoformat(reading.facts[0].utc))
            return state, self.progress.latest + 1
        live = LiveClock(self.fps, started_here(first, self.progress.latest, process.boot_identity()))
        self.clock = live
        return state, live.tick_now()

    def _start_clock(self) -> int:
        """Tick 0 is now."""
        if not self.plan.stepped:
            started_ns = time.monotonic_ns()
            self.clock = LiveClock(self.fps, started_ns)
            self.tick.use_clock(self.clock)
            self.capture.use_clock(started_ns)
            self._started = replace(self._started, started_ns=started_ns)
        self.tick.open(Fact(0, self.clock.utc(0).isoformat(timespec="milliseconds"), self._started))
        return 0

    def _resume(self) -> int:
        assert self._reading is not None
        tick = self.clock.wait_for(self.first_tick)
        missed = self.progress.latest + 1
        self.tick.record(tick, [*killed_parts(self._reading.facts)])
        gap = max(0, tick - missed)
        self.tick.record(tick, [events.EngineResumed(missed, gap, self._cut_bytes)])
        return tick

    def _catch_up(self, tick: int, now: int) -> None:
        if now - tick > self.fps:
            self.tick.gap(tick, now - 1)
            self.outlets.split_at(now)
        else:
            self.tick.repeat(tick, now - 1)

    def _news(self) -> list[Event]:
        news = []
        while not self._outside.empty():
            news.append(self._outside.get())
        return news

    def _obey(self, command: commands.Command) -> bool:
        return self.outlets.obey(command)

    def _ask_key(self, canvas: str) -> None:
        encodings: Encodings | None = getattr(self, "encodings", None)
        if encodings is not None:
            encodings.ask_key_frame(canvas)

    def _timeline_trouble(self, is_there: bool) -> None:
        door = getattr(self, "door", None)
        if door is None:
            return
        if is_there:
            door.notice(
                "방송 기록을 저장할 수 없어요. 방송은 계속돼요. 저장 공간을 비우면 빠짐없이 이어서 기록해요.",
                "The timeline cannot be written; the show goes on. Free some disk space: nothing will be missing then.",
            )
        else:
            door.notice("방송 기록을 다시 저장하고 있어요.", "The timeline is being written again.")

    def _encoder_failed(self, reason: str) -> None:
        self.tick.end_reason = f"encoder: {reason}"

    def _artwork(self) -> Artwork:
        folder = Path(self.plan.show_folder)
        wanted = {product.picture: folder / product.picture for product in self.state.show.products if product.picture}
        decoded = self.pictures.decode(wanted.values())
        pictures: dict[str, str] = {}
        for name, path in wanted.items():
            answer = decoded[path]
            decoded_words = _decoded_words(answer)
            if decoded_words is not None:
                pictures[name] = decoded_words
        return Artwork(pictures)

    def _scripted(self) -> list[tuple[float, commands.Command]]:
        return [(entry.at, decode_command(entry.command)) for entry in self.plan.script]

    def _script(self) -> None:
        for seconds, command in self._scripted():
            at = ticks_of(seconds, self.fps)
            if at > self.progress.latest:
                self.prepare_edit(command)
                self.requests.put(Request(command, at, partial(self._scripted_reply, type(command).__name__, seconds)))

    def _scripted_reply(self, name: str, seconds: float, reply: Mapping[str, Any]) -> None:
        """Nobody waits for the answer to a line of a script: a refusal is told to everybody who watches. Lines that
        come after the end of the run are no news to them."""
        if "refused" in reply and reply["refused"]["code"] != "ended":
            words = reply["refused"]
            log.warning("scripted %s refused: %s", name, words["en"])
            self.door.notice(f"대본 {seconds:g}초 {name}: {words['ko']}", f"Script {seconds:g} s {name}: {words['en']}")

    def _is_inserted(self, source_id: str) -> bool:
        return self.state.insert is not None and self.state.insert.source == source_id

    def _load_aired_sprites(self) -> None:
        aired = [card for shown in self.state.cards for card in shown.drawn.values()]
        if self.state.cover is not None:
            aired += self.state.cover.drawn.values()
        for card in aired:
            try:
                self.room.load(card)
            except (OSError, ValueError) as error:
                log.error("a sprite of the resumed run is missing: %s", type(error).__name__)


def _servers(run: Run) -> dict[str, str]:
    if isinstance(run, LiveRun):
        return {destination.label: destination.server for destination in run.destinations}
    return {}


def _decoded_words(answer: Mapping[str, Any]) -> str | None:
    """A decoded picture as cards name it, or None for one that is not used, which is logged."""
    if "refused" in answer:
        log.warning("%s", answer["refused"]["en"])
        return None
    return f"{answer['raw']}|{answer['width']}|{answer['height']}"


def _wait_until(condition: Callable[[], bool], timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
