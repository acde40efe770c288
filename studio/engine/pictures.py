"""Foreign pictures reach the engine through one choke point (house law 9): a media worker with limits decodes the file
and leaves raw RGBA in the run's folder. Called before the run or at a plan edit, never by the tick."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.link.workers import ask_worker
from studio.media.frame import Planes
from studio.media.sources.image import planes_from_rgba
from studio.model.sentence import Refusal


def decode_picture_file(path: Path, work_folder: Path) -> tuple[Path, int, int]:
    """Raw RGBA of a picture: file, width, height. Refusal in words where it is no picture or too large."""
    work_folder.mkdir(mode=0o700, exist_ok=True)
    answer = ask_worker({"do": "decode_picture", "path": str(path), "folder": str(work_folder)})
    if "refused" in answer:
        words = answer["refused"]
        raise Refusal(words["ko"], words["en"], words["code"])
    return Path(answer["raw"]), int(answer["width"]), int(answer["height"])


def decode_picture(path: Path, work_folder: Path) -> Planes:
    """A picture as planes."""
    raw, width, height = decode_picture_file(path, work_folder)
    return planes_from_rgba(np.fromfile(raw, np.uint8).reshape(height, width, 4))
