"""The door keeper of the RTMP rig: answers nginx's `on_publish` with 200 or 403 per stream name, keeps a list of who
asked when, and moves a recording of the same name and second out of the way (nginx names recordings by the second and
would overwrite it); ends nginx if the test process is killed. A process of its own, `python -I publish_gate.py FOLDER
PORT`, because a test that opens an RTMP output with PyAV holds its interpreter while nginx waits for this answer.
Steered by files: it needs no channel."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote


def file_name(stream: str) -> str:
    """A stream name as one path component."""
    return quote(stream, safe="") or "%00"


class Gate(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.writing = threading.Lock()
        super().__init__(("127.0.0.1", port), Answer)

    def note(self, call: str, name: str, verdict: int) -> None:
        with self.writing, (self.folder / "asked").open("a") as log:
            log.write(f"{time.monotonic():.6f} {call} {verdict} {file_name(name)}\n")

    def keep_earlier_recordings(self, name: str) -> None:
        """nginx is about to open NAME-SECOND.flv; an earlier file of this very second gets another name first."""
        now = int(time.time())
        for second in (now - 1, now, now + 1):
            path = self.folder.parent / "recordings" / f"{name}-{second}.flv"
            if path.exists():
                path.rename(path.with_name(f"{name}-{second}.{time.monotonic_ns()}.flv"))


class Answer(BaseHTTPRequestHandler):
    server: Gate

    def do_POST(self) -> None:
        fields = parse_qs(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace"))
        call = fields.get("call", ["?"])[0]
        name = fields.get("name", [""])[0]
        while (self.server.folder / "silent" / file_name(name)).exists():
            time.sleep(0.02)
        verdict = 403 if call == "publish" and (self.server.folder / "refused" / file_name(name)).exists() else 200
        self.server.note(call, name, verdict)
        if call == "publish" and verdict == 200 and "/" not in name:
            self.server.keep_earlier_recordings(name)
        self.send_response(verdict)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


def stop_server(folder: Path) -> None:
    """The test process was killed: its nginx must not outlive it."""
    with contextlib.suppress(OSError, ValueError):
        pid = int((folder / "nginx.pid").read_text())
        if str(folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGTERM)


def main() -> None:
    gate = Gate(Path(sys.argv[1]), int(sys.argv[2]))
    parent = os.getppid()

    def leave_with_parent() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        stop_server(gate.folder.parent)
        os._exit(0)

    threading.Thread(target=leave_with_parent, daemon=True).start()
    gate.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
