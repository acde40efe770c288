"""Pictures for a window: the program of each canvas as it is encoded, the preview bus, and a small picture of each
scene, in mapped files that a window reads whenever it likes. Made only while somebody looks. A thread of its own: it
borrows the newest encoded frame, composes preview and scenes at their own small sizes, and turns them into BGRA of
BT.709. The tick never waits for it, and a window that dies leaves nothing behind."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from studio import paths
from studio.engine.encoding import CanvasEncoding
from studio.link import process
from studio.link.mapped_pictures import VIEW_PREFIX, PictureWriter
from studio.media.bgra import BgraConverter
from studio.media.frame import Planes, new_planes
from studio.media.paint import Painter, Pictures
from studio.media.prepare import prepare
from studio.model.scene import Scene
from studio.model.show import Canvas
from studio.program.compose import compose_preview
from studio.program.draw_list import Look
from studio.program.state import State

log = logging.getLogger(__name__)

MOST_HEIGHT, MOST_WIDTH = 960, 960
PICTURES_PER_SECOND = 25
THUMBNAIL = (240, 136)
THUMBNAILS_PER_SECOND = 5
SLOTS = 3
MOST_THUMBNAILS = 60
LOWER_PRIORITY = -2


class Previews:
    """`state` and `tick` are what is on air just now; `encodings` are those of the present canvases."""

    def __init__(
        self,
        state: Callable[[], State],
        tick: Callable[[], int],
        encodings: Callable[[], Mapping[str, CanvasEncoding]],
        pictures: Pictures,
    ) -> None:
        self._state, self._tick, self._encodings = state, tick, encodings
        self._pictures = pictures
        self._lock = threading.Lock()
        self._lookers: set[object] = set()
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self._views: dict[str, _View] = {}

    def look(self, looker: object, wait_seconds: float) -> dict[str, str]:
        """`program:CANVAS`, `preview:CANVAS` and `scene:SCENE` → file. Pictures are made from now on until `leave`.
        Waits until each view has its file, or for so long."""
        with self._lock:
            self._lookers.add(looker)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="previews", daemon=True)
                self._thread.start()
        deadline = time.monotonic() + wait_seconds
        wanted = self._wanted()
        while time.monotonic() < deadline and not wanted <= self._views.keys():
            time.sleep(0.02)
        return {name: str(view.path) for name, view in dict(self._views).items()}

    def leave(self, looker: object) -> None:
        """Whoever looked is gone; the last one ends the work."""
        with self._lock:
            self._lookers.discard(looker)

    def close(self) -> None:
        """The run ends."""
        self._ending.set()
        thread = self._thread
        if thread is not None:
            thread.join(1.0)

    def _wanted(self) -> set[str]:
        show = self._state().show
        names = {f"program:{canvas}" for canvas in self._encodings()}
        names |= {f"preview:{canvas.id}" for canvas in show.canvases}
        return names | {f"scene:{scene.id}" for scene in show.scenes[:MOST_THUMBNAILS]}

    # --- the thread ---

    def _run(self) -> None:
        process.favour_thread(LOWER_PRIORITY)
        turn = 0
        due = time.monotonic()
        while not self._ending.is_set():
            with self._lock:
                if not self._lookers:
                    # Under the lock: whoever looks next begins with files of its own, which nobody takes away.
                    self._thread = None
                    self._forget_views()
                    return
            try:
                self._make(turn)
            except Exception:  # a window without pictures is bad, an engine without a thread that says so is worse
                log.exception("a preview could not be made")
            turn += 1
            due = max(due + 1 / PICTURES_PER_SECOND, time.monotonic())
            self._ending.wait(due - time.monotonic())
        self._forget_views()

    def _forget_views(self) -> None:
        for view in self._views.values():
            view.close()
        self._views = {}

    def _make(self, turn: int) -> None:
        state, tick = self._state(), self._tick()
        for canvas_id, encoding in self._encodings().items():
            self._program(canvas_id, encoding)
        for canvas in state.show.canvases:
            self._view(f"preview:{canvas.id}", _fitted(canvas, MOST_WIDTH, MOST_HEIGHT)).paint(
                state, tick, self._pictures
            )
        every = PICTURES_PER_SECOND // THUMBNAILS_PER_SECOND
        scenes = state.show.scenes[:MOST_THUMBNAILS]
        # Spread over the pictures in between, so that none of them takes much longer than the others.
        for scene in scenes[turn % every :: every]:
            self._thumbnail(state, scene, tick)

    def _program(self, canvas_id: str, encoding: CanvasEncoding) -> None:
        frame = encoding.pool.borrow_newest()
        if frame is None:
            return
        try:
            view = self._view(f"program:{canvas_id}", _fitted(encoding.canvas, MOST_WIDTH, MOST_HEIGHT))
            view.show(frame.planes, frame.tick)
        finally:
            encoding.pool.give_back(frame)

    def _thumbnail(self, state: State, scene: Scene, tick: int) -> None:
        canvas = _fitted(state.show.canvases[0], *THUMBNAIL)
        self._view(f"scene:{scene.id}", canvas).paint(replace(state, preview=scene.id), tick, self._pictures)

    def _view(self, name: str, canvas: Canvas) -> _View:
        view = self._views.get(name)
        if view is None or (view.canvas.width, view.canvas.height) != (canvas.width, canvas.height):
            if view is not None:
                view.close()
            view = self._views[name] = _View(name, canvas)
        return view


class _View:
    """One mapped file and what is needed to fill it."""

    def __init__(self, name: str, canvas: Canvas) -> None:
        self.canvas = canvas
        safe = "".join(letter if letter.isalnum() else "-" for letter in name)
        self.path = paths.memory_folder() / f"{VIEW_PREFIX}{os.getpid()}-{safe}-{canvas.width}x{canvas.height}"
        self.path.unlink(missing_ok=True)
        self._writer = PictureWriter(self.path, canvas.width * canvas.height * 4, SLOTS)
        self._painter = Painter(canvas.width, canvas.height)
        self._planes = new_planes(canvas.width, canvas.height)
        self._converter = BgraConverter(canvas.width, canvas.height)
        self._shown = -1

    def paint(self, state: State, tick: int, pictures: Pictures) -> None:
        """The preview bus at this size."""
        self._painter.paint(compose_preview(state, self.canvas, tick), self._planes, pictures)
        self._write(self._planes, tick)

    def show(self, planes: Planes, tick: int) -> None:
        """A finished frame, made smaller; nothing where it is the one before."""
        if tick != self._shown:
            self._shown = tick
            self._write(prepare(planes, Look(self.canvas.width, self.canvas.height, "stretch")).planes, tick)

    def _write(self, planes: Planes, tick: int) -> None:
        pixels: np.ndarray[Any, np.dtype[np.uint8]] = self._converter.convert(planes)
        self._writer.put(tick, self.canvas.width, self.canvas.height, [pixels])

    def close(self) -> None:
        """The file is gone; who has it open keeps it."""
        self._writer.close()
        Path(self.path).unlink(missing_ok=True)


def _fitted(canvas: Canvas, width: int, height: int) -> Canvas:
    """The canvas at the largest even size that fits, never larger than it is."""
    scale = min(1.0, width / canvas.width, height / canvas.height)
    return replace(canvas, width=max(2, _even(canvas.width * scale)), height=max(2, _even(canvas.height * scale)))


def _even(value: float) -> int:
    return int(value / 2) * 2
