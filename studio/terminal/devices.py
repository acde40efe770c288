"""`jangteo devices`: which cameras, microphones and screens there are, by the identities that a show names them by.
Reads only; opens no device."""

from __future__ import annotations

import json

from studio.media.live.devices import Device, cameras, microphones, named_cameras, screens
from studio.terminal.options import OptionParser
from studio.terminal.speak import put, say, warn

WORDS = {"camera": ("카메라", "camera"), "mic": ("마이크", "microphone"), "screen": ("화면", "screen")}


def main(arguments: list[str]) -> int:
    """Exit code 0, also where there is none."""
    parser = OptionParser(prog="jangteo devices", description="카메라·마이크·화면 · cameras, microphones, screens")
    parser.add_argument("--json", action="store_true", help="JSON으로 · as JSON")
    options = parser.parse_args(arguments)
    found = [device for device, _ in cameras()] + [device for device, _ in microphones()] + screens()
    for problem in named_cameras()[1]:
        warn(problem.ko, problem.en)
    if options.json:
        put(json.dumps([_entry(device) for device in found], ensure_ascii=False, indent=1))
        return 0
    if not found:
        say(
            "카메라도 마이크도 화면도 없어요. 장치를 꽂고 다시 해 주세요.",
            "There is no camera, microphone or screen. Plug one in and try again.",
        )
    for device in found:
        ko, en = WORDS[device.kind]
        put(f"{ko} · {en}  {device.name}\n    {device.kind}:{device.id}")
    if found:
        say(
            "방송에 쓰려면 소스의 url에 위의 이름을 적거나, jangteo run --source 소스=카메라이름으로 바꿔 주세요.",
            "To use one, write its name as the url of a source, or run with --source ID=NAME.",
        )
    return 0


def _entry(device: Device) -> dict[str, str]:
    return {"kind": device.kind, "id": device.id, "name": device.name, "place": device.place}
