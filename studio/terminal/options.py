"""What may be typed after `jangteo run`, read into values; every malformed one is refused in words. Pure but for
reading scripts and key files; main thread."""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

from studio.model.codec import MAX_ITEMS, decode_command
from studio.model.run import ScriptedCommand
from studio.model.secret import Secret
from studio.model.sentence import Refusal, Sentence
from studio.model.show import Canvas, Show
from studio.program.plan import check_canvas, check_source
from studio.terminal.speak import say
from studio.terminal.typed_files import Unusable, read_typed, typed_path

CANVAS = re.compile(r"([^=]+)=(\d{1,5})[x×](\d{1,5})(?:@(\d{1,5}))?")
MAX_SCRIPT_BYTES = 4 * 1024 * 1024
MAX_SCRIPT_SECONDS = 1e7
MAX_KEY_FILE_BYTES = 64 * 1024


COMPLAINTS = (
    (r"unrecognized arguments: (.*)", "모르는 말이에요: {0}", "unknown: {0}"),
    (r"argument (.*?): expected .*argument.*", "{0} 뒤에 값이 없어요", "a value is missing after {0}"),
    (
        r"argument (.*?): invalid (?:int|float) value: '(.*)'",
        "{0} 뒤에는 수가 와야 해요: {1}",
        "{0} takes a number: {1}",
    ),
    (
        r"argument (.*?): invalid choice: '?(.*?)'? \(choose from (.*)\)",
        "{0}에 {1}은(는) 쓸 수 없어요. 쓸 수 있는 값: {2}",
        "{0} cannot be {1}; choose from {2}",
    ),
    (r"the following arguments are required: (.*)", "빠진 것이 있어요: {0}", "missing: {0}"),
    (r"argument (.*?): ignored explicit argument (.*)", "{0}에는 값을 적지 않아요: {1}", "{0} takes no value: {1}"),
)
"""What argparse complains of, in words."""
MOST_SHOWN = 120


class OptionParser(argparse.ArgumentParser):
    """Says what is wrong with what was typed in both languages. Options are written out, so that a later one cannot
    change what an old command line means."""

    def __init__(self, **given: Any) -> None:
        super().__init__(allow_abbrev=False, **given)

    def error(self, message: str) -> NoReturn:
        """A Refusal in place of a usage dump."""
        ko = en = message[:MOST_SHOWN]
        for pattern, ko_words, en_words in COMPLAINTS:
            match = re.fullmatch(pattern, message, re.DOTALL)
            if match is not None:
                parts = [part[:MOST_SHOWN] for part in match.groups()]
                ko, en = ko_words.format(*parts), en_words.format(*parts)
                break
        raise Refusal(
            f"명령줄을 이해하지 못했어요. {ko}. 아무것도 하지 않았어요. {self.prog} --help를 보세요.",
            f"The command line was not understood: {en}. Nothing was done. See {self.prog} --help.",
            code="usage",
        )


def run_options() -> OptionParser:
    """The options of `jangteo run`."""
    parser = OptionParser(prog="jangteo run", description="방송·리허설·녹화 · put a show on air, rehearse, record")
    add = parser.add_argument
    add(
        "show",
        metavar="SHOW",
        nargs="?",
        default="demo",
        help="방송 파일, 이름 또는 demo · a show file, a name, or demo",
    )
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
    add(
        "--login",
        action="append",
        default=[],
        metavar="ID=FILE",
        help="소스의 로그인(이름:비밀번호 한 줄) · a source's login, a file with one line user:password",
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
                f"화면 “{text[:60]}”을(를) 이해하지 못했어요. 시작하지 않았어요. vertical=720x1280@30처럼 적어 주세요.",
                f"The canvas “{text[:60]}” was not understood. Nothing was started. Example: vertical=720x1280@30.",
                code="bad_canvas",
            )
        name, width, height, fps = match[1], int(match[2]), int(match[3]), match[4]
        known = [canvas.id for canvas in show.canvases]
        if name not in known:
            raise Refusal(
                f"화면 “{name[:60]}”이(가) 이 방송에 없어요. 시작하지 않았어요. 있는 화면: {', '.join(known)}.",
                f"This show has no canvas “{name[:60]}”. Nothing was started. Canvases: {', '.join(known)}.",
                code="bad_canvas",
            )
        sizes[name] = Canvas(name, width, height, int(fps) if fps else show.canvas(name).fps)
        check_canvas(sizes[name])
    rates = {canvas.fps for canvas in sizes.values()}
    if len(rates) > 1:
        raise Refusal(
            "모든 화면의 초당 프레임 수가 같아야 해요. 시작하지 않았어요. 한 값으로 맞춰 주세요.",
            "All canvases must have one frame rate. Nothing was started. Give them the same one.",
            code="bad_canvas",
        )
    fps_of_all = rates.pop() if rates else show.fps
    canvases = []
    for canvas in show.canvases:
        chosen = sizes.get(canvas.id, canvas)
        canvases.append(Canvas(chosen.id, chosen.width, chosen.height, fps_of_all))
    return replace(show, canvases=tuple(canvases)), tuple(sizes)


def with_sources(show: Show, given: list[str]) -> Show:
    """The show with `ID=URL` applied; relative paths of a typed URL start where it was typed."""
    sources = {source.id: source for source in show.sources}
    for text in given:
        name, separator, url = text.partition("=")
        if not separator or name not in sources:
            known = ", ".join(sources)
            raise Refusal(
                f"소스 “{text[:80]}”을(를) 이해하지 못했어요. 시작하지 않았어요. "
                f"소스이름=file:영상.mp4처럼 적어 주세요. 있는 소스: {known}.",
                f"The source “{text[:80]}” was not understood. Nothing was started. Write it like ID=file:clip.mp4. "
                f"Sources: {known}.",
                code="bad_source",
            )
        scheme, _, address = url.partition(":")
        if scheme in ("file", "image") and address:
            url = f"{scheme}:{typed_path(address)}"
        changed = replace(sources[name], url=url)
        if not changed.is_live:
            changed = replace(changed, delay_ms=0, backup=None, standby=None)  # a clip in a camera's place needs none
        sources[name] = changed
        check_source(changed)
    return replace(show, sources=tuple(sources.values()))


def read_script(name: str | None, demo_script: Path) -> tuple[ScriptedCommand, ...]:
    """Lines `{"at": seconds, "command": …}`; Refusal names the line."""
    if name is None:
        return ()
    path = demo_script if name == "demo" else typed_path(name)
    try:
        text = read_typed(path, MAX_SCRIPT_BYTES).decode("utf-8-sig")
    except Unusable as unusable:
        raise _bad_script(name, unusable.reason.ko, unusable.reason.en) from unusable
    except UnicodeDecodeError as error:
        raise _bad_script(name, "UTF-8 글 파일이 아니에요", "it is no UTF-8 text") from error
    # Line feeds alone end a line: a text inside may hold others.
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), start=1)]
    commands = [(number, line) for number, line in lines if line]
    if len(commands) > MAX_ITEMS:
        raise _bad_script(name, f"명령이 {MAX_ITEMS:,}개보다 많아요", f"it holds more than {MAX_ITEMS:,} commands")
    return tuple(_scripted(line, number) for number, line in commands)


def _scripted(line: str, number: int) -> ScriptedCommand:
    try:
        entry = json.loads(line)
        at = entry.pop("at")
        if isinstance(at, bool) or not isinstance(at, (int, float)) or not 0 <= at <= MAX_SCRIPT_SECONDS:
            raise ValueError("at")
        decode_command(entry)
    except Refusal as refusal:
        ko, en = refusal.sentence.ko.rstrip("."), refusal.sentence.en.rstrip(".")
        raise Refusal(
            f"대본 {number}번째 줄: {ko}. 시작하지 않았어요. 그 줄을 고쳐 주세요.",
            f"Script line {number}: {en}. Nothing was started. Correct that line.",
            code="bad_script",
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refusal(
            f"대본 {number}번째 줄을 이해하지 못했어요. 시작하지 않았어요. "
            '{"at": 초, "command": "이름", …} 모양으로 적어 주세요. 초는 0부터예요.',
            f"Script line {number} was not understood. Nothing was started. "
            'Write it like {"at": seconds, "command": "Name", …}; seconds count from 0.',
            code="bad_script",
        ) from error
    return ScriptedCommand(float(at), entry)


def _bad_script(name: str, ko: str, en: str) -> Refusal:
    return Refusal(
        f"대본 “{name[-200:]}”을(를) 읽을 수 없어요: {ko}. 시작하지 않았어요.",
        f"The script “{name[-200:]}” cannot be read: {en}. Nothing was started.",
        code="bad_script",
    )


def read_keys(name: str | None) -> list[str]:
    """Lines of a key file (`-`: standard input), empty ones left out."""
    if name is None:
        return []
    try:
        data = _typed_keys() if name == "-" else read_typed(typed_path(name), MAX_KEY_FILE_BYTES)
        text = data.decode("utf-8-sig")
    except Unusable as unusable:
        raise _bad_keys(name, unusable.reason.ko, unusable.reason.en) from unusable
    except UnicodeDecodeError as error:
        raise _bad_keys(name, "UTF-8 글 파일이 아니에요", "it is no UTF-8 text") from error
    return [line for line in text.splitlines() if line.strip()]


def read_logins(show: Show, given: list[str]) -> dict[str, Secret]:
    """Source id → `user:password`, percent-encoded for a URL; Refusal for an unknown source or an unusable file."""
    logins = {}
    streams = {source.id for source in show.sources if source.scheme in ("rtsp", "rtmp")}
    for text in given:
        name, separator, path = text.partition("=")
        if not separator or name not in streams:
            known = ", ".join(sorted(streams)) or "없음 · none"
            raise Refusal(
                f"로그인 “{text[:80]}”을(를) 이해하지 못했어요. 시작하지 않았어요. 소스이름=파일처럼 적어 주세요. "
                f"로그인할 수 있는 소스: {known}.",
                f"The login “{text[:80]}” was not understood. Nothing was started. Write it like ID=FILE. "
                f"Sources that can log in: {known}.",
                code="bad_key",
            )
        lines = read_keys(path)
        user, colon, password = lines[0].strip().partition(":") if len(lines) == 1 else ("", "", "")
        if not colon or not user:
            raise _bad_keys(path, "이름:비밀번호 한 줄이어야 해요", "it must be one line user:password")
        logins[name] = Secret(f"{quote(user, safe='')}:{quote(password, safe='')}")
    return logins


def _typed_keys() -> bytes:
    if sys.stdin is None:
        return b""
    if sys.stdin.isatty():
        say(
            "스트림 키를 한 줄에 하나씩 적고, 끝나면 새 줄에서 Ctrl+D(윈도우는 Ctrl+Z)를 눌러 주세요.",
            "Type the stream keys, one a line, then Ctrl+D (Windows: Ctrl+Z) on a new line.",
        )
    data = sys.stdin.buffer.read(MAX_KEY_FILE_BYTES + 1)
    if len(data) > MAX_KEY_FILE_BYTES:
        size = f"{MAX_KEY_FILE_BYTES // 1024} KB"
        raise Unusable(Sentence(f"{size}보다 커요", f"it is larger than {size}"))
    return data


def _bad_keys(name: str, ko: str, en: str) -> Refusal:
    return Refusal(
        f"키 파일 “{name[-200:]}”을(를) 읽을 수 없어요: {ko}. 시작하지 않았어요.",
        f"The key file “{name[-200:]}” cannot be read: {en}. Nothing was started.",
        code="bad_key",
    )
