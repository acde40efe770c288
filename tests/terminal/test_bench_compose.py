"""`jangteo bench compose` measures what it says: both painters really paint the scene, and the same one. Its speeds are
told by the bench itself and judged by nobody here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from studio.media.ffmpeg_overlay import FFmpegOverlay
from studio.media.frame import new_planes
from studio.media.paint import Painter
from studio.model.sentence import Refusal
from studio.program.compose import compose
from studio.program.draw_list import Picture, Sprite
from studio.terminal.bench_compose import main
from studio.terminal.reference_scene import SETTLED_TICK, ReferenceScene

FIGURES = {
    "size",
    "frames",
    "copy_ms",
    "ours_ms",
    "ffmpeg_yuv420_ms",
    "ffmpeg_ms",
    "extra_card_ms",
    "ratio_copy",
    "ratio_ffmpeg_yuv420",
    "ratio_ffmpeg",
    "mean_difference",
    "p999_difference",
}


def test_the_scene_is_what_it_says() -> None:
    scene = ReferenceScene(1920, 1080)
    operations = compose(scene.state, scene.canvas, SETTLED_TICK).operations
    assert [type(one) for one in operations] == [Picture, Picture, Sprite, Sprite, Sprite, Sprite]
    sizes = [(one.sprite.width, one.sprite.height) for one in operations if isinstance(one, Sprite)]
    assert sizes == [(460, 160), (400, 120), (1920, 60), (600, 100)]
    small = operations[1]
    assert isinstance(small, Picture)
    assert (small.box.width, small.box.height) == (480, 270)
    assert all(one.alpha == 1 for one in operations if isinstance(one, Sprite))
    assert len(compose(scene.state_with_extra, scene.canvas, SETTLED_TICK).operations) == 7


@pytest.mark.parametrize("size", [(640, 360), (360, 640)])
def test_ours_and_ffmpeg_paint_the_same(size: tuple[int, int]) -> None:
    scene = ReferenceScene(*size)
    ours = new_planes(*size)
    Painter(*size).paint(compose(scene.state, scene.canvas, SETTLED_TICK), ours, scene)
    overlay = FFmpegOverlay(size, scene.inset, scene.sprites[: scene.painted])
    theirs = overlay.planes(scene.pictures[0].video, scene.insets[0].video, SETTLED_TICK)
    bare = scene.pictures[SETTLED_TICK % 4].planes
    calm = scene.away_from_edges(2)
    for one, other, before, where in zip(ours, theirs, bare, calm, strict=True):
        apart = np.abs(one.astype(int) - other)
        assert apart.mean() < 0.1
        assert apart[where == 1].max() <= 2
        assert where.mean() > 0.6
        assert np.abs(one.astype(int) - before).max() > 20, "nothing was painted"


def test_all_figures_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--size", "320x180", "--frames", "9", "--json", str(tmp_path / "figures.json")]) == 0
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert set(figures) == FIGURES
    assert (figures["size"], figures["frames"]) == ("320x180", 9)
    assert figures["mean_difference"] <= 0.5
    assert figures["p999_difference"] <= 2
    table = capsys.readouterr().out
    assert "기준 장면" in table
    assert "bare copy" in table
    assert main(["--size", "320x180", "--frames", "1", "--json", "-"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == FIGURES


@pytest.mark.parametrize(
    "words", [["--size", "big"], ["--size", "321x180"], ["--frames", "0"], ["--frames", "x"], ["x"]]
)
def test_bad_words_are_refused(words: list[str]) -> None:
    with pytest.raises(Refusal):
        main(words)
