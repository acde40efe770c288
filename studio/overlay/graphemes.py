"""Cuts text into what a reader calls characters and refuses those that must never be drawn: controls, zero-width and
direction-changing characters. Owned by the room `overlay`; pure apart from Qt's boundary tables, any thread."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import pairwise

from PySide6.QtCore import QTextBoundaryFinder

JOINER = "\u200d"
PICTURE_SELECTOR = "\ufe0f"
TEXT_SELECTOR = "\ufe0e"
KEYCAP = "\u20e3"
MOST_MARKS = 3
"""More combining marks than this on one character are decoration that climbs out of its line."""

_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@lru_cache(maxsize=4096)
def graphemes(text: str) -> tuple[str, ...]:
    """The text as a tuple of user-perceived characters; joined again they are the text."""
    units = text.encode("utf-16-le", "surrogatepass")
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Grapheme, text)
    finder.toStart()
    edges = [0]
    while (edge := finder.toNextBoundary()) != -1:
        edges.append(edge)
    found: list[str] = []
    for start, end in pairwise(edges):
        piece = units[start * 2 : end * 2].decode("utf-16-le", "surrogatepass")
        if found and _is_half_flag(piece) and _is_half_flag(found[-1]):
            found[-1] += piece
        elif piece:
            found.append(piece)
    return tuple(found)


def _is_half_flag(piece: str) -> bool:
    """Flags are pairs of letters; Qt 6.12 leaves the pair apart right behind an emoji joined of several."""
    return len(piece) == 1 and 0x1F1E6 <= ord(piece) <= 0x1F1FF


def is_picture(grapheme: str) -> bool:
    """Whether the character asks for a colour picture: an emoji selector or key cap, a flag, or the emoji planes."""
    if PICTURE_SELECTOR in grapheme or KEYCAP in grapheme:
        return True
    return 0x1F000 <= ord(grapheme[0]) <= 0x1FAFF


def _may_join(character: str) -> bool:
    """Whether an emoji sequence may begin with this: the emoji planes and the old symbols."""
    return 0x2190 <= ord(character) <= 0x2BFF or 0x1F000 <= ord(character) <= 0x1FAFF


def _belongs_to_picture(character: str, grapheme: str) -> bool:
    """A joiner or tag character is legitimate only inside an emoji sequence, never alone or between letters."""
    if len(grapheme) < 2 or character == grapheme[0]:
        return False
    if character == JOINER:
        return _may_join(grapheme[0]) and not grapheme.endswith(JOINER)
    return 0xE0020 <= ord(character) <= 0xE007F and ord(grapheme[0]) == 0x1F3F4


def first_forbidden(text: str) -> str | None:
    """The first character that may not be drawn at all (control, zero width, direction override, private use,
    unassigned, or a heap of combining marks), or None."""
    if lone := next((one for one in text if unicodedata.category(one) == "Cs"), None):
        return lone
    for grapheme in graphemes(text):
        if sum(unicodedata.category(one) in ("Mn", "Me") for one in grapheme) > MOST_MARKS:
            return grapheme
        for character in grapheme:
            if unicodedata.category(character) in _FORBIDDEN and not _belongs_to_picture(character, grapheme):
                return character
    return None


def tidy(text: str) -> str:
    """Composed form (a name typed on a Mac arrives as loose letters), every kind of space as one plain space, none at
    the ends. Controls are left in place for `first_forbidden` to see."""
    composed = unicodedata.normalize("NFC", text)
    spaced = "".join(" " if unicodedata.category(one) == "Zs" else one for one in composed)
    return " ".join(piece for piece in spaced.split(" ") if piece)


def code_points(text: str) -> str:
    """`U+10330` and the like, for the words of a refusal: some characters cannot be shown."""
    return " ".join(f"U+{ord(one):04X}" for one in text)
