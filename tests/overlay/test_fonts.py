"""Only the bundled fonts: the same bytes on a machine with no fonts, with many, and with one of the same name; the same
bytes in every process; and emoji of every make."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio import paths
from studio.overlay.fonts import faces, first_missing, shape, text_face

ROOT = Path(__file__).resolve().parents[2]

CHILD = """
import sys
if "early" in sys.argv:
    from PySide6.QtGui import QGuiApplication
    app = QGuiApplication(["early", "-platform", "offscreen"])
from studio.model.sentence import Refusal
from tests.overlay.seeing import PRODUCT, drawn
try:
    name = "노지감귤 🍊👨‍👩‍👧‍👦 ABC 5kg"
    drawings = [drawn("product-compact", PRODUCT | {"name": name}, size=(360, 640)), drawn("coupon", size=(360, 640))]
    print(*sorted(name for drawing in drawings for name in drawing.sprites))
except Refusal as refusal:
    print(refusal.code)
"""


def child(config: Path | None, *words: str) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("FONTCONFIG")}
    if config is not None:
        environment["FONTCONFIG_FILE"] = str(config)
    command = [sys.executable, "-c", CHILD, *words]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def config(folder: Path, fonts: Path, more: str = "") -> Path:
    path = folder / "fonts.conf"
    path.write_text(f"<fontconfig><dir>{fonts}</dir><cachedir>{folder / 'cache'}</cachedir>{more}</fontconfig>")
    return path


@pytest.fixture(scope="module")
def here() -> str:
    found = child(None)
    assert len(found.split()) > 12
    return found


def test_no_system_font_is_used_when_the_studio_starts_qt(here: str, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    assert child(config(tmp_path, tmp_path / "none")) == here


def test_nor_when_qt_was_started_with_the_fonts_of_the_machine(here: str) -> None:
    assert child(None, "early") == here


def test_nor_when_there_are_none_at_all_or_the_machine_wants_hinting(here: str, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    edits = "".join(
        f'<match target="{target}"><edit name="{name}" mode="assign"><const>{value}</const></edit></match>'
        for target in ("pattern", "font")
        for name, value in (("hintstyle", "hintfull"), ("rgba", "rgb"))
    )
    assert child(config(tmp_path, tmp_path / "none", edits), "early") == here


def test_a_font_of_the_same_name_is_never_drawn_with(here: str, tmp_path: Path) -> None:
    """A decoy Pretendard with another date in its head lies in the system's folder."""
    decoys = tmp_path / "decoys"
    decoys.mkdir()
    for face in faces():
        if not face.colour:
            data = face.path.read_bytes()
            assert data.count(face.head) == 1
            (decoys / face.path.name).write_bytes(data.replace(face.head, face.head[:28] + bytes(8) + face.head[36:]))
    assert child(config(tmp_path, decoys)) == here
    assert child(config(tmp_path, decoys), "early") in (here, "font_hidden")


def test_the_three_weights_are_three_files() -> None:
    files = {text_face(weight).path.name for weight in ("regular", "semibold", "heavy")}
    assert len(files) == 3
    assert all(face.path.is_relative_to(paths.assets() / "fonts") for face in faces())


@pytest.mark.parametrize("weight", ["regular", "semibold", "heavy"])
def test_digits_are_tabular(weight: str) -> None:
    assert len({shape(digit, weight).advance for digit in "0123456789"}) == 1
    assert shape("11111", weight).advance == pytest.approx(shape("88888", weight).advance, abs=1e-3)


@pytest.mark.parametrize("emoji", ["🍊", "❤️", "❤", "👍🏽", "👨‍👩‍👧‍👦", "🇰🇷", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "☎", "👩🏽‍🌾"])
def test_emoji_of_every_make_are_one_picture(emoji: str) -> None:
    assert first_missing(emoji) is None
    shaped = shape(f"가{emoji}나", "regular")
    assert [piece.picture is not None for piece in shaped.pieces] == [False, True, False]
    picture = shaped.pieces[1].picture
    assert picture is not None
    corners = {picture.pixelColor(x, y).rgba() for x in range(8, 100, 9) for y in range(8, 100, 9)}
    assert len(corners) > 2


def test_text_symbols_stay_text() -> None:
    for symbol in "★♥✓①™©·…−₩％℃㎏あ":
        assert all(piece.picture is None for piece in shape(symbol, "regular").pieces)
        assert first_missing(symbol) is None


def test_spaces_before_emoji_count() -> None:
    assert shape("가 🍊", "regular").advance > shape("가🍊", "regular").advance + 0.1


def test_a_width_is_a_plain_proportion() -> None:
    whole = shape("15,900원", "heavy").advance
    assert whole == pytest.approx(sum(shape(part, "heavy").advance for part in ("15,900", "원")), abs=0.05)
