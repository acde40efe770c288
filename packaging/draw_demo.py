"""Draws every picture and sound of the demo show into assets/demo, from nothing and always the same. Decides which
files there are and in which quality they are kept; what they show is decided in the package `demo` beside it.

    python packaging/draw_demo.py            draws everything, in about two minutes
    python packaging/draw_demo.py orchard    draws only that (orchard, hands, products, sounds)
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QGuiApplication

from demo import film, music, orchard, products, table
from demo.canvas import keep_none_alive

TARGET = Path(__file__).resolve().parent.parent / "assets" / "demo"


def draw_orchard() -> None:
    film.write_loop(TARGET / "orchard.mp4", orchard.Orchard(), quality=23, sound=music.evening())


def draw_hands() -> None:
    film.write_loop(TARGET / "hands.mp4", table.Table(), quality=19)


def draw_products() -> None:
    for name, draw in products.PICTURES.items():
        products.save(draw(), TARGET / f"{name}.jpg")


def draw_sounds() -> None:
    film.write_sound_loop(TARGET / "music.m4a", music.bed())
    music.write_wave(TARGET / "bell.wav", music.bell())


PARTS = {"orchard": draw_orchard, "hands": draw_hands, "products": draw_products, "sounds": draw_sounds}


def main(wanted: list[str]) -> None:
    """Draws the wanted parts, or all of them, and says what became of it."""
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        raise SystemExit(f"There is no part called {', '.join(unknown)}. There are: {', '.join(PARTS)}.")
    keep_none_alive()
    application = QGuiApplication(sys.argv[:1])
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in wanted or PARTS:
        start = time.monotonic()
        PARTS[name]()
        print(f"{name}: {time.monotonic() - start:.0f} s", flush=True)
    for path in sorted(TARGET.iterdir()):
        print(f"{path.stat().st_size / 1000:8.0f} kB  {path.name}")
    del application


if __name__ == "__main__":
    main(sys.argv[1:])
