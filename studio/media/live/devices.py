"""Which cameras, microphones and screens there are: an identity that stays with the device however it is plugged in,
and a name a person knows. Network cameras are named by their owner in `cameras.json` of the home, so that one that
moved to another address is still the same. Called by the terminal and by source processes; asks the system, owns
nothing."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from studio import paths
from studio.media.live import sound_server
from studio.media.opencv import cv2
from studio.model.sentence import Sentence

log = logging.getLogger(__name__)

CAMERA_LINKS = (Path("/dev/v4l/by-id"), Path("/dev/v4l/by-path"))
NAMED_CAMERAS = "cameras.json"
UNWANTED = re.compile(r"[^A-Za-z0-9가-힣_.-]+")

Place = str | tuple[int, int]
"""Where OpenCV opens a camera: a URL, a device file, or an index and a backend."""


Microphone = int | str
"""Where a microphone is just now: PortAudio's number, or its name at the sound server."""

SERVER_ALIASES = ("pulse", "default", "sysdefault", "pipewire")
"""What ALSA calls the sound server: whichever microphone that likes best at the moment, so none a show can name."""


@dataclass(frozen=True, slots=True)
class Device:
    """One device. `id` goes behind `camera:`, `mic:` or `screen:` in a show."""

    kind: str
    id: str
    name: str
    place: str = ""


def cameras() -> list[tuple[Device, Place]]:
    """All cameras and where they are just now."""
    found: dict[str, tuple[Device, Place]] = {}
    named, problems = named_cameras()
    for problem in problems:
        log.warning("%s", problem.en)
    for device, place in (*named, *_system_cameras()):
        found.setdefault(device.id, (device, place))
    return list(found.values())


def camera_at(identity: str) -> Place | None:
    """Where the camera of that identity is; None while it is nowhere."""
    return next((place for device, place in cameras() if device.id == identity), None)


def named_cameras() -> tuple[list[tuple[Device, Place]], list[Sentence]]:
    """Cameras of `[{"id": …, "name": …, "url": …}]`, and what of that file cannot be used, in words."""
    path = paths.data() / NAMED_CAMERAS
    try:
        entries = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return [], []
    except (OSError, ValueError, RecursionError):
        return [], [_unusable(path, "파일을 읽을 수 없어요", "the file cannot be read")]
    if not isinstance(entries, list):
        return [], [_unusable(path, "카메라의 목록이 아니에요", "it is no list of cameras")]
    found: list[tuple[Device, Place]] = []
    problems = []
    for number, entry in enumerate(entries, start=1):
        if isinstance(entry, dict) and all(isinstance(entry.get(key), str) and entry[key] for key in ("id", "url")):
            identity = _identity(entry["id"])
            found.append((Device("camera", identity, str(entry.get("name") or identity), "network"), entry["url"]))
        else:
            problems.append(_unusable(path, f"{number}번째에 id나 url이 없어요", f"entry {number} lacks an id or url"))
    return found, problems


def _unusable(path: Path, ko: str, en: str) -> Sentence:
    return Sentence(
        f"{path}: {ko}. 그 부분은 쓰지 않았어요. 고쳐서 다시 해 주세요.",
        f"{path}: {en}. That part was left out. Correct it and try again.",
    )


def _system_cameras() -> Iterator[tuple[Device, Place]]:
    # Behind our own import of OpenCV, which keeps the environment as it was.
    from cv2_enumerate_cameras import enumerate_cameras

    backends = {"win32": cv2.CAP_MSMF, "darwin": cv2.CAP_AVFOUNDATION}
    backend = backends.get(sys.platform, cv2.CAP_V4L2)
    try:
        listed = enumerate_cameras(backend)
    except (OSError, NotImplementedError) as error:
        log.warning("cameras cannot be listed: %s", type(error).__name__)
        return
    for one in listed:
        path = str(one.path or "")
        place: Place = path if sys.platform == "linux" else (int(one.index), int(backend))
        yield Device("camera", _camera_identity(one, path), str(one.name or "camera"), path), place


def _camera_identity(camera: Any, path: str) -> str:
    """Linux: the name udev gives by serial number, else by socket. Elsewhere the system's own name, shortened."""
    has_serial = bool(_serial_of(Path("/sys/class/video4linux") / Path(path).name / "device"))
    # Two equal cameras without a serial number share one name by-id, which moves when one of them goes.
    for folder in CAMERA_LINKS if has_serial else CAMERA_LINKS[1:]:
        try:
            links = sorted(folder.iterdir())
        except OSError:
            continue
        for link in links:
            if os.path.realpath(link) == os.path.realpath(path):
                return _identity(link.name)
    numbers = "".join(f"{number:04x}" for number in (camera.vid, camera.pid) if isinstance(number, int))
    rest = sha256(path.encode()).hexdigest()[:8] if sys.platform != "linux" else ""
    return _identity("-".join(part for part in (str(camera.name), numbers, rest) if part))


def microphones() -> list[tuple[Device, Microphone]]:
    """All inputs for sound and where they are just now."""
    import sounddevice

    found: dict[str, tuple[Device, Microphone]] = {}
    served = sound_server.sources()
    for name, description in served:
        device = Device("mic", _identity(f"server-{name}"), description, "PulseAudio · PipeWire")
        found.setdefault(device.id, (device, name))
    try:
        hosts = [str(host["name"]) for host in sounddevice.query_hostapis()]
        devices = list(sounddevice.query_devices())
    except sounddevice.PortAudioError as error:
        log.warning("microphones cannot be listed: %s", type(error).__name__)
        devices = []
    for number, known in enumerate(devices):
        name = str(known["name"])
        if known["max_input_channels"] <= 0 or (served and name in SERVER_ALIASES):
            continue
        host = hosts[known["hostapi"]]
        # The number in "(hw:1,0)" changes with the order of plugging; the name before it does not.
        plain = re.sub(r"\s*\(hw:\d+,\d+\)", "", name).strip()
        device = Device("mic", _identity("-".join(filter(None, (host, plain, _card_mark(name))))), plain, host)
        found.setdefault(device.id, (device, number))
    return list(found.values())


def _card_mark(name: str) -> str:
    """What tells two equal sound cards apart (Linux): the serial number, else the socket it is plugged into."""
    card = re.search(r"\(hw:(\d+),\d+\)", name)
    return _mark_of(Path(f"/sys/class/sound/card{card[1]}/device")) if card else ""


def _mark_of(device: Path) -> str:
    if not device.exists():
        return ""
    place = device.resolve()
    return _serial_of(device) or place.name


def _serial_of(device: Path) -> str:
    """A USB device's own serial number; many cheap ones have none."""
    try:
        return (device.resolve().parent / "serial").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def microphone_at(identity: str) -> Microphone | None:
    """Where that microphone is; None while it is not there."""
    return next((place for device, place in microphones() if device.id == identity), None)


def screens() -> list[Device]:
    """Screens that can be taken: on Linux the X display of this session."""
    if sys.platform == "linux":
        display = os.environ.get("DISPLAY", "")
        return [Device("screen", _identity(f"x11{display}"), f"X {display}", display)] if display else []
    name = "desktop" if sys.platform == "win32" else "Capture screen 0"
    return [Device("screen", _identity(name), name, name)]


def screen_at(identity: str) -> str | None:
    """What FFmpeg calls that screen, the first one without an identity; None while it is not there."""
    return next((screen.place for screen in screens() if identity in ("", screen.id)), None)


def _identity(text: str) -> str:
    return UNWANTED.sub("-", text).strip("-") or "unnamed"
