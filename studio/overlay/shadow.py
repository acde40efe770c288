"""Soft shadows: blurs the outline of a card at a fraction of its size, where a blur costs next to nothing and
nobody can tell. Owned by the letters process; pure numpy, any thread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FINE_SIGMA = 3.0
"""The blur is computed at a scale where its standard deviation is at least this many pixels."""


def _taps(sigma: float) -> NDArray[np.float32]:
    reach = max(1, int(np.ceil(3 * sigma)))
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    whole: NDArray[np.float32] = (taps / taps.sum()).astype(np.float32)
    return whole


def _blurred_rows(plane: NDArray[np.float32], taps: NDArray[np.float32]) -> NDArray[np.float32]:
    reach = len(taps) // 2
    padded = np.pad(plane, ((0, 0), (reach, reach)))
    width = plane.shape[1]
    result = np.zeros_like(plane)
    for index, tap in enumerate(taps):
        result += tap * padded[:, index : index + width]
    return result


def _stretched_rows(plane: NDArray[np.float32], width: int, factor: int) -> NDArray[np.float32]:
    """Each row made `width` long by straight lines between the centres of its cells."""
    where = (np.arange(width, dtype=np.float32) + np.float32(0.5)) / factor - np.float32(0.5)
    where = np.clip(where, 0, plane.shape[1] - 1)
    left = where.astype(np.intp)
    right = np.minimum(left + 1, plane.shape[1] - 1)
    part = (where - left).astype(np.float32)
    stretched: NDArray[np.float32] = plane[:, left] * (1 - part) + plane[:, right] * part
    return stretched


def soft(alpha: NDArray[np.uint8], sigma: float) -> NDArray[np.float32]:
    """The alpha plane (0 to 255) blurred by a Gaussian of `sigma` pixels; same shape."""
    if sigma < 0.1:
        return alpha.astype(np.float32)
    factor = max(1, int(sigma / FINE_SIGMA))
    height, width = alpha.shape
    padded = np.pad(alpha, ((0, -height % factor), (0, -width % factor))).astype(np.float32)
    small = padded.reshape(padded.shape[0] // factor, factor, padded.shape[1] // factor, factor).mean(axis=(1, 3))
    taps = _taps(sigma / factor)
    small = _blurred_rows(_blurred_rows(small, taps).T, taps).T
    return _stretched_rows(_stretched_rows(small, width, factor).T, height, factor).T
