"""Who may import whom: section "Walls" of docs/architecture.md, as a table. A wall is moved there first, then here."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.quality.reading import Module, imports, modules, read, where

# room (or module, which then goes by its own line) → rooms or single modules of the house it may import; itself always
WALLS: dict[str, set[str]] = {
    "paths": set(),
    "model": set(),
    "program": {"model"},
    "report": {"program", "model"},
    "link": {"model"},
    "overlay": {"model"},
    "feeds": {"model"},
    "store": {"model"},
    # What to paint and to mix, and nothing of how it was decided.
    "media": {"model", "program.compose", "program.draw_list", "program.sound"},
    "engine": {"program", "media", "link", "model"},
    "letters": {"overlay", "link", "model"},
    "sink": {"media.container", "link", "model"},
    "source": {"media", "link", "model"},
    "media_worker": {"media", "link", "model"},
    "keeper": {"link", "model"},
    "desk": {"program", "overlay", "link", "store", "report", "model"},
    "terminal": {"program", "link", "model", "store", "media", "report"},
    "feeds.process": {"feeds", "store", "link", "model"},
}
EVERYBODY = {"paths"}

# room → libraries from outside; a room not named here has the standard library only
LIBRARIES: dict[str, set[str]] = {
    "paths": {"platformdirs"},
    "link": {"numpy"},
    "overlay": {"PySide6.QtCore", "PySide6.QtGui", "numpy"},
    "letters": {"PySide6.QtCore", "PySide6.QtGui", "numpy"},
    "media": {"numpy", "cv2", "cv2_enumerate_cameras", "av", "sounddevice", "pulsectl", "certifi"},
    "engine": {"numpy"},
    "sink": {"av"},
    "source": {"numpy"},
    "feeds": {"certifi"},
    "store": {"sqlalchemy"},
    "desk": {"PySide6", "numpy"},
    "terminal": {"numpy", "segno"},
}


def belongs(target: str, allowed: set[str]) -> bool:
    return any(target == name or target.startswith(f"{name}.") for name in allowed)


def breaches(module: Module) -> Iterator[str]:
    if not module.inside:  # studio itself: a name and a version
        for found in imports(module):
            yield f"{where(module, found.line)}: studio/__init__.py imports {found.target}"
        return
    line = module.inside if module.inside in WALLS else module.room
    is_door = module.inside == "__main__"
    if line not in WALLS and not is_door:
        yield f"{where(module, 1)}: the room {module.room} has no line in the table of walls"
        return
    own = {module.room} if line == module.room else {line}
    allowed = own | WALLS.get(line, set()) | EVERYBODY
    if line == "paths":
        allowed = own
    for found in imports(module):
        top, _, inside = found.target.partition(".")
        if top == "studio":
            if is_door and not found.in_function:
                yield f"{where(module, found.line)}: {found.target} is imported before the verb is known"
            elif not is_door and inside and not belongs(inside, allowed):
                yield f"{where(module, found.line)}: {line} imports {found.target}"
        elif top not in sys.stdlib_module_names and not belongs(found.target, LIBRARIES.get(module.room, set())):
            yield f"{where(module, found.line)}: {line} imports the library {found.target}"


def test_every_import_stays_within_its_walls() -> None:
    assert [breach for module in modules() for breach in breaches(module)] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("studio.model.show", "from studio.program import state"),
        ("studio.model.show", "import numpy"),
        ("studio.program.state", "from studio.media.frame import Frame"),
        ("studio.media.paint", "import studio.program.state"),
        ("studio.engine.tick", "from PySide6.QtCore import QTimer"),
        ("studio.engine.tick", "def f():\n    from studio.desk import window"),
        ("studio.engine.tick", "from ..store import shelf"),
        ("studio.overlay.sprite", "from PySide6 import QtWidgets"),
        ("studio.desk.window", "import cv2"),
        ("studio.desk.window", "from studio.engine.clock import Clock"),
        ("studio.sink", "from studio.engine.clock import Clock"),
        ("studio.paths", "from studio.words import say"),
        ("studio.cellar", "import os"),
        ("studio.__main__", "from studio.engine import engine"),
        ("studio.__main__", "def main():\n    import numpy"),
    ],
)
def test_a_breach_is_seen(name: str, text: str) -> None:
    assert list(breaches(read(text, name)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("studio.model.show", "from studio.model.scene import Scene\nfrom .scene import Layer\nimport json"),
        ("studio.media.paint", "from studio.program.draw_list import DrawList\nimport numpy as np"),
        ("studio.engine.tick", "from studio import paths, words\nfrom studio.media import frame"),
        ("studio.overlay.sprite", "from PySide6 import QtGui\nfrom PySide6.QtCore import Qt"),
        ("studio.feeds.process", "from studio.store.shelf import Shelf"),
        ("studio.__main__", "import sys\ndef main():\n    from studio.engine import engine"),
    ],
)
def test_an_allowed_import_is_allowed(name: str, text: str) -> None:
    assert list(breaches(read(text, name))) == []
