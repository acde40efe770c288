"""Writes the parts of docs/ that the source already says: commands, events and their nouns in docs/protocol.md, the
schema in docs/show-file.md, rooms and figures in docs/architecture.md.

    python packaging/write_protocol.py            writes them
    python packaging/write_protocol.py --check    changes nothing; ends with 1 where a file is not what would be written

What stands between `<!-- made: NAME -->` and `<!-- end -->` is made here; everything else in those files is written by
hand and left alone. A field of the show file without its words in SHOW_FIELDS stops the writing: a new field is
explained where it is made.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

REPO = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPO))

from studio.model import commerce, overlay, scene, show  # noqa: E402
from studio.model.commands import COMMANDS  # noqa: E402
from studio.model.events import EVENTS  # noqa: E402
from studio.model.time import RATES  # noqa: E402
from studio.program import plan  # noqa: E402

DOCS = REPO / "docs"
SHOW_NOUNS: tuple[type, ...] = (
    show.Show,
    show.Canvas,
    show.Source,
    scene.Scene,
    scene.Layer,
    scene.Place,
    scene.Rect,
    scene.Crop,
    commerce.Product,
    commerce.Coupon,
    show.Destination,
)
DRAWN_NOUNS: tuple[type, ...] = (overlay.DrawnCard, overlay.CardPart, overlay.SpriteRef)

THEMES: dict[str, dict[str, str]] = json.loads(
    (REPO / "assets" / "templates" / "themes.json").read_text(encoding="utf-8")
)
ID = "1–64 of `A–Z a–z 0–9 가–힣 _ . -`; once among its kind"
PATH = "a relative path starts at the folder of the show file"
MONEY = "whole number in the currency's smallest unit (원, cent); not negative"
PART = "0 up to, not including, 1; two opposite sides together stay under 1"
UTC = "ISO 8601 with its time zone, as `2026-01-31T21:00:00+09:00`; null: no bound"

# Class and field → unit and allowed values. Numbers come from the module that enforces them.
SHOW_FIELDS: dict[str, str] = {
    "Show.id": ID + "; becomes part of recordings' file names",
    "Show.title": "shown to people",
    "Show.canvases": f"1 to {plan.MAX_CANVASES}; all have the same `fps`; the first is the main one",
    "Show.sources": f"at most {plan.MAX_SOURCES}",
    "Show.scenes": f"1 to {plan.MAX_SCENES}",
    "Show.schema": f"number of the file's format, now {show.SHOW_SCHEMA}; a higher one is refused",
    "Show.opening": "id of the scene on air at tick 0, without an insert in it; null: the first scene",
    "Show.theme": "colours of the cards: " + ", ".join(f"`{name}` ({words['ko']})" for name, words in THEMES.items()),
    "Show.products": "what is sold",
    "Show.coupons": "what may be promised",
    "Show.destinations": "places to send to, chosen with `jangteo run --to LABEL`",
    "Show.notes": "free texts of your own; the studio does not read them",
    "Canvas.id": ID,
    "Canvas.width": f"pixels, even, {plan.MIN_SIDE}–{plan.MAX_SIDE}",
    "Canvas.height": f"pixels, even, {plan.MIN_SIDE}–{plan.MAX_SIDE}; width × height at most {plan.MAX_PIXELS:,}",
    "Canvas.fps": f"frames per second: {', '.join(map(str, RATES))}",
    "Source.id": ID,
    "Source.url": f"`file:PATH` video or sound, `image:PATH`, `pattern:` or `pattern:#RRGGBB`; {PATH}. Live: "
    "`camera:ID`, `mic:ID`, `screen:ID` as `jangteo devices` tells them, `camera:http://…` and whatever else OpenCV "
    "opens, `rtsp://…`, `rtmp://…`, `listen:PORT/NAME`",
    "Source.name": "shown to people",
    "Source.play": "`insert` for `file:` only",
    "Source.sound": "",
    "Source.gain_db": "dB, −60 to 12",
    "Source.delay_ms": "0 to 2000, live sources only",
    "Source.backup": "id of another source, shown while this live one gives nothing",
    "Source.standby": "id of an image source, shown when there is no backup either; left out: the product's photo",
    "Scene.id": ID,
    "Scene.name": "shown to people",
    "Scene.layers": f"painted by `z`, equal ones in this order; at most {plan.MAX_LAYERS} with those of inner scenes",
    "Layer.id": f"{ID.split(';')[0]}; once in its scene",
    "Layer.source": "id of a source",
    "Layer.scene": f"id of another scene; no cycles, at most {plan.MAX_SCENE_DEPTH} deep",
    "Layer.colour": "`#RRGGBB`",
    "Layer.places": "canvas id → place; `*` holds on every canvas without one; on others the layer is not shown",
    "Place.rect": "",
    "Place.z": "higher is nearer to the viewer",
    "Place.alpha": "0 (not seen) to 1",
    "Place.fit": "",
    "Place.turn": "degrees clockwise",
    "Place.mirror": "left and right swapped",
    "Place.crop": "",
    "Rect.x": "fraction of the canvas' width, −8 to 8",
    "Rect.y": "fraction of the canvas' height, −8 to 8",
    "Rect.width": "fraction of the canvas' width, over 0 up to 8",
    "Rect.height": "fraction of the canvas' height, over 0 up to 8",
    "Crop.left": PART,
    "Crop.top": PART,
    "Crop.right": PART,
    "Crop.bottom": PART,
    "Product.id": ID,
    "Product.name": "stands on the card; may shrink and end in “…”",
    "Product.list_price": f"정상가: {MONEY}; below the price asked the card is refused",
    "Product.sale_price": f"판매가: {MONEY}",
    "Product.live_price": f"라이브 특가: {MONEY}; null: the sale price is asked",
    "Product.currency": "one of " + ", ".join(f"`{name}`" for name in commerce.CURRENCY_DECIMALS),
    "Product.delivery_price": f"{MONEY}; 0 reads 무료배송",
    "Product.stock": "pieces; 0 or less: the card is refused; null: not counted",
    "Product.picture": f"PNG, JPEG, WebP, BMP or GIF, at most 20 Mpixel and 40 MB; {PATH}",
    "Product.points": "selling points; the first three stand on the full card",
    "Coupon.id": ID,
    "Coupon.name": "stands on the coupon",
    "Coupon.amount": "whole number over 0 in the currency's smallest unit",
    "Coupon.how": "받는 방법; empty: the coupon is refused",
    "Coupon.open_seconds": f"seconds it stays open once opened: over 0 up to {plan.MAX_COUPON_SECONDS:,.0f}",
    "Coupon.currency": "as for products",
    "Coupon.minimum": "purchase from which it holds; 0: no condition",
    "Coupon.quantity": "how many there are; 0 or less: refused; null: not limited",
    "Coupon.valid_from": UTC,
    "Coupon.valid_until": UTC,
    "Destination.label": "the name typed after `--to`; up to 60 characters, once in the show",
    "Destination.server": "`rtmp://` or `rtmps://host[:port]/app`, **without the stream key**",
    "Destination.canvas": "id of the canvas it gets; null: the first",
}

EXAMPLE = """{
 "schema": 1,
 "id": "first-show",
 "title": "첫 방송",
 "canvases": [{"id": "vertical", "width": 720, "height": 1280, "fps": 30}],
 "sources": [
  {"id": "main", "url": "pattern:#2B6E4F"},
  {"id": "corner", "url": "pattern:#C8281E", "sound": "off"}
 ],
 "scenes": [
  {"id": "one", "name": "한 화면", "layers": [{"id": "picture", "source": "main", "places": {"*": {}}}]},
  {"id": "two", "name": "두 화면", "layers": [
   {"id": "one", "scene": "one", "places": {"*": {}}},
   {"id": "corner", "source": "corner",
    "places": {"vertical": {"rect": {"x": 0.6, "y": 0.7, "width": 0.35, "height": 0.2}, "z": 1}}}
  ]}
 ],
 "products": [
  {"id": "mandarin", "name": "노지감귤 5kg", "list_price": 24900, "sale_price": 24900, "live_price": 15900}
 ],
 "coupons": [
  {"id": "evening", "name": "저녁 라이브", "amount": 3000, "minimum": 20000, "quantity": 100,
   "how": "상품 페이지에서 쿠폰 받기", "open_seconds": 300}
 ],
 "destinations": [{"label": "mine", "server": "rtmps://live.example.com/app"}]
}
"""

# What is told → (module, constant): read from the source as it stands, so that no figure in the docs grows old.
FIGURES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "wire figures": (
        ("largest frame", "link/wire.py", "MAX_FRAME_BYTES"),
        ("largest greeting", "link/channel.py", "HELLO_BYTES"),
        ("time for the greeting, seconds", "link/channel.py", "HELLO_SECONDS"),
        ("messages waiting for one peer before it is dropped", "link/channel.py", "QUEUE_MESSAGES"),
        ("deepest nesting of a command", "model/codec.py", "MAX_DEPTH"),
        ("items in one list or object of a command", "model/codec.py", "MAX_ITEMS"),
        ("characters in one text of a command", "model/codec.py", "MAX_TEXT"),
    ),
    "house figures": (
        ("keeper looks at its processes, every … s", "keeper.py", "LOOK_SECONDS"),
        ("keeper nobody asks for anything ends after, s", "keeper.py", "IDLE_SECONDS"),
        ("dead engine's group is killed after, s", "keeper.py", "GROUP_GRACE_SECONDS"),
        ("engine that died within … s is started again after a pause", "keeper.py", "QUICK_DEATH_SECONDS"),
        ("… of, s", "keeper.py", "QUICK_DEATH_PAUSE_SECONDS"),
        ("pictures in a slot", "media/slot.py", "DEPTH"),
        ("frames between the tick and an encoder", "engine/encoding.py", "FRAMES_IN_FLIGHT"),
        ("sound blocks (one a tick) before the sound encoder", "engine/engine.py", "SOUND_BLOCKS_QUEUED"),
        ("key frames asked for at most once in, s", "engine/encoding.py", "KEY_FRAME_SECONDS"),
        ("longest group of pictures, s", "media/encode.py", "GOP_SECONDS"),
        ("packets waiting for one destination, s", "engine/network_outlet.py", "QUEUE_SECONDS"),
        ("packets of one recording kept until on disk, bytes", "engine/part_stream.py", "MOST_BYTES"),
        ("probe of a server that is away, every … s", "engine/reconnect.py", "PROBE_SECONDS"),
        ("next try after a ghost, s", "engine/reconnect.py", "GHOST_RETRY_SECONDS"),
        ("ghost is called one that stays after, s", "engine/reconnect.py", "GHOST_ADVICE_SECONDS"),
        ("name of a server is waited for, s", "engine/name_lookup.py", "LIMIT_SECONDS"),
        ("least bit rate a slow link brings, kbit/s", "program/pressure.py", "LEAST_KBPS"),
        ("refusals in a row until “refused”", "engine/reconnect.py", "REFUSALS_UNTIL_REFUSED"),
        ("next try after “refused”, s", "engine/reconnect.py", "REFUSED_RETRY_SECONDS"),
        ("nothing acknowledged: stalled after, s", "media/container/delivery.py", "STALLED_SECONDS"),
        ("nothing acknowledged: given up after, s", "media/container/delivery.py", "LOST_SECONDS"),
        ("sink that says nothing is killed after, s", "engine/sink_process.py", "SILENCE_SECONDS"),
        ("live source that says nothing is killed after, s", "engine/source_process.py", "SILENCE_SECONDS"),
        ("live source without media is lost after, s", "engine/live_source.py", "LOST_SECONDS"),
        ("camera that repeats one picture is frozen after, s", "source.py", "STILL_SECONDS"),
        ("device that does not answer is given up after, s", "source.py", "HANGS_SECONDS"),
        ("outputs have for their end, s", "engine/outlets.py", "STOP_SECONDS"),
        ("timeline is synced every … s", "engine/journal.py", "SYNC_SECONDS"),
        ("recording is synced every … s", "media/container/recording.py", "SYNC_SECONDS"),
        ("disk warnings at … minutes left", "engine/disk_left.py", "WARN_MINUTES"),
        ("recording leaves a disk below, bytes free", "engine/disk_left.py", "FLOOR_BYTES"),
        ("… where at least so much was free at its start", "engine/disk_left.py", "ROOMY_BYTES"),
        ("media worker's memory, bytes", "media_worker.py", "MEMORY_BYTES"),
        ("media worker's processor time, s", "media_worker.py", "PROCESSOR_SECONDS"),
    ),
}


class Gap(Exception):
    """The source has something that nobody has explained yet."""


def written(kind: Any, links: Mapping[str, str]) -> str:
    """A type as people read it in a table."""
    origin = get_origin(kind)
    if origin is Literal:
        return " · ".join(f"`{choice}`" for choice in get_args(kind))
    if origin in (Union, types.UnionType):
        inner = [one for one in get_args(kind) if one is not type(None)]
        nothing = " or null" if len(inner) < len(get_args(kind)) else ""
        return " or ".join(written(one, links) for one in inner) + nothing
    if origin is tuple:
        return f"list of {written(get_args(kind)[0], links)}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"object: text → {written(get_args(kind)[1], links)}"
    if is_dataclass(kind) and isinstance(kind, type):
        return f"[{kind.__name__}]({links[kind.__name__]}#{kind.__name__.lower()})"
    names = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    if kind not in names:
        raise Gap(f"no words for the type {kind}")
    return names[kind]


def default(field: Field[Any]) -> str:
    """What a field is when it is left out. The schema number has a default for programs, a file must tell it."""
    if field.name == "schema":
        return "**needed**"
    if field.default is not MISSING:
        value = field.default
        if is_dataclass(value):
            return "its defaults"
        if value is None:
            return "null"
        if isinstance(value, bool):
            return "true" if value else "false"
        if value == ():
            return "`[]`"
        return f"`{value}`" if value != "" else "empty"
    if field.default_factory is not MISSING:
        return "`{}`"
    return "**needed**"


def told(noun: type) -> str:
    """A docstring as one paragraph."""
    return " ".join((noun.__doc__ or "").split())


def table(noun: type, links: Mapping[str, str], words: Mapping[str, str] | None = None) -> list[str]:
    """Fields of a dataclass, one a row; with `words`, what each means."""
    hints = get_type_hints(noun)
    rows = []
    for field in fields(noun):
        row = [f"`{field.name}`", written(hints[field.name], links), default(field)]
        if words is not None:
            name = f"{noun.__name__}.{field.name}"
            if name not in words:
                raise Gap(f"{name} has no words in SHOW_FIELDS")
            row.append(words[name])
        rows.append("| " + " | ".join(row) + " |")
    head = ["| field | type | left out | unit, allowed values |", "|---|---|---|---|"]
    return ([*head] if words is not None else ["| field | type | left out |", "|---|---|---|"]) + rows


def sections(nouns: Mapping[str, type], level: str, links: Mapping[str, str]) -> str:
    """One section a class: what it says about itself and its fields."""
    parts = []
    for name, noun in nouns.items():
        parts += [f"{level} {name}", "", told(noun), ""]
        parts += [*table(noun, links), ""] if fields(noun) else []
    return "\n".join(parts).rstrip()


def schema() -> str:
    """The show file's nouns."""
    known = {f"{noun.__name__}.{field.name}" for noun in SHOW_NOUNS for field in fields(noun)}
    if gone := SHOW_FIELDS.keys() - known:
        raise Gap(f"SHOW_FIELDS explains what is not there: {', '.join(sorted(gone))}")
    links = {noun.__name__: "" for noun in SHOW_NOUNS}
    parts = []
    for noun in SHOW_NOUNS:
        parts += [f"## {noun.__name__}", "", told(noun), "", *table(noun, links, SHOW_FIELDS), ""]
    return "\n".join(parts).rstrip()


def constant(module: str, name: str) -> Any:
    """The value of a constant in the source, without importing what it belongs to."""
    for node in ast.parse((REPO / "studio" / module).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in node.targets):
            return _value(node.value)
    raise Gap(f"studio/{module} has no {name}")


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left), _value(node.right)
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, ast.Pow):
            return left**right
        if isinstance(node.op, ast.LShift):
            return left << right
    return ast.literal_eval(node)


def figures(name: str) -> str:
    """A table of constants with where they stand."""
    rows = ["| what | value | where |", "|---|---|---|"]
    for what, module, constant_name in FIGURES[name]:
        value = constant(module, constant_name)
        numbers = value if isinstance(value, tuple) else (value,)
        shown = " and ".join(f"{number:,}" if isinstance(number, int) else f"{number:g}" for number in numbers)
        rows.append(f"| {what} | {shown} | `{module}` `{constant_name}` |")
    return "\n".join(rows)


def rooms() -> str:
    """Every module of the house with the first sentence of what it says about itself, room by room."""
    lines: list[str] = []
    house = REPO / "studio"
    for folder in sorted({path.parent for path in house.rglob("*.py")}):
        if lines:
            lines.append("")
        for path in sorted(folder.glob("*.py"), key=lambda path: (path.name != "__init__.py", path.name)):
            docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            sentence = re.split(r"\.(?=\s|$)", " ".join(docstring.split()))[0]
            if path.name == "__init__.py":
                lines.append(f"**`{folder.relative_to(REPO).as_posix()}/`** {' '.join(docstring.split())}")
            else:
                lines.append(f"- `{path.name}` {sentence}")
    return "\n".join(lines)


def made() -> dict[str, dict[str, str]]:
    """File → name of a made part → its text."""
    links = {noun.__name__: "show-file.md" for noun in SHOW_NOUNS} | {noun.__name__: "" for noun in DRAWN_NOUNS}
    return {
        "protocol.md": {
            "commands": sections(COMMANDS, "###", links),
            "events": sections(EVENTS, "###", links),
            "drawn nouns": sections({noun.__name__: noun for noun in DRAWN_NOUNS}, "###", links),
            "wire figures": figures("wire figures"),
        },
        "show-file.md": {"schema": schema(), "example": f"```json\n{EXAMPLE}```"},
        "architecture.md": {"rooms": rooms(), "house figures": figures("house figures")},
    }


def filled(text: str, parts: Mapping[str, str]) -> str:
    """A document with its made parts made anew; Gap where one has no place in it or a place has no part."""
    places = re.findall(r"<!-- made: (.+?) -->", text)
    if sorted(places) != sorted(parts):
        raise Gap(f"places {places} and parts {list(parts)} differ")
    for name, part in parts.items():
        pattern = rf"(<!-- made: {re.escape(name)} -->\n).*?(<!-- end -->)"
        text = re.sub(pattern, lambda found, part=part: f"{found[1]}{part}\n{found[2]}", text, flags=re.DOTALL)  # type: ignore[misc]
    return text


def stale() -> dict[Path, str]:
    """Files that are not what would be written, with what would be."""
    found = {}
    for name, parts in made().items():
        path = DOCS / name
        text = path.read_text(encoding="utf-8")
        if (new := filled(text, parts)) != text:
            found[path] = new
    return found


def main(words: list[str]) -> int:
    for path, text in stale().items():
        print(path.relative_to(REPO))
        if words == ["--check"]:
            continue
        path.write_text(text, encoding="utf-8")
    return 1 if words == ["--check"] and stale() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
