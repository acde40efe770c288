"""What cameras give, in the program's colour: every colour, from BGR and from packed YUV of BT.601."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.media.live.colour import CHANGE, LEAST_SIDE, MOST_PIXELS, from_bgr, from_camera, from_yuyv
from studio.program.compose import colour_of

LEVEL = st.integers(0, 255)


def bt601(red: int, green: int, blue: int) -> tuple[int, int, int]:
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    u, v = (blue - luma) / 1.772, (red - luma) / 1.402
    return round(16 + 219 * luma / 255), round(128 + 224 * u / 255), round(128 + 224 * v / 255)


@given(LEVEL, LEVEL, LEVEL)
def test_every_colour_of_bgr(red: int, green: int, blue: int) -> None:
    planes = from_bgr(np.full((16, 16, 3), (blue, green, red), np.uint8))
    seen = (int(planes.y[5, 5]), int(planes.u[3, 3]), int(planes.v[3, 3]))
    assert max(abs(a - b) for a, b in zip(seen, colour_of(f"#{red:02X}{green:02X}{blue:02X}"), strict=True)) <= 2


@given(LEVEL, LEVEL, LEVEL)
def test_every_colour_of_yuyv(red: int, green: int, blue: int) -> None:
    y, u, v = bt601(red, green, blue)
    packed = np.empty((16, 16, 2), np.uint8)
    packed[..., 0] = y
    packed[:, 0::2, 1], packed[:, 1::2, 1] = u, v
    planes = from_yuyv(packed)
    seen = (int(planes.y[5, 5]), int(planes.u[3, 3]), int(planes.v[3, 3]))
    assert max(abs(a - b) for a, b in zip(seen, colour_of(f"#{red:02X}{green:02X}{blue:02X}"), strict=True)) <= 2


@pytest.mark.parametrize("size", [(17, 33), (480, 640), (2, 2)])
def test_odd_sizes_are_cropped_to_even(size: tuple[int, int]) -> None:
    planes = from_bgr(np.zeros((*size, 3), np.uint8))
    assert (planes.height, planes.width) == (size[0] & ~1, size[1] & ~1)
    assert planes.u.shape == planes.v.shape == (planes.height // 2, planes.width // 2)


def test_gray_stays_gray() -> None:
    assert np.allclose(CHANGE[:, 0], (1, 0, 0), atol=1e-12)


@given(
    st.integers(0, 70),
    st.integers(0, 70),
    st.sampled_from([None, 1, 2, 3, 4, 5]),
    st.sampled_from([np.uint8, np.uint16, np.float32]),
    st.booleans(),
    LEVEL,
)
def test_whatever_a_driver_hands_over(
    height: int, width: int, channels: int | None, kind: type, is_backwards: bool, level: int
) -> None:
    """B40: no size, no number of channels, no stride brings the camera's process down or a wrong picture on air."""
    shape = (height, width) if channels is None else (height, width, channels)
    picture = np.full(shape, level, kind)
    planes = from_camera(picture[::-1, ::-1] if is_backwards else picture)
    if kind is not np.uint8 or min(height, width) < LEAST_SIDE or channels == 5:
        assert planes is None
        return
    assert planes is not None
    assert (planes.height, planes.width) == (height & ~1, width & ~1)
    assert planes.u.shape == planes.v.shape == (planes.height // 2, planes.width // 2)
    if channels in (None, 1, 3, 4):
        wanted = 16 + 219 * level / 255
        assert np.abs(planes.y.astype(float) - wanted).max() <= 2
        assert max(np.abs(plane.astype(float) - 128).max() for plane in (planes.u, planes.v)) <= 2


def test_8k_is_made_smaller() -> None:
    planes = from_camera(np.full((4320, 7680, 3), (0, 0, 255), np.uint8))
    assert planes is not None
    assert (planes.width, planes.height) == (3840, 2160)
    assert planes.width * planes.height <= MOST_PIXELS
    assert np.abs(planes.y.astype(int) - colour_of("#FF0000")[0]).max() <= 2
