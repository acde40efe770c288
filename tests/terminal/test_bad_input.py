"""Whatever a clumsy or hostile person types: a sentence in Korean and one in English on standard error, exit code 2, no
traceback, and nothing half-started (B29, B30, B31, B36, B37, B42, B43). Most run in this process, as `main` with
a home of their own; the last ones run the real command."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import threading
import zlib
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from studio.model.sentence import Refusal
from studio.terminal import main as terminal_main
from studio.terminal.load import load_show
from studio.terminal.typed_files import has_reserved_name
from tests.rigs import samples
from tests.rigs.canaries import make_canary
from tests.rigs.jangteo import Jangteo
from tests.rigs.processes import census
from tests.shows.plan import layer, show_data

HANGUL = re.compile("[가-힣]")
KEY = "rtmp://127.0.0.1:9/app"


class Said(NamedTuple):
    code: int
    out: str
    err: str


Terminal = Callable[..., Said]


@pytest.fixture
def terminal(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Terminal]:
    """`terminal("run", …)` in this process; afterwards nothing may have been started or left."""
    monkeypatch.setenv("JANGTEO_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    threads = set(threading.enumerate())

    def type_in(*arguments: object) -> Said:
        capsys.readouterr()
        code = terminal_main.main([str(one) for one in arguments])
        return Said(code, *capsys.readouterr())

    yield type_in
    left = set(threading.enumerate()) - threads
    assert not left, f"threads left: {left}"
    nothing_started(home)


def nothing_started(home: Path) -> None:
    assert not census(home)
    if home.is_dir():
        assert not list(home.glob("run/*.json"))
        assert not list(home.glob("data/runs/*"))


def check_refused(said: Said, *parts: str) -> None:
    """Two sentences, the last two lines of standard error; `parts` stand somewhere in them."""
    assert said.code == 2, said
    assert said.out == "", said
    assert "Traceback" not in said.err
    lines = said.err.splitlines()
    assert len(lines) >= 2, said
    korean, english = lines[-2:]
    assert HANGUL.search(korean), said
    assert korean.endswith(("요.", "요?")) or ("요" in korean and korean.endswith(".")), korean
    assert english[:1].isupper() or english[:1] in "-“t", english
    assert english.endswith((".", "?")), english
    assert all(letter.isprintable() for letter in korean + english), said
    for part in parts:
        assert part in said.err, (part, said.err)


@pytest.fixture
def show(tmp_path: Path) -> Path:
    """A show that needs no other file."""
    return write(tmp_path / "show.json", plain_show())


def write(path: Path, data: Any) -> Path:
    path.write_text(json.dumps(data, ensure_ascii=False))
    return path


def plain_show() -> dict[str, Any]:
    data = show_data()
    data["sources"] = [source for source in data["sources"] if source["url"].startswith("pattern:")]
    data["scenes"] = [scene for scene in data["scenes"] if scene["id"] in ("blue", "brown", "inset")]
    return data


# --- the show file ---


def test_a_show_cut_at_any_byte(tmp_path: Path) -> None:
    data = json.dumps(plain_show(), ensure_ascii=False).encode()
    path = tmp_path / "show.json"
    for length in range(len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(Refusal) as caught:
            load_show(str(path))
        assert caught.value.code == "bad_show_file", length
        assert path.read_bytes() == data[:length]
    path.write_bytes(data)
    assert load_show(str(path))[0].id == "proof"


def changed(**fields: Any) -> bytes:
    return json.dumps({**plain_show(), **fields}, ensure_ascii=False).encode()


def with_scenes(*scenes: dict[str, Any]) -> bytes:
    return changed(scenes=[*plain_show()["scenes"], *scenes])


def nested(name: str, inner: str) -> dict[str, Any]:
    return {"id": name, "layers": [{"id": "a", "scene": inner, "places": {"*": {}}}]}


BAD_SHOWS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "비어"),
    "binary": (bytes(range(256)) * 40, "UTF-8"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(500), "UTF-8"),
    "utf-16": (json.dumps(plain_show()).encode("utf-16"), "UTF-8"),
    "a list": (b"[]", "{ … }"),
    "null": (b"null", "{ … }"),
    "deep": (b"[" * 100_000, "깊이"),
    "half": (changed()[: len(changed()) // 2], "끊겨"),
    "no schema": (json.dumps({k: v for k, v in plain_show().items() if k != "schema"}).encode(), "schema"),
    "schema text": (changed(schema="1"), "schema"),
    "schema zero": (changed(schema=0), "schema"),
    "newer": (changed(schema=2), "newer Jangteo Studio"),
    "much newer": (changed(schema=999, scenes="else"), "newer Jangteo Studio"),
    "unknown field": (changed(colour="red"), "show.colour"),
    "wrong type": (changed(title=7), "show.title"),
    "no canvas": (changed(canvases=[]), "no canvas"),
    "fps": (changed(canvases=[{"id": "vertical", "width": 180, "height": 320, "fps": 29}]), "29"),
    "fps zero": (changed(canvases=[{"id": "vertical", "width": 180, "height": 320, "fps": 0}]), "24, 25, 30"),
    "odd size": (changed(canvases=[{"id": "vertical", "width": 181, "height": 320}]), "181×320"),
    "huge": (changed(canvases=[{"id": "vertical", "width": 20_000, "height": 20_000}]), "20000×20000"),
    "mixed fps": (
        changed(
            canvases=[
                {"id": "vertical", "width": 180, "height": 320, "fps": 30},
                {"id": "wide", "width": 320, "height": 180, "fps": 25},
            ]
        ),
        "different frame rates",
    ),
    "opening": (changed(opening="nowhere"), "nowhere"),
    "source": (with_scenes({"id": "x", "layers": [layer("a", "ghost")]}), "ghost"),
    "scene": (with_scenes(nested("x", "ghost")), "ghost"),
    "canvas": (
        with_scenes({"id": "x", "layers": [{"id": "a", "source": "blue", "places": {"ghost": {}}}]}),
        "ghost",
    ),
    "cycle": (with_scenes(nested("x", "y"), nested("y", "x")), "inside each other"),
    "itself": (with_scenes(nested("x", "x")), "inside each other"),
    "sources": (
        changed(sources=[{"id": f"s{n}", "url": "pattern:"} for n in range(10_000)]),
        "200",
    ),
    "same id": (changed(sources=[plain_show()["sources"][0]] * 2 + plain_show()["sources"]), "twice"),
    "same scene": (with_scenes(plain_show()["scenes"][0]), "twice"),
    "no id": (changed(id=""), "show"),
    "escape codes": (with_scenes({"id": "x", "layers": [layer("a", "\x1b[2J\x1b]0;gotcha\x07")]}), "?[2J"),
    "negative price": (
        changed(products=[{"id": "p", "name": "귤", "list_price": -1, "sale_price": 100}]),
        "below zero",
    ),
    "unknown kind": (changed(sources=[{"id": "blue", "url": "http://example.com/x.mp4"}]), "unknown kind"),
}


@pytest.mark.parametrize("what", BAD_SHOWS)
def test_a_bad_show(terminal: Terminal, tmp_path: Path, what: str) -> None:
    data, part = BAD_SHOWS[what]
    path = tmp_path / "방송 📺.json"
    path.write_bytes(data)
    summary = tmp_path / "s.json"
    check_refused(terminal("run", path, "--for", 1, "--json", summary), part)
    check_refused(terminal("show", path), part)
    assert path.read_bytes() == data
    assert not summary.exists()


def test_a_show_that_is_no_file(terminal: Terminal, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for name, part in (
        (tmp_path, "폴더예요"),
        (tmp_path / "pipe.json", "보통 파일이 아니에요"),
        ("/dev/zero", "보통 파일이 아니에요"),
        (tmp_path / "circle", "없어요"),
        (tmp_path / "none.json", "없어요"),
        ("", "없어요"),
        ("x" * 300, "없어요"),
        ("/".join("x" * 30 for _ in range(300)), "없어요"),
        ("CON", "없어요"),
        ("../../etc/passwd", "없어요"),
        ("~nobody-at-all/show.json", "없어요"),
        ("demo\x1b[31m", "demo?[31m"),
    ):
        check_refused(terminal("run", name, "--for", 1), part)


def test_a_show_of_this_home_and_emoji_names(terminal: Terminal, home: Path, show: Path) -> None:
    stored = home / "data" / "shows" / "귤 🍊.json"
    stored.parent.mkdir(parents=True)
    stored.write_bytes(show.read_bytes())
    said = terminal("show", "귤 🍊")
    assert said.code == 0
    assert json.loads(said.out)["id"] == "proof"


# --- options ---

BAD_OPTIONS: list[tuple[list[object], str]] = [
    (["--for", "0"], "--for"),
    (["--for", "-1"], "--for"),
    (["--for", "nan"], "--for"),
    (["--for", "inf"], "--for"),
    (["--for", "1e300"], "--for"),
    (["--for", "ten"], "--for"),
    (["--for"], "--for"),
    (["--bitrate", "-1"], "--bitrate"),
    (["--bitrate", "0"], "--bitrate"),
    (["--bitrate", "1e9"], "--bitrate"),
    (["--bitrate", "99999999"], "--bitrate"),
    (["--part", "0"], "--part"),
    (["--part", "nan"], "--part"),
    (["--preset", "placebo"], "placebo"),
    (["--stepped"], "--for"),
    (["--rehearse", "--to", f"{KEY}/key1234"], "--rehearse"),
    (["--wibble"], "--wibble"),
    (["--reh"], "--reh"),
    (["extra"], "extra"),
    (["--stepped=yes"], "--stepped"),
    (["--canvas", "vertical=181x320"], "181×320"),
    (["--canvas", "vertical=0x0"], "0×0"),
    (["--canvas", "vertical=99999x99999"], "99999×99999"),
    (["--canvas", "vertical=4096x4096"], "4096×4096"),
    (["--canvas", "vertical=180x320@29"], "29"),
    (["--canvas", "vertical=180x320@10000"], "10000"),
    (["--canvas", "vertical=180x320@0"], "24, 25, 30"),
    (["--canvas", "vertical=-2x320"], "vertical=-2x320"),
    (["--canvas", "vertical"], "720x1280@30"),
    (["--canvas", "180x320"], "720x1280@30"),
    (["--canvas", "signage=180x320"], "signage"),
    (["--canvas", "vertical=180x320@30", "--canvas", "wide=320x180@25"], "한 값"),
    (["--source", "blue"], "ID=file:clip.mp4"),
    (["--source", "ghost=pattern:"], "ghost"),
    (["--source", "blue=clip.mp4"], "clip.mp4"),
    (["--source", "blue=http://example.com/a.mp4"], "http"),
    (["--source", "blue=file:"], "no file name"),
    (["--to", "nowhere"], "rtmp://"),
    (["--to", ""], "rtmp://"),
    (["--to", "http://example.com/app/key"], "http://"),
    (["--to", "rtmp:///app/key"], "no server"),
    (["--to", "rtmp://:1935/app/key"], "no server"),
    (["--to", "rtmp://example.com:0/app/key"], "65535"),
    (["--to", "rtmp://example.com:99999/app/key"], "65535"),
    (["--to", "rtmp://example.com:x/app/key"], "65535"),
    (["--to", "rtmp://exam ple.com/app/key"], "spaces"),
    (["--to", "rtmp://example.com/a pp/key"], "spaces"),
    (["--to", "rtmp://example.com"], "no application"),
    (["--to", "rtmp://user:password@example.com/app/key"], "password"),
    (["--to", "rtmp://example.com/app/" + "k" * 2000], "2,000"),
    (["--to", "rtmp://" + "e" * 2100 + "/app/key"], "2,000"),
    (["--to", f"{KEY}/has space"], "spaces"),
    (["--to", f"{KEY}/two\nlines"], "line breaks"),
    (["--to", KEY], "--key-file"),
    (["--to", f"{KEY}/a1234", "--to", f"wide={KEY}"], "to-2"),
    (["--to", f"{KEY}/a1234", "--record", "\0"], "쓸 수 없어요"),
    (["--key-file", "none.txt"], "none.txt"),
    (["--script", "none.jsonl"], "none.jsonl"),
    (["--ca-file", "none.pem"], "none.pem"),
    (["--ca-file", "show.json"], "PEM"),
    (["--json", "none/s.json"], "none/s.json"),
    (["--json", "."], "폴더"),
    (["--json", "show.json/s.json"], "폴더가 아닌"),
    (["--record", "show.json"], "show.json"),
    (["--record", "show.json/below"], "show.json"),
    (["--record", "x" * 300], "너무 길어요"),
    (["--record", "good", "--record", "show.json"], "show.json"),
    (["--record", "a/b/c", "--record", "/dev/null/x"], "/dev/null"),
]


@pytest.mark.parametrize("options", BAD_OPTIONS, ids=lambda case: " ".join(map(str, case[0]))[:50])
def test_bad_options(terminal: Terminal, show: Path, tmp_path: Path, options: tuple[list[object], str]) -> None:
    words, part = options
    before = sorted(path for path in tmp_path.iterdir() if path.name != "h")
    needs_length = "--for" not in words and "--stepped" not in words
    check_refused(terminal("run", show, *(("--for", 1) if needs_length else ()), *words), part)
    assert sorted(path for path in tmp_path.iterdir() if path.name != "h") == before


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["wibble"], "wibble"),
        (["statsu"], "status"),
        (["--wibble"], "--wibble"),
        (["say"], "command"),
        (["say", "Wibble"], "Wibble"),
        (["say", "takescene", "scene=blue"], "TakeScene"),
        (["say", "TakeScene"], "scene=…"),
        (["say", "TakeScene", "blue"], "scene=hands"),
        (["say", "TakeScene", "scene=blue", "wibble=1"], "wibble"),
        (["say", "TakeScene", "command=EndRun"], "command=EndRun"),
        (["say", "TakeScene", "scene=blue", "transition=spin"], "cut, fade, slide"),
        (["say", "TakeScene", "scene=blue", "seconds=NaN"], "seconds"),
        (["say", "SetGain", "source=blue", "gain_db=Infinity"], "gain_db"),
        (["say", "PutScene", "scene=" + "[" * 100_000], "scene"),
        (["say", "ShowCard", "product=p", "price=" + "9" * 5000], "price"),
        (["say", "TakeScene", "scene=blue", "--at", "-1"], "--at"),
        (["say", "TakeScene", "scene=blue", "--at", "nan"], "--at"),
        (["say", "TakeScene", "scene=blue"], "jangteo run"),
        (["status", "--wibble"], "--wibble"),
        (["stop", "now"], "now"),
        (["show", "a", "b"], "b"),
        (["verify"], "RUN_DIR"),
        (["verify", "."], "timeline.jsonl"),
        (["bench"], "compose"),
    ],
    ids=lambda value: " ".join(value)[:50] if isinstance(value, list) else None,
)
def test_bad_verbs(terminal: Terminal, arguments: list[str], part: str) -> None:
    check_refused(terminal(*arguments), part)


def test_without_a_run(terminal: Terminal) -> None:
    said = terminal("status")
    assert (said.code, said.err) == (1, "")
    assert json.loads(terminal("status", "--json").out) == {"running": False}
    assert terminal("stop").code == 0


# --- scripts and keys ---

GOOD_LINE = '{"at": 1, "command": "TakeScene", "scene": "brown"}'


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("{", ""),
        ("TakeScene", ""),
        ("[]", ""),
        ("null", ""),
        ('{"at": 1}', "Unknown command"),
        ('{"command": "LowerCover"}', ""),
        ('{"at": -1, "command": "LowerCover"}', ""),
        ('{"at": "1", "command": "LowerCover"}', ""),
        ('{"at": true, "command": "LowerCover"}', ""),
        ('{"at": NaN, "command": "LowerCover"}', ""),
        ('{"at": 1e999, "command": "LowerCover"}', ""),
        ('{"at": 1, "command": "Wibble"}', "Wibble"),
        ('{"at": 1, "command": ["LowerCover"]}', "Unknown command"),
        ('{"at": 1, "command": "TakeScene"}', "scene"),
        ('{"at": 1, "command": "TakeScene", "scene": 5}', "scene"),
        ('{"at": 1, "command": "TakeScene", "scene": "x", "wibble": 1}', "wibble"),
        ("[" * 100_000, ""),
        ('{"at":' * 50_000, ""),
        ('{"at": ' + "9" * 5000 + ', "command": "LowerCover"}', ""),
    ],
    ids=lambda value: value[:40],
)
def test_a_bad_script_names_the_line(terminal: Terminal, show: Path, tmp_path: Path, line: str, part: str) -> None:
    script = tmp_path / "script.jsonl"
    script.write_text(f"{GOOD_LINE}\n\n{line}\n{GOOD_LINE}\n")
    check_refused(terminal("run", show, "--for", 1, "--script", script), "3번째 줄", "line 3", part)


def test_a_script_that_is_no_file(terminal: Terminal, show: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    (tmp_path / "huge").write_bytes(b"\n" * (5 << 20))
    (tmp_path / "long").write_text(f"{GOOD_LINE}\n" * 20_001)
    for name in (tmp_path, "pipe", "/dev/zero", "binary", "huge", "long"):
        check_refused(terminal("run", show, "--for", 1, "--script", name), "대본")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "no stream key"),
        (b"\n \n", "no stream key"),
        (b"has space\n", "to-1"),
        ("가운데\u200b보이지않는\n".encode(), "invisible"),
        (b"rtmp://example.com/app/key\n", "address"),
        (b"k" * 3000, "2,000"),
        (b"\0\0\0\0\n", "invisible"),
        (bytes(range(128, 256)), "UTF-8"),
        (b"k\n" * (1 << 16), "64 KB"),
        (b'"" \n', "empty"),
    ],
)
def test_bad_key_files(terminal: Terminal, show: Path, tmp_path: Path, content: bytes, part: str) -> None:
    (tmp_path / "keys.txt").write_bytes(content)
    check_refused(terminal("run", show, "--for", 1, "--to", KEY, "--key-file", "keys.txt"), part)


def test_key_files_that_are_none(terminal: Terminal, show: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in (tmp_path, "pipe", "/dev/zero", "none"):
        check_refused(terminal("run", show, "--for", 1, "--to", KEY, "--key-file", name), "키 파일")


def test_a_refusal_never_shows_a_key(terminal: Terminal, show: Path, tmp_path: Path) -> None:
    canary = make_canary()
    (tmp_path / "keys.txt").write_text(f"{canary} and more\n")
    for words in (
        ["--to", canary],
        ["--to", f"rtmp://example.com:0/app/{canary}"],
        ["--to", f"rtmp://example.com/app/{canary} x"],
        ["--to", f"rtmp://me:{canary}@example.com/app/k"],
        ["--to", KEY, "--key-file", "keys.txt"],
        ["--tp", f"rtmp://example.com/app/{canary}"],
        [f"rtmp://example.com/app/{canary}"],
    ):
        said = terminal("run", show, "--for", 1, *words)
        check_refused(said)
        assert canary not in said.err, words


def test_trimmed_keys_are_told(terminal: Terminal, show: Path, tmp_path: Path) -> None:
    """Quotes and spaces around a key go, and that is said; the run is refused only for the folder that comes later."""
    (tmp_path / "keys.txt").write_text('  "live_key_1234" \n')
    said = terminal("run", show, "--for", 1, "--to", KEY, "--key-file", "keys.txt", "--record", "show.json")
    check_refused(said, "따옴표", "quotes", "to-1", "show.json")
    assert "live_key_1234" not in said.err


# --- sources and pictures ---


@pytest.fixture(scope="module")
def mess(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of files that are not what they seem."""
    folder = tmp_path_factory.mktemp("mess")
    good = samples.clip(folder / "good.mp4", width=64, height=64, seconds=1.0)
    picture = samples.image(folder / "good.png")
    photo = samples.image(folder / "good.jpg", width=640, height=360)
    samples.truncated(good, folder / "half.mp4", good.stat().st_size // 2)
    samples.truncated(good, folder / "end.mp4", -200)
    samples.truncated(picture, folder / "half.png", picture.stat().st_size // 2)
    samples.truncated(picture, folder / "end.png", -8)
    samples.truncated(photo, folder / "half.jpg", photo.stat().st_size // 2)
    samples.truncated(photo, folder / "end.jpg", -2)
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "text.mp4").write_text("이것은 영상이 아니에요\n" * 100)
    (folder / "text.txt").write_text("FFmpeg would draw this as a film.\n" * 100)
    (folder / "noise.mp4").write_bytes(zlib.compress(bytes(200_000), 0)[::-1] + os.urandom(4000))
    (folder / "picture.mp4").write_bytes(picture.read_bytes())
    (folder / "photo.mp4").write_bytes(photo.read_bytes())
    (folder / "list.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\ngood.mp4\n#EXT-X-ENDLIST\n")
    (folder / "concat.mp4").write_text("ffconcat version 1.0\nfile good.mp4\n")
    (folder / "bomb.png").write_bytes(bomb(20_000, 20_000))
    (folder / "drawing.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    (folder / "drawing.png").write_bytes((folder / "drawing.svg").read_bytes())
    (folder / "empty.png").write_bytes(b"")
    (folder / "film.gif").write_bytes(b"GIF89a" + b"\xff\xff\xff\xff" + bytes(20))
    (folder / "tiny.png").write_bytes(bomb(1, 1))
    os.mkfifo(folder / "pipe")
    return folder


def bomb(width: int, height: int) -> bytes:
    """A PNG of one colour: small on disk, as large as you like when decoded."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return len(content).to_bytes(4, "big") + kind + content + check.to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    packer = zlib.compressobj(9)
    row = bytes(1 + 3 * width)
    lines = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


BAD_SOURCES = {
    "file:none.mp4": "cannot be found",
    "file:.": "폴더",
    "file:pipe": "ordinary file",
    "file:/dev/zero": "ordinary file",
    "file:empty.mp4": "empty",
    "file:half.mp4": "cannot be opened",
    "file:end.mp4": "cannot be opened",
    "file:text.mp4": "cannot be opened",
    "file:text.txt": "cannot be opened",
    "file:noise.mp4": "cannot be opened",
    "file:picture.mp4": "image:",
    "file:photo.mp4": "image:",
    "file:list.m3u8": "cannot be opened",
    "file:concat.mp4": "cannot be opened",
    "image:none.png": "cannot be found",
    "image:.": "no file",
    "image:pipe": "no file",
    "image:/dev/zero": "no file",
    "image:empty.png": "no PNG",
    "image:bomb.png": "20,000×20,000",
    "image:tiny.png": "1×1",
    "image:drawing.svg": "no PNG",
    "image:drawing.png": "no PNG",
    "image:half.png": "breaks off",
    "image:end.png": "breaks off",
    "image:half.jpg": "breaks off",
    "image:end.jpg": "breaks off",
    "image:film.gif": "megapixels",
    "image:good.mp4": "no PNG",
}
SLOW = ("file:half.mp4", "image:bomb.png", "file:pipe")


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's answers without a worker: the same function, called here."""
    from studio import media_worker
    from studio.terminal import plan_run

    def answer(question: dict[str, Any]) -> dict[str, Any]:
        return json.loads(json.dumps(media_worker.answer(question)))

    monkeypatch.setattr(plan_run, "ask_worker", answer)


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("url", BAD_SOURCES)
def test_a_source_that_is_not_what_it_seems(terminal: Terminal, show: Path, mess: Path, url: str) -> None:
    scheme, _, name = url.partition(":")
    typed = f"blue={scheme}:{mess / name}"
    check_refused(terminal("run", show, "--for", 1, "--source", typed), "blue", BAD_SOURCES[url])


@pytest.mark.parametrize("url", SLOW)
def test_the_worker_says_the_same(terminal: Terminal, show: Path, mess: Path, url: str) -> None:
    scheme, _, name = url.partition(":")
    typed = f"blue={scheme}:{mess / name}"
    check_refused(terminal("run", show, "--for", 1, "--source", typed), "blue", BAD_SOURCES[url])


def test_a_worker_that_dies_spoils_only_its_file(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mess: Path
) -> None:
    """A decoder that crashes: the file that did it is refused, by name."""
    from studio.link import workers
    from studio.terminal import plan_run

    def die(question: dict[str, Any]) -> dict[str, Any]:
        names = [one["path"] for one in question["sources"]]
        if any("deadly" in name for name in names):
            return workers.died(question)
        return {"sources": [{"width": 2, "height": 2} for _ in names]}

    monkeypatch.setattr(plan_run, "ask_worker", die)
    data = plain_show()
    data["sources"][0]["url"] = "file:good.mp4"
    data["sources"][1]["url"] = "file:deadly.mp4"
    check_refused(terminal("run", write(tmp_path / "s.json", data), "--for", 1), "brown", "deadly.mp4")


@pytest.mark.usefixtures("in_this_process")
def test_a_bad_product_picture_is_told_and_left_out(terminal: Terminal, tmp_path: Path, mess: Path) -> None:
    """The picture is no reason to stop: what stops this run is the folder that comes later."""
    data = deepcopy(plain_show())
    for number, name in enumerate(("bomb.png", "none.png", "half.jpg", "drawing.svg", "pipe", "good.png")):
        data["products"].append(
            {"id": f"p{number}", "name": "귤", "list_price": 1, "sale_price": 1, "picture": str(mess / name)}
        )
    show = write(tmp_path / "show.json", data)
    said = terminal("run", show, "--for", 1, "--record", show)
    check_refused(said, *(f"product p{number} goes without a picture" for number in range(5)), "recording folder")
    assert "product p5" not in said.err


# --- places ---


def unwritable(tmp_path: Path) -> Path:
    """A folder nobody may write into, root included."""
    if os.geteuid() == 0:
        return Path("/sys/kernel")
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    return folder


def test_folders_that_cannot_be_written(terminal: Terminal, show: Path, tmp_path: Path) -> None:
    locked = unwritable(tmp_path)
    check_refused(terminal("run", show, "--for", 1, "--record", locked / "new"), str(locked))
    check_refused(terminal("run", show, "--for", 1, "--record", "fine", "--record", locked), str(locked))
    assert not (tmp_path / "fine").exists()
    check_refused(terminal("run", show, "--for", 1, "--json", locked / "s.json"), str(locked))


def test_a_summary_that_is_there_stays(terminal: Terminal, show: Path, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text("precious")
    check_refused(terminal("run", show, "--for", 1, "--json", "s.json", "--source", "x=y"))
    assert (tmp_path / "s.json").read_text() == "precious"
    os.mkfifo(tmp_path / "pipe")
    check_refused(terminal("run", show, "--for", 1, "--json", "pipe"), "요약 파일")


def test_a_home_that_cannot_be(terminal: Terminal, show: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    for home in (file, file / "below", unwritable(tmp_path) / "home", "x" * 300):
        monkeypatch.setenv("JANGTEO_HOME", str(home))
        check_refused(terminal("run", show, "--for", 1), "JANGTEO_HOME")
        assert terminal("show", show).code == 0
        assert terminal("status").code == 1
        assert terminal("stop").code == 0
    assert file.read_text() == "mine"


def test_names_windows_keeps_for_itself() -> None:
    for name in ("CON", "nul", "Lpt1.mp4", "aux.tar.gz", "녹화/COM9"):
        assert has_reserved_name(Path(name)), name
    for name in ("CONSOLE", "nullify", "녹화 📦", "COM10", "con1"):
        assert not has_reserved_name(Path(name)), name


# --- the real command ---

REAL: list[tuple[list[str], str]] = [
    (["run", "half.json", "--for", "1"], "끊겨"),
    (["run", "pipe", "--for", "1"], "보통 파일이 아니에요"),
    (["run", "show.json", "--for", "1", "--source", "blue=file:text.txt"], "cannot be opened"),
    (["run", "show.json", "--for", "1", "--to", "rtmp://example.com:0/app/key"], "65535"),
    (["run", "show.json", "--for", "1", "--record", "show.json", "--json", "s.json"], "show.json"),
    (["run", "show.json", "--for", "nan"], "--for"),
    (["wibble"], "wibble"),
    (["say", "TakeScene", "scene=blue"], "jangteo run"),
]


def test_the_real_command(jangteo: Jangteo, show: Path, tmp_path: Path) -> None:
    (tmp_path / "half.json").write_bytes(show.read_bytes()[:-100])
    (tmp_path / "text.txt").write_text("no film\n" * 100)
    os.mkfifo(tmp_path / "pipe")
    for words, part in REAL:
        done = jangteo.run(*words)
        check_refused(Said(done.returncode, done.stdout, done.stderr), part)
    nothing_started(jangteo.home)
    assert not (tmp_path / "s.json").exists()


def test_a_reader_that_goes_away(jangteo: Jangteo, tmp_path: Path) -> None:
    """`jangteo show demo | head -1`: no word about it, and no traceback."""
    environment = {**os.environ, "JANGTEO_HOME": str(jangteo.home), "PYTHONPATH": str(jangteo.project)}
    command = subprocess.Popen(
        jangteo.words("show", "demo"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=tmp_path,
        bufsize=0,
    )
    assert command.stdout is not None
    assert command.stderr is not None
    assert command.stdout.read(1) == b"{"
    command.stdout.close()
    errors = command.stderr.read()
    command.stderr.close()
    assert command.wait(20) in (0, 1)
    assert errors == b""
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            jangteo.words("show", "demo"), stdout=full, stderr=subprocess.PIPE, env=environment, timeout=20
        )
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
