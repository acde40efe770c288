"""A camera, or anything else that OpenCV's VideoCapture opens. A camera is known by an identity that stays with the
device; where it is plugged in is looked up anew at every opening, and another camera is never taken for it (house
law 12). YUV is asked for, since turning BGR into the program's colour costs far more. Owned by a source process."""

from __future__ import annotations

import os
import threading
import time

import numpy as np

from studio.media.live.colour import from_camera
from studio.media.live.devices import camera_at
from studio.media.live.grabber import Taker, Unavailable
from studio.media.opencv import cv2

OPEN_MS = 2_000
READ_MS = 1_500
MOST_LATE_NS = 1_000_000_000
MOST_BAD = 10
"""Pictures in a row that cannot be decoded: a USB camera breaks one now and then."""


class CameraGrabber:
    """`address` is an identity as `jangteo devices` tells it, or a URL; `width`, `height` and `fps` are wishes."""

    def __init__(self, address: str, fps: int, width: int = 1920, height: int = 1080) -> None:
        self._address = address
        self._fps, self._width, self._height = fps, width, height

    def run(self, taker: Taker, stopping: threading.Event) -> None:
        """Until the camera gives nothing more."""
        capture, is_device = self._opened()
        try:
            self._grab(capture, is_device, taker, stopping)
        finally:
            capture.release()

    def _opened(self) -> tuple[cv2.VideoCapture, bool]:
        # OpenCV waits ten seconds for a dead camera otherwise, whole seconds only.
        os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "1")
        place = self._address if "://" in self._address else camera_at(self._address)
        if place is None:
            raise Unavailable("no_device")
        if isinstance(place, str) and "://" in place:
            limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_MS]
            capture, is_device = cv2.VideoCapture(place, cv2.CAP_FFMPEG, limits), False
        else:
            number, backend = place if isinstance(place, tuple) else (place, cv2.CAP_V4L2)
            capture, is_device = cv2.VideoCapture(number, backend), True
        if not capture.isOpened():
            raise Unavailable("no_device" if is_device else "unreachable")
        if is_device:
            self._ask_for_yuv(capture)
        return capture, is_device

    def _ask_for_yuv(self, capture: cv2.VideoCapture) -> None:
        """Wishes: a camera answers with what it can."""
        capture.set(cv2.CAP_PROP_FOURCC, float(cv2.VideoWriter.fourcc(*"YUYV")))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._height)
        capture.set(cv2.CAP_PROP_FPS, self._fps)
        gives_yuv = int(capture.get(cv2.CAP_PROP_FOURCC)) == cv2.VideoWriter.fourcc(*"YUYV")
        is_quick = capture.get(cv2.CAP_PROP_FPS) >= 0.8 * self._fps
        if gives_yuv and is_quick:
            capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)
        else:
            # USB 2 carries large pictures at full rate only as JPEG.
            capture.set(cv2.CAP_PROP_FOURCC, float(cv2.VideoWriter.fourcc(*"MJPG")))
            capture.set(cv2.CAP_PROP_FPS, self._fps)

    def _grab(self, capture: cv2.VideoCapture, is_device: bool, taker: Taker, stopping: threading.Event) -> None:
        is_told, bad = False, 0
        while not stopping.is_set():
            if not capture.grab():
                raise Unavailable("lost")
            captured_ns = self._captured_ns(capture, is_device)
            good, picture = capture.retrieve()
            planes = from_camera(np.asarray(picture)) if good and picture is not None else None
            if planes is None:
                bad += 1
                if bad > MOST_BAD:
                    raise Unavailable("unreadable")
                continue
            bad = 0
            if not is_told:
                is_told = True
                taker.opened(has_picture=True, has_sound=False)
            taker.picture(planes, captured_ns)

    @staticmethod
    def _captured_ns(capture: cv2.VideoCapture, is_device: bool) -> int:
        """V4L2 stamps pictures on the monotonic clock; whatever else there is was captured when it came."""
        now = time.monotonic_ns()
        if is_device:
            stamped = int(capture.get(cv2.CAP_PROP_POS_MSEC) * 1_000_000)
            if 0 <= now - stamped < MOST_LATE_NS:
                return stamped
        return now
