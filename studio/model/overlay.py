"""Drawn things: sprites, cards with their moving parts, and the request that asks the letters process to draw one.
A sprite is drawn once, named by the hash of its bytes, and kept as a file of planes (house law 6). Pure, any thread.

Layout of a sprite file, no header, all uint8, row-major, `w` and `h` even:
    Y       h × w          premultiplied by alpha (BT.709 limited range)
    U, V    h/2 × w/2 each premultiplied by the alpha of their four pixels' mean
    inverse h × w          255 − alpha
    inverse h/2 × w/2      255 − mean alpha
so that painting is `canvas × inverse/255 + plane`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

PartKind = Literal["picture", "digits"]
When = Literal["always", "calm", "urgent"]


@dataclass(frozen=True, slots=True)
class SpriteRef:
    """Names one sprite: hash of its bytes, size in pixels (both even)."""

    sha256: str
    width: int
    height: int


def sprite_bytes(width: int, height: int) -> int:
    """Length of a sprite file: two full planes and three quarter planes."""
    return width * height * 2 + (width // 2) * (height // 2) * 3


@dataclass(frozen=True, slots=True)
class CardPart:
    """A moving part of a card: `digits` (a text set from glyph sprites of one pitch) or `picture` (one sprite, glyph
    key ""). x and y are pixels inside the card; for digits, (x, y) is the top centre of the text. `when` says in which
    state of the card it is painted: `urgent` is the last ten seconds of a countdown."""

    name: str
    kind: PartKind
    x: int
    y: int
    when: When = "always"
    pitch: int = 0
    glyphs: Mapping[str, SpriteRef] = field(default_factory=dict)
    pitches: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DrawnCard:
    """A card drawn for one canvas: its still sprite, where it stands in pixels (even), and its moving parts."""

    sprite: SpriteRef
    x: int
    y: int
    parts: tuple[CardPart, ...] = ()


@dataclass(frozen=True)
class DrawRequest:
    """Asks for one card: a template's name, the values that fill it, the theme, and the canvas size in pixels.
    `values` is a tuple of pairs so that the request can be a key; pictures are given as `path|width|height` of a
    decoded RGBA file made by the media worker."""

    template: str
    theme: str
    values: tuple[tuple[str, str], ...]
    canvas_width: int
    canvas_height: int
