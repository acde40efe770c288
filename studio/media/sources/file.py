"""A video or sound file. Two threads of its own, one for pictures and one for sound, each with its own container:
they decode ahead, loop by rewinding, and hand over through Slot and Ring, so that nothing a file does can stall a
tick. Media time runs on through loops; a loop lasts exactly its pictures. An insert waits at its first picture
until its start."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import av
import numpy as np

from studio.media.frame import planes_of, to_program_colour
from studio.media.prepare import Prepared, upright
from studio.media.ring import Ring, Samples
from studio.media.slot import Slot
from studio.media.sources.file_facts import FileFacts, open_media, picture_stream, read_facts, sound_stream
from studio.media.sources.source import SourceInfo
from studio.model.sentence import Refusal
from studio.model.time import SAMPLE_RATE, nanoseconds_of, samples_per_tick
from studio.program.draw_list import Look

log = logging.getLogger(__name__)

ROOM_SECONDS = 0.25
BAD_PACKETS_UNTIL_TROUBLE = 30
RETRY_SECONDS = 2.0
JUMP_NS = 2_000_000_000
DRIFT_SAMPLES = SAMPLE_RATE // 100
"""Containers round sound's times; less than this is no hole and no overlap, once it began where it belongs."""


class FileSource:
    """`file:PATH`. `loops` is False for an insert. `start_tick` lets a resumed run go on where the file was."""

    def __init__(self, path: Path, fps: int, loops: bool, media_tick: int = 0) -> None:
        self._path = path
        self._fps = fps
        self._loops = loops
        self._slot = Slot()
        self._ring = Ring()
        self._closing = threading.Event()
        start_ns = nanoseconds_of(media_tick, fps)
        self._starts_ns = {"pictures": start_ns, "sound": start_ns}
        self._ring.restart(_samples_of(start_ns))
        self._jumps = {"pictures": threading.Event(), "sound": threading.Event()}
        self._facts: FileFacts | None = None
        self._ready = threading.Event()
        self.info: SourceInfo | None = None
        self.trouble = ""
        self._threads = [
            threading.Thread(target=self._run, args=(part,), name=f"{part}:{path.name}", daemon=True)
            for part in ("pictures", "sound")
        ]
        for thread in self._threads:
            thread.start()

    def want(self, looks: frozenset[Look]) -> None:
        """Looks to prepare in the pictures thread."""
        self._slot.want(looks)

    def picture(self, look: Look, media_tick: int, wait_seconds: float) -> Prepared | None:
        """The newest picture not later than the tick; the first one before the start."""
        if wait_seconds > 0:
            self._ready.wait(wait_seconds)
        if self._facts is not None and not self._facts.has_picture:
            return None
        time_ns = nanoseconds_of(max(0, media_tick), self._fps)
        self._jump_if_far(time_ns)
        taken = self._slot.take(time_ns, wait_seconds)
        if taken is None:
            return None
        # A scene taken without warning was not prepared for: scaled here, the same function and so the same pixels.
        return taken.at(look)

    def glance(self, look: Look, media_tick: int) -> Prepared | None:
        """What the tick saw last."""
        taken = self._slot.last_taken
        return None if taken is None else taken.at(look)

    def sound(self, media_tick: int, wait_seconds: float) -> Samples | None:
        """The samples of one tick; silence before the start."""
        if wait_seconds > 0:
            self._ready.wait(wait_seconds)
        if self._facts is None or not self._facts.has_sound or media_tick < 0:
            return None
        count = samples_per_tick(self._fps)
        first = media_tick * count
        if abs(first - self._ring.read_to) > _samples_of(JUMP_NS):
            self._jump("sound", nanoseconds_of(media_tick, self._fps))
        return self._ring.read(first, count, wait_seconds)

    def follow(self, media_tick: int) -> None:
        """Runs on with the clock, seen and heard or not."""
        if self._facts is None:
            return
        if self._facts.has_picture:
            time_ns = nanoseconds_of(max(0, media_tick), self._fps)
            self._jump_if_far(time_ns)
            self._slot.take(time_ns)
        if self._facts.has_sound:
            first = max(0, media_tick) * samples_per_tick(self._fps)
            if abs(first - self._ring.read_to) > _samples_of(JUMP_NS):
                self._jump("sound", nanoseconds_of(media_tick, self._fps))
            self._ring.follow(first)

    def restart(self) -> None:
        """An insert goes back to its first picture, ready for the next time."""
        self._jump("pictures", 0)
        self._jump("sound", 0)

    def close(self) -> None:
        """Ends both threads, sooner or later: nobody waits for them, least of all the tick, and a stuck read cannot
        hold the process, since they are daemons."""
        self._closing.set()
        self._slot.clear()

    def _jump_if_far(self, time_ns: int) -> None:
        wanted = self._slot.wanted_ns
        if wanted >= 0 and not wanted <= time_ns <= wanted + JUMP_NS:
            self._jump("pictures", time_ns)

    def _jump(self, part: str, time_ns: int) -> None:
        """What was decoded for another position is not to be taken for this one, from now on."""
        self._starts_ns[part] = time_ns
        if part == "pictures":
            self._slot.start_over()
        else:
            self._ring.restart(_samples_of(time_ns))
        self._jumps[part].set()

    def _run(self, part: str) -> None:
        play = self._play_pictures if part == "pictures" else self._play_sound
        while not self._closing.is_set():
            try:
                if part == "pictures":
                    self._open_facts()
                elif not self._ready.wait(ROOM_SECONDS):
                    continue
                self._jumps[part].clear()
                play()
                if part == "pictures":
                    self.trouble = ""
            except (OSError, ValueError, av.FFmpegError, Refusal) as error:
                log.warning("file source %s (%s): %s", self._path.name, part, type(error).__name__)
                if part == "pictures":
                    self.trouble = "unreadable"
            self._rest(part)

    def _rest(self, part: str) -> None:
        """Until a jump, the end, or the next try after trouble."""
        waited = 0.0
        while not self._closing.is_set() and not self._jumps[part].is_set():
            if self.trouble and waited >= RETRY_SECONDS:
                reached = self._slot.wanted_ns if part == "pictures" else _nanoseconds_of(self._ring.read_to)
                self._jump(part, max(self._starts_ns[part], reached))
                return
            self._jumps[part].wait(0.1)
            waited += 0.1

    def _open_facts(self) -> None:
        if self._facts is None:
            facts = read_facts(self._path)
            self._facts = facts
            self.info = SourceInfo(
                facts.width, facts.height, facts.duration_ns, has_picture=facts.has_picture, has_sound=facts.has_sound
            )
            self._ready.set()

    def _stopped(self, part: str) -> bool:
        return self._closing.is_set() or self._jumps[part].is_set()

    def _play_pictures(self) -> None:
        facts = self._facts
        if facts is None or not facts.has_picture:
            return
        turn = self._slot.turn  # before the start is read: a jump in between makes this turn an old one
        start_ns = self._starts_ns["pictures"]
        loop, offset_ns = divmod(start_ns, facts.duration_ns) if self._loops else (0, start_ns)
        with open_media(self._path) as container:
            stream = picture_stream(container)
            if stream is None:
                raise ValueError("the file was replaced by one without pictures")
            stream.thread_type = "AUTO"
            stream.codec_context.thread_count = 2
            self._seek(container, stream, offset_ns + facts.first_ns)
            while not self._stopped("pictures"):
                shown = self._one_pass(container, stream, facts, loop, start_ns, turn)
                if not self._loops:
                    self._slot.end(turn)
                    return
                if not shown:
                    raise ValueError("no picture could be decoded")
                loop, start_ns = loop + 1, 0
                container.seek(0, backward=True, any_frame=False)

    def _one_pass(
        self,
        container: av.container.InputContainer,
        stream: av.VideoStream,
        facts: FileFacts,
        loop: int,
        from_ns: int,
        turn: int,
    ) -> int:
        """Pictures from here to the end of the file; how many were handed over."""
        shown = bad = 0
        held: tuple[int, av.VideoFrame] | None = None
        for packet in container.demux(stream):
            if self._stopped("pictures"):
                return shown + 1
            try:
                frames = packet.decode()
            except av.FFmpegError:
                bad += 1
                if bad == BAD_PACKETS_UNTIL_TROUBLE:
                    self.trouble = "damaged"
                continue
            for frame in frames:
                if frame.pts is None or frame.time_base is None:
                    continue
                time_ns = int(frame.pts * frame.time_base * 1_000_000_000) - facts.first_ns
                if time_ns >= facts.duration_ns:
                    continue
                time_ns += loop * facts.duration_ns
                if time_ns + facts.picture_ns <= from_ns or self._is_late(time_ns + facts.picture_ns):
                    held = (time_ns, frame)
                    continue
                held = None
                if not self._hand_over(time_ns, frame, facts, turn):
                    return shown + 1
                shown, bad, self.trouble = shown + 1, 0, ""
        if held is not None:
            # The last pictures of a file that is behind: better an old one than none.
            self._hand_over(*held, facts, turn)
            shown += 1
        return shown

    def _is_late(self, end_ns: int) -> bool:
        return end_ns < self._slot.wanted_ns

    def _hand_over(self, time_ns: int, frame: av.VideoFrame, facts: FileFacts, turn: int) -> bool:
        planes = planes_of(to_program_colour(frame))
        if facts.rotation:
            planes = upright(planes, facts.rotation)
        while not self._slot.wait_for_room(ROOM_SECONDS):
            if self._stopped("pictures"):
                return False
        self._slot.put(time_ns, planes, turn)
        return not self._stopped("pictures")

    def _play_sound(self) -> None:
        facts = self._facts
        if facts is None or not facts.has_sound:
            return
        turn = self._ring.turn  # before the start is read, as for pictures
        length = _samples_of(facts.duration_ns)
        start = _samples_of(self._starts_ns["sound"])
        offset = start % length if self._loops else start
        with open_media(self._path) as container:
            stream = sound_stream(container)
            if stream is None:
                raise ValueError("the file was replaced by one without sound")
            while not self._stopped("sound"):
                self._seek(container, stream, _nanoseconds_of(offset) + facts.first_ns)
                position = self._sound_pass(container, stream, facts, offset, length, turn)
                if not self._loops:
                    self._ring.end(turn)
                    return
                if position < length and not self._stopped("sound"):
                    self._silence(length - position, turn)
                offset = 0

    def _sound_pass(
        self,
        container: av.container.InputContainer,
        stream: av.AudioStream,
        facts: FileFacts,
        offset: int,
        length: int,
        turn: int,
    ) -> int:
        """Writes samples `offset` … `length` of one pass through the file as far as it has them; holes in it become
        silence. Returns where it ended."""
        resampler = av.AudioResampler(format="flt", layout="stereo", rate=SAMPLE_RATE)
        position = offset
        allowed = 0
        for packet in container.demux(stream):
            if self._stopped("sound") or position >= length:
                return position
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            for frame in frames:
                if frame.pts is None or frame.time_base is None:
                    continue
                for piece in resampler.resample(frame):
                    assert piece.pts is not None
                    assert piece.time_base is not None
                    at = round((piece.pts * piece.time_base - facts.first_ns / 1_000_000_000) * SAMPLE_RATE)
                    samples = np.nan_to_num(piece.to_ndarray().reshape(-1, 2), nan=0.0, posinf=0.0, neginf=0.0)
                    if at + len(samples) <= position and allowed == 0:
                        continue  # before the place that was sought
                    if at > position + allowed:
                        self._silence(min(at, length) - position, turn)
                        position = min(at, length)
                    elif at < position - allowed:
                        samples = samples[position - at :]
                    samples = np.clip(samples[: max(0, length - position)], -4, 4)
                    self._write(samples.astype(np.float32, copy=False), turn)
                    position += len(samples)
                    allowed = DRIFT_SAMPLES
        return position

    def _write(self, samples: Samples, turn: int) -> None:
        for start in range(0, len(samples), SAMPLE_RATE // 10):
            block = samples[start : start + SAMPLE_RATE // 10]
            while not self._ring.wait_for_room(len(block), ROOM_SECONDS):
                if self._stopped("sound"):
                    return
            self._ring.write(block, turn)

    def _silence(self, count: int, turn: int) -> None:
        block = np.zeros((SAMPLE_RATE // 10, 2), np.float32)
        while count > 0 and not self._stopped("sound"):
            self._write(block[:count], turn)
            count -= len(block)

    @staticmethod
    def _seek(container: av.container.InputContainer, stream: av.VideoStream | av.AudioStream, time_ns: int) -> None:
        if stream.time_base is not None:
            container.seek(int(time_ns / 1_000_000_000 / stream.time_base), stream=stream, backward=True)


def _samples_of(time_ns: int) -> int:
    return round(time_ns * SAMPLE_RATE / 1_000_000_000)


def _nanoseconds_of(sample: int) -> int:
    return sample * 1_000_000_000 // SAMPLE_RATE
