"""Is a card in the picture, pixel by pixel? Compares the opaque part of its sprite, as letters drew it, with a decoded
picture. Pure but for the sprite file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tests.instruments.recording import Picture


def opaque_difference(picture: Picture, drawn: dict[str, Any], run_dir: str | Path) -> float:
    """Mean |ΔY| over the sprite's (nearly) opaque pixels that no moving part covers; small where the card is on air."""
    sprite = drawn["sprite"]
    width, height = sprite["width"], sprite["height"]
    data = np.frombuffer((Path(run_dir) / "sprites" / f"{sprite['sha256']}.sprite").read_bytes(), np.uint8)
    luma = data[: width * height].reshape(height, width).astype(int)
    start = width * height * 3 // 2
    opaque = data[start : start + width * height].reshape(height, width) <= 16
    for part in drawn["parts"]:
        glyphs = part["glyphs"].values()
        tall = max(glyph["height"] for glyph in glyphs)
        opaque[max(0, part["y"] - 2) : part["y"] + tall + 2, max(0, part["x"] - width // 2) :] = False
    x, y = drawn["x"], drawn["y"]
    seen = picture.y[y : y + height, x : x + width].astype(int)
    assert opaque.sum() > 500, "too little of the card is opaque to judge by"
    return float(np.abs(seen - luma)[opaque].mean())
