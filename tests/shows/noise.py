"""A show that fills disks: the pattern with its tick numbers, and noise where nobody reads, so that the encoder needs
all the bits it may have."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np

from tests.shows.plan import BLUE, BROWN, FPS, layer

KBPS = 8000
NOISY = ("--canvas", "vertical=360x640@30", "--preset", "ultrafast", "--bitrate", str(KBPS))
WIDTH, HEIGHT = 360, 220


def write_noisy_show(folder: Path) -> Path:
    """The show file with its clip beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    noise_clip(folder / "noise.mp4")
    noise = layer("noise", "noise", rect={"x": 0, "y": 0.14, "width": 1, "height": 0.34}, z=1, fit="stretch")
    show = {
        "schema": 1,
        "id": "noisy",
        "title": "가득 찬 디스크",
        "canvases": [{"id": "vertical", "width": 360, "height": 640, "fps": FPS}],
        "sources": [
            {"id": "blue", "url": f"pattern:{BLUE}"},
            {"id": "brown", "url": f"pattern:{BROWN}"},
            {"id": "noise", "url": "file:noise.mp4"},
        ],
        "scenes": [
            {"id": "blue", "layers": [layer("whole", "blue"), noise]},
            {"id": "brown", "layers": [layer("whole", "brown"), noise]},
        ],
        "products": [
            {"id": "mandarin", "name": "노지감귤 5kg", "list_price": 24900, "sale_price": 24900, "live_price": 15900},
        ],
    }
    path = folder / "show.json"
    path.write_text(json.dumps(show, ensure_ascii=False))
    return path


def noise_clip(path: Path) -> None:
    """One second; no picture is like another."""
    chooser = np.random.default_rng(20)
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "qp": "22", "bf": "0"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for _ in range(FPS):
            pixels = chooser.integers(16, 235, (HEIGHT * 3 // 2, WIDTH), np.uint8)
            pixels[HEIGHT:] = 128
            output.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "yuv420p")))
        output.mux(stream.encode(None))
