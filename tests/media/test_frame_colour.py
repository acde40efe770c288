"""Red stays red: whatever a clip's matrix, range, sampling, size and depth, the program's planes are BT.709 limited.
Judged through decoding in the file source, ±2 of 255 per channel beside what 8 bits allow."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from studio.media.frame import FramePool, planes_of, to_program_colour
from studio.media.sources.image import ImageSource, planes_from_rgba
from studio.program.draw_list import Look
from tests.instruments.pattern import read_tick
from tests.media.clips import opened, shown, turned_by_metadata
from tests.rigs.samples import clip, draw, frame_of

COLOURS = {
    "red": ((1, 0, 0), (63, 102, 240)),
    "green": ((0, 1, 0), (173, 42, 26)),
    "blue": ((0, 0, 1), (32, 240, 118)),
    "white": ((1, 1, 1), (235, 128, 128)),
    "black": ((0, 0, 0), (16, 128, 128)),
    "skin": ((0.9, 0.7, 0.6), (180, 113, 145)),
}
LOSSLESS = {"preset": "ultrafast", "qp": "0", "bf": "0"}
FINE = {"preset": "ultrafast", "qp": "4", "bf": "0", "tune": "zerolatency"}


def rgb_of(y: float, u: float, v: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Red, green and blue of 0…255 that a player shows for BT.709 limited."""
    luma, blue, red = (y - 16) / 219, (u - 128) / 224, (v - 128) / 224
    green = luma - (0.2126 * 1.5748 * red + 0.0722 * 1.8556 * blue) / 0.7152
    return np.clip(np.array([luma + 1.5748 * red, green, luma + 1.8556 * blue]) * 255, 0, 255)


def assert_colour(planes: tuple[np.ndarray[tuple[int, ...], np.dtype[np.uint8]], ...], name: str, most: float) -> None:
    wanted = np.array(COLOURS[name][0]) * 255
    seen = rgb_of(*(float(plane[plane.shape[0] // 4, plane.shape[1] // 2]) for plane in planes))
    assert np.abs(seen - wanted).max() <= most, (name, seen)


def expected_error() -> float:
    """What rounding to 8 bits twice (the clip's and ours) may do to a channel of red, green or blue."""
    return 2 + 1.9


@pytest.mark.parametrize("name", ["red", "green", "blue", "white", "skin"])
@pytest.mark.parametrize(
    ("pixels", "space", "full"),
    [
        ("yuv420p", "bt709", False),
        ("yuv420p", "bt601", False),
        ("yuv420p", "bt709", True),
        ("yuvj420p", "bt601", True),
        ("yuv422p", "bt709", False),
        ("yuv444p", "bt601", False),
        ("yuv444p", "bt709", True),
    ],
)
def test_a_clip_keeps_its_colours(tmp_path: Path, name: str, pixels: str, space: str, full: bool) -> None:
    path = clip(
        tmp_path / "clip.mp4",
        width=96,
        height=64,
        seconds=0.1,
        pix_fmt=pixels,
        space=space,
        full_range=full,
        background=COLOURS[name][0],
        options=FINE,
    )
    with opened(path) as source:
        planes = shown(source, 1, Look(96, 64)).planes
        assert_colour(planes, name, expected_error())
        assert read_tick(planes.y) == 1


def test_pure_red_of_our_own_kind_is_untouched(tmp_path: Path) -> None:
    path = clip(tmp_path / "clip.mp4", seconds=0.1, background=(1, 0, 0), options=LOSSLESS)
    with opened(path) as source:
        planes = shown(source, 0).planes
        assert [int(plane[plane.shape[0] // 4, 9]) for plane in planes] == [63, 102, 240]


@pytest.mark.parametrize("size", [(97, 65), (161, 91), (99, 64), (96, 67)])
def test_odd_sizes_lose_a_line_and_nothing_else(tmp_path: Path, size: tuple[int, int]) -> None:
    path = clip(
        tmp_path / "clip.mkv",
        width=size[0],
        height=size[1],
        seconds=0.1,
        pix_fmt="yuv444p",
        background=(1, 0, 0),
        options=FINE,
    )
    with opened(path) as source:
        planes = shown(source, 2, Look(size[0] & ~1, size[1] & ~1)).planes
        assert (planes.width, planes.height) == (size[0] & ~1, size[1] & ~1)
        assert_colour(planes, "red", expected_error())
        assert read_tick(planes.y) == 2
        if source.info is not None:
            assert (source.info.width, source.info.height) == (size[0] & ~1, size[1] & ~1)


def test_ten_bits(tmp_path: Path) -> None:
    path = tmp_path / "clip.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p10le"
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = context.color_range = 1
        for index in range(3):
            frame = frame_of(draw(index, 96, 64, 30, (1, 0, 0)), "yuv420p")
            deep = frame.reformat(format="yuv420p10le")
            deep.pts = index
            container.mux(stream.encode(deep))
        container.mux(stream.encode(None))
    with opened(path) as source:
        planes = shown(source, 1, Look(96, 64)).planes
        assert_colour(planes, "red", expected_error())
        assert read_tick(planes.y) == 1


def test_a_turned_clip_keeps_its_colours(tmp_path: Path) -> None:
    plain = clip(tmp_path / "plain.mp4", seconds=0.1, background=(1, 0, 0), options=FINE)
    path = turned_by_metadata(plain, tmp_path / "turned.mp4", 90)
    with opened(path) as source:
        planes = shown(source, 1, Look(90, 160)).planes
        upright = tuple(np.rot90(plane) for plane in planes)
        assert_colour(upright, "red", expected_error())


@pytest.mark.parametrize(("height", "space"), [(240, "bt601"), (576, "bt601"), (720, "bt709"), (1080, "bt709")])
def test_a_picture_that_says_nothing_is_read_as_players_do(height: int, space: str) -> None:
    frame = frame_of(draw(0, 64, height, 30, (1, 0, 0)), "yuv420p", space)
    frame.colorspace = 2
    frame.color_range = 0
    assert_colour(planes_of(to_program_colour(frame)), "red", expected_error())


@pytest.mark.parametrize("pixels", ["rgb24", "bgr24", "gray"])
def test_other_kinds_of_pixels(pixels: str) -> None:
    name = "red" if pixels != "gray" else "white"
    frame = frame_of(draw(0, 96, 64, 30, COLOURS[name][0]), pixels)
    assert_colour(planes_of(to_program_colour(frame)), name, expected_error())


@pytest.mark.parametrize("full", [False, True])
def test_nv12_as_cameras_give_it(full: bool) -> None:
    frame = frame_of(draw(3, 96, 64, 30, (1, 0, 0)), "nv12", "bt709", full)
    planes = planes_of(to_program_colour(frame))
    assert_colour(planes, "red", expected_error())
    assert read_tick(planes.y) == 3


def test_what_is_right_already_is_not_copied() -> None:
    frame = frame_of(draw(0, 96, 64, 30, (1, 0, 0)), "yuv420p")
    assert to_program_colour(frame) is frame


@pytest.mark.parametrize("name", list(COLOURS))
@pytest.mark.parametrize("size", [(64, 48), (65, 49), (3, 3)])
def test_a_still_picture_keeps_its_colours(name: str, size: tuple[int, int]) -> None:
    pixels = np.zeros((size[1], size[0], 4), np.uint8)
    pixels[..., :3] = np.rint(np.array(COLOURS[name][0]) * 255)
    pixels[..., 3] = 255
    planes = planes_from_rgba(pixels)
    assert (planes.width, planes.height) == (size[0] & ~1, size[1] & ~1)
    assert_colour(planes, name, 2.6)
    if name == "red":
        assert [int(plane[0, 0]) for plane in planes] == [63, 102, 240]
    look = Look(32, 32)
    source = ImageSource(planes)
    prepared = source.picture(look, 0, 0.0)
    assert prepared is not None
    assert_colour(prepared.planes, name, 2.6)
    assert source.picture(look, 99, 0.0) is prepared
    assert source.sound(0, 0.0) is None


def test_transparency_of_a_still_is_on_black() -> None:
    pixels = np.full((8, 8, 4), 255, np.uint8)
    pixels[..., 3] = 128
    planes = planes_from_rgba(pixels)
    assert abs(int(planes.y[0, 0]) - (16 + 219 * 128 / 255)) <= 1
    pixels[..., 3] = 0
    assert int(planes_from_rgba(pixels).y.max()) == 16


def test_looks_of_a_still_are_bounded() -> None:
    source = ImageSource(planes_from_rgba(np.full((64, 64, 4), 255, np.uint8)))
    source.want(frozenset(Look(2 * n, 2 * n) for n in range(1, 40)))
    assert len(source._looks) <= 16


def test_a_pool_gives_out_each_frame_once() -> None:
    pool = FramePool(64, 48, 3)
    taken = [pool.take() for _ in range(3)]
    assert None not in taken
    assert len({id(frame) for frame in taken}) == 3
    assert pool.take() is None
    assert pool.take(0.01) is None
    assert taken[1] is not None
    pool.give_back(taken[1])
    assert pool.take() is taken[1]
