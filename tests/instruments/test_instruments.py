"""The instruments measure samples whose truth is known, whole and damaged, before they may judge a show."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.instruments import pattern
from tests.instruments.hearing import audio_video_offsets_ms, beep_times, flash_times, sound
from tests.instruments.recording import (
    assert_dense,
    decode,
    joined,
    mean_colour,
    packet_ticks,
    planes,
    ticks,
    video_facts,
)
from tests.rigs.samples import Beep, clip, draw, frame_of, image, mutated, truncated

GREY = (0.4, 0.4, 0.4)
STRONG = {"preset": "ultrafast", "crf": "30", "bf": "0"}


def luma_of(tick: int, width: int, height: int, fps: int = 30) -> np.ndarray:
    return planes(frame_of(draw(tick, width, height, fps, GREY), "yuv420p"))[0]


# --- the pattern ---


@given(st.integers(0, pattern.TICKS - 1), st.sampled_from([(64, 36), (160, 90), (180, 320), (426, 240), (640, 361)]))
def test_every_number_is_read_at_every_size(tick: int, size: tuple[int, int]) -> None:
    assert pattern.read_tick(luma_of(tick, *size)) == tick


@given(st.integers(0, pattern.TICKS - 1), st.integers(0, 15), st.integers(0, 1))
def test_one_wrong_cell_is_noticed(tick: int, index: int, row: int) -> None:
    luma = luma_of(tick, 320, 180).copy()
    cell = pattern.area(luma, pattern.cell(pattern.whole(luma), row, index))
    cell[:] = 251 - cell
    assert pattern.read_tick(luma) is None


@pytest.mark.parametrize("level", [0, 16, 32, 126, 235, 255])
def test_a_plain_picture_has_no_number(level: int) -> None:
    assert pattern.read_tick(np.full((90, 160), level, np.uint8)) is None


def test_the_rectangle_may_lie_outside() -> None:
    assert pattern.read_tick(luma_of(5, 160, 90), (500, 500, 160, 90)) is None


@pytest.mark.parametrize(("fps", "tick", "on"), [(30, 0, True), (30, 31, True), (30, 32, False), (60, 119, False)])
def test_flash(fps: int, tick: int, on: bool) -> None:
    assert pattern.flash_on(luma_of(tick, 160, 90, fps)) is on


@pytest.mark.parametrize("rect", [(300.0, 20.0, 160.0, 90.0), (301.0, 33.0, 107.0, 60.0)])
def test_the_pattern_is_read_in_a_picture_in_picture_at_crf_30(tmp_path: Path, rect: pattern.Rectangle) -> None:
    x, y, width, height = (int(value) for value in rect)
    with av.open(str(tmp_path / "inside.mp4"), "w") as container:
        video = container.add_stream("libx264", rate=30, options=STRONG)
        video.width, video.height, video.pix_fmt = 480, 270, "yuv420p"
        for tick in range(70_000, 70_045):
            big = draw(tick + 12345, 480, 270, 30, (0.2, 0.5, 0.3))
            big[y : y + height, x : x + width] = draw(tick, width, height, 30, GREY)
            container.mux(video.encode(frame_of(big, "yuv420p")))
        container.mux(video.encode(None))
    assert ticks(tmp_path / "inside.mp4", rect) == list(range(70_000, 70_045))
    shown = [picture.flash_on(rect) for picture in decode(tmp_path / "inside.mp4")]
    assert shown == [pattern.is_flash(tick, 30) for tick in range(70_000, 70_045)]


# --- files ---


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("samples")


@pytest.mark.parametrize("suffix", ["mp4", "flv", "mkv"])
def test_numbers_colours_and_sound_at_crf_30(folder: Path, suffix: str) -> None:
    path = clip(folder / f"strong.{suffix}", seconds=2.5, first_tick=3000, beep=Beep(), options=STRONG)
    read = ticks(path)
    assert read == list(range(3000, 3075))
    assert_dense(read)
    dense = packet_ticks(path, 30)
    assert dense == list(range(dense[0], dense[0] + 75))
    offsets = audio_video_offsets_ms(path)
    assert len(offsets) == 2
    assert max(map(abs, offsets)) < 1
    picture = next(decode(path))
    colours = {name: mean_colour(picture, pattern.patch(picture.rectangle, name)) for name in pattern.PATCHES}
    truth = {"red": (63, 102, 240), "green": (173, 42, 26), "blue": (32, 240, 118), "white": (235, 128, 128)}
    for name, expected in truth.items():
        assert colours[name] == pytest.approx(expected, abs=2), name
    assert video_facts(path).pixels == "yuv420p"


@pytest.mark.parametrize("late_ms", [-35.0, -2.0, 5.5, 80.0])
@pytest.mark.parametrize("fps", [25, 60])
def test_sound_that_is_late_or_early_is_measured(folder: Path, late_ms: float, fps: int) -> None:
    path = clip(folder / f"late{late_ms}{fps}.mp4", fps=fps, seconds=2.2, beep=Beep(late_ms=late_ms))
    assert audio_video_offsets_ms(path) == pytest.approx([late_ms] * 2, abs=0.5)


def test_beeps_at_other_rates_and_channels(folder: Path) -> None:
    path = clip(folder / "slow.mkv", seconds=2.2, beep=Beep(rate=44_100, channels=1))
    assert beep_times(path) == pytest.approx([1, 2], abs=0.002)
    path = clip(folder / "plain.mkv", seconds=2.2, beep=Beep(channels=6, codec="pcm_s16le"))
    assert beep_times(path) == pytest.approx([1, 2], abs=0.0005)
    assert flash_times(path) == pytest.approx([1, 2], abs=0.001)


def test_silence_does_not_pass_as_synchronous(folder: Path) -> None:
    path = clip(folder / "silence.mp4", seconds=2.2, beep=Beep(late_ms=10_000))
    with pytest.raises(AssertionError, match="without a beep"):
        audio_video_offsets_ms(path)


def test_a_hole_in_the_sound_stays_a_hole(folder: Path) -> None:
    whole = clip(folder / "whole.mkv", seconds=3, beep=Beep(codec="pcm_s16le"))
    with av.open(str(whole)) as source, av.open(str(folder / "hole.mkv"), "w") as target:
        track = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.pts is not None and not 1.45 < float(packet.pts * packet.time_base) < 1.75:
                packet.stream = track
                target.mux(packet)
    heard = sound(folder / "hole.mkv")
    assert [seconds for _, seconds in heard.jumps] == pytest.approx([0.3], abs=0.04)
    assert heard.seconds == pytest.approx(3, abs=0.05)
    assert beep_times(folder / "hole.mkv") == pytest.approx([1, 2], abs=0.002)


@pytest.mark.parametrize("suffix", ["flv", "mkv", "ts"])
def test_a_file_without_its_end_is_read_as_far_as_it_goes(folder: Path, suffix: str) -> None:
    path = clip(folder / f"long.{suffix}", seconds=3, beep=Beep())
    short = truncated(path, folder / f"short.{suffix}", path.stat().st_size * 2 // 3)
    read = ticks(short)
    assert_dense(read)
    assert read[0] == 0
    assert 40 <= len(read) <= 70
    assert len(packet_ticks(short, 30)) in range(len(read), len(read) + 3)
    assert sound(short).seconds > 1.2


def test_a_fragmented_part_killed_while_writing_is_read(folder: Path) -> None:
    options = {"movflags": "frag_keyframe+empty_moov", "flush_packets": "1"}
    source = clip(folder / "before.mkv", seconds=3, beep=Beep(), key_every=15)
    with av.open(str(source)) as read, av.open(str(folder / "part.mp4"), "w", options=options) as part:
        tracks = {stream.index: part.add_stream_from_template(stream) for stream in read.streams}
        for packet in read.demux():
            if packet.dts is not None:
                packet.stream = tracks[packet.stream.index]
                part.mux(packet)
    path = folder / "part.mp4"
    read_back = ticks(truncated(path, folder / "cut.mp4", path.stat().st_size // 2))
    assert_dense(read_back)
    assert len(read_back) >= 15


def test_corrupt_copies_are_the_same_for_the_same_seed(folder: Path) -> None:
    path = clip(folder / "sound.flv", seconds=2)
    first = mutated(path, folder / "first.flv", seed=1)
    assert first.read_bytes() == mutated(path, folder / "again.flv", seed=1).read_bytes() != path.read_bytes()
    assert first.stat().st_size == path.stat().st_size
    with pytest.raises(AssertionError):
        assert_dense(ticks(first))


# --- dense and joined ---


def test_dense() -> None:
    assert_dense([7, 8, 9])
    assert_dense([7, 8, 8, 10, 11], allow_repeats={9})
    assert_dense([7, 7, 7, 10], allow_repeats={8, 9})


@pytest.mark.parametrize(
    ("read", "allowed", "words"),
    [
        ([], (), "no pictures"),
        ([None, None], (), "no tick can be read"),
        ([7, 9], (), "1 missing before 9"),
        ([7, 7, 8], (), "7 again where 8 belongs"),
        ([7, 7, 9], {9}, "7 again where 8 belongs"),
        ([7, None, 9], (), "no number where 8 belongs"),
        ([7, 8, 6], (), "jump back to 6"),
    ],
)
def test_not_dense(read: list[int | None], allowed: set[int], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        assert_dense(read, allowed)


def test_parts_are_joined_by_their_numbers(folder: Path) -> None:
    parts = [
        clip(folder / "one.mp4", seconds=1, first_tick=600),
        clip(folder / "two.mp4", seconds=1, first_tick=620),
        clip(folder / "three.mp4", seconds=0.5, first_tick=650),
    ]
    whole = list(joined(parts, 30))
    assert [picture.place for picture in whole] == list(range(600, 665))
    assert [picture.tick() for picture in whole] == list(range(600, 665))
    assert whole[-1].seconds == pytest.approx(664 / 30)
    told = joined(parts, 30, [600, 620, 651])
    assert [picture.place for picture in told] == [*range(600, 650), *range(651, 666)]


def test_a_picture_left_out_shows_in_place_and_number(folder: Path) -> None:
    path = clip(folder / "gap.mp4", seconds=1, skip=(10, 11))
    assert [picture.place for picture in decode(path)] == [*range(10), *range(12, 30)]
    assert packet_ticks(path, 30) == [*range(10), *range(12, 30)]
    with pytest.raises(AssertionError, match="2 missing before 12"):
        assert_dense(ticks(path))


# --- samples ---


@pytest.mark.parametrize(
    ("space", "full_range", "red"),
    [
        ("bt601", False, (81, 90, 240)),
        ("bt601", True, (76, 85, 255)),
        ("bt709", False, (63, 102, 240)),
        ("bt709", True, (54, 99, 255)),
    ],
)
def test_samples_in_every_colour_space(
    folder: Path, space: str, full_range: bool, red: tuple[float, float, float]
) -> None:
    path = clip(folder / f"{space}{full_range}.mkv", space=space, full_range=full_range, seconds=0.2)
    picture = next(decode(path))
    assert mean_colour(picture, pattern.patch(picture.rectangle, "red")) == pytest.approx(red, abs=1)
    facts = video_facts(path)
    assert (facts.colour_range, facts.colour_space) == (2 if full_range else 1, 1 if space == "bt709" else 6)


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp"])
def test_images_can_be_read_as_pictures(folder: Path, suffix: str) -> None:
    assert ticks(image(folder / f"picture.{suffix}", tick=777)) == [777]


@pytest.mark.parametrize(("codec", "pix_fmt"), [("mjpeg", "yuvj420p"), ("rawvideo", "bgr24"), ("libx264", "nv12")])
def test_other_codecs(folder: Path, codec: str, pix_fmt: str) -> None:
    path = clip(
        folder / f"{codec}.{'avi' if codec == 'rawvideo' else 'mkv'}", codec=codec, pix_fmt=pix_fmt, seconds=0.3
    )
    assert ticks(path) == list(range(9))


def test_odd_widths_and_their_line_sizes(folder: Path) -> None:
    path = clip(folder / "odd.mkv", width=854, height=480, seconds=0.1)
    picture = next(decode(path))
    assert (picture.y.shape, picture.u.shape) == ((480, 854), (240, 427))
    assert picture.tick() == 0
