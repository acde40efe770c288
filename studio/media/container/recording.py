"""One part of a recording: a hybrid fragmented MP4 that can be played up to its last fifth of a second however it ends,
and becomes an ordinary MP4 when it ends well. Decides what is durable and says no more than that. Owned by a sink:
`write` and `finish` belong to its muxer thread, the syncing thread is its own, figures may be read by anybody."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
import time
from collections import deque
from pathlib import Path

import av

from studio.media.container.fragments import Fragments, recorded_pictures
from studio.media.container.part_file import Disk, PartFile
from studio.media.container.tracks import Container, EncodedPacket, Failure
from studio.model.packet import VIDEO
from studio.model.time import SAMPLE_RATE

SYNC_SECONDS = 0.2
FRAGMENT_MICROSECONDS = 200_000
LOOK_SECONDS = 0.5
"""How often to see whether the file is still where it was."""


class Recording:
    """The file at `path`, made at the first key packet."""

    def __init__(self, path: Path, rate: int, disk: Disk) -> None:
        self._path = path
        self._rate = rate
        self._disk = disk
        self._file: PartFile | None = None
        self._container: Container | None = None
        self._ticks: deque[int] = deque()  # ticks not yet durable, in the order of the file
        self._durable_pictures = 0
        self._stop = threading.Event()
        self._grown = threading.Event()
        self._syncing: threading.Thread | None = None
        self._trouble: OSError | None = None
        self.packets = 0
        self.size = 0
        self.durable_through: int | None = None
        self.free_bytes: int | None = None
        self.digests: list[str] | None = None

    @property
    def first_tick(self) -> int | None:
        return None if self._container is None else self._container.first_tick

    @property
    def last_tick(self) -> int | None:
        return None if self._container is None else self._container.last_tick

    def prepare(self) -> None:
        """See that the folder is there and the name is free, before anything needs it."""
        try:
            self.free_bytes = self._disk.free_bytes(self._path.parent)
        except OSError as error:
            raise _failure(error, self._disk) from None
        if self._path.exists():
            raise Failure("disk", "a file of this name exists already")

    def write(self, packet: EncodedPacket) -> None:
        """Put `packet` into the file. Raises Failure after the file was finished as well as the disk allows."""
        try:
            if self._trouble is not None:
                raise self._trouble
            container = self._begun(packet)
            if container is None or not container.accepts(packet):
                return
            if packet.stream == VIDEO:
                self._ticks.append(packet.pts)
            container.write(packet)
            self.packets += 1
            if self._file is not None:
                self._file.settle()
                if self._file.size != self.size:
                    self.size = self._file.size
                    self._grown.set()
                if self._file.is_full:
                    raise OSError(errno.ENOSPC, "no space left")
        except OSError as error:
            said = self.durable_through
            self._give_up()
            if error.errno not in self._disk.FULL:
                # A disk that fails may hold something else than what it was handed, and what is read back.
                self.digests, self.durable_through = None, said
            raise _failure(error, self._disk) from None
        except (av.FFmpegError, ValueError):
            self._give_up()
            raise Failure("bad_input", "FFmpeg does not take this packet") from None

    def _begun(self, packet: EncodedPacket) -> Container | None:
        if self._container is None and packet.stream == VIDEO and packet.is_key:
            container = Container(
                self._rate,
                kind="mp4",
                options={
                    "movflags": "hybrid_fragmented+delay_moov",
                    "frag_duration": str(FRAGMENT_MICROSECONDS),
                    "flush_packets": "1",
                    # Units of where a track begins: in the usual thousandths sound would be off by 16 samples.
                    "movie_timescale": str(SAMPLE_RATE),
                },
                from_zero=True,
                buffer_size=1 << 18,
            )
            container.learn(packet)
            self._file = PartFile(self._path, self._disk)
            container.begin(self._file)
            self._container = container
            self._syncing = threading.Thread(target=self._sync, args=(self._file,), name="syncing", daemon=True)
            self._syncing.start()
        return self._container

    def finish(self) -> None:
        """End the file: an ordinary MP4 on the medium, with digests. Raises Failure if only the fragments are left."""
        self._end_syncing()
        if self._file is None:
            return
        try:
            self._file.settle()
            self._file.begin_end()
            if self._container is not None:
                self._container.close()
            self.digests = self._file.seal()
            self.durable_through = self.last_tick
        except (OSError, av.FFmpegError) as error:
            self._retreat()
            if isinstance(error, OSError):
                raise _failure(error, self._disk) from None
            raise Failure("disk", "FFmpeg could not finish the file") from None
        finally:
            self.size = self._file.size
            self._file = None

    def _give_up(self) -> None:
        """Finish as well as the disk allows; what is in the file then is read from the file."""
        said = self.durable_through
        with contextlib.suppress(Failure):
            self.finish()
        try:
            pictures = recorded_pictures(self._path)
        except (OSError, ValueError):
            pictures = 0
        self.durable_through = said if self.first_tick is None or not pictures else self.first_tick + pictures - 1

    def _retreat(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self.digests = self._file.retreat()

    # --- the syncing thread ---

    def _end_syncing(self) -> None:
        self._stop.set()
        self._grown.set()
        if self._syncing is not None:
            self._syncing.join()
            self._syncing = None

    def _sync(self, file: PartFile) -> None:
        try:
            with open(file.path, "rb+", buffering=0) as second:
                self._sync_until_stopped(file, second.fileno(), Fragments(second))
        except OSError as error:
            self._trouble = error

    def _sync_until_stopped(self, file: PartFile, number: int, fragments: Fragments) -> None:
        last_look = 0.0
        synced = -1
        while True:
            # Woken by each whole fragment (every 200 ms): waiting for the clock instead would add to what a cut costs.
            self._grown.wait(SYNC_SECONDS)
            self._grown.clear()
            if self._stop.is_set():
                return
            size = file.settled
            if size != synced:
                self._disk.sync_file(number)
                synced = size
                self._count(fragments.walk(size))
            now = time.monotonic()
            if now - last_look >= LOOK_SECONDS:
                last_look = now
                self.free_bytes = self._disk.free_bytes(file.path.parent)
                if not os.path.samestat(os.stat(file.path), os.fstat(number)):
                    raise OSError(errno.ENOENT, "the file was replaced")

    def _count(self, pictures: int) -> None:
        while self._durable_pictures < pictures and self._ticks:
            self.durable_through = self._ticks.popleft()
            self._durable_pictures += 1


def _failure(error: OSError, disk: Disk) -> Failure:
    if error.errno in disk.FULL:
        return Failure("disk_full", "no space left")
    return Failure("disk", errno.errorcode.get(error.errno or 0, type(error).__name__))
