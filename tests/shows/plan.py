"""The show the tests air: two test patterns with colours of their own, a video file, an insert, a product and a coupon,
on small canvases so that two slow cores keep up. Written as a show file into a test's folder; pure but for that
file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.rigs import samples

FPS = 30
BLUE, BROWN = "#204060", "#803020"
SMALL = ("--canvas", "vertical=180x320@30", "--preset", "ultrafast", "--bitrate", "600")
INSERT_TICKS = 45


def layer(name: str, source: str, **place: Any) -> dict[str, Any]:
    return {"id": name, "source": source, "places": {"*": place}}


def show_data() -> dict[str, Any]:
    return {
        "schema": 1,
        "id": "proof",
        "title": "시험 방송",
        "canvases": [
            {"id": "vertical", "width": 180, "height": 320, "fps": FPS},
            {"id": "wide", "width": 320, "height": 180, "fps": FPS},
        ],
        "sources": [
            {"id": "blue", "url": f"pattern:{BLUE}"},
            {"id": "brown", "url": f"pattern:{BROWN}"},
            {"id": "busy", "url": "pattern:busy"},
            {"id": "clip", "url": "file:clip.mp4", "sound": "follow"},
            {"id": "ad", "url": "file:ad.mp4", "play": "insert"},
        ],
        "scenes": [
            {"id": "blue", "layers": [layer("whole", "blue")]},
            {"id": "brown", "layers": [layer("whole", "brown")]},
            {"id": "clip", "layers": [layer("whole", "clip", fit="stretch")]},
            {"id": "busy", "layers": [layer("whole", "busy")]},
            {
                "id": "inset",
                "layers": [
                    layer("whole", "blue"),
                    layer("inset", "brown", rect={"x": 0.25, "y": 0.5, "width": 0.5, "height": 0.25}, z=1),
                ],
            },
            {"id": "ad", "layers": [layer("whole", "ad", fit="stretch")]},
        ],
        "products": [
            {
                "id": "mandarin",
                "name": "노지감귤 5kg",
                "list_price": 24900,
                "sale_price": 24900,
                "live_price": 15900,
                "stock": 120,
            },
            {"id": "sold", "name": "감귤칩", "list_price": 19900, "sale_price": 13900, "stock": 0},
        ],
        "coupons": [
            {
                "id": "evening",
                "name": "저녁 쿠폰",
                "amount": 3000,
                "how": "상품 페이지에서 쿠폰 받기",
                "open_seconds": 12.0,
                "minimum": 20000,
                "quantity": 100,
            }
        ],
    }


def write_show(folder: Path, data: dict[str, Any] | None = None, clips: bool = True) -> Path:
    """The show file, with the clips it names beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    if clips:
        beep = samples.Beep()
        samples.clip(folder / "clip.mp4", width=180, height=320, fps=FPS, seconds=2.0, beep=beep)
        samples.clip(
            folder / "ad.mp4", width=180, height=320, fps=FPS, seconds=INSERT_TICKS / FPS, first_tick=9000, beep=beep
        )
    path = folder / "show.json"
    path.write_text(json.dumps(data or show_data(), ensure_ascii=False))
    return path


def write_script(folder: Path, *lines: tuple[float, str, dict[str, Any]]) -> Path:
    """Commands with the tick-exact second they are due at."""
    path = folder / "script.jsonl"
    entries = [json.dumps({"at": at, "command": command, **values}) for at, command, values in lines]
    path.write_text("\n".join(entries) + "\n")
    return path
