"""The letters process: draws text and templates with Qt's offscreen platform into sprite files, on the engine's
request. A process of its own because a Qt text call holds the interpreter for up to 142 ms (measured). Connects to the
engine and connects again when the engine was restarted; ends with the keeper (end of input). One thread draws."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from pathlib import Path
from typing import Any

from studio.link import process
from studio.link.channel import Connection, NotThere, connect
from studio.link.logs import log_to_stderr
from studio.model.codec import encode
from studio.model.overlay import DrawRequest
from studio.model.sentence import Refusal

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.05


def main() -> int:
    """`jangteo letters`."""
    process.ignore_keyboard()
    log_to_stderr("letters")
    from studio.overlay.draw import draw
    from studio.overlay.fonts import open_without_window

    application = open_without_window()
    # The first drawing of a process costs ten times the others: it is paid before somebody waits for it.
    draw(DrawRequest("slate-moment", "mandarin", (("title", ""),), 320, 180))
    work: queue.Queue[tuple[Connection, dict[str, Any]] | None] = queue.Queue()
    threading.Thread(target=_end_with_keeper, args=(work,), daemon=True).start()
    threading.Thread(target=_stay_connected, args=(work,), daemon=True).start()
    while True:
        process.beat()
        try:
            item = work.get(timeout=process.BEAT_SECONDS)
        except queue.Empty:
            continue
        if item is None:
            break
        connection, message = item
        connection.send(_answer(draw, message))
    del application
    return 0


def _answer(draw: Any, message: dict[str, Any]) -> dict[str, Any]:
    number = message.get("draw")
    try:
        asked = message["request"]
        values = tuple((str(field), str(text)) for field, text in asked["values"])
        request = DrawRequest(
            str(asked["template"]), str(asked["theme"]), values, int(asked["canvas_width"]), int(asked["canvas_height"])
        )
        drawing = draw(request)
        folder = Path(message["folder"])
        for digest, data in drawing.sprites.items():
            _write_once(folder / f"{digest}.sprite", data)
        return {"drawing": number, "card": encode(drawing.card)}
    except Refusal as refusal:
        words = refusal.sentence
        return {"drawing": number, "refused": {"ko": words.ko, "en": words.en, "code": refusal.code}}
    except OSError as error:
        log.error("a drawing cannot be stored: %s", error.strerror)
        return {
            "drawing": number,
            "refused": {
                "ko": "카드를 저장할 수 없어서 올리지 않았어요. 방송은 계속돼요. 저장 공간을 비우고 다시 해 주세요.",
                "en": "The card cannot be stored and was not shown; all else goes on. Free disk space and try again.",
                "code": "not_drawn",
            },
        }
    except Exception as error:  # one bad drawing must not cost the process that draws all others
        log.exception("a drawing failed")
        return {
            "drawing": number,
            "refused": {
                "ko": f"카드를 그리지 못했어요 ({type(error).__name__}).",
                "en": f"The card could not be drawn ({type(error).__name__}).",
                "code": "not_drawn",
            },
        }


def _write_once(path: Path, data: bytes) -> None:
    """Named by its own hash: what is there is right; a file appears whole or not at all."""
    if path.exists():
        return
    temporary = path.with_suffix(f".{os.getpid()}.part")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _stay_connected(work: queue.Queue[tuple[Connection, dict[str, Any]] | None]) -> None:
    while True:
        gone = threading.Event()

        def take(connection: Connection, message: dict[str, Any]) -> None:
            if "draw" in message:
                work.put((connection, message))

        def note_gone(connection: Connection, gone: threading.Event = gone) -> None:
            gone.set()

        try:
            connect("engine", "letters", on_message=take, on_close=note_gone)
        except NotThere:
            time.sleep(RETRY_SECONDS)
            continue
        gone.wait()


def _end_with_keeper(work: queue.Queue[tuple[Connection, dict[str, Any]] | None]) -> None:
    while os.read(0, 4096):
        pass
    work.put(None)
    time.sleep(1.0)
    process.leave(0)
