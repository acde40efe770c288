"""The media worker: one question on its input, one answer on its output, then it ends. It opens foreign pictures and
media files under limits of memory and processor time, so that a picture bomb or a damaged file costs a worker and
nothing else (house law 9, T8). A process of its own; one thread."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from studio.link import process
from studio.model.sentence import Refusal

MEMORY_BYTES = 2 * 1024**3
PROCESSOR_SECONDS = 15


def main() -> int:
    """`jangteo media`."""
    process.ignore_keyboard()
    process.hide_exception_texts()
    process.limit_resources(MEMORY_BYTES, PROCESSOR_SECONDS)
    line = sys.stdin.buffer.readline()
    question = json.loads(line)
    sys.stdout.write(json.dumps(_refusable(answer, question), ensure_ascii=True))
    sys.stdout.flush()
    return 0


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """What the worker found; Refusal where the question as a whole cannot be answered."""
    if question["do"] == "decode_pictures":
        return {"pictures": [_refusable(_decode, Path(name), Path(question["folder"])) for name in question["paths"]]}
    if question["do"] == "check_sources":
        return {"sources": [_refusable(_check_source, Path(one["path"]), one["scheme"]) for one in question["sources"]]}
    if question["do"] == "measure_encoder":
        from studio.media.encode import measured_rate
        from studio.model.run import EncoderChoice
        from studio.model.show import Canvas

        canvas = Canvas("probe", int(question["width"]), int(question["height"]), int(question["fps"]))
        choice = EncoderChoice(question["encoder"], question["preset"], int(question["bitrate_kbps"]))
        rate = measured_rate(canvas, choice, float(question["seconds"]))
        return {"frames_per_second": rate}
    if question["do"] == "probe_hardware":
        from studio.media.encode import usable_hardware_encoders
        from studio.model.show import Canvas

        canvas = Canvas("probe", int(question["width"]), int(question["height"]), int(question["fps"]))
        return {"hardware": usable_hardware_encoders(canvas)}
    raise Refusal("모르는 부탁이에요.", "Unknown question.", "unknown")


def _refusable(work: Callable[..., dict[str, Any]], *given: Any) -> dict[str, Any]:
    """One bad picture does not spoil the others."""
    try:
        return work(*given)
    except Refusal as refusal:
        return _refused(refusal)
    except MemoryError:
        return _refused(
            Refusal(
                "여는 데 메모리가 너무 많이 들어서 그만뒀어요. 쓰지 않았어요. 다른 파일을 골라 주세요.",
                "Opening it takes too much memory. It was not used. Choose another file.",
                "bad_source",
            )
        )


def _refused(refusal: Refusal) -> dict[str, Any]:
    """A refusal as an answer."""
    words = refusal.sentence
    return {"refused": {"ko": words.ko, "en": words.en, "code": refusal.code}}


def _decode(path: Path, folder: Path) -> dict[str, Any]:
    from studio.media.still import decode_still

    pixels = decode_still(path)
    height, width = pixels.shape[:2]
    data = pixels.tobytes()
    raw = folder / f"{sha256(data).hexdigest()}-{width}x{height}.rgba"
    if not raw.exists():
        temporary = raw.with_suffix(f".{os.getpid()}.part")
        temporary.write_bytes(data)
        temporary.replace(raw)
    return {"raw": str(raw), "width": width, "height": height}


def _check_source(path: Path, scheme: str) -> dict[str, Any]:
    if scheme == "image":
        from studio.media.still import decode_still

        height, width = decode_still(path).shape[:2]
        return {"width": width, "height": height}
    from studio.media.sources.file_facts import read_facts

    facts = read_facts(path)
    return {"width": facts.width, "height": facts.height, "seconds": facts.duration_ns / 1e9}
