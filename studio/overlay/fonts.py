"""Loads the bundled fonts, and only those, and turns text into glyph outlines and emoji pictures. Decides which bundled
font draws which character and never lets the machine's own fonts step in: a character they lack is missing, and says
so. All shaping happens at one size, `EM`, so that a width at any other size is a plain proportion. Owned by the
letters process; its main thread only."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QPointF, Qt
from PySide6.QtGui import (
    QFont,
    QFontDatabase,
    QGuiApplication,
    QImage,
    QPainter,
    QPainterPath,
    QRawFont,
    QTextLayout,
    QTextOption,
)

from studio import paths
from studio.model.sentence import Refusal
from studio.overlay.graphemes import PICTURE_SELECTOR, TEXT_SELECTOR, code_points, graphemes, is_picture

EM = 1000
"""Pixels per em at which every text is shaped and every outline taken."""

PICTURE_EM = 109
"""Size at which emoji are drawn once; the bundled font's pictures are made for it."""

EMOJI_HEIGHT = 1.06
EMOJI_SPACE = 0.04
"""Height of an emoji and the air on either side of it, in ems of the text around it."""

WEIGHTS = {"regular": 400, "semibold": 600, "heavy": 1000}
"""Names a template may use; the bundled weight nearest to the number is taken."""

COLOUR_TABLES = ("CBDT", "COLR", "sbix", "SVG ")

_application: QGuiApplication | None = None


@dataclass(frozen=True)
class Face:
    """One bundled font file as Qt knows it. `head` identifies the file: a system font of the same name differs."""

    path: Path
    family: str
    weight: int
    colour: bool
    head: bytes


@dataclass(frozen=True)
class Piece:
    """One drawn glyph or emoji, `x` ems from the start of its text. Exactly one of outline (at `EM` pixels) and
    picture is set; `width` is the advance in ems."""

    x: float
    width: float
    outline: QPainterPath | None
    picture: QImage | None = None


@dataclass(frozen=True)
class Shaped:
    """A text as pieces on one base line; all lengths in ems."""

    text: str
    advance: float
    pieces: tuple[Piece, ...]

    @property
    def lead(self) -> float:
        """Empty space before the first ink: a tabular 1 stands far inside its cell and would look indented."""
        first = self.pieces[0] if self.pieces else None
        return first.x + first.outline.boundingRect().left() / EM if first and first.outline else 0.0


class MissingGlyph(Refusal):
    """A character that no bundled font can draw."""

    def __init__(self, grapheme: str) -> None:
        points = code_points(grapheme)
        super().__init__(
            f"글자 ‘{grapheme}’({points})는 방송 글꼴에 없어서 그릴 수 없어요. 다른 글자로 바꿔 주세요.",
            f"The bundled fonts have no ‘{grapheme}’ ({points}), so it cannot be drawn. Please use another character.",
            "missing_glyph",
        )
        self.grapheme = grapheme


def open_without_window() -> QGuiApplication:
    """The process's one Qt application, on the platform without a screen and with no system fonts in sight. One that
    exists already is used as it is."""
    global _application
    running = QGuiApplication.instance()
    if isinstance(running, QGuiApplication):
        return running
    os.environ["FONTCONFIG_FILE"] = str(paths.assets() / "templates" / "no-system-fonts.conf")
    os.environ.pop("QT_QPA_FONTDIR", None)
    os.environ.pop("QT_QPA_PLATFORM_PLUGIN_PATH", None)
    _application = QGuiApplication(["jangteo-letters", "-platform", "offscreen"])
    return _application


def _table(font: QRawFont, name: str) -> bytes:
    table: QByteArray = font.fontTable(name)
    return bytes(table.data())


def _read_face(path: Path) -> Face | None:
    raw = QRawFont(str(path), float(EM))
    if not raw.isValid():
        return None
    colour = any(_table(raw, table) for table in COLOUR_TABLES)
    described = _table(raw, "OS/2")  # Qt before 6.12 says 400 for every font read from a file
    weight = int.from_bytes(described[4:6], "big") if len(described) > 6 else 400
    return Face(path, raw.familyName(), weight, colour, _table(raw, "head"))


@cache
def faces() -> tuple[Face, ...]:
    """Every bundled font, registered with Qt and proved to be the one Qt uses under its name."""
    open_without_window()
    folder = paths.assets() / "fonts"
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in (".otf", ".ttf"):
            continue
        face = _read_face(path)
        if face is None or QFontDatabase.addApplicationFont(str(path)) < 0:
            raise Refusal(
                f"글꼴 파일 {path.name}을 읽을 수 없어요. 프로그램을 다시 설치해 주세요.",
                f"The font file {path.name} cannot be read. Please install the program again.",
                "font_broken",
            )
        found.append(face)
    if not any(face.colour for face in found) or not any(not face.colour for face in found):
        raise Refusal(
            "방송 글꼴이 없어요. 프로그램을 다시 설치해 주세요.",
            "The bundled fonts are missing. Please install the program again.",
            "font_missing",
        )
    for face in found:
        _prove(face)
    return tuple(found)


def _prove(face: Face) -> None:
    """Refuses to go on when Qt answers the face's name with another file (a system font of the same name)."""
    for run in _lay_out("\U0001f34a" if face.colour else "가", face).glyphRuns():
        if _table(run.rawFont(), "head") != face.head:
            raise Refusal(
                f"컴퓨터에 설치된 ‘{face.family}’ 글꼴이 방송 글꼴과 달라서 그리지 않았어요. 그 글꼴을 지워 주세요.",
                f"A system font named ‘{face.family}’ hides the bundled one, so nothing was drawn. Please remove it.",
                "font_hidden",
            )


@cache
def text_face(weight: str) -> Face:
    """The bundled text font nearest to the named weight."""
    wanted = WEIGHTS[weight]
    return min((face for face in faces() if not face.colour), key=lambda face: abs(face.weight - wanted))


@cache
def emoji_face() -> Face:
    """The bundled colour emoji font."""
    return next(face for face in faces() if face.colour)


def _qfont(face: Face) -> QFont:
    font = QFont()
    font.setFamilies([face.family])
    font.setWeight(QFont.Weight(face.weight))
    font.setPixelSize(PICTURE_EM if face.colour else EM)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    strategy = QFont.StyleStrategy
    font.setStyleStrategy(strategy.NoFontMerging | strategy.PreferAntialias | strategy.NoSubpixelAntialias)
    if not face.colour:
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _lay_out(text: str, face: Face) -> QTextLayout:
    layout = QTextLayout(text, _qfont(face))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.NoWrap)
    option.setFlags(QTextOption.Flag.IncludeTrailingSpaces)
    option.setUseDesignMetrics(True)
    layout.setTextOption(option)
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    return layout


@cache
def _raw(face: Face) -> QRawFont:
    return QRawFont(str(face.path), float(PICTURE_EM if face.colour else EM))


@lru_cache(maxsize=4096)
def can_draw(grapheme: str, face: Face) -> bool:
    """Whether this one font draws the whole character: every glyph it shapes to exists."""
    if not face.colour and not all(_raw(face).supportsCharacter(ord(one)) for one in grapheme):
        return False
    runs = _lay_out(grapheme, face).glyphRuns()
    return bool(runs) and all(0 not in run.glyphIndexes() for run in runs)


@lru_cache(maxsize=4096)
def face_for(grapheme: str, weight: str) -> tuple[Face, str] | None:
    """The font that draws this character and the text to give it, or None when no bundled font can."""
    plain = grapheme.replace(PICTURE_SELECTOR, "").replace(TEXT_SELECTOR, "")
    if not plain:
        return None
    text, emoji = (text_face(weight), plain), (emoji_face(), grapheme.replace(TEXT_SELECTOR, ""))
    for face, wanted in (emoji, text) if is_picture(grapheme) else (text, emoji):
        if can_draw(wanted, face):
            return face, wanted
    return None


def first_missing(text: str) -> str | None:
    """The first character that the bundled fonts cannot draw, or None."""
    return next((one for one in graphemes(text) if one != " " and face_for(one, "regular") is None), None)


@lru_cache(maxsize=2048)
def _outline(face: Face, glyph: int) -> QPainterPath:
    path = QPainterPath(_raw(face).pathForGlyph(glyph))
    path.setFillRule(Qt.FillRule.WindingFill)
    return path


@lru_cache(maxsize=256)
def _emoji(grapheme: str) -> tuple[QImage, float]:
    """The emoji as a picture trimmed to its font's cell, and its width in ems of the text it will stand in."""
    layout = _lay_out(grapheme, emoji_face())
    raw = _raw(emoji_face())
    advance = layout.lineAt(0).naturalTextWidth()
    rise, drop = raw.ascent(), raw.descent()
    image = QImage(max(1, round(advance)), max(1, round(rise + drop)), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    for run in layout.glyphRuns():
        run.setPositions([QPointF(place.x(), 0.0) for place in run.positions()])
        painter.drawGlyphRun(QPointF(0.0, rise), run)
    painter.end()
    return image, EMOJI_HEIGHT * image.width() / image.height()


def _shape_run(text: str, face: Face, start: float, pieces: list[Piece]) -> float:
    """Adds the glyphs of one text run and returns where the next begins, in ems."""
    layout = _lay_out(text, face)
    for run in layout.glyphRuns():
        for glyph, place in zip(run.glyphIndexes(), run.positions(), strict=True):
            if glyph == 0 or _table(run.rawFont(), "head") != face.head:
                raise MissingGlyph(text)
            pieces.append(Piece(start + place.x() / EM, 0.0, _outline(face, glyph)))
    return start + layout.lineAt(0).naturalTextWidth() / EM


@lru_cache(maxsize=1024)
def shape(text: str, weight: str, tracking: float = 0.0) -> Shaped:
    """The text as outlines and emoji. `tracking` is added between characters, in ems. Raises `MissingGlyph`."""
    pieces: list[Piece] = []
    x = 0.0
    run = ""
    for grapheme in graphemes(text):
        found = (text_face(weight), " ") if grapheme == " " else face_for(grapheme, weight)
        if found is None:
            raise MissingGlyph(grapheme)
        face, wanted = found
        if not face.colour:
            run += wanted
            continue
        x, run = (_shape_run(run, text_face(weight), x, pieces) if run else x), ""
        picture, width = _emoji(wanted)
        pieces.append(Piece(x + EMOJI_SPACE, width, None, picture))
        x += width + 2 * EMOJI_SPACE
    if run:
        x = _shape_run(run, text_face(weight), x, pieces)
    if tracking and pieces:
        pieces.sort(key=lambda piece: piece.x)
        pieces = [
            Piece(piece.x + tracking * index, piece.width, piece.outline, piece.picture)
            for index, piece in enumerate(pieces)
        ]
        x += tracking * (len(pieces) - 1)
    return Shaped(text, x, tuple(pieces))


@cache
def capital_height(weight: str) -> float:
    """Height of a capital or a digit in ems: half of it above the base line is the optical centre of a line."""
    return _raw(text_face(weight)).capHeight() / EM
