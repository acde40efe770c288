"""What may be typed after `jangteo run`, read into values; every malformed one is refused in words. Pure but for
reading key files; main thread."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import NoReturn

from studio.model.codec import decode_command
from studio.model.run import ScriptedCommand
from studio.model.sentence import Refusal
from studio.model.show import Canvas, Show
from studio.program.plan import check_canvas

CANVAS = re.compile(r"([^=]+)=(\d{1,5})[x×](\d{1,5})(?:@(\d{1,5}))?")
MAX_SCRIPT_BYTES = 4 * 1024 * 1024
MAX_KEY_FILE_BYTES = 64 * 1024


class OptionParser(argparse.ArgumentParser):
    """Says what is wrong with what was typed in both languages."""

    def error(self, message: str) -> NoReturn:
        """A Refusal in place of a usage dump."""
        raise Refusal(
            f"명령줄을 이해하지 못했어요: {message}. {self.prog} --help를 보세요.",
            f"The command line was not understood: {message}. See {self.prog} --help.",
            code="usage",
        )


def run_options() -> OptionParser:
    """The options of `jangteo run`."""
    parser = OptionParser(prog="jangteo run", description="방송·리허설·녹화 · put a show on air, rehearse, record")
    add = parser.add_argument
    add("show", nargs="?", default="demo", help="방송 파일, 이름 또는 demo · a show file, a name, or demo")
    add("--source", action="append", default=[], metavar="ID=URL", help="소스를 바꿔요 · replace a source")
    add(
        "--to",
        action="append",
        default=[],
        metavar="URL|LABEL",
        help="보낼 곳, 여러 번 가능 · where to send; repeatable",
    )
    add(
        "--key-file",
        metavar="FILE|-",
        help="스트림 키, 한 줄에 하나 · stream keys, one a line, for each --to without one",
    )
    add("--ca-file", metavar="FILE", help="rtmps 서버의 인증서 · the certificate that vouches for an rtmps server")
    add(
        "--record", action="append", default=[], metavar="DIR", help="녹화 폴더(둘째는 예비) · folder (a second: spare)"
    )
    add("--no-record", action="store_true", help="녹화하지 않아요 · do not record")
    add(
        "--part",
        type=float,
        default=1800.0,
        metavar="SECONDS",
        help="녹화 파일을 나누는 길이 · length of a recording part",
    )
    add("--for", dest="seconds", type=float, metavar="SECONDS", help="이만큼만 · end after this long")
    add("--stepped", action="store_true", help="시계 없이 빠르고 정확하게 · as fast as encoders accept, exact")
    add("--rehearse", action="store_true", help="리허설: 송출 불가 · a run that cannot send")
    add("--canvas", action="append", default=[], metavar="ID=WxH@FPS", help="화면 크기 · size of a canvas")
    add("--preset", choices=("ultrafast", "superfast", "veryfast", "faster", "fast", "medium"), help="x264")
    add("--bitrate", type=int, metavar="KBPS", help="화면당 비트레이트 · bit rate of each canvas")
    add("--script", metavar="FILE", help="명령 대본(JSON 줄) 또는 demo · commands as JSON lines, or demo")
    add("--json", metavar="FILE", help="요약을 JSON으로(- 화면) · summary as JSON (- for standard output)")
    return parser


def with_canvases(show: Show, given: list[str]) -> tuple[Show, tuple[str, ...]]:
    """The show with `ID=WxH@FPS` applied, and the ids that were named. One frame rate holds for all canvases."""
    sizes: dict[str, Canvas] = {}
    for text in given:
        match = CANVAS.fullmatch(text.strip())
        if match is None:
            raise Refusal(
                f"화면은 ID=가로x세로@초당프레임으로 적어 주세요: {text[:60]}",
                f"Write a canvas as ID=WIDTHxHEIGHT@FPS: {text[:60]}",
                code="bad_canvas",
            )
        name, width, height, fps = match[1], int(match[2]), int(match[3]), match[4]
        known = [canvas.id for canvas in show.canvases]
        if name not in known:
            raise Refusal(
                f"화면 {name[:60]}이(가) 없어요. 있는 화면: {', '.join(known)}.",
                f"There is no canvas {name[:60]}. Canvases: {', '.join(known)}.",
                code="bad_canvas",
            )
        sizes[name] = Canvas(name, width, height, int(fps) if fps else show.canvas(name).fps)
        check_canvas(sizes[name])
    rates = {canvas.fps for canvas in sizes.values()}
    if len(rates) > 1:
        raise Refusal(
            "모든 화면의 초당 프레임 수가 같아야 해요.", "All canvases must have one frame rate.", code="bad_canvas"
        )
    fps_of_all = rates.pop() if rates else show.fps
    canvases = []
    for canvas in show.canvases:
        chosen = sizes.get(canvas.id, canvas)
        canvases.append(Canvas(chosen.id, chosen.width, chosen.height, fps_of_all))
    from dataclasses import replace

    return replace(show, canvases=tuple(canvases)), tuple(sizes)


def with_sources(show: Show, given: list[str]) -> Show:
    """The show with `ID=URL` applied; relative paths of a typed URL start where it was typed."""
    from dataclasses import replace

    from studio.program.plan import check_source

    sources = {source.id: source for source in show.sources}
    for text in given:
        name, separator, url = text.partition("=")
        if not separator or name not in sources:
            raise Refusal(
                f"소스는 ID=URL로 적어 주세요 ({text[:80]}). 있는 소스: {', '.join(sources)}.",
                f"Write a source as ID=URL ({text[:80]}). Sources: {', '.join(sources)}.",
                code="bad_source",
            )
        scheme, _, address = url.partition(":")
        if scheme in ("file", "image") and address:
            url = f"{scheme}:{Path(address).expanduser().absolute()}"
        sources[name] = replace(sources[name], url=url)
        check_source(sources[name])
    return replace(show, sources=tuple(sources.values()))


def read_script(name: str | None, demo_script: Path) -> tuple[ScriptedCommand, ...]:
    """Lines `{"at": seconds, "command": …}`; Refusal names the line."""
    if name is None:
        return ()
    path = demo_script if name == "demo" else Path(name)
    try:
        if path.stat().st_size > MAX_SCRIPT_BYTES:
            raise Refusal(f"대본이 너무 커요: {path}", f"The script is too large: {path}", code="bad_script")
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"대본을 읽을 수 없어요: {name}", f"The script cannot be read: {name}", "bad_script") from error
    script = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            at = float(entry.pop("at"))
            if not 0 <= at < 1e7:
                raise ValueError("at")
            decode_command(entry)
        except Refusal as refusal:
            words = refusal.sentence
            raise Refusal(
                f"대본 {number}번째 줄: {words.ko}", f"Script line {number}: {words.en}", "bad_script"
            ) from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Refusal(
                f'대본 {number}번째 줄을 이해하지 못했어요. {{"at": 초, "command": "이름", …}} 모양이어야 해요.',
                f'Script line {number} was not understood; it should be {{"at": seconds, "command": "Name", …}}.',
                code="bad_script",
            ) from error
        script.append(ScriptedCommand(at, entry))
    return tuple(script)


def read_keys(name: str | None) -> list[str]:
    """Lines of a key file (`-`: standard input), empty ones left out."""
    if name is None:
        return []
    try:
        if name == "-":
            text = sys.stdin.read(MAX_KEY_FILE_BYTES)
        else:
            with Path(name).open("rb") as file:
                text = file.read(MAX_KEY_FILE_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(
            f"키 파일을 읽을 수 없어요: {name}", f"The key file cannot be read: {name}", code="bad_key"
        ) from error
    return [line for line in text.splitlines() if line.strip()]
