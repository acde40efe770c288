"""Foreign pictures reach the engine through one choke point (house law 9): a media worker with limits decodes the files
and leaves raw RGBA in the run's folder, with an index so that a resumed run does not decode again. Called before the
run or at a plan edit, never by the tick."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from studio.link.workers import ask_worker
from studio.media.frame import Planes
from studio.media.sources.image import planes_from_rgba
from studio.model.sentence import Refusal

log = logging.getLogger(__name__)

INDEX_NAME = "index.json"


class PictureFolder:
    """Decoded pictures of one run."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder
        self._known: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        try:
            self._known = json.loads((folder / INDEX_NAME).read_text())
        except (OSError, ValueError):
            log.debug("no pictures have been decoded for this run yet")

    def decode(self, paths: Iterable[Path]) -> dict[Path, dict[str, Any]]:
        """Per path `{raw, width, height}` or `{refused}`; all unknown ones in one worker, and one by one where that
        worker died of one of them."""
        with self._lock:
            return self._decode(list(dict.fromkeys(paths)))

    def _decode(self, wanted: list[Path]) -> dict[Path, dict[str, Any]]:
        names = {path: _name(path) for path in wanted}
        unknown = [path for path in wanted if names[path] not in self._known]
        refused: dict[Path, dict[str, Any]] = {}
        if unknown:
            answers = self._ask(unknown)
            if answers is None:
                answers = [answer for path in unknown for answer in (self._ask([path]) or [_died(path)])]
            for path, answer in zip(unknown, answers, strict=True):
                if "refused" in answer:
                    refused[path] = answer
                else:
                    self._known[names[path]] = answer
            (self._folder / INDEX_NAME).write_text(json.dumps(self._known))
        return {path: refused.get(path) or self._known[names[path]] for path in wanted}

    def planes(self, path: Path) -> Planes:
        """One picture as planes; Refusal in words where it is no picture or too large."""
        answer = self.decode([path])[path]
        if "refused" in answer:
            words = answer["refused"]
            raise Refusal(words["ko"], words["en"], words["code"])
        shape = (int(answer["height"]), int(answer["width"]), 4)
        return planes_from_rgba(np.fromfile(answer["raw"], np.uint8).reshape(shape))

    def _ask(self, paths: list[Path]) -> list[dict[str, Any]] | None:
        question = {"do": "decode_pictures", "paths": [str(path) for path in paths], "folder": str(self._folder)}
        answer = ask_worker(question)
        return answer.get("pictures")


def _name(path: Path) -> str:
    """A picture as it is now: one that was changed under the same name is another."""
    try:
        facts = path.stat()
    except OSError:
        return str(path)
    return f"{path}|{facts.st_mtime_ns}|{facts.st_size}"


def _died(path: Path) -> dict[str, Any]:
    return {
        "refused": {
            "ko": f"그림 {path}을(를) 읽다가 멈췄어요. 쓰지 않았어요.",
            "en": f"Reading the picture {path} failed. It was not used.",
            "code": "bad_source",
        }
    }
