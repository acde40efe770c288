"""From what was typed to a run that can start: show, sources, folders, destinations and encoders are all judged here,
before any process starts, so that bad input leaves nothing half-started. Main thread; asks media workers."""

from __future__ import annotations

import argparse
import math
import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from studio import paths
from studio.link.workers import ask_worker
from studio.model.run import LOGIN_LABEL, EncoderChoice, LiveRun, Recording, Rehearsal, Run, RunPlan
from studio.model.secret import Secret
from studio.model.sentence import Refusal, Sentence
from studio.model.show import Canvas, Show
from studio.program.plan import check_show
from studio.terminal.load import load_show
from studio.terminal.options import read_keys, read_logins, read_script, with_canvases, with_sources
from studio.terminal.sending import destinations_of
from studio.terminal.speak import say, warn
from studio.terminal.typed_files import Unusable, make_folders, read_typed, typed_path

BITS_PER_PIXEL = 0.09
HEADROOM = 2.2
PROBE_SECONDS = 0.33
MAX_SECONDS = 48 * 3600
BITRATES = (100, 60_000)
SMALLER = (1.0, 0.75, 0.5)
MOST_SHOWN = 200
MAX_CERTIFICATE_BYTES = 1024 * 1024
CERTIFICATE_START = b"-----BEGIN CERTIFICATE-----"


def plan_run(options: argparse.Namespace) -> tuple[Run, dict[str, Secret], Path]:
    """The run, its keys by label, and its folder (not yet made). Refusal for anything that cannot work."""
    _check_numbers(options)
    if options.rehearse and options.to:
        raise Refusal(
            "리허설은 송출할 수 없어요. 시작하지 않았어요. --to를 빼거나 --rehearse를 빼 주세요.",
            "A rehearsal cannot send. Nothing was started. Leave out --to or --rehearse.",
            code="rehearsal_sends",
        )
    show, folder = load_show(options.show)
    show, named = with_canvases(show, options.canvas)
    show = with_sources(show, options.source)
    check_show(show)
    script = read_script(options.script, paths.assets() / "demo" / "script.jsonl")
    destinations, keys = destinations_of(show, options.to, read_keys(options.key_file))
    keys |= {f"{LOGIN_LABEL}{source}": login for source, login in read_logins(show, options.login).items()}
    certificate = _certificate(options.ca_file)
    _check_sources(show, folder)
    run_name = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
    run_dir = paths.runs() / run_name
    sent = {destination.canvas or show.canvases[0].id for destination in destinations}
    recorded = [canvas.id for canvas in show.canvases if canvas.id in named or canvas.id in sent]
    recorded = recorded or [show.canvases[0].id]
    recording = None
    if not options.no_record:
        folders = _made_folders(options.record)
        recording = Recording(tuple(map(str, folders or [run_dir / "recordings"])), tuple(recorded), options.part)
    encoded = sorted(sent | set(recorded if recording else ()))
    show, encoders = _choose_encoders(show, encoded, named, options)
    plan = RunPlan(
        run=run_name,
        show=show,
        encoders=encoders,
        recording=recording,
        stepped=options.stepped,
        ends_after_seconds=options.seconds,
        show_folder=str(folder),
        script=script,
    )
    run: Run = Rehearsal(plan)
    if not options.rehearse:
        run = LiveRun(plan, destinations, certificate)
    return run, keys, run_dir


def _check_numbers(options: argparse.Namespace) -> None:
    seconds = options.seconds
    if seconds is not None and not (math.isfinite(seconds) and 0 < seconds <= MAX_SECONDS):
        raise _out_of_range("--for", f"0 < --for ≤ {MAX_SECONDS}")
    if options.stepped and seconds is None:
        raise Refusal(
            "--stepped는 --for 초와 함께 써요. 시계가 없어서 스스로 끝나지 않기 때문이에요. 시작하지 않았어요.",
            "--stepped needs --for SECONDS: without a clock it would not end by itself. Nothing was started.",
            code="usage",
        )
    if options.bitrate is not None and not BITRATES[0] <= options.bitrate <= BITRATES[1]:
        raise _out_of_range("--bitrate", f"{BITRATES[0]}–{BITRATES[1]} (kbps)")
    if not (math.isfinite(options.part) and 2 <= options.part <= MAX_SECONDS):
        raise _out_of_range("--part", f"2–{MAX_SECONDS} (초 · s)")


def _out_of_range(name: str, allowed: str) -> Refusal:
    return Refusal(
        f"{name} 값이 범위를 벗어나요. 시작하지 않았어요. 쓸 수 있는 값: {allowed}.",
        f"The value of {name} is out of range. Nothing was started. It may be {allowed}.",
        code="out_of_range",
    )


def _check_sources(show: Show, folder: Path) -> None:
    """Opens every file once, in workers with limits: a source that cannot be played is refused before anything starts;
    a product's picture that cannot be shown is told, and its card goes without."""
    used = {layer.source for scene in show.scenes for layer in scene.layers}
    sources = [
        source
        for source in show.sources
        if source.scheme in ("file", "image") and (source.id in used or source.sound == "always")
    ]
    products = [product for product in show.products if product.picture]
    questions = [{"scheme": source.scheme, "path": str(folder / source.address)} for source in sources]
    questions += [{"scheme": "image", "path": str(folder / str(product.picture))} for product in products]
    answers = _opened(questions)
    for source, answer in zip(sources, answers, strict=False):
        if "refused" in answer:
            words = answer["refused"]
            raise Refusal(f"소스 {source.id}: {words['ko']}", f"Source {source.id}: {words['en']}", words["code"])
    for product, answer in zip(products, answers[len(sources) :], strict=True):
        if "refused" in answer:
            words = answer["refused"]
            warn(
                f"상품 {product.id}의 카드는 사진 없이 만들어요. {words['ko']}",
                f"The card of product {product.id} goes without a picture. {words['en']}",
            )


def _opened(questions: list[dict[str, str]]) -> list[dict[str, Any]]:
    """A worker's answer to each; one worker for all, and one for each where it died of one of them."""
    if not questions:
        return []
    together = ask_worker({"do": "check_sources", "sources": questions}).get("sources")
    if together is not None:
        return list(together)
    answers = []
    for question in questions:
        alone = ask_worker({"do": "check_sources", "sources": [question], "path": question["path"]})
        answers.append(alone["sources"][0] if "sources" in alone else alone)
    return answers


def _made_folders(names: list[str]) -> list[Path]:
    """Recording folders, made if need be, proven writable; Refusal in words (B42)."""
    folders = [typed_path(name) for name in names]
    try:
        make_folders(folders)
    except Unusable as unusable:
        shown = str(unusable.place or ", ".join(names))[-MOST_SHOWN:]
        raise Refusal(
            f"녹화 폴더 “{shown}”에 쓸 수 없어요: {unusable.reason.ko}. 시작하지 않았어요. 다른 폴더를 골라 주세요.",
            f"The recording folder “{shown}” cannot be written: {unusable.reason.en}. Nothing was started. "
            "Choose another folder.",
            code="bad_folder",
        ) from unusable
    return folders


def _certificate(name: str | None) -> str | None:
    if name is None:
        return None
    path = typed_path(name)
    try:
        data = read_typed(path, MAX_CERTIFICATE_BYTES)
        if CERTIFICATE_START not in data:
            raise Unusable(Sentence("PEM 인증서가 아니에요", "it holds no PEM certificate"))
    except Unusable as unusable:
        raise Refusal(
            f"인증서 파일 “{name[-MOST_SHOWN:]}”을(를) 쓸 수 없어요: {unusable.reason.ko}. 시작하지 않았어요.",
            f"The certificate file “{name[-MOST_SHOWN:]}” cannot be used: {unusable.reason.en}. Nothing was started.",
            code="bad_certificate",
        ) from unusable
    return str(path)


def _choose_encoders(
    show: Show, encoded: list[str], named: tuple[str, ...], options: argparse.Namespace
) -> tuple[Show, Mapping[str, EncoderChoice]]:
    """An encoder for every canvas; those that will be encoded are measured unless size or preset were given."""
    choices: dict[str, EncoderChoice] = {}
    canvases: list[Canvas] = []
    for canvas in show.canvases:
        preset = options.preset
        if preset is None and options.stepped:
            preset = "superfast"
        if preset is None and canvas.id in encoded:
            canvas, preset = _measured(canvas, canvas.id in named, len(encoded), options.bitrate)
            if canvas.id == encoded[0]:
                _tell_hardware(canvas)
        choices[canvas.id] = EncoderChoice("libx264", preset or "superfast", options.bitrate or _bitrate(canvas))
        canvases.append(canvas)
    return replace(show, canvases=tuple(canvases)), choices


def _measured(canvas: Canvas, is_fixed: bool, sharing: int, bitrate: int | None) -> tuple[Canvas, str]:
    """The best preset with room to spare, on a smaller picture where even the fastest is too slow; said aloud."""
    wanted = canvas.fps * HEADROOM * sharing
    for scale in SMALLER if not is_fixed else SMALLER[:1]:
        smaller = replace(canvas, width=_even(canvas.width * scale), height=_even(canvas.height * scale))
        for preset in ("veryfast", "superfast", "ultrafast"):
            rate = _rate(smaller, preset, bitrate)
            if rate >= wanted or (scale == SMALLER[-1] and preset == "ultrafast"):
                _tell_choice(smaller, preset, rate)
                return smaller, preset
    _tell_choice(canvas, "ultrafast", rate)
    return canvas, "ultrafast"


def _rate(canvas: Canvas, preset: str, bitrate: int | None) -> float:
    question: dict[str, Any] = {
        "do": "measure_encoder",
        "width": canvas.width,
        "height": canvas.height,
        "fps": canvas.fps,
        "encoder": "libx264",
        "preset": preset,
        "bitrate_kbps": bitrate or _bitrate(canvas),
        "seconds": PROBE_SECONDS,
    }
    return float(ask_worker(question).get("frames_per_second", 0.0))


def _tell_hardware(canvas: Canvas) -> None:
    """Hardware encoders that really encoded a frame of this size. They are not chosen by themselves yet: whether they
    keep one packet a tick has not been seen on real hardware."""
    question = {"do": "probe_hardware", "width": canvas.width, "height": canvas.height, "fps": canvas.fps}
    found = ask_worker(question).get("hardware") or ()
    if found:
        names = ", ".join(found)
        say(
            f"이 컴퓨터에는 하드웨어 인코더도 있어요({names}). 아직은 x264로 만들어요.",
            f"This machine has hardware encoders too ({names}); x264 is used for now.",
        )


def _tell_choice(canvas: Canvas, preset: str, rate: float) -> None:
    size = f"{canvas.width}×{canvas.height} {canvas.fps}fps, x264 {preset}"
    say(
        f"화면 {canvas.id}: {size}로 내보내요 (이 컴퓨터는 초당 {rate:.0f}프레임까지 만들 수 있어요).",
        f"Canvas {canvas.id}: {size} (this machine encodes {rate:.0f} frames per second).",
    )


def _bitrate(canvas: Canvas) -> int:
    return max(300, min(8000, round(canvas.width * canvas.height * canvas.fps * BITS_PER_PIXEL / 1000 / 50) * 50))


def _even(value: float) -> int:
    return round(value / 2) * 2
