"""The one import of OpenCV. `opencv-python` brings a Qt of its own and points environment variables at it when
imported; they are put back here so that children and the letters process are not led astray. OpenCV's threads are
turned off in favour of ours. Import `cv2` from here and nowhere else."""

from __future__ import annotations

import os

_TOUCHED = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR", "LD_LIBRARY_PATH")
_before = {name: os.environ.get(name) for name in _TOUCHED}
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(20_000_000))

import cv2  # noqa: E402  # the variables must be remembered before the import

for _name, _value in _before.items():
    if _value is None:
        os.environ.pop(_name, None)
    else:
        os.environ[_name] = _value

cv2.setNumThreads(1)

__all__ = ["cv2"]
