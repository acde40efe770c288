"""A whole show without a clock: every scene, transition, card, coupon, cover and insert at its exact tick, read back
from the recording by tick numbers, colours and beeps."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from studio.program.compose import colour_of
from tests.instruments import hearing, pattern, recording
from tests.instruments.recording import Picture
from tests.rigs.jangteo import Jangteo
from tests.shows.cards import opaque_difference
from tests.shows.plan import BLUE, BROWN, FPS, INSERT_TICKS, SMALL, write_script, write_show

SECONDS = 20
INSET = (46.0, 160.0, 90.0, 80.0)

SCRIPT: tuple[tuple[float, str, dict[str, Any]], ...] = (
    (1.0, "TakeScene", {"scene": "brown"}),
    (2.0, "TakeScene", {"scene": "blue", "transition": "fade", "seconds": 0.5}),
    (3.0, "TakeScene", {"scene": "brown", "transition": "slide", "seconds": 0.5}),
    (4.0, "TakeScene", {"scene": "inset"}),
    (5.0, "TakeScene", {"scene": "clip"}),
    (6.0, "TakeScene", {"scene": "ad"}),
    (9.0, "ShowCard", {"product": "mandarin"}),
    (9.0, "TakeScene", {"scene": "blue"}),
    (11.0, "HideCard", {}),
    (12.0, "RaiseCover", {"slate": "moment"}),
    (13.0, "LowerCover", {}),
    (14.0, "OpenCoupon", {"coupon": "evening"}),
    (15.0, "ShowCard", {"product": "mandarin", "price": 14900}),
    (15.5, "ShowCard", {"product": "sold"}),
    (16.0, "TakeScene", {"scene": "nowhere"}),
)


@dataclass
class Aired:
    """What one stepped run left."""

    summary: dict[str, Any]
    pictures: list[Picture]
    facts: list[dict[str, Any]]
    file: Path

    def happened(self, kind: str) -> list[dict[str, Any]]:
        return [fact for fact in self.facts if fact["kind"] == kind]


@pytest.fixture(scope="module")
def aired(tmp_path_factory: pytest.TempPathFactory) -> Aired:
    folder = tmp_path_factory.mktemp("stepped")
    show = write_show(folder)
    script = write_script(folder, *SCRIPT)
    with Jangteo(folder / "h") as jangteo:
        jangteo.run(
            *("run", show, "--stepped", "--for", SECONDS, "--script", script, "--json", folder / "s.json", *SMALL),
            timeout=120,
            check=True,
        )
        summary = json.loads((folder / "s.json").read_text())
        facts = [json.loads(line) for line in Path(summary["timeline"]).read_text().splitlines()]
        file = Path(summary["recordings"][0])
        verified = jangteo.run("verify", summary["run_dir"], timeout=60)
        assert verified.returncode == 0, verified.stdout + verified.stderr
    return Aired(summary, list(recording.decode(file, FPS)), facts, file)


def is_colour(picture: Picture, rect: pattern.Rectangle, text: str, tolerance: float = 3.0) -> bool:
    seen = recording.mean_colour(picture, rect)
    return all(abs(a - b) <= tolerance for a, b in zip(seen, colour_of(text), strict=True))


def ground(picture: Picture) -> pattern.Rectangle:
    """A part of the pattern's background that no card covers: the left edge is free of them."""
    x, y, _, height = pattern.background(picture.rectangle)
    return (x + 1, y + 2, 6, height - 4)


def test_every_tick_has_one_picture_and_its_number(aired: Aired) -> None:
    assert len(aired.pictures) == SECONDS * FPS
    assert aired.summary["ticks"] == SECONDS * FPS
    assert aired.summary["missed_ticks"] == 0
    assert recording.packet_ticks(aired.file, FPS) == list(range(SECONDS * FPS))
    assert aired.summary["canvases"] == {"vertical": {"frames_encoded": SECONDS * FPS, "frames_repeated": 0}}


def test_tagged_and_red_stays_red(aired: Aired) -> None:
    facts = recording.video_facts(aired.file)
    assert (facts.colour_range, facts.colour_space, facts.colour_primaries, facts.colour_transfer) == (1, 1, 1, 1)
    for tick in (0, 45, 210 - 45):
        picture = aired.pictures[tick]
        red = recording.mean_colour(picture, pattern.inner(pattern.patch(picture.rectangle, "red"), 0.5))
        assert all(abs(seen - true) <= 2 for seen, true in zip(red, (63, 102, 240), strict=True)), (tick, red)


def test_cuts_land_on_their_tick(aired: Aired) -> None:
    assert is_colour(aired.pictures[29], ground(aired.pictures[29]), BLUE)
    assert is_colour(aired.pictures[30], ground(aired.pictures[30]), BROWN)
    recording.assert_dense([picture.tick() for picture in aired.pictures[:60]])


def test_a_fade_is_between_and_then_over(aired: Aired) -> None:
    blue, brown = colour_of(BLUE), colour_of(BROWN)
    middle = recording.mean_colour(aired.pictures[67], ground(aired.pictures[67]))
    half = [(a + b) / 2 for a, b in zip(blue, brown, strict=True)]
    assert all(abs(seen - true) <= 4 for seen, true in zip(middle, half, strict=True)), middle
    assert is_colour(aired.pictures[75], ground(aired.pictures[75]), BLUE)


def test_a_slide_moves_in_from_the_right(aired: Aired) -> None:
    picture = aired.pictures[97]
    _, y, _, height = pattern.background(picture.rectangle)
    assert is_colour(picture, (4, y + 2, 20, height - 4), BLUE, 4)
    assert is_colour(picture, (150, y + 2, 20, height - 4), BROWN, 4)
    assert is_colour(aired.pictures[105], ground(aired.pictures[105]), BROWN)


def test_a_picture_in_a_picture_carries_its_own_number(aired: Aired) -> None:
    for tick in (120, 135, 149):
        picture = aired.pictures[tick]
        assert picture.tick() == tick
        assert pattern.read_tick(picture.y, (44.0, 160.0, 90.0, 80.0)) == tick


def test_a_file_loops_exactly(aired: Aired) -> None:
    assert [picture.tick() for picture in aired.pictures[150:180]] == [tick % 60 for tick in range(150, 180)]


def test_an_insert_plays_once_and_returns_on_its_tick(aired: Aired) -> None:
    first, end = 180, 180 + INSERT_TICKS
    assert [picture.tick() for picture in aired.pictures[first:end]] == list(range(9000, 9000 + INSERT_TICKS))
    assert [picture.tick() for picture in aired.pictures[end : end + 5]] == [tick % 60 for tick in range(end, end + 5)]
    started, ended = aired.happened("InsertStarted")[0], aired.happened("InsertEnded")[0]
    assert (started["tick"], ended["tick"]) == (first, end)


def test_the_card_shows_the_catalogue_price_and_leaves(aired: Aired) -> None:
    shown = aired.happened("CardShown")[0]
    assert shown["tick"] == 270
    assert shown["values"]["values"]["price"] == "15,900"
    assert shown["values"]["values"]["delivery"] == "무료배송"
    drawn, run_dir = shown["values"]["drawn"]["vertical"], aired.summary["run_dir"]
    assert opaque_difference(aired.pictures[290], drawn, run_dir) <= 14
    assert opaque_difference(aired.pictures[329], drawn, run_dir) <= 14
    assert opaque_difference(aired.pictures[269], drawn, run_dir) > 40
    assert opaque_difference(aired.pictures[336], drawn, run_dir) > 40
    assert is_colour(aired.pictures[340], ground(aired.pictures[340]), BLUE)


def test_refused_promises_leave_no_fact(aired: Aired) -> None:
    assert [fact["values"]["subject"] for fact in aired.happened("CardShown")] == ["mandarin", "evening"]
    assert all(fact["values"]["scene"] != "nowhere" for fact in aired.happened("SceneTaken"))


def test_the_cover_hides_picture_and_sound(aired: Aired) -> None:
    assert all(aired.pictures[tick].tick() is None for tick in range(360, 390))
    assert aired.pictures[359].tick() == 359
    assert aired.pictures[390].tick() == 390
    beeps = [round(time, 2) for time in hearing.beep_times(aired.file)]
    assert 11.0 in beeps
    assert 12.0 not in beeps
    assert 13.0 in beeps


def test_the_coupon_closes_at_its_time(aired: Aired) -> None:
    opened = aired.happened("CouponOpened")[0]
    assert opened["tick"] == 420
    assert opened["values"]["close_tick"] == 420 + 12 * FPS
    assert not aired.happened("CouponClosed")
    shown = aired.happened("CardShown")[1]
    assert shown["values"]["kind"] == "coupon"
    assert shown["values"]["values"]["how"] == "상품 페이지에서 쿠폰 받기"


def test_flash_and_beep_are_together(aired: Aired) -> None:
    beeps = hearing.beep_times(aired.file)
    flashes = [time for time in hearing.flash_times(aired.file) if not 11.9 < time < 13.1]
    offsets = [min((1000 * (beep - flash) for beep in beeps), key=abs) for flash in flashes]
    assert len(offsets) >= 12
    assert max(abs(offset) for offset in offsets) <= 40, offsets
