"""A camera that does what a script says, as a process of its own: MJPEG over HTTP (which OpenCV opens like any network
camera), each picture with a frame counter drawn as the test pattern. It can freeze (one picture for ever), hang (the
connection stays, nothing comes), be unplugged, come back at another port, change its size, and jitter. `ScriptedCamera`
is the test's side, any one thread; the rest runs in the camera's process, a thread per connection."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import numpy as np

from tests.rigs.ports import HOST, free_port
from tests.rigs.samples import draw
from tests.rigs.waiting import wait_for

PROJECT = Path(__file__).resolve().parents[2]
BOUNDARY = b"picture"


class ScriptedCamera:
    """One camera. `say("freeze")`, `say("hang")`, `say("normal")`, `say("unplug")`, `say("plug", port)`,
    `say("size", width, height)`, `say("jitter", milliseconds)`."""

    def __init__(self, width: int = 320, height: int = 240, fps: int = 30) -> None:
        self.port = free_port()
        words = [sys.executable, "-m", "tests.rigs.scripted_camera", *map(str, (self.port, width, height, fps))]
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT, text=True, start_new_session=True
        )
        self.counters: dict[str, int] = {}
        threading.Thread(target=self._listen, daemon=True).start()
        wait_for(lambda: "sent" in self.counters, 15, "the camera runs")

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.counters = json.loads(line)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/camera.mjpg"

    def say(self, *words: object) -> None:
        """One line of the script; `plug` moves the camera to a port."""
        if words[0] == "plug":
            self.port = int(str(words[1]))
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()

    def __enter__(self) -> ScriptedCamera:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait(5)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


class Lens:
    """What the camera sees just now: the newest JPEG and its number. A thread makes them at the camera's own pace."""

    def __init__(self, width: int, height: int, fps: int) -> None:
        self.size = (width, height)
        self.fps = fps
        self.mode = "normal"
        self.jitter_ms = 0
        self.number = self.sent = 0
        self.jpeg = b""
        self.changed = threading.Condition()
        threading.Thread(target=self._make, daemon=True).start()

    def _make(self) -> None:
        chooser = random.Random(7)
        due = time.monotonic()
        while True:
            if self.mode == "normal" or not self.jpeg:
                picture = draw(self.number, *self.size, self.fps, (0.25, 0.5, 0.3))
                bgr = np.rint(picture[..., ::-1] * 255).astype(np.uint8)
                _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])
                with self.changed:
                    self.jpeg = bytes(jpeg)
                    self.number += 1
                    self.changed.notify_all()
            elif self.mode == "freeze":
                with self.changed:
                    self.number += 1
                    self.changed.notify_all()
            due += 1 / self.fps
            late = chooser.uniform(0, self.jitter_ms / 1000)
            time.sleep(max(0.0, due + late - time.monotonic()))

    def next_picture(self, after: int) -> tuple[int, bytes]:
        """Waits for a picture behind number `after`."""
        with self.changed:
            self.changed.wait_for(lambda: self.number > after and self.mode != "hang")
            return self.number, self.jpeg


class CameraServer(ThreadingHTTPServer):
    """Answers while it is plugged in."""

    daemon_threads = True
    is_plugged = True


def plug(lens: Lens, port: int) -> CameraServer:
    """The camera answers at `port`."""

    class Socket(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY.decode()}")
            self.end_headers()
            number = lens.number
            while server.is_plugged:
                number, jpeg = lens.next_picture(number)
                if not server.is_plugged:
                    return
                head = f"Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
                try:
                    self.wfile.write(b"--" + BOUNDARY + b"\r\n" + head + jpeg + b"\r\n")
                    self.wfile.flush()
                except OSError:
                    return
                lens.sent += 1

        def log_message(self, *_: Any) -> None:
            pass

    server = CameraServer((HOST, port), Socket)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


def unplug(server: CameraServer) -> None:
    """Connections end at the next picture, new ones are refused."""
    server.is_plugged = False
    server.shutdown()
    server.server_close()


def obey(lens: Lens, server: CameraServer | None, words: list[str]) -> CameraServer | None:
    if words[0] in ("unplug", "plug") and server is not None:
        unplug(server)
        server = None
    if words[0] == "plug":
        return plug(lens, int(words[1]))
    if words[0] == "size":
        lens.size = (int(words[1]), int(words[2]))
    elif words[0] == "jitter":
        lens.jitter_ms = int(words[1])
    elif words[0] in ("normal", "freeze", "hang"):
        lens.mode = words[0]
    return server


def main() -> None:
    port, width, height, fps = map(int, sys.argv[1:5])
    lens = Lens(width, height, fps)
    server: CameraServer | None = plug(lens, port)

    def tell() -> None:
        while True:
            print(json.dumps({"made": lens.number, "sent": lens.sent}), flush=True)
            time.sleep(0.05)

    threading.Thread(target=tell, daemon=True).start()
    for line in sys.stdin:
        server = obey(lens, server, line.split())


if __name__ == "__main__":
    main()
